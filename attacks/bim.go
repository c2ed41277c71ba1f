package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// BIM is the basic iterative method, also called iterative FGSM: small steps from the original, each
// followed by a projection onto the ball of radius eps.
//
// Paper: Kurakin, Goodfellow, Bengio, "Adversarial examples in the physical world",
// arXiv:1607.02533. Norm: Linf (the paper's), and the others by their own
// steepest ascent.
type BIM struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/5, more with fewer than 10 steps" defaultzh:"eps/5，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Exact    bool        `set:"exact" default:"false" doc:"in l2, project onto ball and bounds together, not one after the other" zh:"在 l2 中同时投影到球与取值范围，而非先后进行"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (BIM) Info() attack.Info {
	return attack.Info{
		Name: "bim", Title: "basic iterative method", TitleZh: "基本迭代法",
		Paper:  "Kurakin, Goodfellow, Bengio, Adversarial examples in the physical world, arXiv:1607.02533",
		Norms:  everyNorm,
		Access: attack.Gradients,
		Says:   "Many small steps along the gradient from the picture itself, never farther than eps: the article's attack.",
		SaysZh: "从原图出发沿梯度走许多小步，始终不超出 eps：文章中所用的攻击。",
	}
}

// Attack implements attack.Attack.
func (a BIM) Attack(t *attack.Trial) {
	steps := cmp.Or(a.Steps, 10)
	size := derived(a.StepSize, 2, t.Eps, 10, steps)
	if err := limited(t.Eps, size, false); err != nil {
		t.Fail(err)
		return
	}
	descend(t, descent{steps: steps, restarts: 1, size: size, exact: a.Exact, loss: a.Loss})
}

// Without implements conform.Extension: one step of length eps is FGSM.
func (a BIM) Without(eps float64) (off, base attack.Attack) {
	return BIM{Steps: 1, StepSize: eps, Loss: a.Loss}, FGSM{Loss: a.Loss}
}

// Converged implements conform.Converging.
func (a BIM) Converged() attack.Attack { return BIM{Steps: 400, Exact: true, Loss: a.Loss} }
