package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// LayerNorm shifts and scales the values along all axes from Axis on, taken together, to mean 0 and
// variance 1 (Ba, Kiros, Hinton 2016, "Layer Normalization", arXiv:1607.06450):
//
//	y = (x - mean) / sqrt(variance + Eps) * Scale + Bias
//
// with a Scale and a Bias for every place. Negative axes count from the end.
type LayerNorm struct {
	Axis  int
	Eps   float32
	Scale []float32 // of the size of the axes, or nil for 1
	Bias  []float32 // of the size of the axes, or nil for 0
}

// Kind implements Layer.
func (l *LayerNorm) Kind() string { return "LayerNorm" }

// Reads implements Layer. Mean and variance are kept.
func (l *LayerNorm) Reads() Reads { return Reads{In: true} }

// Mixes implements Mixer.
func (l *LayerNorm) Mixes(in [][]int) bool {
	a, err := normAxis(l.Axis, in[0])
	return err == nil && a == 0
}

// normAxis resolves an axis of a shape. The axis may be the first; negative ones count from the
// end.
func normAxis(axis int, shape []int) (int, error) {
	a := axis
	if a < 0 {
		a += len(shape)
	}
	if a < 0 || a >= len(shape) {
		return 0, fmt.Errorf("axis %d is not one of the %d axes of shape %v", axis, len(shape), shape)
	}
	return a, nil
}

// OutShapes implements Layer: any shape, which stays.
func (l *LayerNorm) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 1)
	if err != nil {
		return nil, err
	}
	a, err := normAxis(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	if err := checkEps(l.Eps); err != nil {
		return nil, err
	}
	if size := tensor.Size(in[0][a:]); l.Scale != nil && len(l.Scale) != size || l.Bias != nil && len(l.Bias) != size {
		return nil, fmt.Errorf("has %d scales and %d biases for the axes from %d on of shape %v: want %d of each, or none", len(l.Scale), len(l.Bias), a, in[0], size)
	}
	return out, nil
}

// checkEps refuses an eps with which the square root may not exist.
func checkEps(eps float32) error {
	if err := checkFinite("epsilon", eps); err != nil {
		return err
	}
	if eps < 0 {
		return fmt.Errorf("has an epsilon of %g: want 0 or more", eps)
	}
	return nil
}

// Cost implements Coster.
func (l *LayerNorm) Cost(in [][]int) (params, macs int64) {
	return int64(len(l.Scale) + len(l.Bias)), int64(tensor.Size(in[0]))
}

// Bind implements Layer. A task is some vectors.
func (l *LayerNorm) Bind(b *Binding) Op {
	a, _ := normAxis(l.Axis, b.In[0].Shape) // checked by OutShapes
	n := normalisation{rows: tensor.Size(b.In[0].Shape[:a]), size: tensor.Size(b.In[0].Shape[a:]), eps: l.Eps}
	if l.Scale != nil {
		n.scale = func(x []float32, _, at int) { kernel.Mul(x, l.Scale[at:at+len(x)]) }
	}
	if l.Bias != nil {
		n.shift = func(x []float32, _, at int) { kernel.Add(x, l.Bias[at:at+len(x)]) }
	}
	return n.bind(b)
}

// A normalisation standardises rows of the given size.
type normalisation struct {
	rows, size int
	eps        float32

	// scale and shift, where not nil, scale and shift the part of a row that begins at the place
	// at.
	scale, shift func(x []float32, row, at int)
}

func (n normalisation) bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	norms := make([]kernel.Norm, n.rows)
	op := Op{Forward: overPlanes(b.Team, n.rows, n.size, func(_, r int) {
		row := y[r*n.size : (r+1)*n.size]
		norms[r] = kernel.Standardise(row, x[r*n.size:(r+1)*n.size], n.eps)
		if n.scale != nil {
			n.scale(row, r, 0)
		}
		if n.shift != nil {
			n.shift(row, r, 0)
		}
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		work := b.Scratch(2 * kernel.NormChunk)
		op.Backward = overPlanes(b.Team, n.rows, n.size, func(w, r int) {
			lo, hi := r*n.size, (r+1)*n.size
			if untouched(dy[lo:], n.size, 1) {
				return
			}
			n.grad(norms[r], r, dx[lo:hi], dy[lo:hi], x[lo:hi], work(w))
		})
	}
	return op
}

// grad adds the gradient of a row to dx. It goes through the row twice, in chunks: first for the
// means that all values depend on, then for the values.
func (n normalisation) grad(k kernel.Norm, row int, dx, dy, x, work []float32) {
	const chunk = kernel.NormChunk
	g, z := work[:chunk], work[chunk:]
	load := func(lo, hi int) {
		g, z = g[:hi-lo], z[:hi-lo]
		copy(g, dy[lo:hi])
		if n.scale != nil {
			n.scale(g, row, lo)
		}
		k.Apply(z, x[lo:hi])
	}
	var mean, product float64
	for lo := 0; lo < n.size; lo += chunk {
		load(lo, min(n.size, lo+chunk))
		mean += kernel.Sum(g)
		product += float64(kernel.Dot(g, z))
	}
	mean /= float64(n.size)
	product /= float64(n.size)
	for lo := 0; lo < n.size; lo += chunk {
		hi := min(n.size, lo+chunk)
		if n.size > chunk {
			g, z = work[:chunk], work[chunk:]
			load(lo, hi)
		}
		k.Grad(dx[lo:hi], g, z, float32(mean), float32(product))
	}
}

// Work implements graph.Worker.
func (l *LayerNorm) Work(in [][]int, u graph.Use) graph.Work {
	a, _ := normAxis(l.Axis, in[0]) // checked by OutShapes
	return normWork(tensor.Size(in[0][:a]), u)
}

// normWork is what a normalisation of some rows works with: the mean and the factor of each.
func normWork(rows int, u graph.Use) graph.Work {
	w := graph.Work{Tables: 2 * floatBytes * int64(rows)}
	if u.Backward {
		w.Scratch = 2 * kernel.NormChunk
	}
	return w
}
