package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// TPGD is the attack of TRADES: PGD that climbs the divergence of the probabilities from those of the
// picture, whatever its class. At the picture itself that has no gradient, so it starts beside, at
// Gaussian noise of a deviation of .001.
//
// Paper: Zhang et al., "Theoretically Principled Trade-off between Robustness and Accuracy",
// arXiv:1901.08573. Norm: Linf and L2.
type TPGD struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64 `set:"step" unit:"size" default:"eps/4, more with fewer than 10 steps" defaultzh:"eps/4，不足 10 步时更大" doc:"size of a step" zh:"步长"`
}

// Info implements attack.Attack.
func (TPGD) Info() attack.Info {
	return attack.Info{
		Name: "tpgd", Title: "projected gradient descent of TRADES", TitleZh: "TRADES 投影梯度下降",
		Paper:  "Zhang, Yu, Jiao, Xing, El Ghaoui, Jordan, Theoretically Principled Trade-off between Robustness and Accuracy, arXiv:1901.08573",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Moves the network's probabilities as far as it can from what they were, without asking for the right class.",
		SaysZh: "使网络的概率尽量偏离原来的值，而不需要知道正确类别。",
	}
}

// Attack implements attack.Attack.
func (a TPGD) Attack(t *attack.Trial) {
	d := descent{steps: cmp.Or(a.Steps, 10), restarts: 1, exact: true, loss: attack.KL}
	d.size = derived(a.StepSize, 2.5, t.Eps, 10, d.steps)
	if err := limited(t.Eps, d.size, false); err != nil {
		t.Fail(err)
		return
	}
	if _, ok := t.Decide(t.X); !ok { // with the logits from which the divergence is
		return
	}
	d.start = func(v []float32) {
		for i, x := range t.X {
			v[i] = float32(float64(x) + 0.001*t.Rand.NormFloat64())
		}
	}
	descend(t, d)
}
