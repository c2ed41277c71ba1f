package attack

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// dual returns the norm in which the gradient of a linear model is measured: w.x
// changes by dual(w) for every unit that x moves.
func dual(n Norm, w []float64) float64 {
	var s float64
	for _, v := range w {
		if n == Linf {
			s += math.Abs(v)
		} else {
			s += v * v
		}
	}
	if n == Linf {
		return s
	}
	return math.Sqrt(s)
}

// TestLinearStep compares one step on a linear model with its closed form: the
// logit changes by eps times the dual norm of its weights, the most that is possible.
func TestLinearStep(t *testing.T) {
	w := []float64{1, -2, 0.5, 0, 3}
	m := linear(1, w, 0)
	x := tensor.FromSlice([]float32{0.5, 0.5, 0.5, 0.5, 0.5}, m.shape...)
	before := float64(m.Forward(x).Data[1])
	for _, norm := range []Norm{Linf, L2} {
		for _, loss := range losses {
			for _, class := range []int{0, 1} {
				const eps = 0.01
				p := &Problem{Model: m, X: x, Criteria: []Goal{Misclassification{[]int{class}}}, Norm: norm, Eps: eps}
				p.Stop = []Goal{Targeted{Class: 0, Prob: 1}}
				if class == 0 && loss == Logit {
					continue // the logit of class 0 is constant
				}
				want := eps * dual(norm, w)
				if class == 1 {
					want = -want
				}
				for _, row := range []struct {
					attack    LoopAttack
					tolerance float64
					// in L2, PGD slides towards the optimum
				}{{FGSM{loss}, 1e-6}, {BIM{Loss: loss}, 1e-6}, {PGD{Loss: loss, StepSize: eps / 10}, 1e-5}} {
					r := run(t, row.attack, p)
					if got := float64(r.Images[0].Logits[1]) - before; !(math.Abs(got-want) <= row.tolerance) {
						t.Errorf("%s, %v, %v, away from %d: the logit changed by %g, want %g", row.attack.Name(), norm, loss, class, got, want)
					}
				}
			}
		}
	}
}

// TestLinearThreshold draws linear models: the distance to the boundary is |w.x+b|
// over the dual norm of w, and every attack succeeds just outside of it and fails
// just inside.
func TestLinearThreshold(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 0))
	for range 50 {
		w := make([]float64, 4+rng.IntN(60))
		for i := range w {
			w[i] = rng.NormFloat64()
		}
		m := linear(1, w, 0)
		x := tensor.New(m.shape...)
		for i := range x.Data {
			x.Data[i] = 0.4 + 0.2*rng.Float32() // far from the bounds
		}
		var at float64
		for i, v := range x.Data {
			at += w[i] * float64(v)
		}
		for _, norm := range []Norm{Linf, L2} {
			m.bias[1] = 0.05*dual(norm, w) - at // the boundary is at 0.05
			for _, targeted := range []bool{false, true} {
				p := &Problem{Model: m, X: x, Norm: norm, Criteria: []Goal{Misclassification{[]int{1}}}}
				if targeted {
					p.Criteria[0] = Targeted{Class: 0}
				}
				for _, a := range []LoopAttack{FGSM{}, BIM{}, PGD{StepSize: 0.005}, PGD{Loss: Margin, NoRandomStart: true}} {
					p.Eps = 0.05 * 0.999
					if r := run(t, a, p); r.Images[0].Success {
						t.Fatalf("%s, %v: success within %g, nearer than the boundary", a.Name(), norm, p.Eps)
					}
					p.Eps = 0.05 * 1.001
					r := run(t, a, p)
					if !r.Images[0].Success {
						t.Fatalf("%s, %v: no success within %g, farther than the boundary", a.Name(), norm, p.Eps)
					}
				}
			}
		}
	}
}

