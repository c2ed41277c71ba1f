package attack

import (
	"fmt"
	"slices"
)

// Labels is the goal for a network whose labels are independent, each on or off, as with one
// sigmoid for each label: label k is on with probability sigmoid(z_k), whatever the others are. It
// is met when every label of On is on and every label of Off is off.
//
// A label has two logits, 0 and z_k, and the losses are computed from these: see [Loss].
type Labels struct {
	On, Off []int

	// Prob, if above 0, is the probability that each label must at least have of being as wanted.
	// Otherwise more than 1/2 is enough.
	Prob float64
}

// Met implements Goal.
func (c Labels) Met(logits []float32) bool {
	met := func(t float64) bool { return t > 0 && (c.Prob <= 0 || sigmoid(t) >= c.Prob) }
	return !slices.ContainsFunc(c.On, func(k int) bool { return !met(float64(logits[k])) }) &&
		!slices.ContainsFunc(c.Off, func(k int) bool { return !met(-float64(logits[k])) })
}

// Direct implements Goal.
func (c Labels) Direct(d *Direction, _ []float32) {
	d.Toward, d.Away, d.Labels = append(d.Toward[:0], c.On...), append(d.Away[:0], c.Off...), true
}

// Check implements Goal.
func (c Labels) Check(k int) error {
	if err := checkClasses(slices.Concat(c.On, c.Off), k); err != nil {
		return err
	}
	if !(c.Prob <= 1) || c.Prob < 0 {
		return fmt.Errorf("probability %g is outside [0,1]", c.Prob)
	}
	return nil
}
