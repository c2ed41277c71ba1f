package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// PGDAdam is PGD that steps as the optimiser Adam does: each value by the ratio of the running mean of
// its gradients and the root of that of their squares, both corrected for their start at zero. The
// first step is PGD's. A restart begins with nothing.
//
// Papers: Kingma, Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980, with its
// parameters .9, .999 and 1e-8; Madry et al., arXiv:1706.06083. Norm: Linf.
type PGDAdam struct {
	Steps         int         `set:"steps" min:"1" max:"1000000000" default:"40" doc:"largest number of steps of each restart" zh:"每次重启最多步数"`
	StepSize      float64     `set:"step" unit:"size" default:"eps/30, more with fewer than 40 steps" defaultzh:"eps/30，不足 40 步时更大" doc:"size of a step" zh:"步长"`
	Restarts      int         `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points that may be tried" zh:"最多尝试的起点数"`
	NoRandomStart bool        `set:"no-random-start" default:"false" doc:"start from the original; eps may be infinite then" zh:"从原图出发；此时 eps 可为无穷"`
	Loss          attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (PGDAdam) Info() attack.Info {
	return attack.Info{
		Name: "pgd-adam", Title: "projected gradient descent with Adam", TitleZh: "Adam 投影梯度下降",
		Paper:  "Kingma, Ba, Adam: A Method for Stochastic Optimization, arXiv:1412.6980",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Like pgd, but each pixel's step shrinks where its gradient keeps changing its sign.",
		SaysZh: "与 pgd 相似，但某像素的梯度反复变号时，其步长随之缩小。",
	}
}

// Adam's parameters.
const (
	adamMean   = 0.9
	adamSquare = 0.999
	adamTiny   = 1e-8
)

// Attack implements attack.Attack.
func (a PGDAdam) Attack(t *attack.Trial) {
	d := descent{steps: cmp.Or(a.Steps, 40), restarts: cmp.Or(a.Restarts, 1), random: !a.NoRandomStart, loss: a.Loss}
	d.size = derived(a.StepSize, 4./3, t.Eps, 40, d.steps)
	if err := startable(t.Eps, d); err != nil {
		t.Fail(err)
		return
	}
	mean, square := t.New(), t.New()
	step, first := 0, 0. // the scale of the first gradient is that of all
	d.start = func([]float32) {
		clear(mean)
		clear(square)
		step = 0
	}
	d.ascend = func(v, g []float32, s attack.Sight) {
		if step++; step == 1 {
			first = s.Scale
		}
		scale := first / s.Scale
		correctMean, correctSquare := 1-math.Pow(adamMean, float64(step)), 1-math.Pow(adamSquare, float64(step))
		for i := range g {
			x := scale * float64(g[i])
			mean[i] = float32(adamMean*float64(mean[i]) + (1-adamMean)*x)
			square[i] = float32(adamSquare*float64(square[i]) + (1-adamSquare)*x*x)
			v[i] += float32(d.size * float64(mean[i]) / correctMean / (math.Sqrt(float64(square[i])/correctSquare) + adamTiny))
		}
	}
	descend(t, d)
}

// Converged implements conform.Converging.
func (a PGDAdam) Converged() attack.Attack {
	return PGDAdam{Steps: 400, NoRandomStart: true, Loss: a.Loss}
}
