package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// SSA is the spectrum simulation attack: MI whose gradient is the mean of those at copies of the picture
// with Gaussian noise, and with every frequency of its cosine transform made weaker or stronger by
// chance. The gradient at a copy is taken as it is.
//
// Paper: Long et al., "Frequency Domain Model Augmentation for Adversarial Attack", arXiv:2207.05382.
// Norm: Linf.
type SSA struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay    float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Copies   int         `set:"copies" min:"1" max:"1000" default:"20" doc:"copies whose gradients are taken in each step" zh:"每一步中求梯度的副本数"`
	Rho      float64     `set:"rho" min:"0.001" max:"1" default:"0.5" doc:"how much weaker or stronger a frequency becomes at most, as a part of itself" zh:"频率分量最多减弱或增强的比例"`
	Sigma    float64     `set:"sigma" unit:"size" default:"eps" doc:"standard deviation of the noise" zh:"噪声的标准差"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (SSA) Info() attack.Info {
	return attack.Info{
		Name: "ssa", Title: "spectrum simulation attack", TitleZh: "频谱模拟攻击",
		Paper:  "Long, Zhang, Zeng, Gao, Liu, Zhang, Song, Frequency Domain Model Augmentation for Adversarial Attack, arXiv:2207.05382",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Averages the gradients of 20 copies whose frequencies were changed at random, as if 20 networks were asked.",
		SaysZh: "对 20 个随机改变频率的副本的梯度取平均，如同询问了 20 个网络。",
	}
}

// Attack implements attack.Attack.
func (a SSA) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	n, rho, sigma := cmp.Or(a.Copies, 20), cmp.Or(a.Rho, 0.5), cmp.Or(a.Sigma, t.Eps)
	if err := limited(sigma, sigma, false); err != nil {
		t.Fail(err)
		return
	}
	spectrum, copied, total := newCosine(t), t.New(), newSum(t)
	ask := func(g, at []float32) (float64, bool) {
		total.clear()
		for range n {
			for i, x := range at {
				copied[i] = float32(float64(x) + sigma*t.Rand.NormFloat64())
			}
			spectrum.transform(copied)
			for i := range copied {
				copied[i] *= float32(1 + rho*(2*t.Rand.Float64()-1))
			}
			spectrum.inverse(copied)
			if !total.gradient(copied, a.Loss, 1/float64(n)) {
				return 0, false
			}
		}
		return total.write(g), true
	}
	d.gradient = func(g, v []float32) (attack.Sight, bool) { return t.GradientBy(g, v, a.Loss, ask) }
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	descend(t, d)
}

// Converged implements conform.Converging.
func (a SSA) Converged() attack.Attack { return SSA{Steps: 20, Copies: 2, Loss: a.Loss} }
