package train

import (
	"fmt"
	"strings"

	"hoodwink/attack"
	"hoodwink/internal/names"
	"hoodwink/tensor"
)

// A Loss is a function of logits z (K) and a label y that training minimises.
type Loss int

// The losses.
const (
	// CrossEntropy is -sum_k t_k log p_k with p = softmax(z). The targets t are 1 for the
	// label and 0 elsewhere or, with label smoothing s, 1-s+s/K and s/K (Szegedy et al.
	// 2016, "Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567).
	CrossEntropy Loss = iota

	// Softplus is sum_k log(1+e^(-s_k z_k)), s_k being +1 for the label and -1 for the
	// others: logistic regression of each class against the rest. With smoothing s, the
	// target of a class is 1-s/2 or s/2 instead of 1 or 0.
	Softplus

	// Hinge is max(0, 1 - z_y + max of z over the others): the multi-class hinge of
	// Crammer and Singer 2001. It has no smoothing.
	Hinge
)

var lossNames = []string{"cross-entropy", "softplus", "hinge"}

// String returns the name that ParseLoss understands.
func (l Loss) String() string { return names.Of(int(l), lossNames, "Loss") }

// MarshalText writes the name.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ParseLoss returns the loss of a name: "cross-entropy", "softplus" or "hinge".
func ParseLoss(name string) (Loss, error) {
	i, err := parseName(name, lossNames, "loss")
	return Loss(i), err
}

// Eval returns the mean loss of logits (N,K) and writes its gradient to dlogits (N,K).
// Sums are float64. Smoothing is in [0,1).
func (l Loss) Eval(dlogits, logits *tensor.Tensor, labels []int, smoothing float64) float64 {
	n, d := logits.Batch(), make([]float64, logits.Shape[1])
	var total float64
	for i, label := range labels {
		total += l.example(dlogits.Image(i), d, logits.Image(i), label, smoothing, n)
	}
	return total / float64(n)
}

// example returns the loss of one example of n, leaves its gradient in d, and writes the gradient
// of its share of the mean to dlogits.
func (l Loss) example(dlogits []float32, d []float64, z []float32, label int, smoothing float64, n int) float64 {
	loss := l.one(d, z, label, smoothing)
	for k, v := range d {
		dlogits[k] = float32(v / float64(n))
	}
	return loss
}

// one returns the loss of one example and writes its gradient to d.
func (l Loss) one(d []float64, z []float32, label int, smoothing float64) float64 {
	switch l {
	case Softplus:
		var sum float64
		for k, v := range z {
			t := smoothing / 2
			if k == label {
				t = 1 - smoothing/2
			}
			d[k] = Sigmoid(float64(v)) - t
			sum += softplus(float64(v)) - float64(t*float64(v))
		}
		return sum
	case Hinge:
		loss := 1 - attack.Margin.Eval(d, z, &attack.Direction{Toward: []int{label}})
		if loss <= 0 {
			clear(d)
			return 0
		}
		for k := range d {
			d[k] = -d[k]
		}
		return loss
	}
	// The gradient is p - t. Eval gives -(p - onehot) to full precision, even where p is close to
	// 1.
	logP := attack.LogProbability.Eval(d, z, &attack.Direction{Toward: []int{label}})
	for k := range d {
		d[k] = -d[k]
	}
	if smoothing == 0 {
		return -logP
	}
	each := smoothing / float64(len(z))
	var sum float64 // of all log p
	for k, v := range z {
		sum += float64(v) - float64(z[label]) + logP
		d[k] -= each
	}
	d[label] += smoothing
	return -float64((1-smoothing)*logP) - float64(each*sum)
}

// divergence returns KL(p || q) = sum_k p_k log(p_k/q_k) of the softmax of two logits, and writes
// its gradients: dz = p (log(p/q) - KL) for the first, dw = q - p for the second.
func divergence(dz, dw []float64, z, w []float32) float64 {
	p, q := make([]float64, len(z)), make([]float64, len(z))
	attack.Softmax(p, z)
	attack.Softmax(q, w)
	// log p_k = z_k + a and log q_k = w_k + b.
	a := attack.LogProbability.Eval(dz, z, &attack.Direction{Toward: []int{0}}) - float64(z[0])
	b := attack.LogProbability.Eval(dw, w, &attack.Direction{Toward: []int{0}}) - float64(w[0])
	var kl float64
	for k := range p {
		dz[k] = (float64(z[k]) + a) - (float64(w[k]) + b)
		kl += float64(p[k] * dz[k])
	}
	for k := range p {
		dz[k] = p[k] * (dz[k] - kl)
		dw[k] = q[k] - p[k]
	}
	return kl
}

// parseName returns the index of name in a list, ignoring case.
func parseName(name string, list []string, kind string) (int, error) {
	if i := names.Index(name, list); i >= 0 {
		return i, nil
	}
	return 0, &Error{Msg: fmt.Sprintf("unknown %s %q", kind, name), Advice: "known are " + strings.Join(list, ", ")}
}
