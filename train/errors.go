package train

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

// Hint returns what may help, or "".
func (e *Error) Hint() string { return e.Advice }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
