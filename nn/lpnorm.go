package nn

import (
	"fmt"
	"math"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// LpNorm divides the vectors along an axis by their length: y = x / |x|. The length is the sum of
// the absolute values if P is 1, the root of the sum of squares if P is 2. A vector of zeros stays
// as it is, and its gradient is 0. Negative axes count from the end.
type LpNorm struct {
	Axis, P int
}

// Kind implements Layer.
func (l *LpNorm) Kind() string { return "LpNorm" }

// Reads implements Layer: y has the signs of x, and the lengths are kept.
func (l *LpNorm) Reads() Reads { return Reads{Out: true} }

// Mixes implements Mixer.
func (l *LpNorm) Mixes(in [][]int) bool {
	a, err := normAxis(l.Axis, in[0])
	return err == nil && a == 0
}

// OutShapes implements Layer: any shape, which stays.
func (l *LpNorm) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 1)
	if err != nil {
		return nil, err
	}
	if l.P != 1 && l.P != 2 {
		return nil, fmt.Errorf("has a P of %d: want 1 or 2", l.P)
	}
	_, err = normAxis(l.Axis, in[0])
	return out, err
}

// Bind implements Layer. A task is some vectors. Sums are in float64, in the order of the
// axis.
func (l *LpNorm) Bind(b *Binding) Op {
	shape := b.In[0].Shape
	axis, _ := normAxis(l.Axis, shape) // checked by OutShapes
	k, stride := shape[axis], tensor.Size(shape[axis+1:])
	vectors := tensor.Size(shape) / k
	first := func(v int) int { return v/stride*stride*k + v%stride }
	x, y, lengths := b.In[0].Data, b.Out[0].Data, make([]float64, vectors)
	op := Op{Forward: overPlanes(b.Team, vectors, k, func(_, v int) {
		x, y := x[first(v):], y[first(v):]
		lengths[v] = l.length(x, k, stride)
		for i := range k {
			y[i*stride] = 0
			if lengths[v] != 0 {
				y[i*stride] = float32(float64(x[i*stride]) / lengths[v])
			}
		}
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overPlanes(b.Team, vectors, k, func(_, v int) {
			if at := first(v); lengths[v] != 0 && !untouched(dy[at:], k, stride) {
				l.grad(dx[at:], dy[at:], y[at:], k, stride, lengths[v])
			}
		})
	}
	return op
}

// length returns |x| of k values that lie stride apart.
func (l *LpNorm) length(x []float32, k, stride int) (s float64) {
	for i := range k {
		v := float64(x[i*stride])
		if l.P == 1 {
			s += math.Abs(v)
		} else {
			s += float64(v * v)
		}
	}
	if l.P == 2 {
		s = math.Sqrt(s)
	}
	return s
}

// grad computes dx[i] += (dy[i] - d[i] * sum over j of dy[j]*y[j]) / |x|, where d is the
// derivative of |x|: y, or the sign of x if P is 1.
func (l *LpNorm) grad(dx, dy, y []float32, k, stride int, length float64) {
	var sum float64
	for i := range k {
		sum += float64(float64(dy[i*stride]) * float64(y[i*stride]))
	}
	for i := range k {
		d := float64(y[i*stride])
		if l.P == 1 && d != 0 {
			d = math.Copysign(1, d)
		}
		dx[i*stride] += float32((float64(dy[i*stride]) - float64(d*sum)) / length)
	}
}

// Work implements graph.Worker: the lengths of the vectors.
func (l *LpNorm) Work(in [][]int, _ graph.Use) graph.Work {
	axis, _ := normAxis(l.Axis, in[0]) // checked by OutShapes
	return graph.Work{Tables: 8 * int64(tensor.Size(in[0])/in[0][axis])}
}
