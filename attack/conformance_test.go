package attack

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/tensor"
)

// attacks is the table: one row for each attack and each of its settings that
// changes its course.
var attacks = []struct {
	name   string
	attack LoopAttack
}{
	{"fgsm", FGSM{}},
	{"bim", BIM{}},
	{"bim/3 large steps", BIM{Steps: 3, StepSize: 0.2, Loss: Margin}},
	{"pgd", PGD{}},
	{"pgd/3 restarts", PGD{Steps: 8, Restarts: 3, Loss: Probability}},
	{"pgd/no start", PGD{NoRandomStart: true, Loss: Logit}},
}

// eachProblem runs f for every attack on every kind of problem it takes: both
// norms, float and on the lattice, away from a class and towards one.
func eachProblem(t *testing.T, f func(t *testing.T, a LoopAttack, p *Problem, m *net)) {
	for _, row := range attacks {
		for _, norm := range []Norm{Linf, L2} {
			for _, levels := range []int{0, 16, 256} {
				for _, targeted := range []bool{false, true} {
					name := fmt.Sprintf("%s/%v/%d levels/targeted %v", row.name, norm, levels, targeted)
					t.Run(name, func(t *testing.T) {
						m := random(5, 4, 5)
						p := &Problem{Model: m, X: noise(m, levels, 12), Norm: norm, Eps: 0.12, Levels: levels, Seed: 9}
						if norm == L2 {
							p.Eps = 0.3
						}
						if p.Criteria = leave(m, p.X); targeted {
							p.Criteria = reach(m, p.X, 0.6)
						}
						m.forwards, m.backwards = 0, 0
						f(t, row.attack, p, m)
					})
				}
			}
		}
	}
}

func run(t *testing.T, a LoopAttack, p *Problem) *Result {
	t.Helper()
	r, err := a.Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkResult checks everything about a result that does not depend on the attack.
func checkResult(t *testing.T, p *Problem, m *net, r *Result) {
	t.Helper()
	lo, hi := p.Model.Bounds()
	logits := m.Forward(r.X).Clone()
	for i, o := range r.Images {
		x, original := r.X.Image(i), p.X.Image(i)
		slack := 0.0
		if p.Levels > 0 && p.Eps > 0 {
			slack = 1.3e-7 // for float32 values that are whole levels apart
			for _, v := range x {
				k := math.Round(float64(v) * float64(p.Levels-1))
				if v != float32(k)/float32(p.Levels-1) {
					t.Errorf("picture %d: %g is none of %d levels", i, v, p.Levels)
				}
			}
		}
		if d := p.Norm.Distance(x, original, p.X.Shape[1]); !(d <= p.Eps+slack) {
			t.Errorf("picture %d: distance %g of eps %g", i, d, p.Eps)
		}
		for _, v := range x {
			if !(v >= lo && v <= hi) {
				t.Errorf("picture %d: value %g out of [%g, %g]", i, v, lo, hi)
			}
		}
		if !slices.Equal(o.Logits, logits.Image(i)) {
			t.Errorf("picture %d: logits %v are not those of the result, %v", i, o.Logits, logits.Image(i))
		}
		if met := p.Criteria[i].Met(logits.Image(i)); met != o.Success {
			t.Errorf("picture %d: success %v, but the criterion says %v", i, o.Success, met)
		}
		if (o.FirstSuccess >= 0) != o.Success || o.FirstSuccess > o.Steps {
			t.Errorf("picture %d: success %v at step %d of %d", i, o.Success, o.FirstSuccess, o.Steps)
		}
		if p.Levels == 0 && o.FloatSuccess != o.Success {
			t.Errorf("picture %d: float success %v, success %v", i, o.FloatSuccess, o.Success)
		}
		if o.Err != nil {
			t.Errorf("picture %d: %v", i, o.Err)
		}
	}
}

func TestResults(t *testing.T) {
	successes := map[bool]int{}
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		before := p.X.Clone()
		r := run(t, a, p)
		if !slices.Equal(before.Data, p.X.Data) {
			t.Error("the originals were written to")
		}
		checkResult(t, p, m, r)
		for _, o := range r.Images {
			successes[o.Success]++
		}
	})
	if successes[true] < 50 || successes[false] < 50 {
		t.Errorf("%d successes and %d failures: the problems are too easy or too hard to test both", successes[true], successes[false])
	}
}

