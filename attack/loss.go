package attack

import (
	"errors"
	"math"

	"hoodwink/tensor"
)

// A Loss is a function of the logits that an attack climbs to get where a [Direction] points.
//
// With p = softmax(z), C the classes of the direction (those to be reached, or those to be left), P
// = sum of p over C, and w and u the softmax of z taken inside C and inside the other classes
// alone, the gradients of the losses of this package are
//
//	Probability      P (1-P) (w on C, -u elsewhere)
//	LogProbability     (1-P) (w on C, -u elsewhere)
//	Logit                    (1 on C,  0 elsewhere)
//	Margin                   (1 at the best of C, -1 at the best of the others)
//
// and their negatives where C is to be left. The first two have the same direction and differ only
// in length. In this form they keep their full precision when P is close to 0 or to 1. But where
// the logits of a model are more than about 745 apart, 1-P underflows: then both gradients are
// zero, which says nothing about how hard the model is to fool. The last two have a gradient
// wherever the model has one.
//
// Where the classes are independent labels, t_k = z_k for labels that are to be on and -z_k for
// those that are to be off, and p_k = sigmoid(t_k) is the probability that a label is as wanted:
//
//	LogProbability  sum of log p_k      1 - p_k
//	Probability     P, product of p_k   P (1 - p_k)
//	Logit           sum of t_k          1
//	Margin          smallest t_k        1 at the smallest, 0 elsewhere
type Loss interface {
	// String is the text from which [ParseLoss] reads the loss: "margin", or "cw:40" with a parameter.
	String() string

	// Eval returns the value at logits (K) and writes its gradient with respect to them to
	// dlogits (K).
	Eval(dlogits []float64, logits []float32, d *Direction) float64

	// Check returns an error unless the loss makes sense for a direction among k classes.
	Check(k int, d *Direction) error
}

// A Direction says which classes are to rise, and which are to fall. A loss that knows only one of
// the two follows Toward, and Away only where that is empty. Classes are all different.
type Direction struct {
	Toward, Away []int
	Labels       bool      // every class is on or off by itself, and Toward and Away both count
	Clean        []float32 // logits of the original, where they are known
}

// simple is a loss without parameters.
type simple int

const (
	auto simple = iota
	logProbability
	probability
	logit
	margin
)

// The losses.
var (
	Auto           Loss = auto           // LogProbability until its gradient is zero, then Margin. The default
	LogProbability Loss = logProbability // log P, minus the cross-entropy
	// P, as in the article "How to trick a neural network into thinking a panda is a vulture"
	Probability Loss = probability
	Logit       Loss = logit  // the sum of z over C
	Margin      Loss = margin // max of z over C minus max of z over the other classes
)

var simpleNames = [...]string{auto: "auto", logProbability: "logprob", probability: "prob", logit: "logit", margin: "margin"}

// String implements Loss.
func (l simple) String() string { return simpleNames[l] }

// isAuto reports whether the choice of the loss is the trial's.
func isAuto(l Loss) bool { return l == nil || l == Auto }

// first returns the loss that an attack begins with. Nil is Auto.
func first(l Loss) Loss {
	if isAuto(l) {
		return LogProbability
	}
	return l
}

// Check implements Loss.
func (l simple) Check(k int, d *Direction) error {
	if l == margin && !d.Labels && k < 2 {
		return errors.New("a margin needs at least 2 classes")
	}
	return nil
}

// Eval implements Loss. If every class is in the set, P is 1 and the Margin is the largest logit.
// Auto is evaluated as LogProbability.
func (l simple) Eval(dlogits []float64, logits []float32, d *Direction) float64 {
	switch {
	case d.Labels:
		return l.labels(dlogits, logits, d)
	case len(d.Toward) > 0:
		return l.toward(dlogits, logits, d.Toward)
	}
	value := l.toward(dlogits, logits, d.Away)
	for k := range dlogits {
		dlogits[k] = -dlogits[k]
	}
	return -value
}

// toward evaluates the loss of classes that are to be reached.
func (l simple) toward(dlogits []float64, logits []float32, classes []int) float64 {
	// First, dlogits marks the set: 1 inside, 0 outside.
	clear(dlogits)
	for _, k := range classes {
		dlogits[k] = 1
	}
	switch l {
	case logit:
		var sum float64
		for _, k := range classes {
			sum += float64(logits[k])
		}
		return sum
	case margin:
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
	if l == probability {
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

// labels evaluates the loss where classes are independent.
func (l simple) labels(dlogits []float64, logits []float32, d *Direction) float64 {
	clear(dlogits)
	value, least, at := 0., math.Inf(1), 0
	each := func(classes []int, sign float64) {
		for _, k := range classes {
			t := sign * float64(logits[k])
			if t < least {
				least, at = t, k
			}
			switch l {
			case logit:
				value += t
				dlogits[k] = sign
			case margin:
				dlogits[k] = sign // kept at the smallest only
			default:
				value -= softplus(-t)
				dlogits[k] = sign * sigmoid(-t)
			}
		}
	}
	each(d.Toward, 1)
	each(d.Away, -1)
	switch l {
	case margin:
		sign := dlogits[at]
		clear(dlogits)
		value, dlogits[at] = least, sign
	case probability:
		value = math.Exp(value)
		for k := range dlogits {
			dlogits[k] *= value
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
