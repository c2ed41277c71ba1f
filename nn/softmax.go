package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Softmax is y = exp(x) / sum of exp(x) along an axis, 1 for classes, or with Log the logarithm of
// that. Negative axes count from the end. A NaN anywhere along the axis makes all of its values
// NaN.
type Softmax struct {
	Axis int
	Log  bool
}

// Kind implements Layer.
func (l *Softmax) Kind() string {
	if l.Log {
		return "LogSoftmax"
	}
	return "Softmax"
}

// Reads implements Layer: the gradient is y * (dy - sum of dy*y), or with Log
// dy - exp(y) * sum of dy.
func (l *Softmax) Reads() Reads { return Reads{Out: true} }

// Mixes implements Mixer.
func (l *Softmax) Mixes(in [][]int) bool {
	a, err := normAxis(l.Axis, in[0])
	return err == nil && a == 0
}

// OutShapes implements Layer: any shape, which stays.
func (l *Softmax) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 1)
	if err != nil {
		return nil, err
	}
	_, err = normAxis(l.Axis, in[0])
	return out, err
}

// Bind implements Layer. A task is some of the vectors along the axis.
func (l *Softmax) Bind(b *Binding) Op {
	shape := b.In[0].Shape
	axis, _ := normAxis(l.Axis, shape) // checked by OutShapes
	k, stride := shape[axis], tensor.Size(shape[axis+1:])
	vectors := tensor.Size(shape[:axis]) * stride
	first := func(v int) int { return v/stride*stride*k + v%stride }
	f, grad := kernel.Softmax, kernel.SoftmaxGrad
	if l.Log {
		f, grad = kernel.LogSoftmax, kernel.LogSoftmaxGrad
	}
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overPlanes(b.Team, vectors, k, func(_, v int) { f(y[first(v):], x[first(v):], k, stride) })}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overPlanes(b.Team, vectors, k, func(_, v int) {
			if at := first(v); !untouched(dy[at:], k, stride) {
				grad(dx[at:], dy[at:], y[at:], k, stride)
			}
		})
	}
	return op
}
