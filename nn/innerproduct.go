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

// Bind implements Layer. Each task computes a block of outputs for all examples,
// so that a block of weights is read once a batch.
func (l *InnerProduct) Bind(b *Binding) Op {
	o, n := l.Weights.Shape[0], b.In[0].Batch()
	k := l.Weights.Shape[1]
	w, x, y := l.Weights.Data, b.In[0], b.Out[0]
	forward := func(_, t int) {
		for r := t * rowsPerTask; r < min(o, (t+1)*rowsPerTask); r++ {
			row := w[r*k : (r+1)*k]
			for e := range n {
				v := kernel.Dot(row, x.Image(e))
				if l.Bias != nil {
					v += l.Bias[r]
				}
				y.Data[e*o+r] = v
			}
		}
	}
	op := Op{Forward: func() { b.Team.For((o+rowsPerTask-1)/rowsPerTask, forward) }}
	if b.WantsGrad() {
		dx, dy := b.DIn[0], b.DOut[0]
		const cols = 256
		backward := func(_, t int) {
			c0, c1 := t*cols, min(k, (t+1)*cols)
			for e := range n {
				dst := dx.Image(e)[c0:c1]
				for r := range o {
					kernel.Axpy(dst, dy.Data[e*o+r], w[r*k+c0:r*k+c1])
				}
			}
		}
		op.Backward = func() { b.Team.For((k+cols-1)/cols, backward) }
	}
	return op
}
