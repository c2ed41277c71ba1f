package attacks

import (
	"cmp"
	"errors"
	"math"

	"hoodwink/attack"
)

// PI is the patch-wise iterative method, with the projection factor of its second version: steps so
// large that they leave the ball, and what is cut off there is given to the pixels around.
//
//	a = a + amplification*size*sign(g)
//	p = project*amplification*size*sign(mean of the 8 neighbours of max(|a|-eps, 0)*sign(a))
//	a = a + p
//	v = v + amplification*size*sign(g) + p
//
// Papers: Gao et al., "Patch-wise Attack for Fooling Deep Neural Network", arXiv:2007.06765, and
// "Patch-wise++ Perturbation for Adversarial Targeted Attacks", arXiv:2012.15503. Norm: Linf.
type PI struct {
	Steps         int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize      float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step before it is amplified" zh:"放大之前的步长"`
	Amplification float64     `set:"amplification" min:"0.1" max:"1000" default:"10" doc:"how much larger steps are" zh:"步长的放大倍数"`
	Project       float64     `set:"project" min:"0.001" max:"100" default:"0.8" doc:"what the pixels around get, as a part of a step" zh:"分给周围像素的量占步长的比例"`
	Kernel        int         `set:"kernel" min:"3" max:"101" default:"3" doc:"width of the patch around a pixel, an odd number" zh:"像素周围区块的宽度（奇数）"`
	Loss          attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (PI) Info() attack.Info {
	return attack.Info{
		Name: "pi", Title: "patch-wise iterative method", TitleZh: "分块迭代法",
		Paper:  "Gao, Zhang, Song, Liu, Shen, Patch-wise Attack for Fooling Deep Neural Network, arXiv:2007.06765",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Very large steps, of which the pixels around get what a pixel may not take: changes whole patches, which transfers.",
		SaysZh: "步长很大，像素无法承受的部分分给周围像素：改动成片，迁移性好。",
	}
}

// Attack implements attack.Attack.
func (a PI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	kernel := cmp.Or(a.Kernel, 3)
	if kernel%2 == 0 {
		t.Fail(errEvenKernel)
		return
	}
	step := d.size * cmp.Or(a.Amplification, 10)
	part := step * cmp.Or(a.Project, 0.8)
	total, cut, patch := t.New(), t.New(), t.New()
	ones := make([]float64, kernel)
	for i := range ones {
		ones[i] = 1
	}
	square := newBlur(t, ones)
	d.ascend = func(v, g []float32, _ attack.Sight) {
		for i := range g {
			move := float32(step * sign(g[i]))
			total[i] += move
			v[i] += move
			cut[i] = float32(max(0, math.Abs(float64(total[i]))-t.Eps) * sign(total[i]))
		}
		copy(patch, cut)
		square.apply(patch)
		for i := range patch {
			move := float32(part * sign(patch[i]-cut[i])) // of the pixels around, without itself
			total[i] += move
			v[i] += move
		}
	}
	descend(t, d)
}

// sign returns 1, -1 or 0.
func sign(v float32) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

var errEvenKernel = errors.New("a kernel of an even number of pixels has no middle: want an odd number")

// Without implements conform.Extension: where steps stay in the ball it is BIM.
func (a PI) Without(eps float64) (off, base attack.Attack) {
	off = PI{Steps: 10, StepSize: eps / 16, Amplification: 1, Kernel: a.Kernel, Loss: a.Loss}
	return off, BIM{Steps: 10, StepSize: eps / 16, Loss: a.Loss}
}
