package attack

import (
	"math"

	"hoodwink/internal/names"
	"hoodwink/tensor"
)

// A Loss is a function of the logits z and a set C of classes. An attack climbs it to reach one of
// the classes and descends it to leave all of them.
//
// With p = softmax(z), P = sum of p over C, and w and u the softmax of z taken inside C and inside
// the other classes alone, the gradients are
//
//	Probability      P (1-P) (w on C, -u elsewhere)
//	LogProbability     (1-P) (w on C, -u elsewhere)
//	Logit                    (1 on C,  0 elsewhere)
//	Margin                   (1 at the best of C, -1 at the best of the others)
//
// The first two have the same direction and differ only in length. In this form they keep their
// full precision when P is close to 0 or to 1. But where the logits of a model are more than about
// 745 apart, 1-P underflows: then both gradients are zero, which says nothing about how hard the
// model is to fool. The last two have a gradient wherever the model has one.
type Loss int

// The losses.
const (
	Auto           Loss = iota // LogProbability until its gradient is zero, then Margin. The default
	LogProbability             // log P, minus the cross-entropy
	// P, as in the article "How to trick a neural network into thinking a panda is a vulture"
	Probability
	Logit  // the sum of z over C
	Margin // max of z over C minus max of z over the other classes
)

var lossNames = [...]string{Auto: "auto", LogProbability: "logprob", Probability: "prob", Logit: "logit", Margin: "margin"}

// String returns the name ParseLoss understands: "auto", "logprob", "prob", "logit", "margin".
func (l Loss) String() string { return names.Of(int(l), lossNames[:], "Loss") }

// MarshalText writes the name of the loss.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// ParseLoss returns the loss of a name, as String writes it, in any case.
func ParseLoss(name string) (Loss, error) {
	i, err := parseName(name, lossNames[:], "loss")
	return Loss(i), err
}

// first returns the loss that an attack begins with.
func (l Loss) first() Loss {
	if l == Auto {
		return LogProbability
	}
	return l
}

// Eval returns the loss of logits (K) for a set of classes, all different, and writes its gradient
// to dlogits (K). If every class is in the set, P is 1 and the Margin is the largest logit. Auto is
// evaluated as LogProbability.
func (l Loss) Eval(dlogits []float64, logits []float32, classes []int) float64 {
	// First, dlogits marks the set: 1 inside, 0 outside.
	clear(dlogits)
	for _, k := range classes {
		dlogits[k] = 1
	}
	switch l {
	case Logit:
		var sum float64
		for _, k := range classes {
			sum += float64(logits[k])
		}
		return sum
	case Margin:
		in, out := largest(logits, dlogits, 1), largest(logits, dlogits, 0)
		clear(dlogits)
		var margin float64
		if in >= 0 {
			dlogits[in] = 1
			margin = float64(logits[in])
		}
		if out >= 0 {
			dlogits[out] = -1
			margin -= float64(logits[out])
		}
		return margin
	}
	topIn, sumIn := sumExp(logits, dlogits, 1)
	topOut, sumOut := sumExp(logits, dlogits, 0)
	odds := topOut - topIn + math.Log(sumOut/sumIn) // log((1-P)/P)
	value, scale := -softplus(odds), sigmoid(odds)
	if l == Probability {
		value = sigmoid(-odds)
		scale *= value
	}
	for k, z := range logits {
		if dlogits[k] == 1 {
			dlogits[k] = scale * math.Exp(float64(z)-topIn) / sumIn
		} else {
			dlogits[k] = -scale * math.Exp(float64(z)-topOut) / sumOut
		}
	}
	return value
}

// Softmax computes dst = exp(logits) / sum(exp(logits)) in float64, for logits of
// any size.
func Softmax(dst []float64, logits []float32) {
	top := tensor.Argmax(logits)
	var sum float64
	for k, z := range logits {
		dst[k] = math.Exp(float64(z) - float64(logits[max(top, 0)]))
		sum += dst[k]
	}
	for k := range logits {
		dst[k] /= sum
	}
}

// logProb returns the logarithm of the softmax probability of class k. It is precise even where the
// probability is close to 0 or 1.
func logProb(logits []float32, k int) float64 {
	z := float64(logits[k])
	top := z
	for _, v := range logits {
		top = math.Max(top, float64(v))
	}
	var others float64 // relative to the largest logit
	for i, v := range logits {
		if i != k {
			others += math.Exp(float64(v) - top)
		}
	}
	if z == top {
		return -math.Log1p(others)
	}
	return z - top - math.Log(math.Exp(z-top)+others)
}

// largest returns the index of the largest logit whose mark is m, -1 if there is none.
func largest(logits []float32, mark []float64, m float64) int {
	at := -1
	for k, z := range logits {
		if mark[k] == m && (at < 0 || z > logits[at]) {
			at = k
		}
	}
	return at
}

// sumExp returns the largest of the logits whose mark is m, and the sum of
// exp(logit-top) over them: -Inf and 0 if there is none.
func sumExp(logits []float32, mark []float64, m float64) (top, sum float64) {
	at := largest(logits, mark, m)
	if at < 0 {
		return math.Inf(-1), 0
	}
	top = float64(logits[at])
	for k, z := range logits {
		if mark[k] == m {
			sum += math.Exp(float64(z) - top)
		}
	}
	return top, sum
}

// Sigmoids computes dst = 1/(1+exp(-logits)), value by value, in float64.
func Sigmoids(dst []float64, logits []float32) {
	for k, z := range logits {
		dst[k] = sigmoid(float64(z))
	}
}

// sigmoid returns 1/(1+exp(-t)), with full relative precision for any t.
func sigmoid(t float64) float64 {
	if t >= 0 {
		return 1 / (1 + math.Exp(-t))
	}
	e := math.Exp(t)
	return e / (1 + e)
}

// softplus returns log(1+exp(t)), with full relative precision for any t.
func softplus(t float64) float64 {
	return math.Max(t, 0) + math.Log1p(math.Exp(-math.Abs(t)))
}