// TestMetAlready: an original that needs no change gets none, whatever the random start.
func TestMetAlready(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		logits := m.Forward(p.X)
		for i := range p.Criteria {
			top := tensor.Argmax(logits.Image(i))
			if p.Criteria[i] = (Targeted{Class: top}); i%2 == 0 {
				p.Criteria[i] = Misclassification{Classes: []int{(top + 1) % len(logits.Image(i))}}
			}
		}
		if p.Levels == 16 {
			p.Mask = tensor.New(p.X.Batch(), 1, p.X.Shape[2], p.X.Shape[3])
			for i := range p.Criteria {
				p.Mask.Image(i)[i%4] = 1
			}
		}
		r := run(t, a, p)
		checkResult(t, p, m, r)
		for i, o := range r.Images {
			if !slices.Equal(r.X.Image(i), p.X.Image(i)) || !o.Success || o.Steps != 0 || o.Backwards != 0 || o.Restarts != 0 {
				t.Errorf("picture %d was changed: %+v", i, o)
			}
		}
	})
}

// TestMask: what the mask keeps stays to the bit, the rest is attacked as ever, and no picture
// depends on another's mask.
func TestMask(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		shape := p.X.Shape
		p.Mask = tensor.New(shape[0], 1, shape[2], shape[3])
		r := rand.New(rand.NewPCG(3, 3))
		for n := range p.Mask.Batch() {
			image := p.Mask.Image(n)
			for i := range image {
				image[i] = float32(r.IntN(2))
			}
			image[r.IntN(len(image))] = 1
		}
		res := run(t, a, p)
		checkResult(t, p, m, res)
		moved := false
		for n := range p.X.Batch() {
			mask, x, y := p.Mask.Image(n), p.X.Image(n), res.X.Image(n)
			for i := range x {
				if x[i] != y[i] && mask[i%len(mask)] == 0 {
					t.Fatalf("picture %d: value %d is %g, was %g, and must stay", n, i, y[i], x[i])
				}
				moved = moved || x[i] != y[i]
			}
		}
		if !moved {
			t.Error("nothing was changed at all")
		}
		for i := range p.Mask.Data {
			p.Mask.Data[i] = 1
		}
		whole := run(t, a, p)
		p.Mask = nil
		if free := run(t, a, p); !slices.Equal(whole.X.Data, free.X.Data) {
			t.Error("a mask that lets everything change makes a difference")
		}
	})
	m := random(2, 4, 11)
	x := noise(m, 0, 12)
	s := x.Shape
	for _, mask := range []*tensor.Tensor{tensor.New(s[0], 1, s[2], s[3]), tensor.New(s[0], 2, s[2], s[3]), tensor.New(1)} {
		if _, err := (BIM{}).Run(context.Background(), &Problem{Model: m, X: x, Criteria: reach(m, x, 1), Eps: 0.05, Mask: mask}); err == nil {
			t.Errorf("a mask of shape %v of zeros is taken", mask.Shape)
		}
	}
}

func TestSameSeedSameBits(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		first, second := run(t, a, p), run(t, a, p)
		if !slices.Equal(first.X.Data, second.X.Data) {
			t.Error("two runs differ")
		}
		for i := range first.Images {
			if !equal(first.Images[i], second.Images[i]) {
				t.Errorf("picture %d: %+v, then %+v", i, first.Images[i], second.Images[i])
			}
		}
	})
}

