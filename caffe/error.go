package caffe

import (
	"fmt"
	"strings"

	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
)

// An Error says which file is wrong, and at which place.
type Error struct {
	File   string // path, or "" if the bytes are not from a file
	Line   int    // line of a prototxt, from 1; 0 if unknown
	Column int    // column in it, from 1
	Layer  string // name of the layer, or ""
	Type   string // its type, or ""
	Err    error  // what is wrong

	hint string
}

// Error returns "file:line:column: layer (type): cause" without the parts that are unknown.
func (e *Error) Error() string {
	var s strings.Builder
	if e.File != "" {
		s.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&s, ":%d:%d", e.Line, e.Column)
		}
		s.WriteString(": ")
	} else if e.Line > 0 {
		fmt.Fprintf(&s, "line %d:%d: ", e.Line, e.Column)
	}
	if e.Layer != "" {
		fmt.Fprintf(&s, "layer %q", e.Layer)
		if e.Type != "" {
			fmt.Fprintf(&s, " (%s)", wording.Printable(e.Type))
		}
		s.WriteString(": ")
	}
	s.WriteString(wording.Printable(e.Err.Error()))
	return s.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do about it: the error's own hint, else that of its cause, or "".
func (e *Error) Hint() string { return advice.Or(e.hint, e.Err) }
