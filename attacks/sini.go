package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// SINI is the scale-invariant Nesterov iterative method: NI with the mean of the gradients at copies
// of the picture that are 1, 2, 4, 8 and 16 times as dark. Each is the gradient with respect to the
// picture itself, so that the darker a copy, the less it weighs.
//
// Paper: Lin, Song, He, Wang, Hopcroft, "Nesterov Accelerated Gradient and Scale Invariance for
// Adversarial Attacks", arXiv:1908.06281. Norm: Linf.
type SINI struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay    float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Copies   int         `set:"copies" min:"1" max:"24" default:"5" doc:"copies, each half as bright as the one before" zh:"副本数，每个亮度为前一个的一半"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (SINI) Info() attack.Info {
	return attack.Info{
		Name: "sini", Title: "scale-invariant Nesterov iterative method", TitleZh: "尺度不变 Nesterov 迭代法",
		Paper:  "Lin, Song, He, Wang, Hopcroft, Nesterov Accelerated Gradient and Scale Invariance for Adversarial Attacks, arXiv:1908.06281",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Like ni, but averages the gradients of darker and darker copies of the picture, which transfers better.",
		SaysZh: "与 ni 相似，但对越来越暗的多个副本的梯度取平均，迁移性更好。",
	}
}

// Attack implements attack.Attack.
func (a SINI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	m := newMomentum(t, a.Decay)
	d.gradient, d.ascend = copies{t, m, d.size, d.loss, cmp.Or(a.Copies, 5)}.gradient(), m.ascend(d.size)
	descend(t, d)
}

// Without implements conform.Extension: with one copy it is NI.
func (a SINI) Without(float64) (off, base attack.Attack) {
	off = SINI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, Copies: 1, Loss: a.Loss}
	return off, NI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, Loss: a.Loss}
}

// Converged implements conform.Converging.
func (a SINI) Converged() attack.Attack { return SINI{Steps: 400, Loss: a.Loss} }
