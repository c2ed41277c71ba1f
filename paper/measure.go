package paper

import (
	"context"
	"math"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/tensor"
)

// A classifier is a model that always answers.
type classifier struct {
	name  string
	model interface {
		attack.Model
		Forward(x *tensor.Tensor) *tensor.Tensor
		Backward(dlogits *tensor.Tensor) *tensor.Tensor
	}
}

func (c classifier) batch() int { return c.model.Batch() }

// one returns picture i of a batch as a batch of one.
func (c classifier) one(x *tensor.Tensor, i int) *tensor.Tensor {
	return tensor.FromSlice(x.Image(i), append([]int{1}, c.model.Shape()...)...)
}

// A score is what the paper reports about a classifier on a set of examples.
type score struct {
	examples   int
	wrong      int
	confidence float64 // mean top probability of the misclassified, 0 if there are none
	certainty  float64 // mean top probability of all
	taken      []int   // top classes
}

// err returns the share of misclassified examples in percent.
func (s score) err() float64 { return 100 * float64(s.wrong) / float64(s.examples) }

// measure classifies examples. prob computes the probabilities of logits; nil means softmax.
func measure(
	ctx context.Context, c classifier, x *tensor.Tensor, labels []int, prob func(dst []float64, logits []float32),
) (score, error) {
	if prob == nil {
		prob = attack.Softmax
	}
	var s score
	var sumWrong, sum float64
	err := inBatches(ctx, c.batch(), x, func(at int, batch *tensor.Tensor) error {
		logits := c.model.Forward(batch)
		p := make([]float64, logits.Shape[1])
		for n := range min(c.batch(), x.Batch()-at) {
			z := logits.Image(n)
			k := tensor.Argmax(z)
			prob(p, z)
			s.examples++
			s.taken = append(s.taken, k)
			sum += p[k]
			if k != labels[at+n] {
				s.wrong++
				sumWrong += p[k]
			}
		}
		return nil
	})
	if s.wrong > 0 {
		s.confidence = sumWrong / float64(s.wrong)
	}
	s.certainty = sum / float64(max(s.examples, 1))
	return s, err
}

// inBatches calls f with batches of n pictures of x. The last one is filled up with its own first
// pictures, which f must skip.
func inBatches(ctx context.Context, n int, x *tensor.Tensor, f func(at int, batch *tensor.Tensor) error) error {
	shape := append([]int{n}, x.Shape[1:]...)
	per := tensor.Size(shape) / n
	for at := 0; at < x.Batch(); at += n {
		if err := ctx.Err(); err != nil {
			return err
		}
		rest := x.Data[at*per:]
		if len(rest) < n*per {
			full := make([]float32, 0, n*per)
			for len(full) < n*per {
				full = append(full, rest[:min(len(rest), n*per-len(full))]...)
			}
			rest = full
		}
		if err := f(at, tensor.FromSlice(rest[:n*per], shape...)); err != nil {
			return err
		}
	}
	return nil
}

// A gradient writes to d the derivative of the loss of one example with respect to its logits, up
// to a positive factor.
type gradient func(d []float32, logits []float32, label int)

// exact is the gradient of -log softmax without rounding to zero: its largest entry is 1 however
// sure the classifier is.
func exact(d []float32, logits []float32, label int) {
	g := make([]float64, len(logits))
	attack.LogProbability.Eval(g, logits, &attack.Direction{Toward: []int{label}})
	largest := 0.0
	for _, v := range g {
		largest = math.Max(largest, math.Abs(v))
	}
	for k, v := range g {
		d[k] = 0
		if largest > 0 {
			d[k] = float32(-v / largest)
		}
	}
}

// single is the same gradient, softmax minus the one-hot label, in the single precision of the
// paper's software. If the label's probability rounds to 1, as it does above 1 - 3e-8, the
// direction away from the label is lost.
func single(d []float32, logits []float32, label int) {
	p := make([]float64, len(logits))
	attack.Softmax(p, logits)
	for k, v := range p {
		d[k] = float32(v)
	}
	d[label]--
}

// fgsm returns x + eps sign(dJ/dx) for every example, not clipped.
func fgsm(
	ctx context.Context, c classifier, x *tensor.Tensor, labels []int, eps float64, g gradient,
) (*tensor.Tensor, error) {
	out := x.Clone()
	per := x.Len() / x.Batch()
	var d *tensor.Tensor
	err := inBatches(ctx, c.batch(), x, func(at int, batch *tensor.Tensor) error {
		logits := c.model.Forward(batch)
		if d == nil {
			d = tensor.New(logits.Shape...)
		}
		n := min(c.batch(), x.Batch()-at)
		for i := range n {
			g(d.Image(i), logits.Image(i), labels[at+i])
		}
		dx := c.model.Backward(d)
		for i, v := range dx.Data[:n*per] {
			out.Data[at*per+i] += float32(eps) * tensor.Sign(v)
		}
		return nil
	})
	return out, err
}

// clipped returns x limited to valid pixels.
func clipped(x *tensor.Tensor) *tensor.Tensor {
	y := x.Clone()
	tensor.Clamp(y.Data, 0, 1)
	return y
}

// An assault is a classifier under the fast gradient sign method.
type assault struct {
	clean, adversarial, clipped score
	x                           *tensor.Tensor // the adversarial examples, not clipped
}

// assail measures a classifier on a set, on its adversarial examples, and on these after clipping.
func assail(ctx context.Context, c classifier, set *dataset.Set, g gradient) (a assault, err error) {
	if a.clean, err = measure(ctx, c, set.Images, set.Labels, nil); err != nil {
		return a, err
	}
	if a.x, err = fgsm(ctx, c, set.Images, set.Labels, Eps, g); err != nil {
		return a, err
	}
	if a.adversarial, err = measure(ctx, c, a.x, set.Labels, nil); err != nil {
		return a, err
	}
	a.clipped, err = measure(ctx, c, clipped(a.x), set.Labels, nil)
	return a, err
}