// TestSigmoidNet attacks CleverHans' two-neuron network with the accuracies that
// its tests demand.
func TestSigmoidNet(t *testing.T) {
	const n = 200
	m := newNet([]int{n, 1, 1, 2}, [][]float64{{1.5, -2}, {0.3, 0.3}}, nil, [][]float64{{-2.4, 0.5}, {1.2, -2.3}})
	x := noise(m, 0, 31)
	m.lo, m.hi = -5, 5
	flip := make([]Goal, n)
	rng := rand.New(rand.NewPCG(32, 0))
	for i := range flip {
		flip[i] = Targeted{Class: rng.IntN(2)}
	}
	for _, tt := range []struct {
		name     string
		attack   LoopAttack
		criteria []Goal
		eps      float64
		min, max float64 // rate of success
	}{
		{"fgsm", FGSM{}, leave(m, x), 0.5, 0.5, 1},
		{"fgsm targeted", FGSM{}, flip, 0.5, 0.7, 1},
		{"bim", BIM{}, leave(m, x), 1, 0.9, 1},
		{"pgd", PGD{}, leave(m, x), 1, 0.9, 1},
		{"pgd, small eps", PGD{}, leave(m, x), 0.001, 0, 0.1},
	} {
		r := run(t, tt.attack, &Problem{Model: m, X: x, Criteria: tt.criteria, Eps: tt.eps})
		hits := 0.0
		for _, o := range r.Images {
			if o.Success {
				hits++
			}
		}
		if rate := hits / n; !(rate >= tt.min && rate <= tt.max) {
			t.Errorf("%s: success on %.1f %%, want %g to %g", tt.name, 100*rate, 100*tt.min, 100*tt.max)
		}
	}
}

// TestDefaults checks the number and the size of the steps of every zero value, by
// the way that is left behind after the first and after all of them.
func TestDefaults(t *testing.T) {
	const eps = 0.3
	m := linear(1, []float64{1}, 0)
	m.hi = 9
	for _, tt := range []struct {
		attack LoopAttack
		norm   Norm
		steps  int
		size   float64
	}{
		{FGSM{}, Linf, 1, eps},
		{FGSM{}, L2, 1, eps},
		{BIM{}, Linf, 10, eps / 5},
		{BIM{Steps: 100}, Linf, 100, eps / 5},
		{BIM{Steps: 4}, Linf, 4, eps / 2},
		{PGD{NoRandomStart: true}, Linf, 40, 0.01},
		{PGD{NoRandomStart: true}, L2, 50, eps / 40},
		{PGD{NoRandomStart: true, Steps: 10}, L2, 10, eps / 8},
		{PGD{NoRandomStart: true, Steps: 10, StepSize: 0.001}, L2, 10, 0.001},
	} {
		p := &Problem{Model: m, X: tensor.New(m.shape...), Criteria: []Goal{Targeted{Class: 1, Prob: 1}}, Norm: tt.norm, Eps: eps}
		var first, last float32
		p.Observe = func(s Step) {
			if last = s.Pixels[0]; s.Step == 1 {
				first = last
			}
		}
		o := run(t, tt.attack, p).Images[0]
		if end := math.Min(eps, float64(tt.steps)*tt.size); o.Steps != tt.steps || !(math.Abs(float64(first)-tt.size) <= 1e-6) || !(math.Abs(float64(last)-end) <= 1e-5) {
			t.Errorf("%s, %v: %d steps of %g to %g, want %d of %g to %g", tt.attack.Name(), tt.norm, o.Steps, first, last, tt.steps, tt.size, end)
		}
	}
}

// TestSmallStepsStayInside checks that steps that sum up to less than eps end
// where the sum says.
func TestSmallStepsStayInside(t *testing.T) {
	m := linear(1, []float64{1, -1}, 0)
	x := tensor.FromSlice([]float32{0.5, 0.5}, m.shape...)
	p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 1, Prob: 0.99}}, Eps: math.Inf(1)}
	r := run(t, BIM{Steps: 10, StepSize: 0.01}, p)
	if want := []float32{0.6, 0.4}; !(Linf.Distance(r.X.Data, want, 1) <= 1e-6) {
		t.Errorf("ten steps of 0.01 lead to %v, want %v", r.X.Data, want)
	}
	if o := r.Images[0]; o.Steps != 10 || o.Forwards != 11 || o.Backwards != 10 || o.FirstSuccess != -1 {
		t.Errorf("%+v", o)
	}
}

