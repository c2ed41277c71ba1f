package nn

import (
	"fmt"

	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// RBF is a layer of radial basis units, which respond only near their mean (Goodfellow, Shlens,
// Szegedy 2015, "Explaining and Harnessing Adversarial Examples", arXiv:1412.6572, section 7). Its
// outputs are the exponents of p(y=k|x) = exp(y[n,k]):
//
//	y[n,k] = - sum over i of Beta[k,i] * (x[n,i] - Mean[k,i])^2
//
// It reads every example as one vector.
type RBF struct {
	Mean *tensor.Tensor // (K, I)
	Beta *tensor.Tensor // (K, I), the precisions: positive
}

// Kind implements Layer.
func (l *RBF) Kind() string { return "RBF" }

// Reads implements Layer.
func (l *RBF) Reads() Reads { return Reads{In: true} }

// OutShapes implements Layer: (N, ...) -> (N, K).
func (l *RBF) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	if l.Mean == nil || l.Beta == nil || len(l.Mean.Shape) != 2 || !tensor.SameShape(l.Mean.Shape, l.Beta.Shape) {
		return nil, fmt.Errorf("has no means and precisions of one shape (outputs, inputs)")
	}
	if got := tensor.Size(in[0][1:]); got != l.Mean.Shape[1] {
		return nil, fmt.Errorf("has means of %d inputs, got %d (shape %v)", l.Mean.Shape[1], got, in[0])
	}
	return [][]int{{in[0][0], l.Mean.Shape[0]}}, checkWork(l.Mean.Shape...)
}

// Cost implements Coster.
func (l *RBF) Cost([][]int) (params, macs int64) {
	n := int64(l.Mean.Len())
	return 2 * n, 2 * n
}

// ForTraining implements training.Trainable.
func (l *RBF) ForTraining() training.Copy {
	own := &RBF{l.Mean.Clone(), l.Beta.Clone()}
	return training.Copy{Layer: own, Parameters: []Parameter{{Name: "mean", Value: own.Mean}, {Name: "beta", Value: own.Beta}}}
}

// Bind implements Layer. A task is an example; for the parameters' gradients it is an output.
func (l *RBF) Bind(b *Binding) Op {
	x, y := b.In[0], b.Out[0]
	outputs := l.Mean.Shape[0]
	op := Op{Forward: overPlanes(b.Team, x.Batch(), l.Mean.Len(), func(_, n int) {
		for k := range outputs {
			y.Image(n)[k] = -float32(squares(x.Image(n), l.Mean.Image(k), l.Beta.Image(k)))
		}
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0], b.DOut[0]
		op.Backward = overPlanes(b.Team, x.Batch(), l.Mean.Len(), func(_, n int) {
			from, to := x.Image(n), dx.Image(n)
			for k, d := range dy.Image(n) {
				mean, beta := l.Mean.Image(k), l.Beta.Image(k)
				for i, v := range from {
					to[i] += float32(-2 * d * beta[i] * (v - mean[i]))
				}
			}
		})
	}
	if b.Grads != nil {
		dy := b.DOut[0]
		work := make([][]float64, 2*outputs)
		for k := range work {
			work[k] = make([]float64, l.Mean.Shape[1])
		}
		op.Gradients = overPlanes(b.Team, outputs, x.Len(), func(_, k int) {
			sums := work[2*k : 2*k+2]
			l.gradients(b.Grads[0].Image(k), b.Grads[1].Image(k), sums, k, x, dy)
		})
	}
	return op
}

// squares returns the sum of beta[i]*(x[i]-mean[i])^2.
func squares(x, mean, beta []float32) (sum float64) {
	mean, beta = mean[:len(x)], beta[:len(x)]
	for i, v := range x {
		d := float64(v) - float64(mean[i])
		sum += float64(float64(beta[i]) * d * d)
	}
	return sum
}

// gradients stores the gradients of the mean and precision of output k.
func (l *RBF) gradients(dmean, dbeta []float32, sums [][]float64, k int, x, dy *tensor.Tensor) {
	mean, beta := l.Mean.Image(k), l.Beta.Image(k)
	first, second := sums[0], sums[1]
	clear(first)
	clear(second)
	for n := range x.Batch() {
		g := float64(dy.Image(n)[k])
		for i, v := range x.Image(n) {
			d := float64(v) - float64(mean[i])
			first[i] += float64(g * d)
			second[i] += float64(g * d * d)
		}
	}
	for i := range first {
		dmean[i] = float32(2 * float64(beta[i]) * first[i])
		dbeta[i] = float32(-second[i])
	}
}
