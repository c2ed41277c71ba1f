package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// PDPGD is the primal-dual proximal gradient attack: a step of Adam that fools more, and then the proximal
// operator of the norm, which makes the change smaller in just that norm. The weights of the two follow
// whether the picture fools.
//
// Paper: Matyasko, Chau, "PDPGD: Primal-Dual Proximal Gradient Descent Adversarial Attack",
// arXiv:2106.01538. Norms: L2, Linf, L1.
type PDPGD struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"500" doc:"number of steps" zh:"步数"`
	Rate     float64 `set:"rate" max:"1000" default:"0.1" doc:"first learning rate of the change; the last one has 1 % of it" zh:"改动的初始学习率；最后为其 1 %"`
	Ratio    float64 `set:"ratio" max:"1" default:"0.01" doc:"first weight of the size against that of success" zh:"大小与成功的初始权重之比"`
	DualRate float64 `set:"dual-rate" max:"1000" default:"0.1" doc:"first learning rate of the weights; the last one has a tenth of it" zh:"权重的初始学习率；最后为其十分之一"`
}

// Info implements attack.Attack.
func (PDPGD) Info() attack.Info {
	return attack.Info{
		Name: "pdpgd", Title: "primal-dual proximal gradient descent", TitleZh: "原始-对偶近端梯度下降",
		Paper:   pdpgdPaper,
		Norms:   []attack.Norm{attack.L2, attack.Linf, attack.L1},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Steps that fool more, each followed by the shrinking that suits the norm: among the smallest changes, above all in l1.",
		SaysZh:  "先走更能骗过的一步，再按该范数缩小改动：改动属于最小之列，l1 中尤佳。",
	}
}

const pdpgdPaper = "Matyasko, Chau, PDPGD: Primal-Dual Proximal Gradient Descent Adversarial Attack, arXiv:2106.01538"

// Attack implements attack.Attack.
func (a PDPGD) Attack(t *attack.Trial) {
	target, shrink := t.New(), newProximal(t)
	a.walk(t, func(d, g []float32, step *adam, size, fool, rate float64) {
		step.see(g)
		copy(target, d)
		var widest float64
		for i := range d {
			target[i] = float32(float64(d[i]) - float64(rate*step.mean(i))/step.width(i))
			widest = max(widest, step.width(i))
		}
		// The nearest point to the target where the norm counts too, in the metric of Adam.
		copy(d, target)
		for range 5 {
			for i := range d {
				d[i] -= float32(step.width(i) / widest * float64(d[i]-target[i]))
			}
			shrink.by(d, rate*size/fool/widest)
			clampChange(t, d)
		}
	})
}

// PDGD is PDPGD without the proximal operator: the length of the change is part of what Adam minimises.
//
// Paper: Matyasko, Chau, "PDPGD: Primal-Dual Proximal Gradient Descent Adversarial Attack",
// arXiv:2106.01538. Norm: L2.
type PDGD PDPGD

// Info implements attack.Attack.
func (PDGD) Info() attack.Info {
	return attack.Info{
		Name: "pdgd", Title: "primal-dual gradient descent", TitleZh: "原始-对偶梯度下降",
		Paper:   pdpgdPaper,
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Weighs size against success, and learns the weights while it walks: among the smallest changes in l2.",
		SaysZh:  "边走边学改动大小与成功的权重：在 l2 中改动属于最小之列。",
	}
}

// Attack implements attack.Attack.
func (a PDGD) Attack(t *attack.Trial) {
	PDPGD(a).walk(t, func(d, g []float32, step *adam, size, fool, rate float64) {
		size /= max(1e-12, length(d))
		for i := range g {
			g[i] = float32(float64(fool*float64(g[i])) + float64(size*float64(d[i])))
		}
		step.move(d, g, rate)
		clampChange(t, d)
	})
}

// walk takes the steps of both. move changes d down g, the gradient of what is to be lower for success, with
// the weights of size and of success, and a learning rate.
func (a PDPGD) walk(t *attack.Trial, move func(d, g []float32, step *adam, size, fool, rate float64)) {
	v, d, g, step, loss := t.New(), t.New(), t.New(), newAdam(t), attack.Loss(boundaryOf(t))
	copy(v, t.X)
	steps, ratio := cmp.Or(a.Steps, 500), cmp.Or(a.Ratio, 0.01)
	dual := -math.Log(ratio) // of success, less that of size
	size := ratio / (1 + ratio)
	for k := range steps {
		s, ok := t.Gradient(g, v, loss)
		if !ok || k == 0 && s.Met {
			return
		}
		slope := 1 / (1 + math.Exp(s.Loss)) / s.Scale // of softplus
		for i := range g {
			g[i] = float32(-slope * float64(g[i]))
		}
		part := float64(k) / float64(steps)
		move(d, g, step, size, 1-size, cmp.Or(a.Rate, 0.1)*math.Pow(0.01, part))
		t.Cover(d)
		for i, x := range t.X {
			g[i] = x + d[i]
		}
		t.Clamp(g)
		t.Round(v, g) // where the result is to be a file, of its levels
		rate := cmp.Or(a.DualRate, 0.1) * math.Pow(0.1, part)
		if s.Met {
			rate = -rate
		}
		dual += rate
		size = float64(0.9*size) + 0.1/(1+math.Exp(dual))
	}
}

// clampChange brings a change to where it leaves the bounds.
func clampChange(t *attack.Trial, d []float32) {
	for i, x := range t.X {
		d[i] = min(max(x+d[i], t.Lo), t.Hi) - x
	}
}

// proximal makes changes smaller, each as its norm demands.
type proximal struct {
	norm attack.Norm
	ball attack.Ball // of L1, around a change of zeros
	near []float32
}

func newProximal(t *attack.Trial) *proximal {
	inf := float32(math.Inf(1))
	zero := t.New()
	return &proximal{t.Norm, attack.Ball{Norm: attack.L1, X: zero, Channels: t.Channels, Lo: -inf, Hi: inf}, t.New()}
}

// by sets d to the minimum of |z-d|^2/2 + weight * norm(z).
func (p *proximal) by(d []float32, weight float64) {
	switch p.norm {
	case attack.L1:
		for i, x := range d {
			d[i] = float32(float64(sign(x)) * max(0, math.Abs(float64(x))-weight))
		}
	case attack.L2:
		scale := max(0, 1-weight/max(1e-30, length(d)))
		for i := range d {
			d[i] = float32(scale * float64(d[i]))
		}
	case attack.Linf: // less its projection onto the ball of the dual norm
		copy(p.near, d)
		p.ball.Eps = weight
		p.ball.Project(p.near)
		for i, x := range p.near {
			d[i] -= x
		}
	}
}
