package attacks

import "hoodwink/attack"

// NI is the Nesterov iterative method: MI whose gradient is taken one step ahead, where the momentum
// leads. That point is no candidate; each step's own point is classified besides.
//
// Paper: Lin, Song, He, Wang, Hopcroft, "Nesterov Accelerated Gradient and Scale Invariance for
// Adversarial Attacks", arXiv:1908.06281. Norm: Linf.
type NI struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay    float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (NI) Info() attack.Info {
	return attack.Info{
		Name: "ni", Title: "Nesterov iterative method", TitleZh: "Nesterov 迭代法",
		Paper:  "Lin, Song, He, Wang, Hopcroft, Nesterov Accelerated Gradient and Scale Invariance for Adversarial Attacks, arXiv:1908.06281",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Like mi, but asks for the gradient where the momentum will lead next, and so turns earlier.",
		SaysZh: "与 mi 相似，但在动量将要到达之处求梯度，因而更早转向。",
	}
}

// Attack implements attack.Attack.
func (a NI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	m := newMomentum(t, a.Decay)
	d.gradient, d.ascend = copies{t, m, d.size, d.loss, 1}.gradient(), m.ascend(d.size)
	descend(t, d)
}

// Without implements conform.Extension: in the first step there is no momentum to look ahead by.
func (a NI) Without(eps float64) (off, base attack.Attack) {
	return NI{Steps: 1, Decay: a.Decay, Loss: a.Loss}, MI{Steps: 1, Decay: a.Decay, Loss: a.Loss}
}

// Converged implements conform.Converging.
func (a NI) Converged() attack.Attack { return NI{Steps: 400, Loss: a.Loss} }
