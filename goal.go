package hoodwink

import (
	"errors"
	"fmt"

	"hoodwink/attack"
	"hoodwink/model"
)

// Become is the goal that a model classifies a picture as class, with at least the probability prob
// if that is above 0: attack.Targeted, or attack.Labels if each label is on or off by itself.
func Become(m *model.Model, class int, prob float64) attack.Goal {
	if m.MultiLabel() {
		return attack.Labels{On: []int{class}, Prob: prob}
	}
	return attack.Targeted{Class: class, Prob: prob, Logs: m.Logarithms()}
}

// Leave is the goal that a model classifies a picture as none of some classes:
// attack.Misclassification, or attack.Labels if each label is on or off by itself.
func Leave(m *model.Model, classes ...int) attack.Goal {
	if m.MultiLabel() {
		return attack.Labels{Off: classes}
	}
	return attack.Misclassification{Classes: classes}
}

// leaveOwn is the goal of anything but what a model sees: that its top class is another, or that every
// label is off that is on.
func leaveOwn(m *model.Model, logits []float32) (attack.Goal, error) {
	if !m.MultiLabel() {
		return Leave(m, m.Top(logits, 1)[0].Index), nil
	}
	var on []int
	for k, z := range logits {
		if z > 0 {
			on = append(on, k)
		}
	}
	if on == nil {
		return nil, errors.New("no label is on that could be switched off")
	}
	return Leave(m, on...), nil
}

// checkGoal returns an error if a goal does not fit the model's kind of outputs.
func checkGoal(m *model.Model, c attack.Goal) error {
	switch _, labels := c.(attack.Labels); {
	case labels && !m.MultiLabel():
		return fmt.Errorf("the classes of %s exclude each other: a goal of labels makes no sense", m.Name)
	case !labels && m.MultiLabel():
		return fmt.Errorf("each label of %s is on or off by itself: want a goal of attack.Labels, as Become and Leave make", m.Name)
	}
	return nil
}

// probability returns the summed probability of a set of classes, or that of the likeliest if each
// label is on or off by itself.
func probability(m *model.Model, logits []float32, classes []int) float64 {
	p := make([]float64, len(logits))
	m.Probs(p, logits)
	var sum, most float64
	for _, c := range classes {
		sum += p[c]
		most = max(most, p[c])
	}
	if m.MultiLabel() {
		return most
	}
	return sum
}

// notFinite names the model in an attack's error about a result that is not finite.
func notFinite(m *model.Model, err error) error {
	if errors.Is(err, attack.ErrNotFinite) {
		return &model.NotFiniteError{Model: m.Name, Err: err}
	}
	return err
}
