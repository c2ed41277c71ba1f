package attacks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/tensor"
)

// eachSetting runs f for every attack of the list on every norm that it knows, floats and files.
func eachSetting(t *testing.T, f func(t *testing.T, s setting)) {
	for _, a := range []attack.Attack{
		attacks.FGSM{}, attacks.BIM{}, attacks.PGD{}, attacks.PGD{Steps: 6, Restarts: 3, Loss: attack.Margin},
		attacks.BIM{Exact: true}, attacks.Smallest{Base: attacks.BIM{}},
	} {
		for _, norm := range a.Info().Norms {
			for _, levels := range []int{0, 16, 256} {
				s := setting{a, attack.Threat{Norm: norm, Levels: levels}, map[attack.Norm]float64{attack.L2: 0.4, attack.L1: 1.2, attack.L0: 2, attack.L0Values: 4}[norm]}
				if norm == attack.Linf {
					s.eps = 0.14
				}
				t.Run(fmt.Sprintf("%s %v/%v/%d levels", a.Info().Name, attack.Settings(a), norm, levels), func(t *testing.T) { f(t, s) })
			}
		}
	}
}

// TestRegistry: every attack that people can ask for is in the table above.
func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	eachSetting(t, func(_ *testing.T, s setting) { seen[s.a.Info().Name] = true })
	for _, name := range attacks.All.Names() {
		if !seen[name] {
			t.Errorf("the attack %s is tried on nothing", name)
		}
	}
}

type setting struct {
	a   attack.Attack
	th  attack.Threat
	eps float64
}

// examples returns pictures of a model, some to be left and some to be reached.
func (s setting) examples(t *testing.T, m attack.Model, n int) []attack.Example {
	kind := "noise"
	if s.th.Levels > 0 {
		kind = fmt.Sprint("levels ", s.th.Levels)
	}
	x := pictures(t, kind, m.Shape(), 0, 1, n)
	list := make([]attack.Example, n)
	for i := range list {
		logits, err := m.Ask(t.Context(), tensor.FromSlice(x.Image(i), append([]int{1}, m.Shape()...)...), []uint64{0})
		if err != nil {
			t.Fatal(err)
		}
		order := ranked(logits.Image(0))
		list[i] = attack.Example{X: x.Image(i), Index: uint64(10 * i), Eps: s.eps, Goal: attack.Misclassification{Classes: order[:1]}}
		if i%2 == 1 {
			list[i].Goal = attack.Targeted{Class: order[1], Prob: 0.5}
		}
		if i%3 == 2 {
			list[i].Mask = masks(t, "some", n, m.Shape()).Image(i)
		}
	}
	return list
}

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

func layers(batch int) *formModel { return newForm(layersForm([]int{3, 3, 3}, 8, 5, 2), batch) }

// TestInside: results are inside the ball, the box and the mask, and on the lattice; verdicts say what a
// model says of them; the originals are not written to.
func TestInside(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		m := layers(4)
		list := s.examples(t, m, 9)
		var before [][]float32
		for _, e := range list {
			before = append(before, slices.Clone(e.X))
		}
		fooled := 0
		for i, v := range s.run(t, m, attack.Options{Seed: 5}, list...) {
			e := list[i]
			if !slices.Equal(e.X, before[i]) {
				t.Fatalf("picture %d was written to", i)
			}
			slack := 0.0
			if s.th.Levels > 0 {
				slack = 2e-6 // float32 values that are whole levels apart
			}
			size := s.th.Norm.Distance(v.X, e.X, 3)
			if size > e.Eps+slack || size != v.Size {
				t.Errorf("picture %d: size %g, said to be %g, eps %g", i, size, v.Size, e.Eps)
			}
			for k, x := range v.X {
				switch {
				case x < 0 || x > 1:
					t.Errorf("picture %d: value %d is %g", i, k, x)
				case e.Mask != nil && e.Mask[k%9] == 0 && x != e.X[k]:
					t.Errorf("picture %d: value %d is masked and changed", i, k)
				case s.th.Levels > 0 && float32(math.Round(float64(x)*float64(s.th.Levels-1)))/float32(s.th.Levels-1) != x:
					t.Errorf("picture %d: %g is not of %d levels", i, x, s.th.Levels)
				}
			}
			logits, err := m.Ask(t.Context(), tensor.FromSlice(v.X, 1, 3, 3, 3), []uint64{0})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(v.Logits, logits.Data) || v.Success != e.Goal.Met(v.Logits) {
				t.Errorf("picture %d: the verdict is not what the model says", i)
			}
			if v.Success {
				fooled++
			}
		}
		if fooled == 0 {
			t.Error("no picture fooled: the test shows little")
		}
	})
}

