package store

import (
	"fmt"
	"strings"

	"hoodwink/internal/fetch"
	"hoodwink/internal/names"
	"hoodwink/model"
)

// A MissingError says that a known or added model is not in any models folder.
type MissingError struct {
	Name   string
	Looked []string // folders that were searched
	Found  []string // files of the model that exist, if some but not all do
	files  []fetch.File
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
		return "set " + Environment + " or --models to a folder for models"
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
	e := &model.Error{Model: name, Msg: "no model has this name, and there is no such folder"}
	e.Advice = "known are " + strings.Join(known, ", ")
	if near := names.Nearest(name, known); near != "" {
		e.Advice = fmt.Sprintf("did you mean %s? %s", near, e.Advice)
	}
	return e
}
