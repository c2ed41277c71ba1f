package attacks

import "hoodwink/attack"

// FGSM is the fast gradient sign method: one step of length eps along the direction of steepest
// ascent. Eps must be finite. Too weak for most targets.
//
// Paper: Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial Examples",
// arXiv:1412.6572. Norm: Linf (the paper's), and the others by their own
// steepest ascent.
type FGSM struct {
	Loss attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (FGSM) Info() attack.Info {
	return attack.Info{
		Name: "fgsm", Title: "fast gradient sign method", TitleZh: "快速梯度符号法",
		Paper:  "Goodfellow, Shlens, Szegedy, Explaining and Harnessing Adversarial Examples, arXiv:1412.6572",
		Norms:  everyNorm,
		Access: attack.Gradients,
		Says:   "One step as large as eps allows, in the direction in which the loss rises fastest: quick and weak.",
		SaysZh: "沿损失上升最快的方向走一步，步长即 eps：快，但弱。",
	}
}

// Attack implements attack.Attack.
func (a FGSM) Attack(t *attack.Trial) {
	if err := limited(t.Eps, t.Eps, false); err != nil {
		t.Fail(err)
		return
	}
	descend(t, descent{steps: 1, restarts: 1, size: t.Eps, loss: a.Loss})
}
