package nn

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// BatchNorm normalises every channel of axis 1, then scales and shifts it (Ioffe, Szegedy 2015,
// "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
// arXiv:1502.03167):
//
//	y = Scale[c] * (x-mean[c]) / sqrt(variance[c]+Eps) + Shift[c]
//
// In a Trainer mean and variance are those of the channel's values in the whole batch. Every call
// of Gradients moves Mean and Variance a tenth of the way towards them; for that, the variance is
// divided by the number of values less one. A Session uses Mean and Variance: Build turns the layer
// into an Affine and folds it into the layer before it where it can.
type BatchNorm struct {
	Scale, Shift   []float32 // (C), parameters
	Mean, Variance []float32 // (C), running statistics
	Eps            float32   // positive
}

// momentum is the weight of the latest batch in the running statistics.
const momentum = 0.1

// NewBatchNorm returns the layer as it is before training: scale 1, shift 0, mean 0, variance 1,
// and an Eps of 1e-5.
func NewBatchNorm(channels int) *BatchNorm {
	l := &BatchNorm{Eps: 1e-5}
	for _, v := range []*[]float32{&l.Scale, &l.Shift, &l.Mean, &l.Variance} {
		*v = make([]float32, channels)
	}
	for c := range channels {
		l.Scale[c], l.Variance[c] = 1, 1
	}
	return l
}

// Kind implements Layer.
func (l *BatchNorm) Kind() string { return "BatchNorm" }

// Reads implements Layer.
func (l *BatchNorm) Reads() Reads { return Reads{In: true} }

// OutShapes implements Layer: (N,C,...), which stays.
func (l *BatchNorm) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 2)
	if err != nil {
		return nil, err
	}
	for _, v := range [][]float32{l.Scale, l.Shift, l.Mean, l.Variance} {
		if len(v) != in[0][1] {
			return nil, fmt.Errorf("has %d scales, %d shifts, %d means and %d variances, got input of shape %v: want %d of each",
				len(l.Scale), len(l.Shift), len(l.Mean), len(l.Variance), in[0], in[0][1])
		}
	}
	if !(l.Eps > 0) || math.IsInf(float64(l.Eps), 1) {
		return nil, fmt.Errorf("has an eps of %g: want a positive number", l.Eps)
	}
	for c, v := range l.Variance {
		if !(v >= 0) {
			return nil, fmt.Errorf("has a variance of %g for channel %d: want 0 or more", v, c)
		}
	}
	return out, nil
}

// Cost implements Coster.
func (l *BatchNorm) Cost(in [][]int) (params, macs int64) {
	return int64(len(l.Scale) + len(l.Shift)), int64(tensor.Size(in[0]))
}

// ForTraining implements training.Trainable.
func (l *BatchNorm) ForTraining() training.Copy {
	own, c := &BatchNorm{slices.Clone(l.Scale), slices.Clone(l.Shift), slices.Clone(l.Mean), slices.Clone(l.Variance), l.Eps}, len(l.Mean)
	return training.Copy{
		Layer:      own,
		Parameters: []Parameter{vector("scale", own.Scale), vector("shift", own.Shift)},
		Statistics: []Statistic{{Name: "mean", Value: tensor.FromSlice(own.Mean, c)}, {Name: "variance", Value: tensor.FromSlice(own.Variance, c)}},
	}
}

// Inference implements graph.Inferrer.
func (l *BatchNorm) Inference() Layer {
	a := &Affine{Scale: make([]float32, len(l.Scale)), Shift: make([]float32, len(l.Scale))}
	for c := range l.Scale {
		scale := float64(l.Scale[c]) / math.Sqrt(float64(l.Variance[c])+float64(l.Eps))
		a.Scale[c] = float32(scale)
		a.Shift[c] = float32(float64(l.Shift[c]) - float64(float64(l.Mean[c])*scale))
	}
	return a
}

