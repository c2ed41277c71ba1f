package attacks

import "hoodwink/attack"

// MI is the momentum iterative method: BIM that follows a running sum of normalised gradients, so that
// its direction holds on other models, too.
//
// Paper: Dong et al., "Boosting Adversarial Attacks with Momentum", arXiv:1710.06081. Norm: Linf and
// L2.
type MI struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	NoMomentum bool        `set:"no-momentum" default:"false" doc:"follow each step's own gradient" zh:"只沿当前梯度"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (MI) Info() attack.Info {
	return attack.Info{
		Name: "mi", Title: "momentum iterative method", TitleZh: "动量迭代法",
		Paper:  "Dong, Liao, Pang, Su, Zhu, Hu, Li, Boosting Adversarial Attacks with Momentum, arXiv:1710.06081",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Steps along the sum of all gradients so far, like a ball that rolls: fools other networks, too, more often.",
		SaysZh: "沿迄今所有梯度之和前进，如同滚动的球：更容易同时骗过其他网络。",
	}
}

// Attack implements attack.Attack.
func (a MI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	if !a.NoMomentum {
		d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	}
	descend(t, d)
}

// Without implements conform.Extension: without momentum it is BIM.
func (a MI) Without(eps float64) (off, base attack.Attack) {
	off = MI{Steps: a.Steps, StepSize: eps / 10, NoMomentum: true, Loss: a.Loss}
	return off, BIM{Steps: a.Steps, StepSize: eps / 10, Exact: true, Loss: a.Loss}
}

// Converged implements conform.Converging.
func (a MI) Converged() attack.Attack { return MI{Steps: 400, StepSize: a.StepSize, Loss: a.Loss} }
