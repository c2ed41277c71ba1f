package advice

import (
	"errors"
	"fmt"
	"testing"
)

// An advised error is as the types of this module are.
type advised struct {
	own   string
	cause error
}

func (e *advised) Error() string { return "advised" }
func (e *advised) Unwrap() error { return e.cause }
func (e *advised) Hint() string  { return Or(e.own, e.cause) }

// A silent error has a hint of its own only, and that is empty.
type silent struct{ cause error }

func (e silent) Error() string { return "silent" }
func (e silent) Unwrap() error { return e.cause }
func (e silent) Hint() string  { return "" }

func TestOf(t *testing.T) {
	plain, inner := errors.New("plain"), &advised{own: "inner"}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nil":                        {nil, ""},
		"no hint":                    {plain, ""},
		"own":                        {inner, "inner"},
		"wrapped":                    {fmt.Errorf("a: %w", fmt.Errorf("b: %w", inner)), "inner"},
		"own before the cause's":     {&advised{"outer", inner}, "outer"},
		"the cause's":                {&advised{"", inner}, "inner"},
		"the cause's, wrapped":       {&advised{"", fmt.Errorf("a: %w", inner)}, "inner"},
		"neither":                    {&advised{"", plain}, ""},
		"no cause":                   {&advised{}, ""},
		"behind a silent one":        {silent{fmt.Errorf("a: %w", inner)}, "inner"},
		"joined, the second":         {errors.Join(plain, inner), "inner"},
		"joined, behind a silent":    {errors.Join(silent{plain}, &advised{"", inner}), "inner"},
		"joined, the first of two":   {errors.Join(&advised{own: "first"}, inner), "first"},
		"two causes in one sentence": {fmt.Errorf("%w; then %w", plain, inner), "inner"},
	} {
		if got := Of(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