// Bind implements Layer, in training mode. A task is a channel.
func (l *BatchNorm) Bind(b *Binding) Op {
	x, y := b.In[0], b.Out[0]
	c, size := x.Shape[1], tensor.Size(x.Shape[2:])
	s := newBatchMoments(l, x.Batch()*size)
	each := func(run func(c int)) func() {
		return overPlanes(b.Team, c, x.Batch()*size, func(_, c int) { run(c) })
	}
	op := Op{Forward: each(func(c int) {
		s.mean[c] = sumOfChannel(x, c) / s.count
		sum := 0.0
		for n := range x.Batch() {
			for _, v := range x.Image(n)[c*size : (c+1)*size] {
				d := float64(v) - s.mean[c]
				sum += float64(d * d)
			}
		}
		s.variance[c] = sum / s.count
		scale, shift := s.forward(c)
		for n := range x.Batch() {
			to := y.Image(n)[c*size : (c+1)*size]
			for i, v := range x.Image(n)[c*size : (c+1)*size] {
				to[i] = float32(float64(scale*float64(v)) + shift)
			}
		}
	})}
	b.OnRecord(s.record)
	if !b.WantsGrad() {
		return op
	}
	dx, dy := b.DIn[0], b.DOut[0]
	op.Backward = each(func(c int) {
		s.sum[c] = sumOfChannel(dy, c)
		s.dot[c] = dotOfChannel(dy, x, c) - float64(s.mean[c]*s.sum[c])
		p, q, r := s.backward(c)
		for n := range x.Batch() {
			to, d := dx.Image(n)[c*size:(c+1)*size], dy.Image(n)[c*size:]
			for i, v := range x.Image(n)[c*size : (c+1)*size] {
				to[i] += float32(float64(p*float64(d[i])) + float64(q*float64(v)) + r)
			}
		}
	})
	op.Gradients, op.NeedsBackward = func() { s.gradients(b.Grads) }, true
	return op
}

// batchMoments holds the sums of the latest batch, by channel.
type batchMoments struct {
	l              *BatchNorm
	count          float64   // number of values in a channel
	mean, variance []float64 // of x
	sum, dot       []float64 // of dy; of dy times x-mean
}

func newBatchMoments(l *BatchNorm, count int) *batchMoments {
	s := &batchMoments{l: l, count: float64(count)}
	for _, v := range []*[]float64{&s.mean, &s.variance, &s.sum, &s.dot} {
		*v = make([]float64, len(l.Scale))
	}
	return s
}

// inverse returns 1 divided by the standard deviation of channel c.
func (s *batchMoments) inverse(c int) float64 {
	return 1 / math.Sqrt(s.variance[c]+float64(s.l.Eps))
}

// forward returns the scale and shift with which y = scale*x + shift.
func (s *batchMoments) forward(c int) (scale, shift float64) {
	scale = float64(s.l.Scale[c]) * s.inverse(c)
	return scale, float64(s.l.Shift[c]) - float64(s.mean[c]*scale)
}

// backward returns the factors of dx = p dy + q x + r.
func (s *batchMoments) backward(c int) (p, q, r float64) {
	inv := s.inverse(c)
	p = float64(s.l.Scale[c]) * inv
	q = -p * inv * inv * s.dot[c] / s.count
	return p, q, float64(-p*s.sum[c]/s.count) - float64(q*s.mean[c])
}

// gradients stores the gradients of scale and shift.
func (s *batchMoments) gradients(grads []*tensor.Tensor) {
	for c := range s.sum {
		grads[0].Data[c] = float32(s.dot[c] * s.inverse(c))
		grads[1].Data[c] = float32(s.sum[c])
	}
}

// record updates the running statistics with those of the batch.
func (s *batchMoments) record() {
	unbiased := s.count / math.Max(s.count-1, 1)
	toward := func(to *float32, v float64) {
		*to = float32(float64((1-momentum)*float64(*to)) + float64(momentum*v))
	}
	for c := range s.mean {
		toward(&s.l.Mean[c], s.mean[c])
		toward(&s.l.Variance[c], s.variance[c]*unbiased)
	}
}
