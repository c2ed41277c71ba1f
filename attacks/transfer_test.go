package attacks_test

import (
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// transferring are the attacks that follow something else than the gradient itself so that their results fool
// other models, too.
var transferring = []attack.Attack{
	attacks.MI{}, attacks.NI{}, attacks.SINI{}, attacks.DI{}, attacks.TI{}, attacks.VMI{}, attacks.VNI{}, attacks.PI{},
	attacks.SSA{}, attacks.PGN{}, attacks.GRA{}, attacks.Logit{Rate: 1},
}

// TestVertex: on a linear model the best point of the ball is known: every value goes as far as eps and the bounds
// let it, in the direction of its weight. All of these attacks end there.
func TestVertex(t *testing.T) {
	form, x := conform.Boxed(9, 1) // more than can be closed
	w := make([]float32, len(x))
	form.Backward(w, []float32{0, 1}, x)
	for _, eps := range []float64{0.05, 0.3} {
		for _, a := range transferring {
			s := setting{a, attack.Threat{}, eps}
			v := s.run(t, conform.NewModel(form, 2), attack.Options{},
				attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: eps, Stop: attack.Targeted{Class: 1}})[0]
			for i := range x {
				want := min(1, max(0, float64(x[i])+math.Copysign(eps, float64(w[i]))))
				if math.Abs(float64(v.X[i])-want) > 1e-6 && a.Info().Name != "di" { // which sees other pictures
					t.Errorf("%s, eps %g: value %d is %g, want %g", a.Info().Name, eps, i, v.X[i], want)
				}
			}
		}
	}
}

// TestVarianceOfNothing: neighbours at no distance have the same gradient, to the bit, so that nothing is corrected.
func TestVarianceOfNothing(t *testing.T) {
	th := attack.Threat{}
	for _, pair := range [][2]attack.Attack{
		{attacks.VMI{Beta: 0.001, Neighbours: 3}, attacks.MI{}}, {attacks.VNI{Beta: 0.001, Neighbours: 3}, attacks.NI{}},
	} {
		var found [2][]*attack.Verdict
		for i, a := range pair {
			s := setting{a, th, 1e-6} // of which a thousandth is less than the resolution of values
			list := s.examples(6)
			for k := range list {
				list[k].Stop = attack.Targeted{Class: 0, Prob: 1}
			}
			found[i] = s.run(t, conform.Network(2), attack.Options{}, list...)
		}
		for k, v := range found[0] {
			if base := found[1][k]; !slices.Equal(v.X, base.X) || v.Steps != base.Steps || v.Forwards <= base.Forwards {
				t.Errorf("%s, picture %d: %v, want %v", pair[0].Info().Name, k, v.X, base.X)
			}
		}
	}
}

// TestScaleOfMomentum: gradients of any scale give the same pictures, and so the same look-ahead.
func TestScaleOfMomentum(t *testing.T) {
	for _, a := range []attack.Attack{attacks.MI{}, attacks.NI{}, attacks.SINI{}, attacks.VMI{}, attacks.VNI{}} {
		s := setting{a, attack.Threat{}, 0.1}
		list := s.examples(4)
		var found [2][]*attack.Verdict
		for i, factor := range []float32{1, 1024} {
			m := conform.Network(2)
			forward, backward := m.Form.Forward, m.Form.Backward
			form := *m.Form
			form.Forward = func(z, x []float32) {
				forward(z, x)
				for k := range z {
					z[k] *= factor
				}
			}
			form.Backward = func(dx, d, x []float32) {
				backward(dx, d, x)
				for k := range dx {
					dx[k] *= factor
				}
			}
			s.a = must(t)(attack.Set(a, "loss", "margin"))
			for k := range list {
				list[k].Goal = attack.Misclassification{Classes: []int{4}}
				list[k].Stop = attack.Targeted{Class: 0, Prob: 1}
			}
			found[i] = s.run(t, conform.NewModel(&form, 2), attack.Options{}, list...)
		}
		for k, v := range found[0] {
			if !slices.Equal(v.X, found[1][k].X) {
				t.Errorf("%s, picture %d: %v, want %v", a.Info().Name, k, found[1][k].X, v.X)
			}
		}
	}
}

func must(t *testing.T) func(a attack.Attack, err error) attack.Attack {
	return func(a attack.Attack, err error) attack.Attack {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// TestRefusedSettings: settings that cannot work are an error of the picture, in words.
func TestRefusedSettings(t *testing.T) {
	for _, c := range []struct {
		a   attack.Attack
		eps float64
	}{
		{attacks.TI{Kernel: 4}, 0.1}, {attacks.PI{Kernel: 4}, 0.1}, {attacks.MI{}, math.Inf(1)},
		{attacks.VMI{StepSize: 0.1}, math.Inf(1)}, {attacks.VNI{StepSize: 0.1}, math.Inf(1)},
		{attacks.Logit{Kernel: 2}, 0.1}, {attacks.Logit{}, math.Inf(1)}, {attacks.PGN{StepSize: 0.1}, math.Inf(1)},
		{attacks.GRA{StepSize: 0.1}, math.Inf(1)}, {attacks.SSA{StepSize: 0.1}, math.Inf(1)},
		{attacks.SIA{StepSize: 0.1}, math.Inf(1)},
	} {
		list := conform.Examples(attack.Threat{}, c.eps, 1)
		vs, err := attack.Run(t.Context(), conform.Network(1), c.a, attack.Threat{}, attack.Options{}, list...)
		if err != nil || vs[0].Err == nil || vs[0].Forwards > 1 {
			t.Errorf("%+v with eps %g: %v, %+v", c.a, c.eps, err, vs[0])
		}
	}
}
