package preprocess

import (
	"errors"
	"io"
	"strings"
)

// An Error says why a file could not be read as a picture or a picture not be
// written, and what to do about it.
type Error struct {
	File string // name of the file
	Msg  string // what is wrong, without the file's name
	Hint string // what to do about it; may be empty
	Err  error  // the cause; may be nil
}

// Error returns "file: what is wrong: cause; hint".
func (e *Error) Error() string {
	s := e.File + ": " + e.Msg
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// truncated reports whether a decoder's error means that the data ended too early.
// Some decoders flatten the cause to text, some have their own words for it.
func truncated(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	for _, s := range []string{"EOF", "not enough", "short chunk data", "short segment"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}