// TestAlone: a picture's verdict is the same alone and with others, in any order, for any batch and number of
// threads, and again.
func TestAlone(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(1), 8)
		want := s.run(t, layers(1), attack.Options{Seed: 5, Threads: 1}, list...)
		for _, n := range []int{1, 3, 8} {
			for _, batch := range []int{1, 3, 16} {
				got := s.run(t, layers(batch), attack.Options{Seed: 5, Threads: 1 + batch%2}, list[:n]...)
				for i, v := range got {
					equal(t, v, want[i])
				}
			}
		}
		turned := slices.Clone(list)
		slices.Reverse(turned)
		for i, v := range s.run(t, layers(3), attack.Options{Seed: 5}, turned...) {
			equal(t, v, want[7-i])
		}
	})
}

// equal compares verdicts, but for their numbers in a run.
func equal(t *testing.T, got, want *attack.Verdict) {
	t.Helper()
	a, b := *got, *want
	a.Number, b.Number, a.Followed, b.Followed = 0, 0, nil, nil
	same := slices.Equal(a.X, b.X) && slices.Equal(a.Logits, b.Logits) && slices.Equal(a.Stages, b.Stages) &&
		math.Float64bits(a.Loss) == math.Float64bits(b.Loss)
	a.X, b.X, a.Logits, b.Logits, a.Stages, b.Stages, a.Loss, b.Loss = nil, nil, nil, nil, nil, nil, 0, 0
	if !same || fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
		t.Fatalf("verdict %+v\nwant    %+v", *got, *want)
	}
}

// TestEpsZero returns the original, classified once.
func TestEpsZero(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		s.eps = 0
		list := s.examples(t, layers(2), 3)
		for i, v := range s.run(t, layers(2), attack.Options{}, list...) {
			if !slices.Equal(v.X, list[i].X) || v.Success || v.Forwards != 1 || v.Backwards != 0 {
				t.Errorf("picture %d: %d forwards, success %v", i, v.Forwards, v.Success)
			}
		}
	})
}

// TestMetAlready: a picture that is already what is asked for stays as it is, and costs one question.
func TestMetAlready(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(2), 4)
		for i := range list {
			var d attack.Direction
			list[i].Goal.Direct(&d, nil)
			if len(d.Away) > 0 {
				list[i].Goal = attack.Targeted{Class: d.Away[0]}
			} else {
				list[i].Goal = attack.Misclassification{Classes: d.Toward}
			}
		}
		for i, v := range s.run(t, layers(2), attack.Options{Seed: 3}, list...) {
			files := 0 // of which one is judged
			if s.th.Levels > 0 {
				files = 1
			}
			if !v.Success || !slices.Equal(v.X, list[i].X) || v.Backwards != 0 || v.Forwards > 1+files {
				t.Errorf("picture %d: success %v, size %g, %d forwards, %d backwards", i, v.Success, v.Size, v.Forwards, v.Backwards)
			}
		}
	})
}

// TestBudget: no attack asks more than it may, and what it asks less than its budget is the row of the file.
func TestBudget(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(4), 4)
		for i := range list {
			list[i].Stop = attack.Targeted{Class: 0, Prob: 1} // never met, so that budgets are used up
		}
		for budget := 2; budget < 12; budget++ {
			for _, v := range s.run(t, layers(4), attack.Options{Budget: attack.Budget{Queries: budget}}, list...) {
				if v.Forwards > budget {
					t.Errorf("%d queries of %d", v.Forwards, budget)
				}
			}
			for _, v := range s.run(t, layers(4), attack.Options{Budget: attack.Budget{Gradients: budget}}, list...) {
				if v.Backwards > budget {
					t.Errorf("%d gradients of %d", v.Backwards, budget)
				}
			}
		}
	})
}

// cancelling is a model that cancels a context at a question, and ends that question with its error.
type cancelling struct {
	attack.Model
	at     int
	cancel context.CancelFunc
}

func (c *cancelling) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	if c.at--; c.at == 0 {
		c.cancel()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.Model.Ask(ctx, x, keys)
}

// TestCancel: whenever a run is cancelled, each picture has a verdict that holds, of what was found so far, and
// those that were not begun keep their originals.
func TestCancel(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(3), 5)
		for at := 1; at < 12; at += 2 {
			ctx, cancel := context.WithCancel(t.Context())
			m := &cancelling{layers(3), at, cancel}
			vs, err := attack.Run(ctx, m, s.a, s.th, attack.Options{}, list...)
			if m.at > 0 { // ended before
				cancel()
				continue
			}
			if !errors.Is(err, context.Canceled) || len(vs) != 5 {
				t.Fatalf("%v, %d verdicts", err, len(vs))
			}
			interrupted := 0
			for i, v := range vs {
				if v.Interrupted {
					interrupted++
				}
				if v.Logits != nil && v.Success != list[i].Goal.Met(v.Logits) || s.th.Norm.Distance(v.X, list[i].X, 3) > s.eps+2e-6 {
					t.Errorf("at %d, picture %d: success %v", at, i, v.Success)
				}
			}
			if interrupted == 0 {
				t.Errorf("at %d no picture is interrupted", at)
			}
		}
	})
}