func equal(a, b Outcome) bool {
	same := slices.Equal(a.Logits, b.Logits)
	a.Logits, b.Logits = nil, nil
	return same && fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

func TestSeedMatters(t *testing.T) {
	m := random(2, 4, 11)
	x := noise(m, 0, 12)
	copy(x.Image(1), x.Image(0))
	p := &Problem{Model: m, X: x, Criteria: reach(m, x, 1), Eps: 0.05}
	a := run(t, PGD{Steps: 1, StepSize: 1e-4}, p)
	p.Seed = 1
	b := run(t, PGD{Steps: 1, StepSize: 1e-4}, p)
	if slices.Equal(a.X.Data, b.X.Data) {
		t.Error("two seeds give the same random start")
	}
	if slices.Equal(a.X.Image(0), a.X.Image(1)) {
		t.Error("two indices give the same random start")
	}
	p.Seed, p.Index = 0, []uint64{1, 0}
	c := run(t, PGD{Steps: 1, StepSize: 1e-4}, p)
	if !slices.Equal(a.X.Image(0), c.X.Image(1)) || !slices.Equal(a.X.Image(1), c.X.Image(0)) {
		t.Error("the random start does not follow the index")
	}
}

func TestBatchIsSingles(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		p.Index = []uint64{3, 1, 4, 1, 1 << 60}
		batch := run(t, a, p)
		for i := range batch.Images {
			one := random(1, 4, 5)
			single := run(t, a, &Problem{
				Model: one, X: tensor.FromSlice(p.X.Image(i), one.shape...), Criteria: p.Criteria[i : i+1],
				Norm: p.Norm, Eps: p.Eps, Levels: p.Levels, Seed: p.Seed, Index: p.Index[i : i+1],
			})
			if !slices.Equal(batch.X.Image(i), single.X.Data) {
				t.Errorf("picture %d of the batch differs from the same picture alone", i)
			}
			if !equal(batch.Images[i], single.Images[0]) {
				t.Errorf("picture %d: %+v in the batch, %+v alone", i, batch.Images[i], single.Images[0])
			}
			if o := single.Images[0]; o.Forwards != one.forwards || o.Backwards != one.backwards {
				t.Errorf("picture %d: %d forwards and %d backwards recorded, the model counted %d and %d", i, o.Forwards, o.Backwards, one.forwards, one.backwards)
			}
		}
	})
}

func TestEpsZero(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		p.Eps = 0
		p.X.Data[3] = 0.123456 // on no lattice
		r := run(t, a, p)
		for i, v := range r.X.Data {
			if math.Float32bits(v) != math.Float32bits(p.X.Data[i]) {
				t.Fatalf("value %d changed from %g to %g", i, p.X.Data[i], v)
			}
		}
		checkResult(t, p, m, r)
		if m.backwards != 0 {
			t.Errorf("%d gradients of pictures that may not change", m.backwards)
		}
	})
}

// A witness records everything that an observer gets.
type witness struct {
	*Problem
	pictures []seen
}

type seen struct {
	forwards, step int
	best, peak     *view // the best result, the best float picture of the restart
	restart        int
	pending        bool // peak has not been judged as a file
}

type view struct {
	pixels []float32
	met    bool
	loss   float64
}

// better returns the view that an attack ought to prefer, old where they are equal.
func better(old, new *view) *view {
	switch {
	case old == nil, new.met && !old.met, new.met == old.met && new.loss > old.loss:
		return new
	}
	return old
}

func observe(p *Problem) *witness {
	w := &witness{p, make([]seen, p.X.Batch())}
	p.Observe = w.see
	return w
}

func (w *witness) see(s Step) {
	o := &w.pictures[s.Image]
	if o.forwards++; s.Restart != o.restart {
		o.restart, o.peak = s.Restart, nil
	}
	o.step = s.Step
	v := &view{slices.Clone(s.Pixels), s.Met, s.Loss}
	if s.File == (w.Levels > 0) {
		o.best, o.pending = better(o.best, v), false
	} else {
		o.peak, o.pending = better(o.peak, v), true
	}
}

// check compares a result with what was seen.
func (w *witness) check(t *testing.T, r *Result) {
	t.Helper()
	for i, o := range r.Images {
		s := w.pictures[i]
		if s.forwards != o.Forwards || s.step != o.Steps {
			t.Errorf("picture %d: saw %d classifications, %d steps, the record says %+v", i, s.forwards, s.step, o)
		}
		if !slices.Equal(s.best.pixels, r.X.Image(i)) || s.best.loss != o.Loss || s.best.met != o.Success {
			t.Errorf("picture %d: the result is not the best of what was seen", i)
		}
		if s.pending {
			t.Errorf("picture %d: a float picture was never judged as a file", i)
		}
	}
}

// TestCancel interrupts every attack after each of its first classifications.
func TestCancel(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		for after := range 20 {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if after == 0 {
				cancel()
			}
			m.forwards = 0
			w := observe(p)
			p.Observe = func(s Step) {
				w.see(s)
				if m.forwards == after {
					cancel()
				}
			}
			r, err := a.Run(ctx, p)
			extra := m.forwards - after
			if extra < 0 {
				break // it was over before
			}
			if r == nil || extra > 0 && !errors.Is(err, context.Canceled) {
				t.Fatalf("cancelled at forward %d: %v", after, err)
			}
			if extra > 1 || extra == 1 && p.Levels == 0 && after > 0 {
				t.Errorf("%d forwards after the cancel", extra)
			}
			if after == 0 && p.Levels == 0 && !slices.Equal(r.X.Data, p.X.Data) {
				t.Error("cancelled before the start, the result is not the original")
			}
			w.check(t, r)
			checkResult(t, p, m, r)
		}
	})
}

