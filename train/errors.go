package train

import "hoodwink/internal/advice"

// An Error says what stopped training, with a hint.
type Error struct {
	Msg    string
	Advice string // what may help, or ""
	Err    error  // the cause, or nil
}

func (e *Error) Error() string {
	s := "train: " + e.Msg
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Hint returns what may help: the error's own advice, else that of its cause, or "".
func (e *Error) Hint() string { return advice.Or(e.Advice, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
