package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// VNI is the variance-tuned Nesterov method: NI with the correction of VMI, whose neighbours are those of
// the point ahead.
//
// Paper: Wang, He, "Enhancing the Transferability of Adversarial Attacks through Variance Tuning",
// arXiv:2103.15571. Norm: Linf.
type VNI struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Neighbours int         `set:"neighbours" min:"1" max:"1000" default:"20" doc:"neighbours whose gradients are taken in each step" zh:"每一步中求梯度的邻近点数"`
	Beta       float64     `set:"beta" min:"0.001" max:"100" default:"1.5" doc:"how far they may be, as a multiple of eps" zh:"邻近点的最远距离（eps 的倍数）"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (VNI) Info() attack.Info {
	return attack.Info{
		Name: "vni", Title: "variance-tuned Nesterov method", TitleZh: "方差调整 Nesterov 法",
		Paper:  "Wang, He, Enhancing the Transferability of Adversarial Attacks through Variance Tuning, arXiv:2103.15571",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Like ni, but looks at 20 points around each step and corrects what is special about the one ahead.",
		SaysZh: "与 ni 相似，但每步还考察周围 20 个点，以修正前方位置梯度的偶然性。",
	}
}

// Attack implements attack.Attack.
func (a VNI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	m := newMomentum(t, a.Decay)
	d.gradient, d.ascend = copies{t, m, d.size, d.loss, 1}.gradient(), m.ascend(d.size)
	ahead := func(v []float32) []float32 { return m.look(v, d.size) }
	d.gradient = tuned(t, d, ahead, cmp.Or(a.Neighbours, 20), cmp.Or(a.Beta, 1.5))
	descend(t, d)
}

// Without implements conform.Extension: in the last step nothing is corrected any more.
func (a VNI) Without(eps float64) (off, base attack.Attack) {
	return VNI{Steps: 1, StepSize: a.StepSize, Loss: a.Loss}, NI{Steps: 1, StepSize: a.StepSize, Loss: a.Loss}
}
