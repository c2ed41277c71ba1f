package attacks_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// A setting is an attack, a threat and an eps.
type setting struct {
	a   attack.Attack
	th  attack.Threat
	eps float64
}

func (s setting) examples(n int) []attack.Example { return conform.Examples(s.th, s.eps, n) }

// run attacks examples, none of which ends with an error.
func (s setting) run(t *testing.T, m attack.Model, o attack.Options, list ...attack.Example) []*attack.Verdict {
	t.Helper()
	vs, err := attack.Run(t.Context(), m, s.a, s.th, o, list...)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vs {
		if v.Err != nil {
			t.Fatalf("picture %d: %v", i, v.Err)
		}
	}
	return vs
}

// same fails unless two verdicts are equal.
func same(t *testing.T, got, want *attack.Verdict) {
	t.Helper()
	if err := conform.Same(got, want); err != nil {
		t.Fatal(err)
	}
}

// written is what a stranger writes: a family and straight-line code.
func written(info attack.Info, do func(t *attack.Trial)) attack.Attack {
	info.Name, info.Norms = "written", []attack.Norm{attack.Linf, attack.L2}
	return conform.Func{Is: info, Do: do}
}

// walk asks about points that go from the original to another picture, one by one.
func walk(steps int, far float32) func(t *attack.Trial) {
	return func(t *attack.Trial) {
		v := t.New()
		for i := range steps {
			for k, x := range t.X {
				v[k] = x + far*float32(i)/float32(steps)*(0.5-x)
			}
			t.Confine(v)
			if _, ok := t.Score(v, attack.Margin); !ok {
				return
			}
		}
	}
}

// noisy is a model with random numbers of its own, which derive from the keys of rows.
type noisy struct{ *conform.Model }

func (n noisy) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	y := x.Clone()
	for i, key := range keys {
		rng := rand.New(rand.NewPCG(key, 1))
		for k := range y.Image(i) {
			y.Image(i)[k] += float32(0.02 * rng.NormFloat64())
		}
	}
	return n.Model.Ask(ctx, y, keys)
}

// TestSamples: a model with random numbers is asked several times about every candidate, with other numbers;
// every question counts, budgets hold, observers are called one after the other, and verdicts do not depend on
// the batch, the threads or the other pictures.
func TestSamples(t *testing.T) {
	s := setting{nil, attack.Threat{Levels: 256}, 0.14}
	m := func(batch int) attack.Model { return noisy{conform.Network(batch)} }
	list := s.examples(6)
	for _, a := range []attack.Attack{
		attacks.PGD{Steps: 5}, written(attack.Info{Access: attack.Scores}, walk(9, 1)),
		written(attack.Info{Access: attack.Scores}, func(t *attack.Trial) {
			a, b := t.New(), t.New()
			for i := range a {
				a[i], b[i] = t.X[i]+0.1, t.X[i]-0.1
			}
			t.Confine(a)
			t.Confine(b)
			t.Scores(attack.Margin, a, b)
		}),
	} {
		s.a = a
		for _, samples := range []int{1, 4} {
			var inside, most, seen atomic.Int32
			o := attack.Options{Seed: 3, Samples: samples, Threads: 2, Observe: func(attack.Step) {
				most.Store(max(most.Load(), inside.Add(1)))
				seen.Add(1)
				inside.Add(-1)
			}}
			want := s.run(t, m(4), o, list...)
			for i, v := range want {
				if v.Forwards%samples != 0 || v.Forwards == 0 {
					t.Errorf("picture %d: %d forwards with %d samples", i, v.Forwards, samples)
				}
			}
			if most.Load() > 1 || seen.Load() == 0 {
				t.Errorf("%d observers at once, %d calls", most.Load(), seen.Load())
			}
			o.Threads, o.Observe = 1, nil
			for i := range list {
				same(t, s.run(t, m(1), o, list[i])[0], want[i])
			}
			for queries := 1; queries < 15; queries++ {
				o.Budget.Queries = queries
				for _, v := range s.run(t, m(3), o, list...) {
					if v.Forwards > queries {
						t.Errorf("%d queries of %d with %d samples", v.Forwards, queries, samples)
					}
				}
			}
			o.Budget.Queries = 0
		}
	}
}

