package attack

import (
	"errors"
	"fmt"
	"slices"

	"hoodwink/tensor"
)

// ErrNotFinite is the kind of error for a model that gives NaN or an infinity, as a logit or in a
// gradient.
var ErrNotFinite = errors.New("not a finite number")

// A notFiniteError is an ErrNotFinite with a text of its own.
type notFiniteError string

// NotFinite returns an ErrNotFinite whose text says what is not finite.
func NotFinite(format string, args ...any) error { return notFiniteError(fmt.Sprintf(format, args...)) }

// Error implements error.
func (e notFiniteError) Error() string { return string(e) }

// Is makes errors.Is(e, ErrNotFinite) true.
func (e notFiniteError) Is(target error) bool { return target == ErrNotFinite }

// maxLevels allows 16 bits a channel.
const maxLevels = 1 << 16

// check returns an error unless the settings of a run make sense for its model.
func (r *runner) check() error {
	switch {
	case len(r.shape) == 0 || r.size == 0:
		return fmt.Errorf("the model takes pictures of shape %v: want (C,H,W)", r.shape)
	case r.m.Batch() < 1:
		return fmt.Errorf("the model takes %d pictures at once: want at least one", r.m.Batch())
	case !r.threat.Norm.valid():
		return fmt.Errorf("unknown norm %v", r.threat.Norm)
	case !slices.Contains(r.info.Norms, r.threat.Norm):
		return fmt.Errorf("the attack is not defined for the norm %v: it knows %v", r.threat.Norm, r.info.Norms)
	case r.threat.Levels != 0 && (r.threat.Levels < 2 || r.threat.Levels > maxLevels):
		return fmt.Errorf("%d levels: want 0 (no rounding) or 2 to %d, 256 for 8 bits a channel", r.threat.Levels, maxLevels)
	case !(r.lo < r.hi):
		return fmt.Errorf("the model's bounds [%g, %g] hold no pixel", r.lo, r.hi)
	}
	if have := AccessOf(r.m); have < r.info.Access {
		return fmt.Errorf("the attack needs %v, and the model gives %v only", r.info.Access, have)
	}
	if k, need := r.m.Classes(), max(2, r.info.Classes); k < need {
		return fmt.Errorf("the attack needs %d classes, and the model has %d", need, k)
	}
	return nil
}

// channels returns the number of channels of pictures (C,H,W). Inputs of other shapes have one.
func channels(shape []int) int {
	if len(shape) == 3 {
		return shape[0]
	}
	return 1
}

// check returns an error that names what is wrong with an example.
func (t *Trial) check() error {
	e := &t.example
	if len(e.X) != tensor.Size(t.Shape) {
		return fmt.Errorf("the original has %d values, but the model takes %v", len(e.X), t.Shape)
	}
	if e.Goal == nil {
		return errors.New("the example has no goal")
	}
	for _, g := range []Goal{e.Goal, e.Stop} {
		if g == nil {
			continue
		}
		if err := g.Check(t.K); err != nil {
			return err
		}
	}
	return t.Check()
}
