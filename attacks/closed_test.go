package attacks_test

import (
	"math"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
)

// boxed is a linear model with weights that differ and an original with values at their bounds. It is fooled when
// w (v - x) exceeds the margin.
func boxed(margin float64, channels int) (m *formModel, x []float32) {
	w, x := []float64{3, -1, .5, 2, -.2, 1}, []float32{.9, .5, 0, .2, 1, .5}
	form := &closedForm{
		shape: []int{channels, 1, 6 / channels}, classes: 2, hi: 1,
		forward: func(logits, v []float32) {
			var s float64
			for i := range v {
				s += float64(w[i] * (float64(v[i]) - float64(x[i])))
			}
			logits[0], logits[1] = float32(margin), float32(s)
		},
		backward: func(dx, d, _ []float32) {
			for i := range dx {
				dx[i] = float32(w[i] * float64(d[1]))
			}
		},
	}
	return newForm(form, 4), x
}

// smallestChanges are the exact sizes of the smallest changes that fool such a model, worked out by hand.
var smallestChanges = []struct {
	norm     attack.Norm
	channels int
	margin   float64
	size     float64
}{
	{attack.Linf, 1, 1.2, 9. / 47},
	{attack.L2, 1, 1.2, .372526},
	{attack.L1, 1, 1.2, .55},
	{attack.L0, 1, 1.2, 1}, {attack.L0, 1, 1.7, 2}, {attack.L0, 1, 2.2, 3}, {attack.L0, 1, 3.5, 6},
	{attack.L0, 2, 1.7, 1}, {attack.L0, 2, 2.2, 2}, {attack.L0, 2, 3.5, 3}, {attack.L0Values, 2, 1.7, 2},
}

// TestClosedForms: PGD succeeds a little above the exact size, and fails a little below it: one pixel less, in
// the norms that count.
func TestClosedForms(t *testing.T) {
	for _, c := range smallestChanges {
		above, below := 1.001*c.size, 0.99*c.size
		if c.norm.Counts() != "" {
			above, below = c.size, c.size-1
		}
		a := attacks.PGD{Steps: 2000, StepSize: above / 500, NoRandomStart: true, Exact: true}
		for _, eps := range []float64{above, below} {
			m, x := boxed(c.margin, c.channels)
			e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: eps}
			vs, err := attack.Run(t.Context(), m, a, attack.Threat{Norm: c.norm}, attack.Options{}, e)
			if err != nil || vs[0].Err != nil {
				t.Fatal(err, vs[0].Err)
			}
			if v := vs[0]; v.Success != (eps == above) {
				t.Errorf("%v, %d channels, margin %g: success %v at eps %g, where %g is exact", c.norm, c.channels, c.margin, v.Success, eps, c.size)
			}
		}
	}
}

// TestSmallest finds the exact sizes: within the tolerance, and to the pixel. For files it finds the fewest
// levels that fool, after rounding.
func TestSmallest(t *testing.T) {
	for _, c := range smallestChanges {
		m, x := boxed(c.margin, c.channels)
		a := attacks.Smallest{Base: attacks.BIM{Steps: 400, Exact: true}, Tolerance: 1e-4}
		e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: math.Inf(1)}
		vs, err := attack.Run(t.Context(), m, a, attack.Threat{Norm: c.norm}, attack.Options{}, e)
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		if v := vs[0]; !v.Success || !(v.Size >= c.size*(1-1e-5) && v.Size <= c.size*1.002) {
			t.Errorf("%v, %d channels, margin %g: %g, want %g (success %v)", c.norm, c.channels, c.margin, v.Size, c.size, v.Success)
		}
	}
	m, x := boxed(1.2, 1)
	for i, v := range x { // a file's values
		x[i] = float32(math.Round(float64(v)*255)) / 255
	}
	a := attacks.Smallest{Base: attacks.BIM{Steps: 100}}
	e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: math.Inf(1)}
	vs, err := attack.Run(t.Context(), m, a, attack.Threat{Levels: 256}, attack.Options{}, e)
	if err != nil || vs[0].Err != nil {
		t.Fatal(err, vs[0].Err)
	}
	if levels := 255 * vs[0].Size; !vs[0].Success || math.Abs(levels-49) > 1e-3 { // 48.8 levels would do for floats
		t.Errorf("%g levels (success %v), want 49", levels, vs[0].Success)
	}
}
