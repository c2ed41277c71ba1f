package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// BSR is block shuffle and rotation: MI whose gradient is the mean of those at copies of the picture that
// were cut into blocks at random, some turned a little, and put together in another order. What all
// networks attend to survives that; what one of them attends to does not.
//
// Paper: Wang, He, Wang, Wang, "Boosting Adversarial Transferability by Block Shuffle and Rotation",
// arXiv:2308.10299. Norm: Linf.
type BSR struct {
	Steps    int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay    float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Copies   int         `set:"copies" min:"1" max:"1000" default:"20" doc:"copies whose gradients are taken in each step" zh:"每一步中求梯度的副本数"`
	Blocks   int         `set:"blocks" min:"1" max:"100" default:"3" doc:"blocks in each direction" zh:"每个方向上的块数"`
	Degrees  float64     `set:"degrees" min:"0.001" max:"180" default:"24" doc:"largest angle by which a strip of blocks is turned" zh:"每条块带旋转的最大角度"`
	Loss     attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (BSR) Info() attack.Info {
	return attack.Info{
		Name: "bsr", Title: "block shuffle and rotation", TitleZh: "分块打乱旋转法",
		Paper:  "Wang, He, Wang, Wang, Boosting Adversarial Transferability by Block Shuffle and Rotation, arXiv:2308.10299",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Averages the gradients of 20 copies that were cut into blocks, turned and shuffled: among the best on other networks.",
		SaysZh: "对 20 个切块、旋转并打乱的副本的梯度取平均：对其他网络最有效的方法之一。",
	}
}

// Attack implements attack.Attack.
func (a BSR) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	n, blocks, degrees := cmp.Or(a.Copies, 20), cmp.Or(a.Blocks, 3), cmp.Or(a.Degrees, 24)
	strips, pieces := newCutting(blocks), newCutting(blocks)
	w := newWarp(t)
	d.gradient = warped(t, w, n, a.Loss, func() { w.shuffle(t.Rand, strips, pieces, degrees) }, nil)
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	descend(t, d)
}

// warped returns a descent's gradient: the mean of those at n copies, each of which draw makes of the
// picture anew, and add adds to, if it is not nil.
func warped(
	t *attack.Trial, w *warp, n int, l attack.Loss, draw func(), add func(copied []float32),
) func(g, v []float32) (attack.Sight, bool) {
	copied, back, total := t.New(), t.New(), newSum(t)
	ask := func(g, at []float32) (float64, bool) {
		total.clear()
		for range n {
			draw()
			w.apply(copied, at)
			if add != nil {
				add(copied)
			}
			scale, ok := total.ask(copied, l)
			if !ok {
				return 0, false
			}
			w.adjoint(back, total.latest())
			total.add(back, scale, 1/float64(n))
		}
		return total.write(g), true
	}
	return func(g, v []float32) (attack.Sight, bool) { return t.GradientBy(g, v, l, ask) }
}
