package attack

import (
	"errors"
	"fmt"
	"math"

	"hoodwink/tensor"
)

// A Goal says when a picture counts as adversarial, and which way to push it there. Its JSON, as
// [MarshalGoal] writes it, can be read back.
type Goal interface {
	// Met reports whether logits (K) satisfy the goal.
	Met(logits []float32) bool

	// Direct writes which classes are to rise or to fall to d, whose Clean it leaves alone, for a
	// picture whose logits (K) are known.
	Direct(d *Direction, logits []float32)

	// Check returns an error unless the goal makes sense among k classes.
	Check(k int) error
}

// Misclassification is met when the top class is not one of Classes: the picture has been pushed
// away from its class, or from several at once.
type Misclassification struct{ Classes []int }

// Targeted is met when Class is the top class and its softmax probability is at
// least Prob, which may be 0.
type Targeted struct {
	Class int
	Prob  float64

	// Logs says that the logits are logarithms of probabilities. Prob is then compared with these
	// probabilities as they are, since rounded ones need not add up to 1.
	Logs bool `json:",omitempty"`
}

// Met implements Goal.
func (c Misclassification) Met(logits []float32) bool {
	top := tensor.Argmax(logits)
	for _, k := range c.Classes {
		if k == top {
			return false
		}
	}
	return top >= 0
}

// Direct implements Goal.
func (c Misclassification) Direct(d *Direction, _ []float32) {
	Direct(d, nil, c.Classes)
}

// Check implements Goal.
func (c Misclassification) Check(k int) error {
	if err := checkClasses(c.Classes, k); err != nil {
		return err
	}
	if len(c.Classes) == k {
		return fmt.Errorf("all %d classes are to be left: none remains", k)
	}
	return nil
}

// checkClasses returns an error unless classes names at least one of k classes,
// and none twice.
func checkClasses(classes []int, k int) error {
	if len(classes) == 0 {
		return errors.New("no class is named: want at least one")
	}
	seen := make(map[int]bool, len(classes))
	for _, class := range classes {
		if err := checkClass(class, k); err != nil {
			return err
		}
		if seen[class] {
			return fmt.Errorf("class %d is named twice", class)
		}
		seen[class] = true
	}
	return nil
}

// checkClass returns an error unless class is one of k.
func checkClass(class, k int) error {
	switch {
	case class < 0:
		return fmt.Errorf("class %d is below 0", class)
	case class >= k:
		return fmt.Errorf("class %d is outside 0..%d", class, k-1)
	}
	return nil
}

// Met implements Goal.
func (c Targeted) Met(logits []float32) bool {
	if tensor.Argmax(logits) != c.Class {
		return false
	}
	if c.Logs {
		return math.Exp(float64(logits[c.Class])) >= c.Prob
	}
	return c.Prob <= 0 || math.Exp(logProb(logits, c.Class)) >= c.Prob
}

// Direct implements Goal.
func (c Targeted) Direct(d *Direction, _ []float32) {
	d.Toward, d.Away, d.Labels = append(d.Toward[:0], c.Class), d.Away[:0], false
}

// Check implements Goal.
func (c Targeted) Check(k int) error {
	if err := checkClass(c.Class, k); err != nil {
		return err
	}
	if !(c.Prob <= 1) || c.Prob < 0 {
		return fmt.Errorf("probability %g is outside [0,1]", c.Prob)
	}
	return nil
}

// Direct writes classes that are to rise and to fall to d, whose Clean it leaves alone.
func Direct(d *Direction, toward, away []int) {
	d.Toward, d.Away, d.Labels = append(d.Toward[:0], toward...), append(d.Away[:0], away...), false
}

// Classes returns the classes that a goal is about: those to be reached (toward), or, if there are
// none, those to be left.
func Classes(g Goal) (classes []int, toward bool) {
	var d Direction
	g.Direct(&d, nil)
	if len(d.Toward) > 0 {
		return d.Toward, true
	}
	return d.Away, false
}
