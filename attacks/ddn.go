package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// DDN decouples the direction of a change from its norm: the direction follows the gradient of the
// cross-entropy, and the norm shrinks a little where the picture fools and grows a little where it does
// not.
//
// Paper: Rony, Hafemann, Oliveira, Ben Ayed, Sabourin, Granger, "Decoupling Direction and Norm for
// Efficient Gradient-Based L2 Adversarial Attacks and Defenses", arXiv:1811.09600. Norm: L2.
//
// The paper rounds every change to the 256 levels of a file. So does this where the result is to be a
// file, to its levels. Where it is not, changes stay as they are unless Levels says otherwise.
type DDN struct {
	Steps  int         `set:"steps" min:"1" max:"1000000000" default:"100" doc:"number of steps" zh:"步数"`
	Gamma  float64     `set:"gamma" max:"1" default:"0.05" doc:"by what part the norm shrinks or grows at a step" zh:"每步范数缩放的比例"`
	Norm   float64     `set:"norm" unit:"size" default:"1" doc:"the first norm" zh:"初始范数"`
	Loss   attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
	Levels int         `set:"levels" min:"2" max:"65536" default:"those of the file, none without one" defaultzh:"同文件的级数；结果不是文件时不取整" doc:"to how many levels changes are rounded" zh:"改动取整到多少级"`
}

// Info implements attack.Attack.
func (DDN) Info() attack.Info {
	return attack.Info{
		Name: "ddn", Title: "decoupled direction and norm", TitleZh: "方向与范数解耦",
		Paper:   "Rony, Hafemann, Oliveira, Ben Ayed, Sabourin, Granger, Decoupling Direction and Norm for Efficient Gradient-Based L2 Adversarial Attacks and Defenses, arXiv:1811.09600",
		Norms:   []attack.Norm{attack.L2},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Follows the gradient, and lets the change shrink while it fools and grow while it does not: small in few steps.",
		SaysZh:  "沿梯度调整方向；已骗过时缩小改动，未骗过时放大：步数少而改动小。",
	}
}

// Attack implements attack.Attack.
func (a DDN) Attack(t *attack.Trial) {
	steps, gamma, norm := cmp.Or(a.Steps, 100), cmp.Or(a.Gamma, 0.05), cmp.Or(a.Norm, 1)
	top := float64(cmp.Or(a.Levels, t.Levels) - 1)
	v, d, g := t.New(), t.New(), t.New()
	copy(v, t.X)
	for i := range steps {
		s, ok := t.Gradient(g, v, a.Loss)
		switch {
		case !ok || i == 0 && s.Met:
			return
		case s.Met:
			norm *= 1 - gamma
		default:
			norm *= 1 + gamma
		}
		if s.Flat {
			for j := range g {
				g[j] = float32(t.Rand.NormFloat64())
			}
			t.Cover(g)
		}
		add(d, annealed(1, 0.01, i, steps)/length(g), g)
		scale := norm / length(d)
		for j, x := range t.X {
			change := scale * float64(d[j])
			if top > 0 {
				change = math.RoundToEven(change*top) / top
			}
			v[j] = min(max(float32(float64(x)+change), t.Lo), t.Hi)
			d[j] = v[j] - x
		}
	}
}

// Converged implements conform.Converging.
func (DDN) Converged() attack.Attack { return DDN{Steps: 1000, Gamma: 0.01} }
