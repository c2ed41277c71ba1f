package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// incomingDir holds the bodies of requests until it is known what they are.
const incomingDir = "incoming"

// An incoming file is one that a client has sent.
type incoming struct {
	path  string
	name  string // its name in the form, "" if the body is the file
	sum   string // SHA-256, in hex
	bytes int64
}

// receive writes the file of a request (fileIn) to a file of ours as it arrives. Large files are
// never in memory, and only a few are received at a time. The caller removes the file.
func (l *Lab) receive(ctx context.Context, g *roll, most int64, patience time.Duration) (*incoming, error) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the file has more than %d bytes", most), "send a smaller one")
	x := exchangeOf(ctx)
	if x.r.ContentLength > most+aroundFile {
		return nil, tooLarge
	}
	release, err := g.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	x.most = most + aroundFile
	c := http.NewResponseController(x.w)
	c.SetReadDeadline(time.Now().Add(patience))
	stop := context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Now()) })
	defer c.SetReadDeadline(time.Time{})
	defer stop()
	in, err := l.copyIn(x.r, most)
	var bad *Problem
	switch {
	case err == nil && in.bytes <= most:
		return in, nil
	case err == nil:
		os.Remove(in.path)
		err = tooLarge
	case late(err) && ctx.Err() != nil:
		err = ended(ctx.Err())
	case late(err):
		err = refuse(http.StatusRequestTimeout, "too_slow", "the file did not arrive in time", "try again")
	case errors.As(err, &bad):
		err = bad
	}
	return nil, err
}

// copyIn copies the file of a request; of one that is too long, most+1 bytes.
func (l *Lab) copyIn(r *http.Request, most int64) (*incoming, error) {
	sent, err := fileIn(r, most)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Join(l.o.Dir, incomingDir), "")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	in := &incoming{path: f.Name(), name: sent.name}
	in.bytes, err = io.Copy(io.MultiWriter(f, sum), io.LimitReader(sent, most+1))
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && in.bytes <= most {
		err = sent.end()
	}
	if err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	in.sum = hex.EncodeToString(sum.Sum(nil))
	return in, nil
}

// takesFile describes the body of the registered operation POST at path as a file. It is called
// after registration, to keep huma from reading the body itself.
func takesFile(api huma.API, path string) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	form := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file}, Required: []string{"file"}, AdditionalProperties: false}
	api.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself, or a form with one file",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: file}, "multipart/form-data": {Schema: form}}}
}
