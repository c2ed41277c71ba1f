package model

import (
	"fmt"

	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
)

// An Error says what is wrong with a model or its files, and what to do about it.
type Error struct {
	Model  string // name or folder
	Msg    string // what is wrong; may be empty if Err says it
	Err    error  // the cause; may be nil
	Advice string // what to do about it; may be empty
}

func (e *Error) Error() string {
	s := fmt.Sprintf("model %q", e.Model)
	if e.Msg != "" {
		s += ": " + e.Msg
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what to do about it: the error's own advice, else that of its cause.
func (e *Error) Hint() string { return advice.Or(e.Advice, e.Err) }

// A NotFiniteError says that a model gave NaN or an infinity, which means nothing.
type NotFiniteError struct {
	Model string
	Err   error // which result of what
}

func (e *NotFiniteError) Error() string { return fmt.Sprintf("model %q: %v", e.Model, e.Err) }

// Unwrap returns the cause.
func (e *NotFiniteError) Unwrap() error { return e.Err }

// Hint says where to look.
func (e *NotFiniteError) Hint() string {
	return fmt.Sprintf("the values may be too large for the network, or its file is damaged: '%s' tries its contract", wording.Command("hoodwink", "models", "check", e.Model))
}
