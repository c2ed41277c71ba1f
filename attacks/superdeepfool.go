package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// SuperDeepFool is DeepFool until a boundary is crossed, and then a projection of the change onto the
// boundary's normal there, again and again until the projected picture fools, too: the smallest change is
// along the normal. A search along the change ends it.
//
// Paper: Abdollahpour, Moosavi-Dezfooli, Frossard, "Revisiting DeepFool: generalization and improvement",
// arXiv:2303.12481. Norm: L2. This is its SDF(infinity, 1).
type SuperDeepFool struct {
	Steps      int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"largest number of projections" zh:"最多投影次数"`
	InnerSteps int     `set:"inner-steps" min:"1" max:"1000000000" default:"100" doc:"largest number of steps of DeepFool before a projection" zh:"每次投影前 DeepFool 的最多步数"`
	Classes    int     `set:"classes" min:"2" max:"1000" default:"10" doc:"the likeliest classes of the original, whose boundaries are looked at" zh:"考察原图最可能的多少个类别的边界"`
	Overshoot  float64 `set:"overshoot" max:"10" default:"0.02" doc:"by what part of its length a step of DeepFool goes beyond the boundary" zh:"DeepFool 每步越过边界的比例"`
	Search     int     `set:"search" min:"1" max:"1000" default:"10" doc:"halvings of the last search along the change" zh:"最后沿改动方向二分的次数"`
}

// Info implements attack.Attack.
func (SuperDeepFool) Info() attack.Info {
	return attack.Info{
		Name: "superdeepfool", Title: "SuperDeepFool", TitleZh: "SuperDeepFool",
		Paper:   "Abdollahpour, Moosavi-Dezfooli, Frossard, Revisiting DeepFool: generalization and improvement, arXiv:2303.12481",
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "DeepFool, turned each time towards where the boundary is nearest: smaller changes for some more steps.",
		SaysZh:  "在 DeepFool 每次越过边界后转向离边界最近的方向：多走几步，改动更小。",
	}
}

// Attack implements attack.Attack.
func (a SuperDeepFool) Attack(t *attack.Trial) {
	s, ok := t.Score(t.X, boundaryOf(t))
	if !ok || s.Met {
		return
	}
	v, found := t.New(), t.New()
	copy(v, t.X)
	p := newHyperplanes(t, s.Logits, cmp.Or(a.Classes, 10)-1)
	deepfool := DeepFool{Steps: cmp.Or(a.InnerSteps, 100), Overshoot: a.Overshoot}
	for range cmp.Or(a.Steps, 100) {
		if !deepfool.walk(t, p, v) {
			return
		}
		copy(found, v)
		var along, square float64
		for i, w := range p.w {
			along += float64(float64(w) * (float64(v[i]) - float64(t.X[i])))
			square += float64(float64(w) * float64(w))
		}
		for i, w := range p.w {
			v[i] = float32(float64(t.X[i]) + float64(along/square*float64(w)))
		}
		t.Clamp(v)
		s, ok := t.Score(v, p.loss)
		if !ok {
			return
		}
		if s.Met {
			copy(found, v)
			break
		}
	}
	bisect(t, v, found, p.loss, cmp.Or(a.Search, 10))
}
