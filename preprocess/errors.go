package preprocess

import (
	"errors"
	"io"
	"strings"

	"hoodwink/internal/advice"
)

// An Error says why a file could not be read as a picture, or a picture not be written, and what to
// do about it.
type Error struct {
	File   string // name of the file
	Msg    string // what is wrong, without the file's name
	Err    error  // the cause; may be nil
	Advice string // what to do about it; may be empty
}

// Error returns "file: what is wrong: cause".
func (e *Error) Error() string {
	s := e.File + ": " + e.Msg
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Hint returns what to do about it: the error's own advice, else that of its cause, or "".
func (e *Error) Hint() string { return advice.Or(e.Advice, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// truncated reports whether a decoder's error means that the data ended too early. Some decoders
// reduce the cause to text, some have a text of their own for it.
func truncated(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	for _, s := range []string{"EOF", "not enough", "short chunk"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}
