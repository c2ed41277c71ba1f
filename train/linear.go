package train

import (
	"context"
	"fmt"
	"math"

	"hoodwink/tensor"
)

// A Linear classifier has one weight for every class and value of its input: the logits are z_k =
// w_k . x + b_k. It does not change after training, and may be shared.
type Linear struct {
	Weights *tensor.Tensor // (K,...): K classes times the shape of one input
	Bias    []float32      // K
}

// Sigmoid is S(t) = 1/(1+e^-t), which turns a logit into a probability.
func Sigmoid(t float64) float64 {
	if t < 0 {
		e := math.Exp(t) // cannot overflow
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-t))
}

// Classes returns K.
func (l *Linear) Classes() int { return len(l.Bias) }

// Template returns the weights of class k in the shape of an input: (C,H,W) for
// pictures. It shares memory with l.
func (l *Linear) Template(k int) *tensor.Tensor {
	return tensor.FromSlice(l.Weights.Image(k), l.Weights.Shape[1:]...)
}

// Logits writes the K logits of one input to dst.
func (l *Linear) Logits(dst, x []float32) {
	for k := range dst {
		dst[k] = float32(tensor.Dot(l.Weights.Image(k), x) + float64(l.Bias[k]))
	}
}

// Predict returns the top class of every input of a batch (N,...).
func (l *Linear) Predict(x *tensor.Tensor) []int {
	top, logits := make([]int, x.Batch()), make([]float32, l.Classes())
	for n := range top {
		l.Logits(logits, x.Image(n))
		top[n] = tensor.Argmax(logits)
	}
	return top
}

// ErrorRate returns the share of a batch (N,...) that is not classified as labelled.
func (l *Linear) ErrorRate(x *tensor.Tensor, labels []int) float64 {
	wrong := 0
	for n, k := range l.Predict(x) {
		if k != labels[n] {
			wrong++
		}
	}
	return float64(wrong) / float64(len(labels))
}

// Model returns l as an [attack.Model] for batches of up to the given size, whose valid values lie
// between lo and hi, which may be infinite. It panics if batch < 1.
func (l *Linear) Model(batch int, lo, hi float32) *LinearModel {
	if batch < 1 {
		panic(fmt.Sprintf("train: batch of %d", batch))
	}
	shape := append([]int{batch}, l.Weights.Shape[1:]...)
	return &LinearModel{linear: l, lo: lo, hi: hi, logits: tensor.New(batch, l.Classes()), dx: tensor.New(shape...)}
}

// A LinearModel is a [Linear] with the memory to run it on some inputs at once. It
// satisfies [attack.Model], and is not safe for concurrent use.
type LinearModel struct {
	linear     *Linear
	lo, hi     float32
	logits, dx *tensor.Tensor
	views      [2]tensor.Views
}

// Shape returns the shape of an input: (C,H,W) for pictures.
func (m *LinearModel) Shape() []int { return m.dx.Shape[1:] }

// Classes returns K.
func (m *LinearModel) Classes() int { return m.linear.Classes() }

// Batch returns the largest number of inputs that Ask takes.
func (m *LinearModel) Batch() int { return m.dx.Batch() }

// Bounds returns the range of a valid value.
func (m *LinearModel) Bounds() (lo, hi float32) { return m.lo, m.hi }

// Access reports that the model gives scores and gradients.
func (m *LinearModel) Access() (scores, gradients bool) { return true, true }

// Ask implements attack.Model; it always answers.
func (m *LinearModel) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	return m.Forward(x), nil
}

// Pull implements attack.Model; it always answers.
func (m *LinearModel) Pull(_ context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	return m.Backward(dlogits), nil
}

// Forward returns the logits (n,K) of inputs (n,...).
func (m *LinearModel) Forward(x *tensor.Tensor) *tensor.Tensor {
	logits := m.views[0].First(m.logits, x.Batch())
	for n := range x.Batch() {
		m.linear.Logits(logits.Image(n), x.Image(n))
	}
	return logits
}

// Backward returns the gradient of sum(dlogits * logits): sum_k dlogits_k w_k for every input,
// whatever its values.
func (m *LinearModel) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	dx := m.views[1].First(m.dx, dlogits.Batch())
	for n := range dlogits.Batch() {
		dst := dx.Image(n)
		clear(dst)
		for k, d := range dlogits.Image(n) {
			tensor.AddScaled(dst, d, m.linear.Weights.Image(k))
		}
	}
	return dx
}
