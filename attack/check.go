package attack

import (
	"errors"
	"fmt"
	"math"

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

// check returns an error that names what is wrong with p, before any Forward.
func (p *Problem) check() error {
	if p.Model == nil || p.X == nil {
		return errors.New("a problem needs a Model and the originals X")
	}
	if want := p.Model.InputShape(); !tensor.SameShape(p.X.Shape, want) {
		return fmt.Errorf("the originals have shape %v, but the model takes %v", p.X.Shape, want)
	}
	if len(p.X.Shape) == 0 || p.X.Len() == 0 || p.X.Len() != tensor.Size(p.X.Shape) {
		return fmt.Errorf("the originals have shape %v and %d values: want at least one picture with at least one value", p.X.Shape, p.X.Len())
	}
	if p.Norm < 0 || int(p.Norm) >= len(normNames) {
		return fmt.Errorf("unknown norm %v", p.Norm)
	}
	if !(p.Eps >= 0) {
		return fmt.Errorf("eps is %g: want a size of at least 0 in pixel units of [0,1], such as %q", p.Eps, "2/255")
	}
	if p.Levels != 0 && (p.Levels < 2 || p.Levels > maxLevels) {
		return fmt.Errorf("%d levels: want 0 (no rounding) or 2 to %d, 256 for 8 bits a channel", p.Levels, maxLevels)
	}
	n := p.X.Batch()
	if len(p.Criteria) != n {
		return fmt.Errorf("%d criteria for %d pictures: want one each", len(p.Criteria), n)
	}
	if p.Stop != nil && len(p.Stop) != n {
		return fmt.Errorf("%d stops for %d pictures: want one each, or none", len(p.Stop), n)
	}
	if p.Index != nil && len(p.Index) != n {
		return fmt.Errorf("%d indices for %d pictures: want one each, or none", len(p.Index), n)
	}
	if err := p.checkMask(); err != nil {
		return err
	}
	classes := math.MaxInt // reports what is wrong for any number of classes
	if m, ok := p.Model.(classCounter); ok {
		classes = m.Classes()
	}
	if err := p.checkCriteria(classes); err != nil {
		return err
	}
	return p.checkPixels()
}

// checkMask returns an error unless the mask, if there is one, fits the originals and lets at least
// one pixel of each change.
func (p *Problem) checkMask() error {
	if p.Mask == nil {
		return nil
	}
	x := p.X.Shape
	if len(x) != 4 || !tensor.SameShape(p.Mask.Shape, []int{x[0], 1, x[2], x[3]}) {
		return fmt.Errorf("the mask has shape %v, want (N,1,H,W) for originals of shape %v", p.Mask.Shape, x)
	}
	for n := range p.Mask.Batch() {
		some := false
		for i, v := range p.Mask.Image(n) {
			if v != 0 && v != 1 {
				return fmt.Errorf("picture %d: value %d of the mask is %g, want 0 (stays) or 1 (may change)", n, i, v)
			}
			some = some || v == 1
		}
		if !some {
			return fmt.Errorf("picture %d: the mask lets no pixel change", n)
		}
	}
	return nil
}

// checkCriteria returns an error unless every criterion makes sense among k classes.
func (p *Problem) checkCriteria(k int) error {
	for i := range p.Criteria {
		for _, list := range [][]Criterion{p.Criteria, p.Stop} {
			if list == nil {
				continue
			}
			if list[i] == nil {
				return fmt.Errorf("picture %d has no criterion", i)
			}
			if err := list[i].Check(k); err != nil {
				return fmt.Errorf("picture %d: %w", i, err)
			}
		}
	}
	return nil
}

// checkPixels returns an error unless the originals are within the model's bounds and, if the
// result is to be on a lattice, near enough to it.
func (p *Problem) checkPixels() error {
	lo, hi := p.Model.Bounds()
	if !(lo < hi) {
		return fmt.Errorf("the model's bounds [%g, %g] hold no pixel", lo, hi)
	}
	grid := p.lattice()
	if grid != nil && grid.lo > grid.hi {
		return fmt.Errorf("the model's bounds [%g, %g] hold none of the %d levels of [0, 1]", lo, hi, p.Levels)
	}
	for n := range p.X.Batch() {
		x := p.X.Image(n)
		for i, v := range x {
			if !(v >= lo && v <= hi) || math.IsInf(float64(v), 0) {
				return fmt.Errorf("picture %d: value %d is %g, outside the model's bounds [%g, %g]", n, i, v, lo, hi)
			}
		}
		if grid != nil {
			if err := grid.check(x, p.Eps); err != nil {
				return fmt.Errorf("picture %d: %w", n, err)
			}
		}
	}
	return nil
}

// lattice returns the lattice of the result, nil if there is none. With Eps 0 there is none: the
// result is the original, rounded or not.
func (p *Problem) lattice() *lattice {
	if p.Levels == 0 || p.Eps == 0 {
		return nil
	}
	lo, hi := p.Model.Bounds()
	return newLattice(p.Norm, p.Eps, p.Levels, lo, hi)
}

// checkLogits returns an error unless logits is (n,k) for n pictures.
func checkLogits(logits *tensor.Tensor, n int) error {
	if s := logits.Shape; len(s) != 2 || s[0] != n || s[1] < 1 || logits.Len() != n*s[1] {
		return fmt.Errorf("the model's logits have shape %v and %d values, want (%d, classes)", s, logits.Len(), n)
	}
	return nil
}
