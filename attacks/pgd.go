package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// PGD is projected gradient descent from a random point of the ball of radius eps, with restarts
// from other random points for the pictures that still resist.
//
// Paper: Madry, Makelov, Schmidt, Tsipras, Vladu, "Towards Deep Learning Models Resistant to
// Adversarial Attacks", arXiv:1706.06083. Norm: Linf (the paper's), and the others by their own
// steepest ascent.
//
// The default step is eps/30 for Linf, which is the paper's 0.01 for an eps of 0.3, and eps/40 for
// the others. If there are fewer steps than by default, they are larger, so that together they still cover
// 4/3 eps or 5/4 eps.
type PGD struct {
	Steps         int         `set:"steps" min:"1" max:"1000000000" default:"40 in linf, 50 otherwise" defaultzh:"linf 为 40，其余为 50" doc:"largest number of steps of each restart" zh:"每次重启最多步数"`
	StepSize      float64     `set:"step" unit:"size" default:"eps/30 in linf, eps/40 otherwise; more with fewer steps" defaultzh:"linf 为 eps/30，其余为 eps/40；步数较少时更大" doc:"size of a step" zh:"步长"`
	Restarts      int         `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points that may be tried" zh:"最多尝试的起点数"`
	NoRandomStart bool        `set:"no-random-start" default:"false" doc:"start from the original; eps may be infinite then" zh:"从原图出发；此时 eps 可为无穷"`
	Exact         bool        `set:"exact" default:"false" doc:"in l2, project onto ball and bounds together, not one after the other" zh:"在 l2 中同时投影到球与取值范围，而非先后进行"`
	Loss          attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (PGD) Info() attack.Info {
	return attack.Info{
		Name: "pgd", Title: "projected gradient descent", TitleZh: "投影梯度下降",
		Paper:  "Madry, Makelov, Schmidt, Tsipras, Vladu, Towards Deep Learning Models Resistant to Adversarial Attacks, arXiv:1706.06083",
		Norms:  everyNorm,
		Access: attack.Gradients,
		Says:   "Many small steps along the gradient from a random point near the picture, and again from others: the usual measure.",
		SaysZh: "从原图附近的随机点出发沿梯度走许多小步，并可换起点重来：最常用的衡量方法。",
	}
}

// Attack implements attack.Attack.
func (a PGD) Attack(t *attack.Trial) {
	published, reach := 50, 5.0/4
	if t.Norm == attack.Linf {
		published, reach = 40, 4.0/3
	}
	steps, restarts := cmp.Or(a.Steps, published), cmp.Or(a.Restarts, 1)
	size := derived(a.StepSize, reach, t.Eps, published, steps)
	d := descent{steps: steps, restarts: restarts, size: size, random: !a.NoRandomStart, exact: a.Exact, loss: a.Loss}
	if err := startable(t.Eps, d); err != nil {
		t.Fail(err)
		return
	}
	descend(t, d)
}

// Without implements conform.Extension: from the original it is BIM.
func (a PGD) Without(eps float64) (off, base attack.Attack) {
	off = PGD{Steps: cmp.Or(a.Steps, 40), StepSize: eps / 10, NoRandomStart: true, Exact: a.Exact, Loss: a.Loss}
	return off, BIM{Steps: cmp.Or(a.Steps, 40), StepSize: eps / 10, Exact: a.Exact, Loss: a.Loss}
}

// Converged implements conform.Converging.
func (a PGD) Converged() attack.Attack {
	return PGD{Steps: 400, NoRandomStart: true, Exact: true, Loss: a.Loss}
}
