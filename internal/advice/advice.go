// Package advice holds the one rule about hints: the hint of an error is its own, or, if it has
// none, that of its cause.
//
// An error type with a hint has a method Hint() string that returns Or of its own words and its
// cause. Code that shows an error calls Of.
package advice

// Of returns what to do about an error: the first hint that is not empty, of the error itself, of
// its cause, of that one's cause, and so on; "" if there is none. The causes of a joined error are
// asked in their order, each with its whole chain.
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

// Or returns own, the hint of an error itself, unless it is empty; otherwise the hint of its cause,
// which may be nil.
func Or(own string, cause error) string {
	if own == "" {
		return Of(cause)
	}
	return own
}