// TestRounding follows one pixel of 5 levels from level 2 across a boundary at
// 0.55. In steps of 0.02 the float gets there with the third, but rounds to level 2
// until it passes 0.625 with the seventh.
func TestRounding(t *testing.T) {
	m := linear(1, []float64{1}, -0.55)
	x := tensor.FromSlice([]float32{0.5}, m.shape...)
	p := &Problem{Model: m, X: x, Criteria: []Goal{Misclassification{[]int{0}}}, Eps: 0.3, Levels: 5}
	var trace []Step
	p.Observe = func(s Step) { trace = append(trace, s) }
	r := run(t, BIM{Steps: 20, StepSize: 0.02}, p)
	if o := r.Images[0]; !o.Success || !o.FloatSuccess || o.Steps != 7 || o.FirstSuccess != 7 || o.Forwards != 4+5 || o.Backwards != 7 {
		t.Errorf("%+v", o)
	}
	if r.X.Data[0] != 0.75 {
		t.Errorf("the result is %g, want 0.75", r.X.Data[0])
	}
	want := []struct {
		step int
		file bool
		met  bool
	}{{0, false, false}, {1, false, false}, {2, false, false}, {3, false, true}, {3, true, false}, {4, true, false}, {5, true, false}, {6, true, false}, {7, true, true}}
	for i, w := range want {
		if i >= len(trace) || trace[i].Step != w.step || trace[i].File != w.file || trace[i].Met != w.met {
			t.Fatalf("classification %d: want %+v of %+v", i, w, trace)
		}
	}

	// Cancelled between a judgement and the next step, there is nothing left to judge.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.Observe = func(s Step) {
		if s.File && s.Step == 4 {
			cancel()
		}
	}
	r, err := BIM{Steps: 20, StepSize: 0.02}.Run(ctx, p)
	if o := r.Images[0]; !errors.Is(err, context.Canceled) || o.Forwards != 6 || o.Backwards != 4 || r.X.Data[0] != 0.5 {
		t.Errorf("%v, %+v", err, o)
	}
	p.Observe = nil

	// With fewer steps the budget ends first: the float has been fooled, the file has not.
	r = run(t, BIM{Steps: 5, StepSize: 0.02}, p)
	if o := r.Images[0]; o.Success || !o.FloatSuccess || o.Steps != 5 || o.FirstSuccess != -1 || r.X.Data[0] != 0.5 {
		t.Errorf("%+v, result %g", o, r.X.Data[0])
	}
	// With an eps of less than a level the file cannot be fooled at all.
	p.Eps = 0.2
	if o := run(t, BIM{Steps: 50, StepSize: 0.02}, p).Images[0]; o.Success || !o.FloatSuccess || o.Steps != 50 {
		t.Errorf("%+v", o)
	}
	// Without any float success the rounded picture is judged at the end, and may be luckier.
	p.Eps, m.bias[1] = 0.3, -0.7
	if o := run(t, BIM{Steps: 8, StepSize: 0.02}, p).Images[0]; !o.Success || o.FloatSuccess || o.Steps != 8 || o.Forwards != 10 {
		t.Errorf("%+v", o)
	}
}

// TestStop checks that a stricter stop lets the attack go on after its first success.
func TestStop(t *testing.T) {
	m := linear(1, []float64{4}, -2.1)
	x := tensor.FromSlice([]float32{0.5}, m.shape...)
	p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 1}}, Eps: 0.4}
	a := BIM{Steps: 40, StepSize: 0.01}
	if o := run(t, a, p).Images[0]; o.Steps != 3 || o.FirstSuccess != 3 {
		t.Errorf("%+v", o)
	}
	p.Stop = []Goal{Targeted{Class: 1, Prob: 0.7}} // at logit 0.85, x = 0.7368
	if o := run(t, a, p).Images[0]; o.Steps != 24 || o.FirstSuccess != 3 || !o.Success || !(math.Exp(o.Loss) >= 0.7) {
		t.Errorf("%+v", o)
	}
}

// window is met while the logit of class 1 is between 0 and width.
type window struct {
	Targeted
	width float32
}

func (w window) Met(logits []float32) bool { return logits[1] > 0 && logits[1] < w.width }

// TestSuccessIsKept climbs through success and out of it again: the result is the
// best success, although the loss rises further.
func TestSuccessIsKept(t *testing.T) {
	m := linear(1, []float64{4}, -2.1)
	x := tensor.FromSlice([]float32{0.5}, m.shape...)
	p := &Problem{
		Model: m, X: x, Eps: 0.4,
		Criteria: []Goal{window{Targeted{Class: 1}, 0.08}},
		Stop:     []Goal{Targeted{Class: 1, Prob: 0.9}},
	}
	for _, levels := range []int{0, 1001} {
		p.Levels = levels
		r := run(t, BIM{Steps: 20, StepSize: 0.01}, p)
		o := r.Images[0]
		if !o.FloatSuccess || o.Steps != 20 || levels == 0 && (!o.Success || o.FirstSuccess != 3 || !(math.Abs(float64(r.X.Data[0])-0.54) <= 1e-6)) {
			t.Errorf("%d levels: %+v, result %g", levels, o, r.X.Data[0])
		}
	}
}

