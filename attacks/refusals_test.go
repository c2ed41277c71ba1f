package attacks_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// A guarded model counts what it is asked, and may give less than others.
type guarded struct {
	*conform.Model
	decisions bool // no scores and no gradients
	asked     int
}

func (g *guarded) Access() (scores, gradients bool) { return !g.decisions, !g.decisions }

func (g *guarded) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	g.asked += x.Batch()
	return g.Model.Ask(ctx, x, keys)
}

// TestRefusesSettings: settings that fit no picture of the model end the run before anything is asked.
func TestRefusesSettings(t *testing.T) {
	l1 := attack.Threat{Norm: attack.L1}
	for want, c := range map[string]struct {
		a      attack.Attack
		th     attack.Threat
		change func(m *guarded)
	}{
		"unknown norm Norm(9)":                       {th: attack.Threat{Norm: 9}},
		"it knows [linf l2]":                         {a: Noise{}, th: l1},
		"1 levels: want 0 (no rounding) or 2":        {th: attack.Threat{Levels: 1}},
		"-256 levels":                                {th: attack.Threat{Levels: -256}},
		"65537 levels":                               {th: attack.Threat{Levels: 1<<16 + 1}},
		"bounds [0, 0] hold no pixel":                {change: func(m *guarded) { m.Hi = 0 }},
		"needs gradients, and the model gives decis": {change: func(m *guarded) { m.decisions = true }},
		"needs scores, and the model gives decis":    {a: Noise{}, change: func(m *guarded) { m.decisions = true }},
		"needs 2 classes, and the model has 1":       {change: func(m *guarded) { m.K = 1 }},
		"takes 0 pictures at once":                   {change: func(m *guarded) { m.N = 0 }},
		"shape []: want (C,H,W)":                     {change: func(m *guarded) { m.Form.Shape = nil }},
		"steps of the attack pgd: -1":                {a: attacks.PGD{Steps: -1}},
		"restarts of the attack pgd: -1":             {a: attacks.PGD{Restarts: -1}},
		"step of the attack pgd: -1":                 {a: attacks.PGD{StepSize: -1}},
		"step of the attack bim: NaN":                {a: attacks.BIM{StepSize: math.NaN()}},
		"step of the attack pgd: +Inf":               {a: attacks.PGD{StepSize: math.Inf(1)}},
	} {
		m := &guarded{Model: conform.NewModel(conform.Linear([]int{3, 2, 2}, 4, 1, 2), 3)}
		e := attack.Example{X: make([]float32, 12), Goal: attack.Targeted{Class: 1}, Eps: 0.1}
		if c.change != nil {
			c.change(m)
		}
		if c.a == nil {
			c.a = attacks.PGD{}
		}
		vs, err := attack.Run(t.Context(), m, c.a, c.th, attack.Options{}, e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
		if vs != nil || m.asked != 0 {
			t.Errorf("%s: verdicts %v after %d questions", want, vs, m.asked)
		}
	}
}

// TestRefusesPictures: a picture that cannot be attacked ends with an error, without a question, and keeps its
// pixels; those before and after it have the same verdicts as without it.
func TestRefusesPictures(t *testing.T) {
	nan := math.NaN()
	file := attack.Threat{Levels: 256}
	goal := func(g attack.Goal) func(*attack.Example, *guarded) {
		return func(e *attack.Example, _ *guarded) { e.Goal = g }
	}
	eps := func(v float64) func(*attack.Example, *guarded) {
		return func(e *attack.Example, _ *guarded) { e.Eps = v }
	}
	value := func(i int, v float32) func(*attack.Example, *guarded) {
		return func(e *attack.Example, _ *guarded) { e.X[i] = v }
	}
	mask := func(v ...float32) func(*attack.Example, *guarded) {
		return func(e *attack.Example, _ *guarded) { e.Mask = v }
	}
	for _, c := range []struct {
		want   string
		a      attack.Attack
		th     attack.Threat
		change func(e *attack.Example, m *guarded)
	}{
		{want: "eps is -0.1", a: attacks.FGSM{}, change: eps(-0.1)},
		{want: "eps is NaN", a: attacks.BIM{}, change: eps(nan)},
		{want: "value 7 is -0.25, outside the model's bounds [0, 1]", change: value(7, -0.25)},
		{want: "value 0 is NaN", change: value(0, float32(nan))},
		{want: "value 4 is -Inf", change: func(e *attack.Example, m *guarded) { e.X[4], m.Lo = float32(math.Inf(-1)), float32(math.Inf(-1)) }},
		{want: "the original has 11 values, but the model takes [3 2 2]", change: func(e *attack.Example, _ *guarded) { e.X = e.X[:11] }},
		{want: "the original has 9 values, but the model takes [3 2 2]", change: func(e *attack.Example, _ *guarded) { e.X = e.X[:9] }},
		{want: "the original has 0 values", change: func(e *attack.Example, _ *guarded) { e.X = nil }},
		{want: "the example has no goal", change: goal(nil)},
		{want: "class 4 is outside 0..3", change: goal(attack.Targeted{Class: 4})},
		{want: "class -1 is below 0", change: goal(attack.Targeted{Class: -1})},
		{want: "probability 1.5 is outside [0,1]", change: goal(attack.Targeted{Class: 1, Prob: 1.5})},
		{want: "probability NaN", change: goal(attack.Targeted{Class: 1, Prob: nan})},
		{want: "no class is named", change: goal(attack.Misclassification{})},
		{want: "class 1 is named twice", change: goal(attack.Misclassification{Classes: []int{1, 2, 1}})},
		{want: "all 4 classes are to be left", change: goal(attack.Misclassification{Classes: []int{1, 2, 0, 3}})},
		{want: "class 5 is outside 0..3", change: func(e *attack.Example, _ *guarded) { e.Stop = attack.Targeted{Class: 5} }},
		{want: "the mask has 3 pixels, the picture 4", change: mask(1, 1, 1)},
		{want: "value 2 of the mask is 0.5", change: mask(1, 1, 0.5, 1)},
		{want: "the mask lets no pixel change", change: mask(0, 0, 0, 0)},
		{want: "rounding it to 256 levels moves it by 0.00196078 in linf (value 3, which is 0.5, the most), more than eps", th: file,
			change: func(e *attack.Example, _ *guarded) { e.Eps, e.X[3] = 0.1/255, 0.5 }},
		{want: "no step size follows from an infinite eps", a: attacks.FGSM{}, change: eps(math.Inf(1))},
		{want: "no step size follows from an infinite eps", a: attacks.BIM{}, change: eps(math.Inf(1))},
		{want: "no random start in an infinite eps", a: attacks.PGD{StepSize: 1}, change: eps(math.Inf(1))},
	} {
		if c.a == nil {
			c.a = attacks.PGD{}
		}
		m := &guarded{Model: conform.NewModel(conform.Linear([]int{3, 2, 2}, 4, 1, 2), 3)}
		x := pictures(t, "levels 256", m.Shape(), 0, 1, 3)
		good := func(i int) attack.Example {
			return attack.Example{X: slices.Clone(x.Image(i)), Index: uint64(i), Goal: attack.Targeted{Class: 1}, Eps: 0.1}
		}
		run := func(list ...attack.Example) []*attack.Verdict {
			vs, err := attack.Run(t.Context(), m, c.a, c.th, attack.Options{Seed: 2}, list...)
			if err != nil {
				t.Fatalf("%s: %v", c.want, err)
			}
			return vs
		}
		bad := good(1)
		c.change(&bad, m)
		want, before := run(good(0), good(2)), slices.Clone(bad.X)
		got := run(good(0), bad, good(2))
		same(t, got[0], want[0])
		same(t, got[2], want[1])
		v := got[1]
		if v.Err == nil || !strings.Contains(v.Err.Error(), c.want) {
			t.Errorf("error %v, want %s", v.Err, c.want)
		}
		kept := slices.EqualFunc(v.X, before, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
		if v.Success || v.Forwards != 0 || !kept {
			t.Errorf("%s: success %v after %d questions, pixels kept: %v", c.want, v.Success, v.Forwards, kept)
		}
	}
}

// TestRefusesRestartsOfOnePoint: they would all find the same picture.
func TestRefusesRestartsOfOnePoint(t *testing.T) {
	m := conform.NewModel(conform.Linear([]int{3, 2, 2}, 4, 1, 2), 1)
	e := attack.Example{X: make([]float32, 12), Goal: attack.Targeted{Class: 1}, Eps: 0.1}
	vs, err := attack.Run(t.Context(), m, attacks.PGD{Restarts: 2, NoRandomStart: true}, attack.Threat{}, attack.Options{}, e)
	if err != nil || vs[0].Err == nil || !strings.Contains(vs[0].Err.Error(), "restarts from one starting point") {
		t.Errorf("%v, %+v", err, vs)
	}
}

// TestUnboundedIsFree: without bounds a picture of black and white goes on where it would stop with them.
func TestUnboundedIsFree(t *testing.T) {
	form := &conform.Form{
		Shape: []int{1, 1, 2}, K: 2, Hi: 1,
		Forward:  func(logits, x []float32) { logits[0], logits[1] = 0, x[0]-x[1] },
		Backward: func(dx, d, _ []float32) { dx[0], dx[1] = d[1], -d[1] },
	}
	e := attack.Example{X: []float32{1, 0}, Goal: attack.Targeted{Class: 1, Prob: 1}, Eps: 0.25}
	for want, m := range map[[2]float32]attack.Model{{1.25, -0.25}: attack.Unbounded(conform.NewModel(form, 1)), {1, 0}: conform.NewModel(form, 1)} {
		vs, err := attack.Run(t.Context(), m, attacks.FGSM{Loss: attack.Probability}, attack.Threat{}, attack.Options{}, e)
		if err != nil || vs[0].Err != nil || !slices.Equal(vs[0].X, want[:]) {
			t.Errorf("%v, %v, want %v", vs[0].X, err, want)
		}
	}
}
