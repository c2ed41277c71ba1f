package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// GRA is the gradient relevance attack: MI that follows the more of the mean gradient of random
// neighbours, the less that of the picture agrees with it, and takes smaller steps in values whose
// direction has changed:
//
//	s = cosine of g and the mean G of the neighbours' gradients
//	m = decay*m + (s*g + (1-s)*G), normalised
//	M = M, times eta where m has changed its sign; 1/eta at first
//	v = v + size*M*sign(m)
//
// Paper: Zhu et al., "Boosting Adversarial Transferability via Gradient Relevance Attack", ICCV 2023.
// Norm: Linf.
type GRA struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Neighbours int         `set:"neighbours" min:"1" max:"1000" default:"20" doc:"neighbours whose gradients are taken in each step" zh:"每一步中求梯度的邻近点数"`
	Beta       float64     `set:"beta" min:"0.001" max:"100" default:"3.5" doc:"how far they may be, as a multiple of eps" zh:"邻近点的最远距离（eps 的倍数）"`
	Eta        float64     `set:"eta" min:"0.001" max:"1" default:"0.94" doc:"what is left of a value's step where its direction changes" zh:"方向改变处步长所保留的比例"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (GRA) Info() attack.Info {
	return attack.Info{
		Name: "gra", Title: "gradient relevance attack", TitleZh: "梯度相关性攻击",
		Paper:  "Zhu, Ren, Sui, Yang, Jiang, Boosting Adversarial Transferability via Gradient Relevance Attack, ICCV 2023",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Trusts the picture's own gradient only as far as those of 20 points around agree with it.",
		SaysZh: "只在周围 20 个点的梯度与之一致的程度上相信原位置的梯度。",
	}
}

// Attack implements attack.Attack.
func (a GRA) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	n, eta := cmp.Or(a.Neighbours, 20), cmp.Or(a.Eta, 0.94)
	around, ok := neighbourhood(t, cmp.Or(a.Beta, 3.5))
	if !ok {
		return
	}
	near, mean, both := t.New(), newSum(t), newSum(t)
	own := d.gradient
	d.gradient = func(g, v []float32) (s attack.Sight, ok bool) {
		if s, ok = own(g, v); !ok || s.Flat {
			return s, ok
		}
		mean.clear()
		around.X = v
		for range n {
			around.Random(near, t.Rand)
			if !mean.gradient(near, a.Loss, 1/float64(n)) {
				return s, false
			}
		}
		t.Cover(mean.total)
		agree := cosine(g, mean.total)
		both.clear()
		both.add(g, s.Scale, agree)
		both.add(mean.total, mean.scale, 1-agree)
		s.Scale = both.write(g)
		return s, true
	}
	m, part, before := newMomentum(t, a.Decay), t.New(), t.New()
	for i := range part {
		part[i] = float32(1 / eta)
	}
	d.ascend = func(v, g []float32, _ attack.Sight) {
		copy(before, m.m)
		for i, now := range m.add(g) {
			if sign(now) != sign(before[i]) {
				part[i] *= float32(eta)
			}
			v[i] += float32(d.size * float64(part[i]) * sign(now))
		}
	}
	descend(t, d)
}

// cosine returns that of the angle between a and b, 0 where one of them is zero.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, x := range a {
		y := float64(b[i])
		ab += float64(x) * y
		aa += float64(x) * float64(x)
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa) / math.Sqrt(bb)
}

// Converged implements conform.Converging.
func (a GRA) Converged() attack.Attack { return GRA{Steps: 20, Neighbours: 2, Loss: a.Loss} }