// failing answers all rows but those of a picture that is bright at first, or none.
type failing struct {
	attack.Model
	all error
}

var errRow = errors.New("the row failed")

func (f failing) Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (*tensor.Tensor, error) {
	if f.all != nil {
		return nil, f.all
	}
	logits, err := f.Model.Ask(ctx, x, keys)
	failed := make(attack.RowErrors, x.Batch())
	for i := range failed {
		if err == nil && x.Image(i)[0] > 0.9 {
			failed[i], err = errRow, failed
		}
	}
	return logits, err
}

// TestFailures: a picture whose rows fail ends by itself and leaves the others alone; a question that fails
// ends the run.
func TestFailures(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(3), 6)
		list = slices.DeleteFunc(list, func(e attack.Example) bool { return e.X[0] > 0.7 })
		for i := range list { // the first pixel stays, so that the model answers
			list[i].Mask = slices.Repeat([]float32{1}, 9)
			list[i].Mask[0] = 0
		}
		want := s.run(t, layers(3), attack.Options{}, list...)
		bad := list[0]
		bad.X = slices.Clone(bad.X)
		bad.X[0] = 1
		bad.Mask = nil
		malformed := list[1]
		malformed.X = bad.X[1:]
		all := slices.Concat(list[:1], []attack.Example{bad, malformed}, list[1:])
		got, err := attack.Run(t.Context(), failing{layers(3), nil}, s.a, s.th, attack.Options{}, all...)
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(got[1].Err, errRow) || got[2].Err == nil {
			t.Errorf("errors %v and %v", got[1].Err, got[2].Err)
		}
		for i, v := range slices.Concat(got[:1], got[3:]) {
			equal(t, v, want[i])
		}
		whole := errors.New("no answer")
		if _, err := attack.Run(t.Context(), failing{layers(3), whole}, s.a, s.th, attack.Options{}, list...); !errors.Is(err, whole) {
			t.Errorf("%v, want %v", err, whole)
		}
	})
}

// TestParked: pixels may leave memory between any two questions, and results stay the same.
func TestParked(t *testing.T) {
	eachSetting(t, func(t *testing.T, s setting) {
		list := s.examples(t, layers(2), 5)
		want := s.run(t, layers(2), attack.Options{Seed: 1}, list...)
		calls := 0
		o := attack.Options{Seed: 1, Between: func(h *attack.Held) error {
			calls++
			var file bytes.Buffer
			if held := h.Bytes(); held <= 0 {
				t.Errorf("%d bytes are held", held)
			}
			if err := h.Park(&file); err != nil {
				return err
			}
			return h.Return(&file)
		}}
		for i, v := range s.run(t, layers(2), o, list...) {
			equal(t, v, want[i])
		}
		if calls == 0 {
			t.Error("never asked")
		}
		full := errors.New("the disk is full")
		o.Between = func(h *attack.Held) error { return h.Park(noRoom{full}) }
		if _, err := attack.Run(t.Context(), layers(2), s.a, s.th, o, list...); !errors.Is(err, full) {
			t.Errorf("%v, want %v", err, full)
		}
	})
}

type noRoom struct{ err error }

func (n noRoom) Write([]byte) (int, error) { return 0, n.err }

// TestStepsAllocateNothing compares a short and a long run.
func TestStepsAllocateNothing(t *testing.T) {
	for _, norm := range []attack.Norm{attack.Linf, attack.L2} {
		for _, levels := range []int{0, 256} {
			s := setting{nil, attack.Threat{Norm: norm, Levels: levels}, 0.5}
			m := still{layers(3)}
			list := s.examples(t, layers(3), 3)
			for i := range list {
				list[i].Goal = attack.Targeted{Class: 0, Prob: 1}
			}
			allocs := func(steps int) float64 {
				s.a = attacks.PGD{Steps: steps, StepSize: 0.01, Restarts: 2}
				return testing.AllocsPerRun(5, func() { s.run(t, m, attack.Options{Threads: 1}, list...) })
			}
			if short, long := allocs(10), allocs(210); long > short+3 { // the system's own, at times
				t.Errorf("%v, %d levels: %g allocations in 10 steps, %g in 210", norm, levels, short, long)
			}
		}
	}
}

// still is a model whose questions allocate nothing, and whose answers are always the same.
type still struct{ *formModel }

func (m still) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	for i := range m.logits.Data {
		m.logits.Data[i] = float32(i % 5)
	}
	return m.views[0].First(m.logits, x.Batch()), nil
}

func (m still) Pull(_ context.Context, d *tensor.Tensor) (*tensor.Tensor, error) {
	for i := range m.dx.Data {
		m.dx.Data[i] = float32(i%3) - 0.5
	}
	return m.views[1].First(m.dx, d.Batch()), nil
}
