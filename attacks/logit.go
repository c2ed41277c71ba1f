package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// Logit is the targeted attack that transfers: the logit of the target is raised by very many steps of
// MI with DI's copies and TI's blur. The logit has a gradient however sure the network is, where that
// of the cross-entropy vanishes.
//
// Paper: Zhao, Liu, Larson, "On Success and Simplicity: A Second Look at Transferable Targeted
// Attacks", arXiv:2012.11207. Norm: Linf. To transfer it must go on when the picture fools: ask for a
// high probability.
type Logit struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"300" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64 `set:"step" unit:"size" default:"eps/8" doc:"size of a step" zh:"步长"`
	Decay    float64 `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Rate     float64 `set:"rate" min:"0.1" max:"1" default:"0.9" doc:"smallest size of a copy, as a part of the picture's; 1 switches copies off" zh:"副本的最小尺寸占原图的比例；1 表示不用副本"`
	Prob     float64 `set:"prob" min:"0.001" max:"1" default:"0.7" doc:"how often a copy is taken" zh:"使用副本的概率"`
	Kernel   int     `set:"kernel" min:"1" max:"101" default:"5, less on small pictures" defaultzh:"5，小图片更小" doc:"width of the blur in pixels, an odd number" zh:"模糊核的宽度（像素，奇数）"`
}

// Info implements attack.Attack.
func (Logit) Info() attack.Info {
	return attack.Info{
		Name: "logit", Title: "targeted transfer by the logit", TitleZh: "logit 定向迁移攻击",
		Paper:  "Zhao, Liu, Larson, On Success and Simplicity: A Second Look at Transferable Targeted Attacks, arXiv:2012.11207",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Hundreds of steps that raise the score of the wanted class itself: for a class that other networks are to see, too.",
		SaysZh: "用数百步直接提高目标类别的得分：让其他网络也看成所要的类别。",
	}
}

// Attack implements attack.Attack.
func (a Logit) Attack(t *attack.Trial) {
	d := descent{steps: cmp.Or(a.Steps, 300), restarts: 1, size: cmp.Or(a.StepSize, t.Eps/8), loss: attack.Logit}
	kernel, err := kernelOf(t, a.Kernel, 5)
	if err == nil {
		err = limited(t.Eps, d.size, false)
	}
	if err != nil {
		t.Fail(err)
		return
	}
	d.gradient = blurred(t, kernel, diverse(t, cmp.Or(a.Rate, 0.9), cmp.Or(a.Prob, 0.7), d.loss))
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	descend(t, d)
}

// Without implements conform.Extension: without copies and blur it is MI.
func (a Logit) Without(eps float64) (off, base attack.Attack) {
	return Logit{Steps: 10, StepSize: eps / 8, Rate: 1, Kernel: 1}, MI{Steps: 10, StepSize: eps / 8, Loss: attack.Logit}
}

// Converged implements conform.Converging.
func (a Logit) Converged() attack.Attack { return Logit{Rate: 1} }
