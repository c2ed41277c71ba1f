package nn

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// PReLU is ReLU with a slope learned for every channel, or one for all (He, Zhang, Ren,
// Sun 2015, "Delving Deep into Rectifiers", arXiv:1502.01852). Channels are axis 1.
type PReLU struct {
	Slope []float32 // (C), or one value
}

// Kind implements Layer.
func (l *PReLU) Kind() string { return "PReLU" }

// Reads implements Layer: y tells where x was positive, unless a slope is negative.
func (l *PReLU) Reads() Reads {
	for _, s := range l.Slope {
		if s < 0 {
			return Reads{In: true}
		}
	}
	return Reads{Out: true}
}

// OutShapes implements Layer: (N,C,...), which stays.
func (l *PReLU) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 2)
	if err != nil {
		return nil, err
	}
	if n := len(l.Slope); n != 1 && n != in[0][1] {
		return nil, fmt.Errorf("has %d slopes, got input of shape %v: want 1 or %d", n, in[0], in[0][1])
	}
	return out, checkFinite("slope", l.Slope...)
}

// Cost implements Coster. A multiplication without an addition does not count.
func (l *PReLU) Cost([][]int) (params, macs int64) { return int64(len(l.Slope)), 0 }

// ForTraining implements training.Trainable.
func (l *PReLU) ForTraining() training.Copy {
	own := &PReLU{Slope: slices.Clone(l.Slope)}
	return training.Copy{Layer: own, Parameters: []Parameter{vector("slope", own.Slope)}}
}

// Bind implements Layer. In a Trainer, where a slope may become negative, x tells what was
// positive.
func (l *PReLU) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	c, size := b.In[0].Shape[1], tensor.Size(b.In[0].Shape[2:])
	slope := func(plane int) float32 {
		if len(l.Slope) == 1 {
			return l.Slope[0]
		}
		return l.Slope[plane%c]
	}
	planes := b.In[0].Batch() * c
	op := Op{Forward: overPlanes(b.Team, planes, size, func(_, p int) {
		lo, hi := p*size, (p+1)*size
		kernel.ReLU(y[lo:hi], x[lo:hi], slope(p))
	})}
	if b.WantsGrad() {
		dx, dy, at := b.DIn[0].Data, b.DOut[0].Data, y
		if l.Reads().In || b.Grads != nil {
			at = x
		}
		op.Backward = overPlanes(b.Team, planes, size, func(_, p int) {
			lo, hi := p*size, (p+1)*size
			kernel.ReLUGrad(dx[lo:hi], dy[lo:hi], at[lo:hi], slope(p))
		})
	}
	if b.Grads != nil {
		op.Gradients = l.bindGradients(b)
	}
	return op
}

// bindGradients binds the slopes' gradients: sums of dy x where x is not positive.
func (l *PReLU) bindGradients(b *Binding) func() {
	x, dy, grad := b.In[0], b.DOut[0], b.Grads[0].Data
	c, size := x.Shape[1], tensor.Size(x.Shape[2:])
	sums := make([]float64, c)
	run := func(_, k int) {
		sum := 0.0
		for n := range x.Batch() {
			d := dy.Image(n)[k*size : (k+1)*size]
			for i, v := range x.Image(n)[k*size : (k+1)*size] {
				if !(v > 0) {
					sum += float64(float64(d[i]) * float64(v))
				}
			}
		}
		sums[k] = sum
	}
	return func() {
		b.Team.For(c, run)
		if len(grad) == c {
			for i, s := range sums {
				grad[i] = float32(s)
			}
			return
		}
		total := 0.0
		for _, s := range sums {
			total += s
		}
		grad[0] = float32(total)
	}
}
