package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// TI is the translation-invariant method: MI whose gradients are blurred by a Gaussian first, which is
// nearly their mean over copies of the picture that were moved. The blur reaches to 3 standard
// deviations.
//
// Paper: Dong, Pang, Su, Zhu, "Evading Defenses to Transferable Adversarial Examples by
// Translation-Invariant Attacks", arXiv:1904.02884. Norm: Linf and L2. The default kernel is the
// paper's 15 pixels wide, and less on pictures below 60 pixels, of which it would cover too much.
type TI struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	NoMomentum bool        `set:"no-momentum" default:"false" doc:"follow each step's own gradient" zh:"只沿当前梯度"`
	Kernel     int         `set:"kernel" min:"1" max:"101" default:"15, less on small pictures" defaultzh:"15，小图片更小" doc:"width of the blur in pixels, an odd number" zh:"模糊核的宽度（像素，奇数）"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (TI) Info() attack.Info {
	return attack.Info{
		Name: "ti", Title: "translation-invariant method", TitleZh: "平移不变法",
		Paper:  "Dong, Pang, Su, Zhu, Evading Defenses to Transferable Adversarial Examples by Translation-Invariant Attacks, arXiv:1904.02884",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Like mi, but blurs every gradient, so that the change still works where a network looks a few pixels beside.",
		SaysZh: "与 mi 相似，但先模糊每个梯度，使网络在偏移几个像素处观察时改动依然有效。",
	}
}

// Attack implements attack.Attack.
func (a TI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	kernel, err := kernelOf(t, a.Kernel, 15)
	if err != nil {
		t.Fail(err)
		return
	}
	if !a.NoMomentum {
		d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	}
	d.gradient = blurred(t, kernel, d.gradient)
	descend(t, d)
}

// kernelOf returns the width of a blur: as asked for, or a default, and at most about a quarter of the
// picture's. An even number is an error.
func kernelOf(t *attack.Trial, asked, usual int) (int, error) {
	if asked%2 == 0 && asked > 0 {
		return 0, errEvenKernel
	}
	_, height, width := planes(t.Shape)
	return cmp.Or(asked, min(usual, min(height, width)/4|1)), nil
}

// blurred returns a descent's gradient that is blurred by a kernel of some pixels.
func blurred(
	t *attack.Trial, kernel int, gradient func(g, v []float32) (attack.Sight, bool),
) func(g, v []float32) (attack.Sight, bool) {
	if kernel == 1 {
		return gradient
	}
	b := newBlur(t, gaussian(kernel))
	return func(g, v []float32) (s attack.Sight, ok bool) {
		if s, ok = gradient(g, v); ok && !s.Flat {
			b.apply(g)
		}
		return s, ok
	}
}

// Without implements conform.Extension: with a kernel of one pixel it is MI.
func (a TI) Without(float64) (off, base attack.Attack) {
	off = TI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, NoMomentum: a.NoMomentum, Kernel: 1, Loss: a.Loss}
	return off, MI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, NoMomentum: a.NoMomentum, Loss: a.Loss}
}