// TestRestarts counts starting points: only a picture that resists gets another.
func TestRestarts(t *testing.T) {
	m := linear(2, []float64{1}, -0.5)
	x := tensor.FromSlice([]float32{0.1, 0.45}, m.shape...)
	p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 1}, Targeted{Class: 1}}, Eps: 0.1}
	r := run(t, PGD{Steps: 4, Restarts: 3}, p)
	if o := r.Images[0]; o.Success || o.Restarts != 2 || o.Steps != 12 || o.Forwards != 16 || o.Backwards != 12 {
		t.Errorf("%+v", o)
	}
	if o := r.Images[1]; !o.Success || o.Restarts != 0 || o.Steps > 4 {
		t.Errorf("%+v", o)
	}
	// A success ends the restarts even where the stop has not been met.
	p.Stop = []Goal{Targeted{Class: 1, Prob: 0.99}, Targeted{Class: 1, Prob: 0.99}}
	r = run(t, PGD{Steps: 4, Restarts: 3}, p)
	if o := r.Images[1]; !o.Success || o.Restarts != 0 || o.Steps != 4 {
		t.Errorf("%+v", o)
	}
}

// TestZeroGradient checks that a flat model is reported, and that nothing moves.
func TestZeroGradient(t *testing.T) {
	for _, norm := range []Norm{Linf, L2} {
		m := linear(1, []float64{0, 0, 0}, 1)
		x := noise(m, 256, 1)
		p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 0}}, Norm: norm, Eps: 0.1, Levels: 256}
		r := run(t, BIM{Steps: 1000}, p)
		if o := r.Images[0]; o.Success || o.Steps != 0 || o.ZeroGradients != 1 || !o.NoGradient() || o.Followed != Margin || o.Forwards != 3 || o.Backwards != 2 {
			t.Errorf("%v: %+v", norm, o)
		}
		if !slices.Equal(r.X.Data, x.Data) {
			t.Errorf("%v: a zero gradient moved the picture", norm)
		}
		if o := run(t, PGD{Restarts: 4}, p).Images[0]; o.ZeroGradients != 4 || o.Restarts != 3 {
			t.Errorf("%v: %+v", norm, o)
		}
	}
}

// TestVanishingProbability starts where the target's probability is 1e-87, below
// what a float32 can hold: the direction must survive.
func TestVanishingProbability(t *testing.T) {
	for _, loss := range losses {
		m := linear(1, []float64{400, -400}, -200)
		x := tensor.FromSlice([]float32{0.25, 0.25}, m.shape...)
		p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 1, Prob: 0.9}}, Eps: 0.3}
		r := run(t, PGD{Loss: loss, NoRandomStart: true}, p)
		if o := r.Images[0]; !o.Success || o.ZeroGradients != 0 {
			t.Errorf("%v: %+v", loss, o)
		}
	}
}

