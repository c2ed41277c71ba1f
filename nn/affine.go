package nn

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// Affine is y = Scale[c]*x + Shift[c] for every channel c of axis 1. Batch normalisation after
// training, and Caffe's Scale and Bias, are of this form. After a convolution or an inner product,
// Build folds it into the weights.
type Affine struct {
	Scale []float32 // (C), or nil for 1
	Shift []float32 // (C), or nil for 0
}

// Kind implements Layer.
func (l *Affine) Kind() string { return "Affine" }

// Reads implements Layer: the derivative is Scale.
func (l *Affine) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,C,...), which stays.
func (l *Affine) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 2)
	if err != nil {
		return nil, err
	}
	c := in[0][1]
	if l.Scale != nil && len(l.Scale) != c || l.Shift != nil && len(l.Shift) != c {
		return nil, fmt.Errorf("has %d scales and %d shifts, got input of shape %v: want %d of each, or none", len(l.Scale), len(l.Shift), in[0], c)
	}
	return out, nil
}

// Cost implements Coster.
func (l *Affine) Cost(in [][]int) (params, macs int64) {
	return int64(len(l.Scale) + len(l.Shift)), int64(tensor.Size(in[0]))
}

// ChannelScale implements graph.Scaler.
func (l *Affine) ChannelScale() (scale, shift []float32) { return l.Scale, l.Shift }

// Fold implements graph.Folder.
func (l *Affine) Fold(scale, shift []float32, channels int) Layer {
	m := &Affine{Scale: make([]float32, channels), Shift: make([]float32, channels)}
	for i := range channels {
		m.Scale[i] = float32(valueOr(l.Scale, i, 1) * valueOr(scale, i, 1))
		m.Shift[i] = float32(float64(valueOr(l.Shift, i, 0)*valueOr(scale, i, 1)) + valueOr(shift, i, 0))
	}
	return m
}

// ForTraining implements training.Trainable.
func (l *Affine) ForTraining() training.Copy {
	own := &Affine{Scale: slices.Clone(l.Scale), Shift: slices.Clone(l.Shift)}
	var p []Parameter
	if own.Scale != nil {
		p = append(p, vector("scale", own.Scale))
	}
	if own.Shift != nil {
		p = append(p, vector("shift", own.Shift))
	}
	return training.Copy{Layer: own, Parameters: p}
}

// Bind implements Layer.
func (l *Affine) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	c, size := b.In[0].Shape[1], tensor.Size(b.In[0].Shape[2:])
	planes := b.In[0].Batch() * c
	op := Op{Forward: overPlanes(b.Team, planes, size, func(_, p int) {
		lo, hi := p*size, (p+1)*size
		kernel.Affine(y[lo:hi], x[lo:hi], float32(valueOr(l.Scale, p%c, 1)), float32(valueOr(l.Shift, p%c, 0)))
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overPlanes(b.Team, planes, size, func(_, p int) {
			lo, hi := p*size, (p+1)*size
			kernel.Axpy(dx[lo:hi], float32(valueOr(l.Scale, p%c, 1)), dy[lo:hi])
		})
	}
	if b.Grads != nil {
		op.Gradients = l.bindGradients(b)
	}
	return op
}

// bindGradients returns what computes the parameters' gradients: the sums of dy x and of dy.
func (l *Affine) bindGradients(b *Binding) func() {
	x, dy := b.In[0], b.DOut[0]
	run := func(_, c int) { l.setGradients(b.Grads, c, dotOfChannel(dy, x, c), sumOfChannel(dy, c)) }
	return func() { b.Team.For(x.Shape[1], run) }
}

// setGradients stores the gradients of channel c.
func (l *Affine) setGradients(grads []*tensor.Tensor, c int, scale, shift float64) {
	if l.Scale != nil {
		grads[0].Data[c] = float32(scale)
		grads = grads[1:]
	}
	if l.Shift != nil {
		grads[0].Data[c] = float32(shift)
	}
}

// dotOfChannel returns the dot product of channel c of all examples of (N,C,...).
func dotOfChannel(x, y *tensor.Tensor, c int) (sum float64) {
	size := tensor.Size(x.Shape[2:])
	for n := range x.Batch() {
		sum += kernel.DotWide(x.Image(n)[c*size:(c+1)*size], y.Image(n)[c*size:(c+1)*size])
	}
	return sum
}
