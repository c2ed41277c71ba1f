package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// InnerProduct is a fully connected layer: y = W x + b for every example, whose
// values it reads as one vector whatever their shape.
type InnerProduct struct {
	Weights *tensor.Tensor // (O, I)
	Bias    []float32      // (O), or nil
}

// Kind implements Layer.
func (l *InnerProduct) Kind() string { return "InnerProduct" }

// Reads implements Layer: the gradient with respect to x is W^T dy.
func (l *InnerProduct) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N, ...) -> (N, O).
func (l *InnerProduct) OutShapes(in [][]int) ([][]int, error) {
	if len(in) != 1 || len(in[0]) < 1 {
		return nil, fmt.Errorf("takes 1 input, got %d", len(in))
	}
	if l.Weights == nil || len(l.Weights.Shape) != 2 {
		return nil, fmt.Errorf("has no weights of shape (outputs, inputs)")
	}
	o, i := l.Weights.Shape[0], l.Weights.Shape[1]
	if got := tensor.Size(in[0][1:]); got != i {
		return nil, fmt.Errorf("has weights for %d inputs, got %d (shape %v)", i, got, in[0])
	}
	if l.Bias != nil && len(l.Bias) != o {
		return nil, fmt.Errorf("has %d biases for %d outputs", len(l.Bias), o)
	}
	return [][]int{{in[0][0], o}}, nil
}

// Cost implements Coster.
func (l *InnerProduct) Cost([][]int) (params, macs int64) {
	macs = int64(len(l.Weights.Data))
	return macs + int64(len(l.Bias)), macs
}

// rowsPerTask is how many outputs one task computes: small enough to share the
// work among threads, large enough to be worth waking them for.
const rowsPerTask = 64

// Bind implements Layer. Each task computes a block of outputs for all examples, or of
// the input's gradient, so that weights are read once a batch, as they lie in memory:
// packing would take as much memory again.
func (l *InnerProduct) Bind(b *Binding) Op {
	o, k, n := l.Weights.Shape[0], l.Weights.Shape[1], b.In[0].Batch()
	w, x, y, threads := l.Weights.Data, b.In[0].Data, b.Out[0].Data, b.Team.Threads()
	dots := kernel.Active.NewDots(k, threads)
	work := b.Scratch(dots.Work(n))
	forward := func(worker, t int) {
		r0, r1 := t*rowsPerTask, min(o, (t+1)*rowsPerTask)
		var bias []float32
		if l.Bias != nil {
			bias = l.Bias[r0:r1]
		}
		dots.Run(worker, y[r0:], o, x, n, w[r0*k:], r1-r0, bias, work(worker))
	}
	op := Op{Forward: func() { b.Team.For((o+rowsPerTask-1)/rowsPerTask, forward) }}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		product := kernel.Active.NewProduct(n, o, k, threads)
		work := b.Scratch(product.Work())
		backward := func(worker, t int) {
			product.Run(worker, t, dx, k, kernel.RowMajor(dy, o), kernel.RowMajor(w, k), nil, true, work(worker))
		}
		op.Backward = func() { b.Team.For(product.Tasks(), backward) }
	}
	return op
}