// TestNotFinite checks that a model's NaN or infinity ends the attack on its
// picture with an error that says where, and leaves the others alone.
func TestNotFinite(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, levels := range []int{0, 256} {
		for _, tt := range []struct {
			name      string
			spoil     func(int, *tensor.Tensor)
			spoilGrad func(int, *tensor.Tensor)
			want      string
			first     bool // nothing has been rated before
		}{
			{"first logit", func(_ int, l *tensor.Tensor) { l.Image(1)[2] = nan }, nil, "pgd: picture 1: after 0 steps the model's logit of class 2 is NaN", true},
			{"later logit", func(n int, l *tensor.Tensor) {
				if n > 4 { // the original is the first
					l.Image(1)[0] = inf
				}
			}, nil, "pgd: picture 1: after 3 steps the model's logit of class 0 is +Inf", false},
			{"gradient", nil, func(n int, d *tensor.Tensor) {
				if n > 2 {
					d.Image(1)[5] = nan
				}
			}, "pgd: picture 1: after 2 steps the gradient at value 5 is NaN", false},
		} {
			build := func() (*net, *Problem) {
				m := random(2, 4, 5)
				p := &Problem{Model: m, X: noise(m, 256, 12), Eps: 0.1, Levels: levels}
				p.Criteria = reach(m, p.X, 0.999)
				m.forwards = 0
				return m, p
			}
			_, p := build()
			clean := run(t, PGD{}, p)
			m, p := build()
			m.spoil, m.spoilGrad = tt.spoil, tt.spoilGrad
			r, err := PGD{}.Run(context.Background(), p)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("%s: error %v, want %s", tt.name, err, tt.want)
			}
			if !slices.Equal(r.X.Image(0), clean.X.Image(0)) || r.Images[0].Err != nil {
				t.Errorf("%s: picture 0 was not left alone", tt.name)
			}
			o := r.Images[1]
			if o.Err == nil || o.Success || o.Steps > 3 {
				t.Errorf("%s: %+v", tt.name, o)
			}
			if unrated := tt.first || levels > 0; unrated != (o.Logits == nil) || unrated != math.IsNaN(o.Loss) {
				t.Errorf("%s: %+v", tt.name, o)
			}
			for _, v := range r.X.Image(1) {
				if !(v >= 0 && v <= 1) {
					t.Errorf("%s: a value of %g", tt.name, v)
				}
			}
		}
	}
}

// counted is a model that knows its classes before the first Forward.
type counted struct{ *net }

func (c counted) Classes() int { return c.logits.Shape[1] }

func TestErrors(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		change func(p *Problem)
		attack LoopAttack
		want   string
	}{
		{func(p *Problem) { p.Eps = -0.1 }, FGSM{}, "fgsm: picture 0: eps is -0.1"},
		{func(p *Problem) { p.Eps = nan }, BIM{}, "bim: picture 0: eps is NaN"},
		{func(p *Problem) { p.Eps = math.Inf(1) }, BIM{}, "no step size follows from an infinite eps"},
		{func(p *Problem) { p.Eps = math.Inf(1) }, FGSM{}, "no step size follows from an infinite eps"},
		{func(p *Problem) { p.Eps = math.Inf(1) }, PGD{StepSize: 1}, "no random start in an infinite eps"},
		{func(p *Problem) { p.X.Image(1)[7] = -0.25 }, PGD{}, "pgd: picture 1: value 7 is -0.25, outside the model's bounds [0, 1]"},
		{func(p *Problem) { p.X.Image(2)[0] = float32(nan) }, PGD{}, "picture 2: value 0 is NaN"},
		{func(p *Problem) { p.Model.(counted).lo = float32(math.Inf(-1)); p.X.Data[4] = float32(math.Inf(-1)) }, PGD{}, "picture 0: value 4 is -Inf"},
		{func(p *Problem) { p.Model.(counted).hi = 0 }, PGD{}, "bounds [0, 0] hold no pixel"},
		{func(p *Problem) { p.Model.(counted).lo, p.Model.(counted).hi, p.Levels = 3, 4, 256 }, PGD{}, "hold none of the 256 levels"},
		{func(p *Problem) { p.X = p.X.Reshape(3, 12) }, PGD{}, "the originals have shape [3 12], but the model takes [3 3 2 2]"},
		{func(p *Problem) { p.X = nil }, PGD{}, "needs a Model and the originals"},
		{func(p *Problem) { p.Model = nil }, PGD{}, "needs a Model and the originals"},
		{func(p *Problem) { p.Criteria = p.Criteria[:2] }, PGD{}, "2 criteria for 3 pictures"},
		{func(p *Problem) { p.Criteria[1] = nil }, PGD{}, "picture 1 has no criterion"},
		{func(p *Problem) { p.Stop = p.Criteria[:1] }, PGD{}, "1 stops for 3 pictures"},
		{func(p *Problem) { p.Stop = append(slices.Clone(p.Criteria[:2]), Targeted{Class: 5}) }, PGD{}, "picture 2: class 5 is outside 0..3"},
		{func(p *Problem) { p.Index = []uint64{1} }, PGD{}, "1 indices for 3 pictures"},
		{func(p *Problem) { p.Criteria[2] = Targeted{Class: 4} }, PGD{}, "picture 2: class 4 is outside 0..3"},
		{func(p *Problem) { p.Criteria[2] = Targeted{Class: -1} }, PGD{}, "picture 2: class -1 is below 0"},
		{func(p *Problem) { p.Criteria[2] = Targeted{Class: 1, Prob: 1.5} }, PGD{}, "picture 2: probability 1.5 is outside [0,1]"},
		{func(p *Problem) { p.Criteria[2] = Targeted{Class: 1, Prob: nan} }, PGD{}, "probability NaN"},
		{func(p *Problem) { p.Criteria[0] = Misclassification{} }, PGD{}, "no class is named"},
		{func(p *Problem) { p.Criteria[0] = Misclassification{[]int{1, 2, 1}} }, PGD{}, "class 1 is named twice"},
		{func(p *Problem) { p.Criteria[0] = Misclassification{[]int{1, 2, 0, 3}} }, PGD{}, "all 4 classes are to be left"},
		{func(p *Problem) { p.Levels = 1 }, PGD{}, "1 levels: want 0 (no rounding) or 2 to 65536"},
		{func(p *Problem) { p.Levels = -256 }, PGD{}, "-256 levels"},
		{func(p *Problem) { p.Levels, p.Eps = 256, 0.1/255; p.X.Image(1)[3] = 0.5 }, PGD{}, "picture 1: rounding it to 256 levels moves it by 0.00196078 in linf (value 3, which is 0.5, the most), more than eps"},
		{func(p *Problem) { p.Norm = 9 }, PGD{}, "unknown norm Norm(9)"},
		{func(p *Problem) {}, PGD{Steps: -1}, "-1 steps"},
		{func(p *Problem) {}, PGD{Restarts: -1}, "-1 restarts"},
		{func(p *Problem) {}, PGD{Restarts: 2, NoRandomStart: true}, "2 restarts from one starting point"},
		{func(p *Problem) {}, PGD{StepSize: -1}, "step size is -1"},
		{func(p *Problem) {}, PGD{StepSize: nan}, "step size is NaN"},
		{func(p *Problem) {}, PGD{StepSize: math.Inf(1)}, "step size is +Inf"},
	} {
		m := random(3, 4, 5)
		p := &Problem{Model: counted{m}, X: noise(m, 256, 12), Eps: 0.1, Criteria: []Goal{Targeted{Class: 1}, Targeted{Class: 1}, Targeted{Class: 1}}}
		tt.change(p)
		r, err := tt.attack.Run(context.Background(), p)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %s", err, tt.want)
		}
		if r != nil || m.forwards != 0 {
			t.Errorf("%s: result %v after %d forwards", tt.want, r, m.forwards)
		}
	}
}

