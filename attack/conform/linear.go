package conform

import (
	"context"
	"fmt"
	"math"

	"hoodwink/attack"
)

// An Extension is an attack that adds something to another one.
type Extension interface {
	attack.Attack

	// Without returns the attack with what it adds switched off, and the attack that it then is, to the
	// bit, where the largest size is eps. A nil base means that there is none.
	Without(eps float64) (off, base attack.Attack)
}

func isExtension(s *setting) bool {
	x, ok := s.a.(Extension)
	if !ok {
		return false
	}
	_, base := x.Without(s.eps)
	return base != nil
}

func equalsBase(ctx context.Context, s *setting) error {
	list := s.examples(8)
	off, base := s.a.(Extension).Without(s.eps)
	var both [2]verdicts
	for i, a := range []attack.Attack{off, base} {
		one := &setting{a, a.Info(), s.th, s.eps}
		var err error
		if both[i], err = one.run(ctx, one.model(4), attack.Options{Seed: 5}, list...); err != nil {
			return err
		}
	}
	return allSame(both[0], both[1])
}

// A Converging attack finds the exact answer on linear models of two classes.
type Converging interface {
	attack.Attack

	// Converged returns the attack with settings with which it does. One of the family minimum norm may
	// miss the smallest size by .2 %. Nil means that it need not converge.
	Converged() attack.Attack
}

func isConverging(s *setting) bool {
	x, ok := s.a.(Converging)
	return ok && s.th.Levels == 0 && s.info.Classes <= 2 && x.Converged() != nil
}

var boxedWeights, boxedOriginal = [...]float64{3, -1, .5, 2, -.2, 1}, [...]float32{.9, .5, 0, .2, 1, .5}

// Boxed is a linear model of two classes and six values with weights that differ, and an original with
// values at their bounds. Class 1 wins when w (v - x) exceeds the margin. Channels is 1, 2, 3 or 6.
func Boxed(margin float64, channels int) (f *Form, x []float32) {
	w, x := boxedWeights, append([]float32(nil), boxedOriginal[:]...)
	return &Form{
		Shape: []int{channels, 1, 6 / channels}, K: 2, Hi: 1,
		Forward: func(logits, v []float32) {
			var s float64
			for i := range v {
				s += float64(w[i] * (float64(v[i]) - float64(boxedOriginal[i])))
			}
			logits[0], logits[1] = float32(margin), float32(s)
		},
		Backward: func(dx, d, _ []float32) {
			for i := range dx {
				dx[i] = float32(w[i] * float64(d[1]))
			}
		},
	}, x
}

// A Smallest is the exact size of the smallest change that fools a Boxed model.
type Smallest struct {
	Norm     attack.Norm
	Channels int
	Margin   float64
	Size     float64
}

// BoxedSizes are such sizes, worked out by hand. With the margin 1.2 one value goes to its bound, with 3
// two to four do.
var BoxedSizes = []Smallest{
	{attack.Linf, 1, 1.2, .9 / 4.7}, {attack.Linf, 1, 3, 1.7 / 2.7},
	{attack.L2, 1, 1.2, math.Sqrt(.01 + .9*.9/6.29)}, {attack.L2, 1, 3, math.Sqrt(.65 + 1.1*1.1/2.29)},
	{attack.L1, 1, 1.2, .55}, {attack.L1, 1, 3, 2.1},
	{attack.L0, 1, 1.2, 1}, {attack.L0, 1, 1.7, 2}, {attack.L0, 1, 2.2, 3}, {attack.L0, 1, 3.5, 6},
	{attack.L0, 2, 1.7, 1}, {attack.L0, 2, 2.2, 2}, {attack.L0, 2, 3.5, 3},
	{attack.L0Values, 2, 1.2, 1}, {attack.L0Values, 2, 1.7, 2}, {attack.L0Values, 2, 2.2, 3}, {attack.L0Values, 2, 3.5, 6},
}

// exactOnLinear: an attack with a fixed budget succeeds a little above the exact size and fails a little
// below it, by one pixel in the norms that count. One of minimum norm finds the size.
func exactOnLinear(ctx context.Context, s *setting) error {
	for _, c := range BoxedSizes {
		if c.Norm != s.th.Norm {
			continue
		}
		above, below := 1.001*c.Size, 0.99*c.Size
		if c.Norm.Counts() != "" {
			above, below = c.Size, c.Size-1
		}
		if s.info.Minimal {
			above = math.Inf(1)
		}
		for _, eps := range []float64{above, below} {
			v, err := s.onBoxed(ctx, c, eps)
			switch {
			case err != nil:
				return err
			case v.Success != (eps == above):
				return fmt.Errorf("%d channels, margin %g: success %v at eps %g, where %g is exact", c.Channels, c.Margin, v.Success, eps, c.Size)
			case v.Success && !(v.Size >= c.Size*(1-1e-5)):
				return fmt.Errorf("%d channels, margin %g: it fools with %g, where %g is exact", c.Channels, c.Margin, v.Size, c.Size)
			case v.Success && s.info.Minimal && !(v.Size <= c.Size*1.002):
				return fmt.Errorf("%d channels, margin %g: the smallest is %g, where %g is exact", c.Channels, c.Margin, v.Size, c.Size)
			}
		}
	}
	return nil
}

// onBoxed attacks the boxed model, with all the questions that the attack wants.
func (s *setting) onBoxed(ctx context.Context, c Smallest, eps float64) (*attack.Verdict, error) {
	form, x := Boxed(c.Margin, c.Channels)
	m := &probe{Model: NewModel(form, 4), access: s.info.Access}
	e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: eps}
	converged := &setting{s.a.(Converging).Converged(), s.info, s.th, eps}
	vs, err := converged.run(ctx, m, attack.Options{Threads: 1, Budget: attack.Budget{Queries: 100 * most}}, e)
	if err != nil {
		return nil, err
	}
	return vs[0], nil
}
