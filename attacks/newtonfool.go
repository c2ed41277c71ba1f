package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// NewtonFool lowers the probability of the class by steps of Newton's method, each towards the probability
// of a guess and none longer than a part of the picture's own length, until the goal is met.
//
// Paper: Jang, Wu, Jha, "Objective Metrics and Gradient Descent Algorithms for Adversarial Examples in
// Machine Learning", ACSAC 2017. Norm: L2. Where a class is to be reached, it lowers the probability of
// all others.
type NewtonFool struct {
	Steps int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"largest number of steps" zh:"最多步数"`
	Eta   float64 `set:"eta" max:"1000" default:"0.01" doc:"how long a step may be, as a part of the picture's length" zh:"步长上限占原图长度的比例"`
}

// Info implements attack.Attack.
func (NewtonFool) Info() attack.Info {
	return attack.Info{
		Name: "newtonfool", Title: "NewtonFool", TitleZh: "NewtonFool",
		Paper:   "Jang, Wu, Jha, Objective Metrics and Gradient Descent Algorithms for Adversarial Examples in Machine Learning, ACSAC 2017",
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Lowers the probability of the class in short steps until another one wins: quick, and not the smallest.",
		SaysZh:  "以小步降低该类别的概率，直到另一类别胜出：快，但改动并非最小。",
	}
}

// Attack implements attack.Attack.
func (a NewtonFool) Attack(t *attack.Trial) {
	v, g := t.New(), t.New()
	copy(v, t.X)
	most := cmp.Or(a.Eta, 0.01) * length(t.X)
	for range cmp.Or(a.Steps, 100) {
		s, ok := t.Gradient(g, v, attack.Probability)
		if !ok || s.Met || s.Flat {
			return
		}
		slope := length(g) / s.Scale
		lacks := 1 - s.Loss // of a class to be reached
		if s.Loss < 0 {     // minus the probability of those to be left
			lacks = -s.Loss - 1/float64(t.K)
		}
		add(v, min(most, max(0, lacks)/slope)/length(g), g)
		t.Clamp(v)
	}
	t.Score(v, attack.Probability)
}
