package nn

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"hoodwink/tensor"
)

// checkRows compares every number of examples of a session with the whole batch, after filling what
// must not matter with NaN.
func checkRows(t *testing.T, net *Network, o SessionOptions, r *rand.Rand) {
	t.Helper()
	s, err := net.NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	x := randomTensor(r, s.Input().Shape...)
	copy(s.Input().Data, x.Data)
	y := s.Forward().Clone()
	dy := randomTensor(r, y.Shape...)
	dx := s.Backward(dy).Clone()
	each := y.Len() / o.Batch
	for _, n := range r.Perm(o.Batch) {
		n++
		for i := range s.Input().Data {
			s.Input().Data[i] = nan32
		}
		copy(s.Input().Data, x.Data[:n*len(x.Image(0))])
		out, err := s.ForwardRows(context.Background(), n)
		if err != nil || out.Batch() != n {
			t.Fatalf("%d of %d examples: output of shape %v, %v", n, o.Batch, out.Shape, err)
		}
		equalBits(t, "output", out.Data, y.Data[:n*each])
		for _, m := range []int{n, 1 + r.IntN(n), n} { // of the examples, all or the first ones
			shape := slices.Clone(out.Shape)
			shape[0] = m
			din, err := s.BackwardRows(context.Background(), tensor.FromSlice(dy.Data[:m*each], shape...))
			if err != nil || din.Batch() != m {
				t.Fatalf("%d of %d examples: gradient of shape %v, %v", m, o.Batch, din.Shape, err)
			}
			equalBits(t, "gradient", din.Data, dx.Data[:m*len(dx.Image(0))])
		}
	}
	copy(s.Input().Data, x.Data)
	equalBits(t, "output of all", s.Forward().Data, y.Data)
	equalBits(t, "gradient of all", s.Backward(dy).Data, dx.Data)
}

// equalBits is compareBits for results that may be NaN.
func equalBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, v := range got {
		if w := want[i]; v != w && (v == v || w == w) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, v, w)
		}
	}
}

// TestRows: the first n examples of a batch give the same bits as in the whole batch, for every kind
// of layer, with blocked pictures and without, in one session and in several.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(91, 1))
	for _, c := range layerCases(r) {
		t.Run(c.name, func(t *testing.T) {
			if net := networkOf(t, c.layer, c.in); net != nil {
				checkRows(t, net, SessionOptions{Batch: 5, Threads: 2}, r)
				checkRows(t, net, SessionOptions{Batch: 4, Threads: 1, plainOnly: true}, r)
			}
		})
	}
	for range 20 {
		checkRows(t, sketchNetwork(t, r), SessionOptions{Batch: 1 + r.IntN(9), Threads: 1 + r.IntN(3)}, r)
	}
	for threads := 2; threads < 4; threads++ { // several sessions for each thread
		checkRows(t, sketchNetwork(t, r), SessionOptions{Batch: 53, Threads: threads}, r)
	}
}

// worker counts the examples that it computes.
type worker struct {
	Flatten
	examples *int
}

func (l *worker) Bind(b *Binding) Op {
	op := l.Flatten.Bind(b)
	forward := op.Forward
	op.Forward = func() { *l.examples += b.In[0].Batch(); forward() }
	return op
}

// TestRowsAreNotComputed: fewer examples are less work, on plain tensors too, where it is rounded up
// to a power of two; and nothing is allocated once a number of examples has been seen.
func TestRowsAreNotComputed(t *testing.T) {
	computed := 0
	net := single(t, &worker{Flatten{Axis: 1, EndAxis: -1}, &computed}, []int{3, 2, 2})
	s, err := net.NewSession(SessionOptions{Batch: 13, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]int{1: 1, 2: 2, 3: 4, 5: 8, 8: 8, 9: 13, 13: 13} {
		computed = 0
		out, err := s.ForwardRows(context.Background(), n)
		if err != nil || computed != want {
			t.Errorf("%d of 13 examples: computed %d (%v), want %d", n, computed, err, want)
		}
		if a := testing.AllocsPerRun(5, func() {
			s.ForwardRows(context.Background(), n)
			s.BackwardRows(context.Background(), out)
		}); a != 0 {
			t.Errorf("%d examples: %g allocations", n, a)
		}
	}
}

// ender ends a context while it runs and counts how often it runs.
type ender struct {
	Flatten
	end  func()
	runs *atomic.Int32
}

func (l *ender) Bind(b *Binding) Op {
	op := l.Flatten.Bind(b)
	forward, back := op.Forward, op.Backward
	op.Forward = func() { l.runs.Add(1); l.end(); forward() }
	op.Backward = func() { l.runs.Add(1); l.end(); back() }
	return op
}

// TestRowsStop: between two layers a pass sees that its context is done, in one session and in
// several; the session works on afterwards.
func TestRowsStop(t *testing.T) {
	var runs atomic.Int32
	end := func() {}
	b := NewBuilder("ending")
	b.Input("x", 4)
	l := &ender{Flatten{Axis: 1, EndAxis: -1}, func() { end() }, &runs}
	b.Add("first", l, []string{"x"}, []string{"a"})
	b.Add("second", l, []string{"a"}, []string{"b"})
	b.Add("third", l, []string{"b"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 3} {
		s, err := net.NewSession(SessionOptions{Batch: 6, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Input().Data {
			s.Input().Data[i] = float32(i)
		}
		dy := s.Input().Clone()
		whole := func() int32 {
			runs.Store(0)
			if _, err := s.ForwardRows(context.Background(), 6); err != nil {
				t.Fatal(err)
			}
			return runs.Load()
		}
		all := whole()
		ctx, cancel := context.WithCancel(context.Background())
		runs.Store(0)
		end = cancel
		if out, err := s.ForwardRows(ctx, 6); err != context.Canceled || out != nil {
			t.Errorf("%d threads: forward gives %v, %v", threads, out, err)
		}
		if n := runs.Load(); n < 1 || n > int32(threads) || n >= all {
			t.Errorf("%d threads: %d of %d layers ran though the first one ended the context", threads, n, all)
		}
		end = func() {}
		whole()
		ctx, cancel = context.WithCancel(context.Background())
		end = cancel
		runs.Store(0)
		if out, err := s.BackwardRows(ctx, dy); err != context.Canceled || out != nil || runs.Load() > int32(threads) {
			t.Errorf("%d threads: backward gives %v, %v after %d layers", threads, out, err, runs.Load())
		}
		end = func() {}
		if out, err := s.BackwardRows(context.Background(), dy); err != nil || math.Float32bits(out.Data[5]) != math.Float32bits(dy.Data[5]) {
			t.Errorf("%d threads: after a stop, backward gives %v, %v", threads, out, err)
		}
	}
}

// TestNaturalBatch: a small network gives each thread sixteen examples of its own; a large one runs as
// many as the cache holds, on all threads.
func TestNaturalBatch(t *testing.T) {
	small := single(t, &InnerProduct{Weights: tensor.New(10, 20)}, []int{20})
	large := single(t, &Convolution{Weights: tensor.New(64, 64, 3, 3)}, []int{64, 200, 200})
	for _, threads := range []int{1, 3} {
		if n := small.NaturalBatch(SessionOptions{Threads: threads}); n != 16*threads {
			t.Errorf("a small network on %d threads: %d examples", threads, n)
		}
		if n := large.NaturalBatch(SessionOptions{Threads: threads}); n < 1 || n > 4 {
			t.Errorf("a large network on %d threads: %d examples", threads, n)
		}
	}
}
