package model

import (
	"fmt"
	"strings"

	"hoodwink/internal/advice"
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

// A MissingError says that a known or added model is not in any models folder.
type MissingError struct {
	Name   string
	Looked []string // folders that were searched
	Found  []string // files of the model that exist, if some but not all do
	files  []File
	pull   bool // Pull can fetch it
}

func (e *MissingError) Error() string {
	s := fmt.Sprintf("model %q is not here: looked in %s", e.Name, strings.Join(e.Looked, ", "))
	if len(e.Looked) == 0 {
		s = fmt.Sprintf("model %q is not here: there is no models folder to look in", e.Name)
	}
	if len(e.Found) > 0 {
		s += fmt.Sprintf(" (found only %s)", strings.Join(e.Found, ", "))
	}
	return s
}

// Hint tells how to get the model.
func (e *MissingError) Hint() string {
	if len(e.Looked) == 0 {
		return "set HOODWINK_MODELS or --models to a folder for models"
	}
	var names []string
	var size int64
	for _, f := range e.files {
		names = append(names, f.Name)
		size += f.Size
	}
	hint := fmt.Sprintf("by hand, put %s into %s", strings.Join(names, ", "), e.Looked[0])
	if e.pull {
		hint = fmt.Sprintf("'hoodwink models pull %s' fetches it (%.1f MB); %s", e.Name, float64(size)/1e6, hint)
	}
	return hint
}

// unknownModel is the error for a name that nothing is registered under.
func unknownModel(name string, known []string) error {
	e := &Error{Model: name, Msg: "no model has this name, and there is no such folder"}
	e.Advice = "known are " + strings.Join(known, ", ")
	if near := nearestString(name, known); near != "" {
		e.Advice = fmt.Sprintf("did you mean %s? %s", near, e.Advice)
	}
	return e
}

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
	return fmt.Sprintf("the values may be too large for the network, or its file is damaged: 'hoodwink models check %s' tries its contract", e.Model)
}
