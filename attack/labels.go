package attack

import (
	"fmt"
	"math"
	"slices"
)

// Labels is the criterion for a network whose labels are independent, each on or off, as with one
// sigmoid for each label: label k is on with probability sigmoid(z_k), whatever the others are. It
// is met when every label of On is on and every label of Off is off.
//
// A label has two logits, 0 and z_k, and the losses are computed from these. With t_k = z_k for
// labels of On and -z_k for those of Off, and p_k = sigmoid(t_k) the probability that a label is as
// wanted, the function that an attack climbs and its derivative with respect to t_k are
//
//	LogProbability  sum of log p_k      1 - p_k
//	Probability     P, product of p_k   P (1 - p_k)
//	Logit           sum of t_k          1
//	Margin          smallest t_k        1 at the smallest, 0 elsewhere
type Labels struct {
	On, Off []int

	// Prob, if above 0, is the probability that each label must at least have of being as wanted.
	// Otherwise more than 1/2 is enough.
	Prob float64
}

// Met implements Criterion.
func (c Labels) Met(logits []float32) bool {
	met := func(t float64) bool { return t > 0 && (c.Prob <= 0 || sigmoid(t) >= c.Prob) }
	return !slices.ContainsFunc(c.On, func(k int) bool { return !met(float64(logits[k])) }) &&
		!slices.ContainsFunc(c.Off, func(k int) bool { return !met(-float64(logits[k])) })
}

// Goal implements Criterion: it returns On, or Off if that is empty.
func (c Labels) Goal() ([]int, bool) {
	if len(c.On) > 0 {
		return c.On, true
	}
	return c.Off, false
}

// Check implements Criterion.
func (c Labels) Check(k int) error {
	if err := checkClasses(slices.Concat(c.On, c.Off), k); err != nil {
		return err
	}
	if !(c.Prob <= 1) || c.Prob < 0 {
		return fmt.Errorf("probability %g is outside [0,1]", c.Prob)
	}
	return nil
}

// climb implements climber.
func (c Labels) climb(l Loss, dlogits []float64, logits []float32) float64 {
	clear(dlogits)
	value, least, at := 0., math.Inf(1), 0
	each := func(classes []int, sign float64) {
		for _, k := range classes {
			t := sign * float64(logits[k])
			if t < least {
				least, at = t, k
			}
			switch l {
			case Logit:
				value += t
				dlogits[k] = sign
			case Margin:
				dlogits[k] = sign // kept at the smallest only
			default:
				value -= softplus(-t)
				dlogits[k] = sign * sigmoid(-t)
			}
		}
	}
	each(c.On, 1)
	each(c.Off, -1)
	switch l {
	case Margin:
		sign := dlogits[at]
		clear(dlogits)
		value, dlogits[at] = least, sign
	case Probability:
		value = math.Exp(value)
		for k := range dlogits {
			dlogits[k] *= value
		}
	}
	return value
}

// A climber is a Criterion that defines the function that an attack climbs to meet it. climb
// returns its value and writes its gradient with respect to the logits.
type climber interface {
	climb(l Loss, dlogits []float64, logits []float32) float64
}

// climb returns the value of the function that an attack climbs to meet a criterion with the goal
// classes, and writes its gradient with respect to the logits. It is the loss of the classes, or
// its negative if they are to be left.
func (l Loss) climb(dlogits []float64, logits []float32, c Criterion, classes []int, toward bool) float64 {
	if own, ok := c.(climber); ok {
		return own.climb(l, dlogits, logits)
	}
	value := l.Eval(dlogits, logits, classes)
	if toward {
		return value
	}
	for k := range dlogits {
		dlogits[k] = -dlogits[k]
	}
	return -value
}
