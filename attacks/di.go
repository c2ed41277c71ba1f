package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// DI is the diverse inputs method: MI whose gradient is, as often as Prob says, that at a copy of the
// picture that was made a little smaller and put at a random place on a black ground. Each picture
// draws for itself.
//
// Paper: Xie et al., "Improving Transferability of Adversarial Examples with Input Diversity",
// arXiv:1803.06978. Norm: Linf and L2. The paper enlarges pictures instead, which a model of one size
// does not take.
type DI struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	NoMomentum bool        `set:"no-momentum" default:"false" doc:"follow each step's own gradient" zh:"只沿当前梯度"`
	Rate       float64     `set:"rate" min:"0.1" max:"1" default:"0.9" doc:"smallest size of a copy, as a part of the picture's; 1 switches copies off" zh:"副本的最小尺寸占原图的比例；1 表示不用副本"`
	Prob       float64     `set:"prob" min:"0.001" max:"1" default:"0.5" doc:"how often a copy is taken" zh:"使用副本的概率"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (DI) Info() attack.Info {
	return attack.Info{
		Name: "di", Title: "diverse inputs method", TitleZh: "多样化输入法",
		Paper:  "Xie, Zhang, Zhou, Bai, Wang, Ren, Yuille, Improving Transferability of Adversarial Examples with Input Diversity, arXiv:1803.06978",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Like mi, but every other gradient is that of the picture made smaller and moved at random, so that it holds for more networks.",
		SaysZh: "与 mi 相似，但约一半的梯度取自随机缩小并移动的图片，因而对更多网络有效。",
	}
}

// Attack implements attack.Attack.
func (a DI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	if !a.NoMomentum {
		d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	}
	d.gradient = diverse(t, cmp.Or(a.Rate, 0.9), cmp.Or(a.Prob, 0.5), a.Loss)
	descend(t, d)
}

// diverse returns a descent's gradient at pictures that are, with a probability, shrunk at random.
func diverse(t *attack.Trial, rate, prob float64, l attack.Loss) func(g, v []float32) (attack.Sight, bool) {
	if rate == 1 {
		return plain(t, l)
	}
	w := newWarp(t)
	copies, gradients := [][]float32{t.New()}, [][]float32{t.New()}
	ask := func(g, at []float32) (scale float64, ok bool) {
		w.shrink(t.Rand, rate)
		w.apply(copies[0], at)
		if scale, ok = t.Gradients(gradients, copies, l); ok {
			w.adjoint(g, gradients[0])
		}
		return scale, ok
	}
	return func(g, v []float32) (attack.Sight, bool) {
		if t.Rand.Float64() >= prob {
			return t.Gradient(g, v, l)
		}
		return t.GradientBy(g, v, l, ask)
	}
}

// Without implements conform.Extension: with copies of the picture's own size it is MI.
func (a DI) Without(float64) (off, base attack.Attack) {
	off = DI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, NoMomentum: a.NoMomentum, Rate: 1, Loss: a.Loss}
	return off, MI{Steps: a.Steps, StepSize: a.StepSize, Decay: a.Decay, NoMomentum: a.NoMomentum, Loss: a.Loss}
}
