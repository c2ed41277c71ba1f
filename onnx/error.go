package onnx

import (
	"fmt"
	"strings"
	"unicode"

	"hoodwink/internal/advice"
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
			fmt.Fprintf(&s, " (%s)", printable(e.Op))
		}
		s.WriteString(": ")
	}
	s.WriteString(printable(e.Err.Error()))
	return s.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do about it: the error's own hint, else that of its cause, or "".
func (e *Error) Hint() string { return advice.Or(e.hint, e.Err) }

// printable escapes what could control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return '?'
	}, s)
}

// shapeText writes a shape the way errors show it, e.g. (64,3,7,7).
func shapeText(shape []int) string {
	return "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]") + ")"
}

// listSome joins items for an error, at most the given number of them.
func listSome(items []string, most int) string {
	if n := len(items); n > most {
		items = append(items[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(items, ", ")
}
