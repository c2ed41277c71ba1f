package attacks

import (
	"cmp"
	"slices"

	"hoodwink/attack"
)

// SparseL1 is sparse L1 descent: steps that change only the values with the largest gradients, each
// equally much, with an exact projection onto the L1 ball. Values at a bound that the step would
// push beyond it are left out before the largest are chosen.
//
// Paper: Tramèr, Boneh, "Adversarial Training and Robustness for Multiple Perturbations",
// arXiv:1904.13000. Norm: L1.
type SparseL1 struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/5, more with fewer than 10 steps" defaultzh:"eps/5，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Quantile float64     `set:"quantile" max:"1" default:"0.99" doc:"the share of values that a step leaves alone" zh:"每步保持不变的值所占比例"`
	Random   bool        `set:"random-start" default:"false" doc:"start from a random point of the ball" zh:"从球内随机点出发"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (SparseL1) Info() attack.Info {
	return attack.Info{
		Name: "sparse-l1", Title: "sparse L1 descent", TitleZh: "稀疏 L1 下降",
		Paper:  "Tramèr, Boneh, Adversarial Training and Robustness for Multiple Perturbations, arXiv:1904.13000",
		Norms:  []attack.Norm{attack.L1},
		Access: attack.Gradients,
		Says:   "Every step changes the one per cent of values that count most, all equally much: pgd as it works in l1.",
		SaysZh: "每一步只改动影响最大的百分之一的值，且改动量相同：适合 l1 的 pgd。",
	}
}

// Attack implements attack.Attack.
func (a SparseL1) Attack(t *attack.Trial) {
	steps := cmp.Or(a.Steps, 10)
	size := derived(a.StepSize, 2, t.Eps, 10, steps)
	if err := limited(t.Eps, size, a.Random); err != nil {
		t.Fail(err)
		return
	}
	if _, ok := t.Score(t.X, a.Loss); !ok {
		return
	}
	v, g, magnitude := t.New(), t.New(), t.New()
	t.Start(v, a.Random)
	for range steps {
		s, ok := t.Gradient(g, v, a.Loss)
		if !ok {
			return
		}
		if s.Flat {
			break
		}
		for i, d := range g {
			if v[i] <= t.Lo && d < 0 || v[i] >= t.Hi && d > 0 {
				g[i] = 0
			}
		}
		sparseStep(v, g, magnitude, float64(len(v))*(1-cmp.Or(a.Quantile, 0.99)), size)
		t.Confine(v)
	}
	t.Settle(v, a.Loss)
}

// sparseStep adds to v a step along g whose L1 norm is size, equally large in the n values with the
// largest gradients, at least one, and in those that tie with them. magnitude is its memory.
func sparseStep(v, g, magnitude []float32, n, size float64) {
	for i, d := range g {
		magnitude[i] = max(d, -d)
	}
	slices.Sort(magnitude)
	threshold := magnitude[min(max(int(float64(len(g))-n), 0), len(g)-1)]
	moved := func(d float32) bool { return d != 0 && max(d, -d) >= threshold }
	count := 0.
	for _, d := range g {
		if moved(d) {
			count++
		}
	}
	for i, d := range g {
		switch {
		case !moved(d):
		case d < 0:
			v[i] = float32(float64(v[i]) - size/count)
		default:
			v[i] = float32(float64(v[i]) + size/count)
		}
	}
}
