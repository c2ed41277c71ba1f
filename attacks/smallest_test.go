package attacks_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// line is a model of one value between -100 and 100: the logits are 0 and x - at.
func line(at float64) *conform.Model {
	return conform.NewModel(&conform.Form{
		Shape: []int{1, 1, 1}, K: 2, Lo: -100, Hi: 100,
		Forward:  func(logits, x []float32) { logits[0], logits[1] = 0, float32(float64(x[0])-at) },
		Backward: func(dx, d, _ []float32) { dx[0] = d[1] },
	}, 1)
}

// leaveZero runs an attack on 0 of a line. Budgets end searches that do not end by themselves.
func leaveZero(t *testing.T, at float64, norm attack.Norm, a attack.Attack) *attack.Verdict {
	t.Helper()
	e := attack.Example{X: []float32{0}, Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
	o := attack.Options{Budget: attack.Budget{Queries: smallestBudget}}
	vs, err := attack.Run(t.Context(), line(at), a, attack.Threat{Norm: norm}, o, e)
	if err != nil {
		t.Fatal(err)
	}
	return vs[0]
}

const smallestBudget = 1000

// TestSmallestOnLine: from far below the first eps to far above it, the result is just above the exact size.
func TestSmallestOnLine(t *testing.T) {
	for _, at := range []float64{0.001, 0.3, 7, 90} {
		for _, norm := range []attack.Norm{attack.Linf, attack.L2} {
			v := leaveZero(t, at, norm, attacks.Smallest{Base: attacks.FGSM{}, Tolerance: 1e-3})
			if v.Err != nil || !v.Success || !(v.Size > at && v.Size <= at*1.002) {
				t.Errorf("%v: smallest %g (%v, success %v), want just above %g", norm, v.Size, v.Err, v.Success, at)
			}
			if !(float64(v.X[0]) > at) || tensor.Argmax(v.Logits) != 1 || v.Forwards < 3 || v.Backwards < 2 {
				t.Errorf("%v: verdict %+v", norm, *v)
			}
		}
	}
	if v := leaveZero(t, -1, attack.Linf, attacks.Smallest{Base: attacks.FGSM{}}); !v.Success || v.Size != 0 || v.Backwards != 0 {
		t.Errorf("a picture that fools as it is: %+v", *v)
	}
	if v := leaveZero(t, 200, attack.Linf, attacks.Smallest{Base: attacks.FGSM{}}); v.Success || v.Err != nil || v.Forwards >= smallestBudget {
		t.Errorf("out of reach: %+v", *v)
	}
	v := leaveZero(t, math.NaN(), attack.Linf, attacks.Smallest{Base: attacks.FGSM{}})
	if v.Success || !errors.Is(v.Err, attack.ErrNotFinite) {
		t.Errorf("a model of NaN: %+v", *v)
	}
}

// TestSmallestEnds: a search ends also where no float64 between its ends is left.
func TestSmallestEnds(t *testing.T) {
	for _, tolerance := range []float64{1e-15, 1e-17, math.SmallestNonzeroFloat64} {
		for _, at := range []float64{0.001, 0.3, 7} {
			v := leaveZero(t, at, attack.Linf, attacks.Smallest{Base: attacks.FGSM{}, Tolerance: tolerance})
			if !v.Success || !(v.Size <= at*(1+1e-6)) || v.Forwards >= smallestBudget/2 {
				t.Errorf("tolerance %g, at %g: size %g after %d questions (success %v)", tolerance, at, v.Size, v.Forwards, v.Success)
			}
		}
	}
}

// TestSmallestRefuses: what cannot end, or is not a parameter of the other attack, is an error before
// anything is asked.
func TestSmallestRefuses(t *testing.T) {
	for name, a := range map[string]attacks.Smallest{
		"negative":         {Base: attacks.FGSM{}, Tolerance: -1},
		"one":              {Base: attacks.FGSM{}, Tolerance: 1},
		"infinite":         {Base: attacks.FGSM{}, Tolerance: math.Inf(1)},
		"NaN":              {Base: attacks.FGSM{}, Tolerance: math.NaN()},
		"steps of BIM":     {Base: attacks.BIM{Steps: -1}},
		"step size of PGD": {Base: attacks.PGD{StepSize: math.NaN()}},
	} {
		if v := leaveZero(t, 1, attack.Linf, a); v.Err == nil || v.Forwards != 0 {
			t.Errorf("%s: %v after %d questions", name, v.Err, v.Forwards)
		}
	}
}

// TestSmallestLevels: for files it finds the fewest levels that fool, after rounding.
func TestSmallestLevels(t *testing.T) {
	form, x := conform.Boxed(1.2, 1)
	for i, v := range x { // a file's values
		x[i] = float32(math.Round(float64(v)*255)) / 255
	}
	a := attacks.Smallest{Base: attacks.BIM{Steps: 100}}
	e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: math.Inf(1)}
	vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Levels: 256}, attack.Options{}, e)
	if err != nil || vs[0].Err != nil {
		t.Fatal(err, vs[0].Err)
	}
	if levels := 255 * vs[0].Size; !vs[0].Success || math.Abs(levels-49) > 1e-3 { // 48.8 levels would do for floats
		t.Errorf("%g levels (success %v), want 49", levels, vs[0].Success)
	}
}

// TestSmallestStages: each stage is the other attack with that eps, where that draws no random numbers, and
// the result is what one of them has found.
func TestSmallestStages(t *testing.T) {
	base := attacks.BIM{}
	for norm, eps := range map[attack.Norm]float64{attack.Linf: 0.2, attack.L2: 0.6, attack.L1: 2, attack.L0: 4} {
		for _, levels := range []int{0, 256} {
			th := attack.Threat{Norm: norm, Levels: levels}
			for i, e := range conform.Examples(th, eps, 6) {
				run := func(a attack.Attack, eps float64) *attack.Verdict {
					e.Eps = eps
					vs, err := attack.Run(t.Context(), conform.Network(1), a, th, attack.Options{}, e)
					if err != nil || vs[0].Err != nil {
						t.Fatal(err, vs[0].Err)
					}
					return vs[0]
				}
				v, found := run(attacks.Smallest{Base: base}, eps), false
				for _, s := range v.Stages {
					w := run(base, s.Eps)
					if got := (attack.Stage{Attack: "bim", Eps: s.Eps, Success: w.Success, Forwards: w.Forwards, Backwards: w.Backwards}); got != s {
						t.Errorf("%v, %d levels, picture %d: stage %+v, alone %+v", norm, levels, i, s, got)
					}
					found = found || w.Success && slices.Equal(w.X, v.X)
				}
				if v.Success != found {
					t.Errorf("%v, %d levels, picture %d: success %v, and of a stage %v", norm, levels, i, v.Success, found)
				}
			}
		}
	}
}
