package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// SIA is the structure invariant attack: MI whose gradient is the mean of those at copies of the picture
// of which every block was changed in a way of its own, while blocks stay where they are: rolled, turned
// over, made darker, or with uniform noise of up to eps.
//
// Paper: Wang, Zhang, Zhang, "Structure Invariant Transformation for better Adversarial
// Transferability", arXiv:2309.14700. Norm: Linf.
type SIA struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay    float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Copies   int         `set:"copies" min:"1" max:"1000" default:"20" doc:"copies whose gradients are taken in each step" zh:"每一步中求梯度的副本数"`
	Blocks   int         `set:"blocks" min:"1" max:"100" default:"3" doc:"blocks in each direction" zh:"每个方向上的块数"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (SIA) Info() attack.Info {
	return attack.Info{
		Name: "sia", Title: "structure invariant attack", TitleZh: "结构不变攻击",
		Paper:  "Wang, Zhang, Zhang, Structure Invariant Transformation for better Adversarial Transferability, arXiv:2309.14700",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Averages the gradients of 20 copies, each block of which was rolled, turned over, darkened or made noisy.",
		SaysZh: "对 20 个副本的梯度取平均，副本的每一块各自被平移、翻转、变暗或加噪声。",
	}
}

// Attack implements attack.Attack.
func (a SIA) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	around, ok := neighbourhood(t, 1)
	if !ok {
		return
	}
	n, blocks := cmp.Or(a.Copies, 20), cmp.Or(a.Blocks, 3)
	rows, columns := newCutting(blocks), newCutting(blocks)
	w := newWarp(t)
	loud := make([]float32, w.height*w.width)
	draw := func() { w.transform(t.Rand, rows, columns, loud) }
	add := func(copied []float32) {
		for i := range copied {
			if loud[i%len(loud)] != 0 {
				copied[i] += float32(around.Eps * (2*t.Rand.Float64() - 1))
			}
		}
	}
	d.gradient = warped(t, w, n, a.Loss, draw, add)
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	descend(t, d)
}
