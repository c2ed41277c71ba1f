package lab

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// aroundFile bounds the bytes of a form around its file: boundaries and headers.
const aroundFile = 64 << 10

// A sentFile is the file in the body of a request: the body itself, or the only file of a form
// (multipart/form-data), as curl -F and forms of pages send it.
type sentFile struct {
	io.Reader
	name string // in the form; "" if the body is the file
	form *multipart.Reader
}

// fileIn finds the file in a request. At most most+1 bytes of it should be read.
func fileIn(r *http.Request, most int64) (*sentFile, error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !strings.HasPrefix(kind, "multipart/") {
		return &sentFile{Reader: r.Body}, nil
	}
	switch {
	case kind != "multipart/form-data":
		return nil, refuse(http.StatusUnsupportedMediaType, "wrong_type", kind+" is not read", "send the file as the body, or in multipart/form-data")
	case err != nil || parameters["boundary"] == "":
		return nil, badForm("the header Content-Type names no boundary")
	}
	body := &io.LimitedReader{R: r.Body, N: aroundFile}
	f := &sentFile{form: multipart.NewReader(body, parameters["boundary"])}
	part, err := f.form.NextRawPart()
	if err != nil {
		return nil, formError(err)
	}
	switch encoding := strings.ToLower(part.Header.Get("Content-Transfer-Encoding")); encoding {
	case "", "binary", "8bit", "7bit":
	default:
		return nil, badForm("the file is encoded as " + quoted(encoding))
	}
	if part.FileName() == "" {
		return nil, badForm("the first field, " + quoted(part.FormName()) + ", is no file")
	}
	body.N += most + 1
	f.Reader, f.name = formFile{part}, part.FileName()
	return f, nil
}

// A formFile is the file of a form, to be read.
type formFile struct{ *multipart.Part }

func (f formFile) Read(b []byte) (int, error) {
	n, err := f.Part.Read(b)
	if err != nil && err != io.EOF {
		err = formError(err)
	}
	return n, err
}

// end returns an error unless the file was the last thing in its form.
func (f *sentFile) end() error {
	if f.form == nil {
		return nil
	}
	switch part, err := f.form.NextRawPart(); {
	case err == io.EOF:
		return nil
	case err != nil:
		return formError(err)
	default:
		return badForm("behind the file is another field, " + quoted(part.FormName()))
	}
}

// formError says what is wrong with a form that cannot be read. If its body does not arrive, the
// form is not to blame.
func formError(err error) error {
	var known *Problem
	switch {
	case late(err) || errors.As(err, &known):
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return badForm("this one is empty, or ends too early")
	}
	return badForm("this one cannot be read: " + strings.TrimPrefix(err.Error(), "multipart: "))
}

func badForm(what string) error {
	return refuse(http.StatusBadRequest, "bad_form", "a form is to have one file and nothing else: "+what,
		"curl -F file=@FILE sends one; everything else belongs into the address, as in ?name=NAME")
}
