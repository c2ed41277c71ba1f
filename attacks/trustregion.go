package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// TR is the trust region attack: steps towards the class boundary that looks nearest from the original,
// none longer than the radius within which the model is trusted to be linear. The radius grows where a step
// gained what it promised, and shrinks where it did not, unless it is fixed.
//
// Paper: Yao, Gholami, Xu, Keutzer, Mahoney, "Trust Region Based Adversarial Attack on Neural Networks",
// arXiv:1812.06371. Norms: L2, Linf. Where the result is to be a file, it goes on beyond the boundary.
type TR struct {
	Steps   int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"largest number of steps" zh:"最多步数"`
	Radius  float64 `set:"radius" unit:"size" default:"0.001" doc:"the radius, unless fixed the first one" zh:"信赖域半径；不固定时为初始半径"`
	Classes int     `set:"classes" min:"1" max:"1000" default:"9" doc:"the likeliest other classes of which the nearest is taken" zh:"在多少个最可能的其他类别中选最近的"`
	Fixed   bool    `set:"fixed" default:"false" doc:"the radius stays as it is" zh:"半径保持不变"`
}

// Info implements attack.Attack.
func (TR) Info() attack.Info {
	return attack.Info{
		Name: "tr", Title: "trust region attack", TitleZh: "信赖域攻击",
		Paper:   "Yao, Gholami, Xu, Keutzer, Mahoney, Trust Region Based Adversarial Attack on Neural Networks, arXiv:1812.06371",
		Norms:   []attack.Norm{attack.L2, attack.Linf},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Goes to the nearest class boundary in steps no longer than the model can be trusted to be straight.",
		SaysZh:  "走向最近的类别边界，步长不超过模型近似线性的范围。",
	}
}

// Attack implements attack.Attack.
func (a TR) Attack(t *attack.Trial) {
	s, ok := t.Score(t.X, boundaryOf(t))
	if !ok || s.Met {
		return
	}
	v, next := t.New(), t.New()
	copy(v, t.X)
	p := newHyperplanes(t, s.Logits, cmp.Or(a.Classes, 9))
	f, s, ok := p.nearest(v)
	loss := p.loss
	if p.rival >= 0 {
		loss = boundary{toward: p.rival}
		s.Scale = 1
	}
	radius := cmp.Or(a.Radius, 1e-3)
	for range cmp.Or(a.Steps, 100) {
		if !ok {
			return
		}
		slope := t.Norm.Dual(p.w, t.Channels)
		size := min(radius, 1.02*(math.Abs(f)+1e-4)/slope)
		if math.IsNaN(size) || slope == 0 {
			return
		}
		copy(next, v)
		t.Ascend(next, p.w, size)
		t.Clamp(next)
		if !a.Fixed {
			after, ok := t.Score(next, loss)
			if !ok || after.Met && !t.Rounds() {
				return
			}
			switch gained := (after.Loss - f/s.Scale) * s.Scale / (slope * size); {
			case gained > 0.9:
				radius *= 1.2
			case gained < 0.5:
				radius /= 1.2
			}
		}
		copy(v, next)
		if s, ok = t.Gradient(p.w, v, loss); s.Met && !t.Rounds() {
			return
		}
		f = s.Loss * s.Scale
	}
	t.Score(v, loss)
}
