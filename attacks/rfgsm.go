package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// RFGSM is FGSM after a random step: first every value goes part*eps up or down, by chance, and then
// the rest of eps along the gradient that is found there. It gets away from where the gradient at the
// picture itself says nothing.
//
// Paper: Tramèr et al., "Ensemble Adversarial Training: Attacks and Defenses", arXiv:1705.07204. Norm:
// Linf.
type RFGSM struct {
	Part float64     `set:"part" min:"0.001" max:"0.999" default:"0.5" doc:"the random step's part of eps" zh:"随机步占 eps 的比例"`
	Loss attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (RFGSM) Info() attack.Info {
	return attack.Info{
		Name: "rfgsm", Title: "random step and fast gradient sign method", TitleZh: "随机步快速梯度符号法",
		Paper:  "Tramèr, Kurakin, Papernot, Goodfellow, Boneh, McDaniel, Ensemble Adversarial Training: Attacks and Defenses, arXiv:1705.07204",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "A small random step, then one along the gradient: fools networks whose gradient at the picture itself misleads.",
		SaysZh: "先走一小步随机扰动，再沿梯度走一步：可骗过在原图处梯度有误导性的网络。",
	}
}

// Attack implements attack.Attack.
func (a RFGSM) Attack(t *attack.Trial) {
	if err := limited(t.Eps, t.Eps, true); err != nil {
		t.Fail(err)
		return
	}
	part := t.Eps * cmp.Or(a.Part, 0.5)
	descend(t, descent{steps: 1, restarts: 1, size: t.Eps - part, loss: a.Loss, start: func(v []float32) {
		for i, x := range t.X {
			v[i] = float32(float64(x) + part*float64(2*t.Rand.IntN(2)-1))
		}
	}})
}
