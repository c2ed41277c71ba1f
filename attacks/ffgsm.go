package attacks

import "hoodwink/attack"

// FFGSM is the fast FGSM of adversarial training: from a random point of the ball one step of 1.25
// eps, and back into the ball.
//
// Paper: Wong, Rice, Kolter, "Fast is better than free: Revisiting adversarial training",
// arXiv:2001.03994. Norm: Linf.
type FFGSM struct {
	StepSize float64     `set:"step" unit:"size" default:"5/4 eps" defaultzh:"eps 的 5/4" doc:"size of the step" zh:"步长"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (FFGSM) Info() attack.Info {
	return attack.Info{
		Name: "ffgsm", Title: "fast FGSM with a random start", TitleZh: "随机起点的快速 FGSM",
		Paper:  "Wong, Rice, Kolter, Fast is better than free: Revisiting adversarial training, arXiv:2001.03994",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "One large step along the gradient from a random point near the picture: what fast adversarial training uses.",
		SaysZh: "从原图附近的随机点沿梯度走一大步：快速对抗训练所用的攻击。",
	}
}

// Attack implements attack.Attack.
func (a FFGSM) Attack(t *attack.Trial) {
	size := derived(a.StepSize, 1.25, t.Eps, 1, 1)
	if err := limited(t.Eps, size, true); err != nil {
		t.Fail(err)
		return
	}
	descend(t, descent{steps: 1, restarts: 1, size: size, random: true, loss: a.Loss})
}

// Without implements conform.Extension: it is PGD of one step.
func (a FFGSM) Without(eps float64) (off, base attack.Attack) {
	return FFGSM{StepSize: 1.25 * eps, Loss: a.Loss}, PGD{Steps: 1, StepSize: 1.25 * eps, Loss: a.Loss}
}
