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
	if x := p.X.Shape; p.Mask != nil && (len(x) != 4 || !tensor.SameShape(p.Mask.Shape, []int{x[0], 1, x[2], x[3]})) {
		return fmt.Errorf("the mask has shape %v, want (N,1,H,W) for originals of shape %v", p.Mask.Shape, x)
	}
	classes := math.MaxInt // reports what is wrong for any number of classes
	if m, ok := p.Model.(classCounter); ok {
		classes = m.Classes()
	}
	if err := p.checkCriteria(classes); err != nil {
		return err
	}
	for i := range n {
		b := p.ball(i)
		if err := b.Check(); err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
	}
	return nil
}

// ball returns where picture i may be.
func (p *Problem) ball(i int) Ball {
	b := Ball{Norm: p.Norm, Eps: p.Eps, X: p.X.Image(i), Channels: 1, Levels: p.Levels}
	if s := p.X.Shape; len(s) == 4 {
		b.Channels = s[1]
	}
	if p.Mask != nil {
		b.Mask = p.Mask.Image(i)
	}
	b.Lo, b.Hi = p.Model.Bounds()
	return b
}

// checkCriteria returns an error unless every criterion makes sense among k classes.
func (p *Problem) checkCriteria(k int) error {
	for i := range p.Criteria {
		for _, list := range [][]Goal{p.Criteria, p.Stop} {
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

// checkLogits returns an error unless logits is (n,k) for n pictures.
func checkLogits(logits *tensor.Tensor, n int) error {
	if s := logits.Shape; len(s) != 2 || s[0] != n || s[1] < 1 || logits.Len() != n*s[1] {
		return fmt.Errorf("the model's logits have shape %v and %d values, want (%d, classes)", s, logits.Len(), n)
	}
	return nil
}
