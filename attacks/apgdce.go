package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// APGDCE is auto-PGD on the cross-entropy: projected gradient descent with momentum that halves its own
// step size when the loss stops rising, so that nothing needs to be tuned.
//
// Papers: Croce, Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", arXiv:2003.01690; for L1, "Mind the box: l1-APGD for sparse adversarial
// attacks on image classifiers", arXiv:2103.01208. Norms: Linf, L2, L1.
type APGDCE struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"steps of each restart" zh:"每次重启的步数"`
	Restarts int     `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points that may be tried" zh:"最多尝试的起点数"`
	Rho      float64 `set:"rho" max:"1" default:"0.75" doc:"the step is halved where fewer of the steps than this share went up" zh:"使损失上升的步数低于此比例时步长减半"`
	Plain    bool    `set:"plain-l1" default:"false" doc:"in l1, never leave the ball of eps; otherwise the first steps are in larger ones" zh:"在 l1 中始终不离开 eps 球；否则前期在更大的球中进行"`
	Draws    int     `set:"draws" min:"1" max:"1000" default:"1" doc:"gradients of a point, of which the mean is followed: for models with random numbers" zh:"每点求几次梯度并取平均：适用于自身带随机性的模型"`
}

// Info implements attack.Attack.
func (APGDCE) Info() attack.Info {
	return attack.Info{
		Name: "apgd-ce", Title: "auto-PGD on the cross-entropy", TitleZh: "自动 PGD（交叉熵）",
		Paper:  autoPaper,
		Norms:  apgdNorms,
		Access: attack.Gradients,
		Says:   "As pgd, but it finds its step size by itself: nothing to tune, and the first attack of AutoAttack.",
		SaysZh: "与 pgd 类似，但自行调整步长，无需调参；是 AutoAttack 的第一个攻击。",
	}
}

const autoPaper = "Croce, Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks, arXiv:2003.01690"

// Attack implements attack.Attack.
func (a APGDCE) Attack(t *attack.Trial) {
	apgd{a.Steps, a.Restarts, a.Rho, a.Plain, a.Draws, attack.LogProbability}.attack(t)
}

// attack judges the original and then climbs.
func (a apgd) attack(t *attack.Trial) {
	if err := limited(t.Eps, t.Eps, true); err != nil {
		t.Fail(err)
		return
	}
	if _, ok := t.Score(t.X, a.loss); ok {
		a.withDefaults().climb(t)
	}
}

// withDefaults replaces zeros by the published numbers.
func (a apgd) withDefaults() apgd {
	a.steps, a.restarts, a.rho = cmp.Or(a.steps, 100), cmp.Or(a.restarts, 1), cmp.Or(a.rho, 0.75)
	a.draws = cmp.Or(a.draws, 1)
	return a
}
