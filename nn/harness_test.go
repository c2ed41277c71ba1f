package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A bench binds one layer by hand and takes the contract literally: what a layer may
// not rely on is NaN. Outputs and working memory are before Forward, and so are before
// Backward the activations that Reads does not name.
type bench struct {
	layer   Layer
	b       *Binding
	op      Op
	scratch *graph.Scratch
	x       []*tensor.Tensor // the inputs
	poke    [][]float32      // activations to spoil before Backward
}

// oneStep is the first step of training for a layer by itself.
type oneStep struct{ updates []func() }

func (s *oneStep) OnUpdate(f func()) { s.updates = append(s.updates, f) }
func (s *oneStep) OnRecord(func())   {}
func (s *oneStep) Key() uint64       { return 1 }

// bind binds a layer by itself, as in the first step of training.
func bind(l Layer, b *Binding, team *kernel.Team) (Op, *graph.Scratch) {
	scratch, step := &graph.Scratch{}, &oneStep{}
	b.Workspace = graph.NewWorkspace(team, scratch, nil)
	b.Steps = step
	op := l.Bind(b)
	for _, update := range step.updates {
		update()
	}
	scratch.Allocate(team.Threads())
	return op, scratch
}

var nan32 = float32(math.NaN())

// newBench binds a layer to inputs of the given shapes; those numbered without want no
// gradient.
func newBench(t testing.TB, l Layer, in [][]int, threads int, without ...int) *bench {
	t.Helper()
	out, err := l.OutShapes(in)
	if err != nil {
		t.Fatalf("%s: %v", l.Kind(), err)
	}
	h := &bench{layer: l, b: &Binding{}}
	for _, s := range in {
		h.x = append(h.x, tensor.New(s...))
		h.b.In = append(h.b.In, tensor.New(s...))
		h.b.DIn = append(h.b.DIn, tensor.New(s...))
	}
	for _, i := range without {
		h.b.DIn[i] = nil
	}
	for _, s := range out {
		h.b.Out = append(h.b.Out, tensor.New(s...))
		h.b.DOut = append(h.b.DOut, tensor.New(s...))
	}
	h.op, h.scratch = bind(l, h.b, kernel.NewTeam(threads))
	if !l.Reads().In {
		h.poke = append(h.poke, datas(h.b.In)...)
	}
	if !l.Reads().Out {
		h.poke = append(h.poke, datas(h.b.Out)...)
	}
	return h
}

func datas(ts []*tensor.Tensor) (d [][]float32) {
	for _, t := range ts {
		d = append(d, t.Data)
	}
	return d
}

func spoil(x []float32) {
	for i := range x {
		x[i] = nan32
	}
}

// forward runs the layer on x and returns its outputs, which stay as they are until
// the next forward or backward.
func (h *bench) forward() []*tensor.Tensor {
	for i, x := range h.x {
		copy(h.b.In[i].Data, x.Data)
	}
	for _, y := range h.b.Out {
		spoil(y.Data)
	}
	for _, s := range h.scratch.Memory() {
		spoil(s)
	}
	h.op.Forward()
	return h.b.Out
}

// backward returns what the latest forward's Backward makes of gradients that were
// base; nil for an input that wants none.
func (h *bench) backward(dy [][]float32, base float32) []*tensor.Tensor {
	for i, d := range dy {
		copy(h.b.DOut[i].Data, d)
	}
	for _, x := range h.poke {
		spoil(x)
	}
	for _, s := range h.scratch.Memory() {
		spoil(s)
	}
	for _, dx := range h.b.DIn {
		if dx != nil {
			for i := range dx.Data {
				dx.Data[i] = base
			}
		}
	}
	h.op.Backward()
	return h.b.DIn
}

// run is forward and backward with copies of both results.
func (h *bench) run(dy [][]float32) (y, dx [][]float32) {
	for _, t := range h.forward() {
		y = append(y, t.Clone().Data)
	}
	for _, t := range h.backward(dy, 0) {
		if t == nil {
			dx = append(dx, nil)
			continue
		}
		dx = append(dx, t.Clone().Data)
	}
	return y, dx
}

// A filling makes inputs. It gets all values of all inputs as one slice.
type filling func(r *rand.Rand, x []float32)

// normal fills with standard normal values.
func normal(r *rand.Rand, x []float32) {
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
}

// positive keeps away from zero.
func positive(r *rand.Rand, x []float32) {
	for i := range x {
		x[i] = float32(0.5 + math.Abs(r.NormFloat64()))
	}
}

// fraction is between -0.8 and 0.8.
func fraction(r *rand.Rand, x []float32) {
	for i := range x {
		x[i] = float32(1.6*r.Float64() - 0.8)
	}
}

// aboveOne is from 1.2 on.
func aboveOne(r *rand.Rand, x []float32) {
	for i := range x {
		x[i] = float32(1.2 + math.Abs(r.NormFloat64()))
	}
}

// distinct keeps every two values, and every value and zero, at least 0.025 apart: no
// step of a finite difference crosses a kink.
func distinct(r *rand.Rand, x []float32) {
	for i, p := range r.Perm(len(x)) {
		x[i] = (float32(p) - float32(len(x)/2) + 0.5) * 0.05
	}
}

// fill gives ts their values, which f makes all together.
func fill(r *rand.Rand, ts []*tensor.Tensor, f filling) {
	n := 0
	for _, t := range ts {
		n += t.Len()
	}
	all := make([]float32, n)
	f(r, all)
	for _, t := range ts {
		copy(t.Data, all)
		all = all[t.Len():]
	}
}

// cotangents draws an output gradient for every output.
func (h *bench) cotangents(r *rand.Rand) (dy [][]float32) {
	for _, y := range h.b.Out {
		dy = append(dy, randomTensor(r, y.Shape...).Data)
	}
	return dy
}
