package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// SigmaZero looks for the change of the fewest values: it minimises what the margin lacks and a smooth
// count of the values that change, and makes the smallest changes zero after every step. What counts as
// small grows while the picture fools and shrinks while it does not.
//
// Paper: Cina, Villani, Pintor, Schoenherr, Biggio, Pelillo, "Sigma-zero: Gradient-based Optimization of
// l0-norm Adversarial Examples", arXiv:2402.01879. Norms: L0Values, as published, and L0.
type SigmaZero struct {
	Steps     int     `set:"steps" min:"1" max:"1000000000" default:"1000" doc:"number of steps" zh:"步数"`
	Rate      float64 `set:"rate" max:"1000" default:"1" doc:"first learning rate of Adam; it falls to a tenth" zh:"Adam 的初始学习率；逐渐降到十分之一"`
	Sigma     float64 `set:"sigma" max:"1" default:"0.001" doc:"how sharp the count is" zh:"计数的平滑程度"`
	Threshold float64 `set:"threshold" max:"1" default:"0.3" doc:"changes that are smaller become zero, at first" zh:"初始时小于此值的改动归零"`
	Adapt     float64 `set:"adapt" max:"1" default:"0.01" doc:"by what part of the learning rate the threshold moves at a step" zh:"阈值每步移动量与学习率之比"`
}

// Info implements attack.Attack.
func (SigmaZero) Info() attack.Info {
	return attack.Info{
		Name: "sigma-zero", Title: "sigma-zero", TitleZh: "σ-zero",
		Paper:   "Cina, Villani, Pintor, Schoenherr, Biggio, Pelillo, Sigma-zero: Gradient-based Optimization of l0-norm Adversarial Examples, arXiv:2402.01879",
		Norms:   []attack.Norm{attack.L0, attack.L0Values},
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Changes as few values as it can, by a smooth count of them and by dropping the small ones: the strongest for few pixels.",
		SaysZh:  "用平滑计数并舍去小改动，使改变的数值尽量少：改动少数像素时最强。",
	}
}

// Attack implements attack.Attack.
func (a SigmaZero) Attack(t *attack.Trial) {
	v, d, g, step, loss := t.New(), t.New(), t.New(), newAdam(t), attack.Loss(boundaryOf(t))
	copy(v, t.X)
	steps, first := cmp.Or(a.Steps, 1000), cmp.Or(a.Rate, 1)
	sigma, threshold := cmp.Or(a.Sigma, 1e-3), cmp.Or(a.Threshold, 0.3)
	for k := range steps {
		s, ok := t.Gradient(g, v, loss)
		if !ok || k == 0 && s.Met {
			return
		}
		weight := 1 / s.Scale
		if s.Loss > 0 {
			weight = 0
		}
		var largest float64
		for i, c := range d {
			square := float64(float64(c) * float64(c))
			count := 2 * float64(c) * sigma / ((square + sigma) * (square + sigma)) / float64(len(d))
			g[i] = float32(count - float64(weight*float64(g[i])))
			largest = max(largest, math.Abs(float64(g[i])))
		}
		for i := range g {
			g[i] = float32(float64(g[i]) / max(1e-30, largest))
		}
		t.Cover(g)
		rate := annealed(first, first/10, k, steps)
		step.move(d, g, rate)
		for i, x := range t.X {
			v[i] = x + d[i]
		}
		t.Clamp(v)
		moved := cmp.Or(a.Adapt, 0.01) * rate
		for i, x := range t.X {
			if d[i] = v[i] - x; math.Abs(float64(d[i])) < threshold {
				d[i], v[i] = 0, x
			}
		}
		if s.Met {
			threshold = min(1, threshold+moved)
		} else {
			threshold = max(0, threshold-moved)
		}
	}
}

// Converged implements conform.Converging.
func (SigmaZero) Converged() attack.Attack { return SigmaZero{} }
