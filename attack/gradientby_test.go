package attack

import (
	"math"
	"testing"
)

// elsewhere climbs by the gradients of a copy of half the brightness.
type elsewhere struct {
	steps int
	seen  *[]Sight
}

func (elsewhere) Info() Info { return Info{Name: "elsewhere", Norms: []Norm{Linf}, Access: Gradients} }

func (e elsewhere) Attack(t *Trial) {
	v, g, half := t.New(), t.New(), t.New()
	gs, vs := [][]float32{g}, [][]float32{half}
	t.Start(v, false)
	for range e.steps {
		s, ok := t.GradientBy(g, v, nil, func(_, at []float32) (float64, bool) {
			for i, x := range at {
				half[i] = x / 2
			}
			return t.Gradients(gs, vs, nil)
		})
		*e.seen = append(*e.seen, s)
		if !ok || s.Flat {
			return
		}
		t.Ascend(v, g, 0.1)
		t.Confine(v)
	}
	t.Settle(v, nil)
}

// TestGradientBy: what an attack makes of gradients elsewhere counts as a step and heeds the mask; candidates are
// classified, and end the attack; a flat one turns Auto to the margin.
func TestGradientBy(t *testing.T) {
	w := []float64{1, -2, 3}
	run := func(m Model, e elsewhere, th Threat, mask []float32) *Verdict {
		t.Helper()
		vs, err := Run(t.Context(), m, e, th, Options{}, Example{
			X: []float32{.2, .4, .6}, Goal: Misclassification{[]int{0}}, Eps: .4, Mask: mask,
		})
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		return vs[0]
	}
	for _, levels := range []int{0, 256} {
		var seen []Sight
		v := run(linear(2, w, -2.2), elsewhere{9, &seen}, Threat{Levels: levels}, nil)
		judged := min(levels, 1) // the file, too
		if !v.Success || v.Steps != 2 || v.FirstSuccess != 2 || v.Backwards != 2 || v.Forwards != 2*2+1+judged {
			t.Errorf("%d levels: %+v", levels, v)
		}
		seen = nil
		v = run(linear(2, w, -9), elsewhere{9, &seen}, Threat{Levels: levels}, []float32{1, 0, 1})
		if v.Success || v.Steps != 9 || v.X[1] != float32(.4) || math.Abs(v.Size-.4) > .003 || seen[0].Met {
			t.Errorf("%d levels, with a mask: %+v", levels, v)
		}
	}
	var seen []Sight
	v := run(linear(1, []float64{1000, 0, 0}, -1200), elsewhere{9, &seen}, Threat{}, nil)
	if !v.Turned || v.ZeroGradients != 0 || v.Followed != Margin || v.Steps != 9 || v.X[0] <= .5 {
		t.Errorf("flat: %+v", v)
	}
}
