// Package advice holds the one rule of hints: what an error advises is what it says itself,
// and if it says nothing, what its cause advises.
//
// An error type with a hint has a method Hint() string that returns Or of its own words and
// its cause. Whoever shows an error asks Of.
package advice

// Of returns what to do about an error: the first hint that is not empty, of the error itself, of
// its cause, of the cause of that, and so on; "" if there is none. The causes of a joined
// error are asked in their order, each with all that is behind it.
func Of(err error) string {
	if hinted, ok := err.(interface{ Hint() string }); ok {
		if hint := hinted.Hint(); hint != "" {
			return hint
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return Of(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			if hint := Of(cause); hint != "" {
				return hint
			}
		}
	}
	return ""
}

// Or returns the hint of an error that has its own, which may be empty, and a cause, which may be nil.
func Or(own string, cause error) string {
	if own == "" {
		return Of(cause)
	}
	return own
}
