package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// FMN is the fast minimum-norm attack: steps along the gradient of the margin, each projected onto a ball
// around the original. Its radius is first an estimate of where the boundary is, and then shrinks while
// the picture fools and grows while it does not.
//
// Paper: Pintor, Roli, Brendel, Biggio, "Fast Minimum-norm Adversarial Attacks through Adaptive Norm
// Constraints", arXiv:2102.12827. Norms: L0, L1, L2, Linf. Gradients have the length 1 in L2, whatever the
// norm. For Linf the first step is the 10 that its paper has for MNIST and AttackBench for all. The nearest
// point of the ball is looked for within the bounds: clamped afterwards, as published, a step may stop
// short of the boundary for ever.
type FMN struct {
	Steps int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"number of steps" zh:"步数"`
	Alpha float64 `set:"alpha" max:"1000000" default:"10 in linf, 1 otherwise" defaultzh:"linf 为 10，其余为 1" doc:"length of the first step; the last one has 1 % of it" zh:"第一步的长度；最后一步为其 1 %"`
	Gamma float64 `set:"gamma" max:"1" default:"0.05" doc:"by what part the radius changes at the first step; at the last one by 2 % of that" zh:"第一步半径变化的比例；最后一步为其 2 %"`
}

// Info implements attack.Attack.
func (FMN) Info() attack.Info {
	return attack.Info{
		Name: "fmn", Title: "fast minimum-norm attack", TitleZh: "快速最小范数攻击",
		Paper:   fmnPaper,
		Norms:   []attack.Norm{attack.L2, attack.Linf, attack.L1, attack.L0, attack.L0Values},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Steps within a ball that shrinks while the picture fools and grows while it does not: one attack for every norm.",
		SaysZh:  "在一个球内走步：已骗过时球缩小，未骗过时球放大；一种攻击适用于所有范数。",
	}
}

const fmnPaper = "Pintor, Roli, Brendel, Biggio, Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints, arXiv:2102.12827"

// Attack implements attack.Attack.
func (a FMN) Attack(t *attack.Trial) { a.walk(t, false) }

// FMNSphere is FMN in L2 with every step projected onto the sphere, not into the ball, as in some programs
// of that name. It is not the paper's attack, and finds smaller changes where gradients are masked.
type FMNSphere FMN

// Info implements attack.Attack.
func (FMNSphere) Info() attack.Info {
	return attack.Info{
		Name: "fmn-sphere", Title: "fast minimum-norm attack on the sphere", TitleZh: "球面上的快速最小范数攻击",
		Paper:   fmnPaper + "; a variant",
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "As fmn, but every step ends at the ball's surface: not its paper's, and often better where gradients are masked.",
		SaysZh:  "与 fmn 相同，但每步都落在球面上：并非原论文的方法，梯度被掩盖时往往更好。",
	}
}

// Attack implements attack.Attack.
func (a FMNSphere) Attack(t *attack.Trial) { FMN(a).walk(t, true) }

// walk takes the steps of FMN, and of the version on the sphere.
func (a FMN) walk(t *attack.Trial, sphere bool) {
	alpha, counts := cmp.Or(a.Alpha, 1), t.Norm.Counts() != ""
	if t.Norm == attack.Linf {
		alpha = cmp.Or(a.Alpha, 10)
	}
	steps, first := cmp.Or(a.Steps, 100), cmp.Or(a.Gamma, 0.05)
	v, g, loss := t.New(), t.New(), attack.Loss(boundaryOf(t))
	copy(v, t.X)
	ball := t.Ball
	ball.Eps = math.Inf(1)
	if counts {
		ball.Eps = 1
	}
	best := math.Inf(1)
	for i := range steps {
		s, ok := t.Gradient(g, v, loss)
		if !ok || i == 0 && s.Met {
			return
		}
		size, gamma := t.Size(v), annealed(first, first/50, i, steps)
		if s.Met {
			best = min(best, size)
		}
		switch {
		case counts && s.Met:
			ball.Eps = max(0, min(ball.Eps-1, math.Floor(ball.Eps*(1-gamma)), best))
		case counts:
			ball.Eps = max(ball.Eps+1, math.Floor(ball.Eps*(1+gamma)))
		case s.Met:
			ball.Eps = min(ball.Eps*(1-gamma), best)
		case !math.IsInf(best, 1):
			ball.Eps *= 1 + gamma
		case !s.Flat:
			ball.Eps = size + (math.Abs(s.Loss)+1e-5)*s.Scale/t.Norm.Dual(g, t.Channels)
		}
		add(v, annealed(alpha, alpha/100, i, steps)/max(1e-12, length(g)), g)
		if size := t.Size(v); sphere && size > 0 && size < ball.Eps {
			for j, x := range t.X {
				v[j] = float32(float64(x) + float64(ball.Eps/size*(float64(v[j])-float64(x))))
			}
		} else {
			ball.Project(v)
		}
		t.Clamp(v)
	}
}

// Converged implements conform.Converging.
func (FMN) Converged() attack.Attack { return FMN{Steps: 1000} }
