package attacks

import "hoodwink/attack"

// APGDDLR is auto-PGD on the difference of logits ratio, a loss that does not change when all logits are
// multiplied: it sees a way where the cross-entropy of a very sure model is flat.
//
// Paper: as of [APGDCE]. Norms: Linf, L2, L1.
type APGDDLR struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"steps of each restart" zh:"每次重启的步数"`
	Restarts int     `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points that may be tried" zh:"最多尝试的起点数"`
	Rho      float64 `set:"rho" max:"1" default:"0.75" doc:"the step is halved where fewer of the steps than this share went up" zh:"使损失上升的步数低于此比例时步长减半"`
	Plain    bool    `set:"plain-l1" default:"false" doc:"in l1, never leave the ball of eps; otherwise the first steps are in larger ones" zh:"在 l1 中始终不离开 eps 球；否则前期在更大的球中进行"`
	Draws    int     `set:"draws" min:"1" max:"1000" default:"1" doc:"gradients of a point, of which the mean is followed: for models with random numbers" zh:"每点求几次梯度并取平均：适用于自身带随机性的模型"`
}

// Info implements attack.Attack.
func (APGDDLR) Info() attack.Info {
	return attack.Info{
		Name: "apgd-dlr", Title: "auto-PGD on the difference of logits ratio", TitleZh: "自动 PGD（logit 差之比）",
		Paper:   autoPaper,
		Norms:   apgdNorms,
		Access:  attack.Gradients,
		Classes: 3,
		Says:    "As apgd-ce, with a loss that does not care how sure the model is: for models whose probabilities are all 0 or 1.",
		SaysZh:  "与 apgd-ce 相同，但所用损失与模型的自信程度无关：适用于概率总是 0 或 1 的模型。",
	}
}

// Attack implements attack.Attack.
func (a APGDDLR) Attack(t *attack.Trial) {
	apgd{a.Steps, a.Restarts, a.Rho, a.Plain, a.Draws, attack.DLR}.attack(t)
}
