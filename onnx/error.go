package onnx

import (
	"fmt"
	"strings"

	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
)

// An Error says which file is wrong, and at which place.
type Error struct {
	File string // path, or "" if the bytes are not from a file
	Node string // name of the node, or ""
	Op   string // its operator, or ""
	Err  error  // what is wrong

	// Asks names the field of Options that would answer the question the file leaves open, or is
	// "".
	Asks Question

	hint string
}

// Error returns "file: node (operator): cause" without the parts that are unknown.
func (e *Error) Error() string {
	var s strings.Builder
	if e.File != "" {
		s.WriteString(e.File + ": ")
	}
	if e.Node != "" || e.Op != "" {
		fmt.Fprintf(&s, "node %q", e.Node)
		if e.Op != "" {
			fmt.Fprintf(&s, " (%s)", wording.Printable(e.Op))
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