// TestClassesFoundLate checks a class out of range with a model that does not know
// its classes beforehand, and logits of the wrong shape.
func TestClassesFoundLate(t *testing.T) {
	m := random(3, 4, 5)
	p := &Problem{Model: m, X: noise(m, 0, 12), Eps: 0.1, Criteria: []Goal{Targeted{Class: 1}, Targeted{Class: 1}, Targeted{Class: 7}}}
	if _, err := (FGSM{}).Run(context.Background(), p); err == nil || err.Error() != "fgsm: picture 2: class 7 is outside 0..3" || m.forwards != 1 {
		t.Errorf("%v after %d forwards", err, m.forwards)
	}
	m.spoil = func(_ int, l *tensor.Tensor) { l.Shape = []int{4, 3} }
	if _, err := (FGSM{}).Run(context.Background(), p); err == nil || err.Error() != "fgsm: the model's logits have shape [4 3] and 12 values, want (3, classes)" {
		t.Error(err)
	}
}

// TestUnbounded checks that the notebook's arithmetic does not clip.
func TestUnbounded(t *testing.T) {
	m := linear(1, []float64{1, -1}, 0)
	x := tensor.FromSlice([]float32{1, 0}, m.shape...)
	p := &Problem{Model: LoopUnbounded(m), X: x, Criteria: []Goal{Targeted{Class: 1, Prob: 1}}, Eps: 0.25}
	if got, want := run(t, FGSM{Loss: Probability}, p).X.Data, []float32{1.25, -0.25}; !slices.Equal(got, want) {
		t.Errorf("unbounded: %v, want %v", got, want)
	}
	p.Model = m
	if got := run(t, FGSM{Loss: Probability}, p).X.Data; !slices.Equal(got, x.Data) {
		t.Errorf("bounded: %v, want %v", got, x.Data)
	}
	if n := LoopUnbounded(counted{m}).(classCounter).Classes(); n != 2 {
		t.Errorf("%d classes, want 2", n)
	}
}
