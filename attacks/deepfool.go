package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// DeepFool goes to the nearest class boundary, taken for a hyperplane, and from there to the one that is
// nearest then, until the goal is met.
//
// Paper: Moosavi-Dezfooli, Fawzi, Frossard, "DeepFool: a simple and accurate method to fool deep neural
// networks", arXiv:1511.04599. Norms: L2, Linf.
//
// A picture stays within the bounds, which the authors' code does not see to, and each step goes beyond
// its hyperplane by the overshoot. Where a class is to be reached, there is one boundary.
type DeepFool struct {
	Steps     int     `set:"steps" min:"1" max:"1000000000" default:"50" doc:"largest number of steps" zh:"最多步数"`
	Classes   int     `set:"classes" min:"2" max:"1000" default:"10" doc:"the likeliest classes of the original, whose boundaries are looked at" zh:"考察原图最可能的多少个类别的边界"`
	Overshoot float64 `set:"overshoot" max:"10" default:"0.02" doc:"by what part of its length a step goes beyond the boundary" zh:"每步越过边界的比例"`
}

// Info implements attack.Attack.
func (DeepFool) Info() attack.Info {
	return attack.Info{
		Name: "deepfool", Title: "DeepFool", TitleZh: "DeepFool",
		Paper:   "Moosavi-Dezfooli, Fawzi, Frossard, DeepFool: a simple and accurate method to fool deep neural networks, arXiv:1511.04599",
		Norms:   []attack.Norm{attack.L2, attack.Linf},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Steps straight to the nearest class boundary until one is crossed: a small change in very few steps.",
		SaysZh:  "直奔最近的类别边界，直到越过为止：步数极少，改动很小。",
	}
}

// Attack implements attack.Attack.
func (a DeepFool) Attack(t *attack.Trial) {
	s, ok := t.Score(t.X, boundaryOf(t))
	if !ok || s.Met {
		return
	}
	v := t.New()
	copy(v, t.X)
	a.walk(t, newHyperplanes(t, s.Logits, cmp.Or(a.Classes, 10)-1), v)
}

// walk takes v over a boundary, and reports whether it came there and the trial goes on. The gradient
// of that boundary is then in p.w.
func (a DeepFool) walk(t *attack.Trial, p *hyperplanes, v []float32) bool {
	for range cmp.Or(a.Steps, 50) {
		f, s, ok := p.nearest(v)
		if !ok || s.Met {
			return ok
		}
		distance := (math.Abs(f) + 1e-4) / t.Norm.Dual(p.w, t.Channels)
		if math.IsInf(distance, 1) { // a gradient of zeros leads nowhere
			return false
		}
		t.Ascend(v, p.w, (1+cmp.Or(a.Overshoot, 0.02))*distance)
		t.Clamp(v)
	}
	s, ok := t.Score(v, p.loss)
	return ok && s.Met
}