// TestObserved checks that the observer sees everything: as many classifications
// and steps as are counted, in order, the best of them being the result.
func TestObserved(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		w := observe(p)
		p.Observe = func(s Step) {
			if last := w.pictures[s.Image].step; s.Step != last && s.Step != last+1 {
				t.Errorf("picture %d: step %d follows step %d", s.Image, s.Step, last)
			}
			if (s.Grad == nil) != (s.Step == 0) {
				t.Errorf("picture %d: gradient %v at step %d", s.Image, s.Grad, s.Step)
			}
			if s.Met != p.Criteria[s.Image].Met(s.Logits) {
				t.Errorf("picture %d: met %v", s.Image, s.Met)
			}
			if o := w.pictures[s.Image]; s.File && o.pending && !o.peak.met {
				// The budget was spent: the best of the restart is what is rounded.
				rounded := make([]float32, len(s.Pixels))
				b := p.ball(s.Image)
				b.Round(rounded, o.peak.pixels)
				if !slices.Equal(rounded, s.Pixels) {
					t.Errorf("picture %d: what was judged is not the best float picture", s.Image)
				}
			}
			w.see(s)
		}
		r := run(t, a, p)
		w.check(t, r)
		for i, o := range r.Images {
			if seen := w.pictures[i].restart; seen != o.Restarts {
				t.Errorf("picture %d: restart %d seen, %d counted", i, seen, o.Restarts)
			}
		}
		p.Observe = nil
		if blind := run(t, a, p); !slices.Equal(blind.X.Data, r.X.Data) {
			t.Error("the result depends on being observed")
		}
	})
}

// TestObservedGradient checks the gradient an observer sees: of the loss that is
// climbed, at the pixels seen before, in true size.
func TestObservedGradient(t *testing.T) {
	for _, toward := range []bool{false, true} {
		m := random(1, 4, 5)
		p := &Problem{Model: m, X: noise(m, 0, 12), Eps: 0.1}
		var class int
		sign := 1.0
		if p.Criteria = reach(m, p.X, 1); toward {
			class = p.Criteria[0].(Targeted).Class
		} else {
			p.Criteria = leave(m, p.X)
			class, sign = p.Criteria[0].(Misclassification).Classes[0], -1
		}
		other := random(1, 4, 5)
		before, steps := tensor.New(m.shape...), 0
		p.Observe = func(s Step) {
			if s.Grad != nil {
				steps++
				_, _, want, err := LoopGradient(other, before, LogProbability, several{class})
				if err != nil {
					t.Fatal(err)
				}
				for i, g := range want.Data {
					if !(math.Abs(float64(s.Grad[i])-sign*float64(g)) <= 1e-6*math.Abs(float64(g))) {
						t.Fatalf("toward %v, step %d: gradient %d is %g, want %g", toward, s.Step, i, s.Grad[i], sign*float64(g))
					}
				}
			}
			copy(before.Data, s.Pixels)
		}
		run(t, BIM{Steps: 5, StepSize: 0.01}, p)
		if steps < 2 {
			t.Errorf("%d steps seen", steps)
		}
	}
}

// TestNoAllocation compares a short and a long run: steps allocate nothing.
func TestNoAllocation(t *testing.T) {
	for _, norm := range []Norm{Linf, L2} {
		for _, levels := range []int{0, 256} {
			m := random(3, 4, 11)
			p := &Problem{Model: m, X: noise(m, 256, 12), Norm: norm, Eps: 0.5, Levels: levels}
			p.Criteria = reach(m, p.X, 0.1) // soon met, but never stopped at
			p.Stop = reach(m, p.X, 1)
			allocs := func(steps int) float64 {
				return testing.AllocsPerRun(5, func() {
					run(t, PGD{Steps: steps, StepSize: 0.01, Restarts: 2}, p)
				})
			}
			if short, long := allocs(10), allocs(110); long != short {
				t.Errorf("%v, %d levels: %g allocations in 10 steps, %g in 110", norm, levels, short, long)
			}
		}
	}
}