// wrong is a model whose answers are not what they must be.
type wrong struct {
	attack.Model
	answer func(logits *tensor.Tensor) (*tensor.Tensor, error)
}

func (w wrong) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	logits, err := w.Model.Ask(ctx, x, keys)
	if err != nil {
		return nil, err
	}
	return w.answer(logits)
}

// TestWrongAnswers: an answer of another shape, none at all, or errors for another number of rows are an error of
// the run. Where every row failed there need be no answer.
func TestWrongAnswers(t *testing.T) {
	s := setting{attacks.BIM{}, attack.Threat{}, 0.1}
	list := s.examples(3)
	bad := errors.New("bad row")
	for want, answer := range map[string]func(*tensor.Tensor) (*tensor.Tensor, error){
		"no answer":    func(*tensor.Tensor) (*tensor.Tensor, error) { return nil, nil },
		"no answer ":   func(*tensor.Tensor) (*tensor.Tensor, error) { return nil, attack.RowErrors{nil, bad, nil} },
		"1 errors":     func(z *tensor.Tensor) (*tensor.Tensor, error) { return z, attack.RowErrors{bad} },
		"shape [5 3]":  func(z *tensor.Tensor) (*tensor.Tensor, error) { return tensor.FromSlice(z.Data, 5, 3), nil },
		"want (3, 5)":  func(z *tensor.Tensor) (*tensor.Tensor, error) { return tensor.New(3, 4), nil },
		"want (3, 5) ": func(z *tensor.Tensor) (*tensor.Tensor, error) { return tensor.New(2, 5), nil },
	} {
		_, err := attack.Run(t.Context(), wrong{conform.Network(3), answer}, s.a, s.th, attack.Options{}, list...)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	vs, err := attack.Run(t.Context(), wrong{conform.Network(3), func(*tensor.Tensor) (*tensor.Tensor, error) {
		return nil, attack.RowErrors{bad, bad, bad}
	}}, s.a, s.th, attack.Options{}, list...)
	if err != nil || vs[0].Err != bad || vs[2].Err != bad {
		t.Errorf("%v, %v", err, vs)
	}
}

// TestRunaway: an attack that goes on after its trial is over ends that picture with an error, and a panic of an
// attack is one of the caller's goroutine.
func TestRunaway(t *testing.T) {
	s := setting{nil, attack.Threat{}, 0.1}
	list := s.examples(2)
	s.a = written(attack.Info{Access: attack.Scores}, func(t *attack.Trial) {
		for {
			t.Score(t.X, nil)
		}
	})
	vs, err := attack.Run(t.Context(), conform.Network(2), s.a, s.th, attack.Options{Budget: attack.Budget{Queries: 3}}, list...)
	if err != nil || vs[0].Err == nil || !strings.Contains(vs[0].Err.Error(), "goes on") || vs[1].Forwards != 3 {
		t.Errorf("%v, %+v", err, vs[0])
	}
	s.a = written(attack.Info{}, func(*attack.Trial) { panic("a fault of the attack") })
	defer func() {
		if v := recover(); v != "a fault of the attack" {
			t.Errorf("recovered %v", v)
		}
	}()
	attack.Run(t.Context(), conform.Network(2), s.a, s.th, attack.Options{}, list...)
}

// TestMinimal: an attack that looks for the smallest change goes on when it has found one; only what is smaller
// than all before is judged as a file; the smallest file that fools is the result.
func TestMinimal(t *testing.T) {
	goal := attack.Targeted{Class: 1}
	form, x := conform.Boxed(1, 1)
	m := conform.NewModel(form, 4)
	for i, v := range x {
		x[i] = float32(math.Round(float64(v)*255)) / 255
	}
	back := written(attack.Info{Minimal: true, Access: attack.Scores}, func(t *attack.Trial) {
		v := t.New() // from far to near, and far again
		for _, part := range []float32{0, 1, 0.9, 0.8, 0.95, 0.7, 1} {
			for k, x := range t.X {
				v[k] = x
				if k == 3 || k == 5 { // which raise the score by 2 and 1 for each unit
					v[k] = x + part*0.5
				}
			}
			if _, ok := t.Score(v, attack.Margin); !ok {
				return
			}
		}
	})
	for levels, forwards := range map[int]int{0: 7, 256: 7 + 4} {
		vs, err := attack.Run(t.Context(), m, back, attack.Threat{Norm: attack.L2, Levels: levels}, attack.Options{},
			attack.Example{X: x, Goal: goal, Eps: math.Inf(1)})
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		v := vs[0]
		if want := 0.35 * math.Sqrt2; !v.Success || math.Abs(v.Size-want) > 0.004 || v.Forwards != forwards {
			t.Errorf("%d levels: size %g, want %g; %d forwards, want %d", levels, v.Size, want, v.Forwards, forwards)
		}
	}
}

// TestStages: an attack may try others. Each has its own eps, counts and random numbers; what a stage found before
// the budget ended is judged as a file.
func TestStages(t *testing.T) {
	s := setting{nil, attack.Threat{Levels: 256}, 0.14}
	list := s.examples(6)
	for i := range list {
		list[i].Goal, list[i].Stop = list[0].Goal, nil
	}
	var luck [2]uint64
	s.a = written(attack.Info{Access: attack.Gradients}, func(t *attack.Trial) {
		for i, eps := range []float64{0.01, t.Eps} {
			a := written(attack.Info{Access: attack.Scores}, func(t *attack.Trial) {
				luck[i] = t.Rand.Uint64()
				walk(3, 0.1)(t)
			})
			if t.Try(a, eps) || t.Try(attacks.BIM{}, eps) {
				return
			}
		}
	})
	for i, v := range s.run(t, conform.Network(1), attack.Options{Threads: 1}, list...) {
		forwards := 0
		for _, stage := range v.Stages {
			forwards += stage.Forwards
		}
		if len(v.Stages) == 0 || forwards != v.Forwards || luck[0] == luck[1] {
			t.Errorf("picture %d: %d forwards in stages, %d in all: %+v", i, forwards, v.Forwards, v.Stages)
		}
		if last := v.Stages[len(v.Stages)-1]; last.Success != v.Success {
			t.Errorf("picture %d: success %v, of the last stage %v", i, v.Success, last.Success)
		}
	}
	// A stage that looks for more than is asked for is cut short by the budget, when it has met the goal.
	cut := written(attack.Info{Access: attack.Gradients}, func(t *attack.Trial) { t.Try(attacks.BIM{Steps: 50}, t.Eps) })
	s.a = cut
	for i := range list {
		list[i].Goal = attack.Targeted{Class: list[i].Goal.(attack.Misclassification).Classes[0]}
		list[i].Stop = attack.Targeted{Class: list[i].Goal.(attack.Targeted).Class, Prob: 1}
	}
	for i, v := range s.run(t, conform.Network(2), attack.Options{Budget: attack.Budget{Queries: 4}}, list...) {
		if v.FloatSuccess && (!v.Success || v.Forwards != 4) {
			t.Errorf("picture %d: met as floats, success %v after %d forwards", i, v.Success, v.Forwards)
		}
	}
}

// TestOutside: a point beyond eps is answered and counted, and is not the result, even if it fools.
func TestOutside(t *testing.T) {
	s := setting{nil, attack.Threat{}, 0.001}
	list := s.examples(4)
	met := 0
	s.a = written(attack.Info{Access: attack.Gradients}, func(t *attack.Trial) {
		g, v := t.New(), t.New()
		for i, x := range t.X {
			v[i] = 1 - x
		}
		s, ok := t.Outside(g, v, attack.Margin)
		if ok && s.Met && s.Loss > 0 && !s.Flat && len(s.Logits) == t.K {
			met++
		}
	})
	for i, v := range s.run(t, conform.Network(2), attack.Options{Threads: 1}, list...) {
		if v.Success || v.Size != 0 || v.Forwards != 2 || v.Backwards != 1 || v.Steps != 1 {
			t.Errorf("picture %d: %+v", i, *v)
		}
	}
	if met == 0 {
		t.Error("no point that is far away fools")
	}
}

// TestLeft counts down, to the one.
func TestLeft(t *testing.T) {
	s := setting{nil, attack.Threat{}, 0.1}
	var lefts, gradients []int
	s.a = written(attack.Info{Access: attack.Gradients}, func(t *attack.Trial) {
		g := t.New()
		for {
			q, b := t.Left()
			lefts, gradients = append(lefts, q), append(gradients, b)
			if _, ok := t.Gradient(g, t.X, nil); !ok {
				return
			}
		}
	})
	list := s.examples(1)
	s.run(t, conform.Network(1), attack.Options{Budget: attack.Budget{Queries: 3, Gradients: 9}}, list...)
	if !slices.Equal(lefts, []int{3, 2, 1, 0}) || !slices.Equal(gradients, []int{9, 8, 7, 6}) {
		t.Errorf("left %v and %v", lefts, gradients)
	}
}

// TestDecisions: an attack that needs the class alone runs on a model that gives no more.
func TestDecisions(t *testing.T) {
	m := &guarded{Model: conform.Network(3), decisions: true}
	s := setting{nil, attack.Threat{Norm: attack.L2}, 5}
	// It bisects the way to a grey picture.
	s.a = written(attack.Info{Minimal: true, Access: attack.Decisions}, func(t *attack.Trial) {
		lo, hi, v := float32(0), float32(1), t.New()
		at := func(part float32) []float32 {
			for k, x := range t.X {
				v[k] = x + part*(0.5-x)
			}
			return v
		}
		if met, ok := t.Decide(at(1)); !ok || !met[0] {
			return
		}
		for range 12 {
			met, ok := t.Decide(at((lo + hi) / 2))
			if !ok {
				return
			}
			if met[0] {
				hi = (lo + hi) / 2
			} else {
				lo = (lo + hi) / 2
			}
		}
	})
	list := s.examples(6)
	fooled := 0
	for i, v := range s.run(t, m, attack.Options{}, list...) {
		if v.Success {
			fooled++
			if v.Forwards != 13 || v.Size == 0 || v.Size > list[i].Eps {
				t.Errorf("picture %d: size %g after %d forwards", i, v.Size, v.Forwards)
			}
		}
	}
	if fooled == 0 {
		t.Error("no picture fooled")
	}
}

// TestClean: a loss that compares with the original learns its logits, once.
func TestClean(t *testing.T) {
	s := setting{attacks.PGD{Steps: 4, Loss: attack.KL}, attack.Threat{}, 0.1}
	list := s.examples(3)
	for i := range list {
		list[i].Stop = attack.Targeted{Class: 0, Prob: 1}
	}
	for i, v := range s.run(t, conform.Network(2), attack.Options{}, list...) {
		if v.Forwards != 1+1+4+1 || v.Loss <= 0 { // for the loss, the original, the steps and the last point
			t.Errorf("picture %d: %d forwards, divergence %g", i, v.Forwards, v.Loss)
		}
	}
}

// TestNoRoomToPark: what pixels cannot be written to ends the run with its error.
func TestNoRoomToPark(t *testing.T) {
	full := errors.New("the disk is full")
	o := attack.Options{Between: func(h *attack.Held) error { return h.Park(noRoom{full}) }}
	list := conform.Examples(attack.Threat{}, 0.14, 2)
	if _, err := attack.Run(t.Context(), conform.Network(2), attacks.BIM{}, attack.Threat{}, o, list...); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
}

type noRoom struct{ err error }

func (n noRoom) Write([]byte) (int, error) { return 0, n.err }
