package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// PGN penalises the norm of the gradient: it looks for flat maxima, which are those of other networks,
// too. For each of some random neighbours of a step it takes the gradient g there, and another one a
// step down from it, and follows their weighted mean, which is nearly that of the loss minus the norm of
// its gradient:
//
//	(1-balance)*g + balance*gradient(neighbour - size*g/mean|g|)
//
// Paper: Ge et al., "Boosting Adversarial Transferability by Achieving Flat Local Maxima",
// arXiv:2306.05225. Norm: Linf.
type PGN struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Neighbours int         `set:"neighbours" min:"1" max:"1000" default:"20" doc:"neighbours of which two gradients are taken in each step" zh:"每一步中的邻近点数，每点求两个梯度"`
	Beta       float64     `set:"beta" min:"0.001" max:"100" default:"3" doc:"how far they may be, as a multiple of eps" zh:"邻近点的最远距离（eps 的倍数）"`
	Balance    float64     `set:"balance" min:"0.001" max:"1" default:"0.5" doc:"weight of the gradient below a neighbour" zh:"邻近点下方梯度的权重"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (PGN) Info() attack.Info {
	return attack.Info{
		Name: "pgn", Title: "penalised gradient norm", TitleZh: "梯度范数惩罚法",
		Paper:  "Ge, Liu, Wang, Shang, Liu, Boosting Adversarial Transferability by Achieving Flat Local Maxima, arXiv:2306.05225",
		Norms:  []attack.Norm{attack.Linf},
		Access: attack.Gradients,
		Says:   "Looks for places where everything around fools as well: 40 gradients a step, and among the best on other networks.",
		SaysZh: "寻找周围各点也都能骗过网络之处：每步 40 个梯度，对其他网络最有效的方法之一。",
	}
}

// Attack implements attack.Attack.
func (a PGN) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	n, balance := cmp.Or(a.Neighbours, 20), cmp.Or(a.Balance, 0.5)
	around, ok := neighbourhood(t, cmp.Or(a.Beta, 3))
	if !ok {
		return
	}
	near, total := t.New(), newSum(t)
	ask := func(g, at []float32) (float64, bool) {
		total.clear()
		around.X = at
		for range n {
			around.Random(near, t.Rand)
			if !total.gradient(near, a.Loss, (1-balance)/float64(n)) {
				return 0, false
			}
			if mean := meanSize(total.latest()); mean > 0 {
				for i, v := range total.latest() {
					near[i] -= float32(d.size * float64(v) / mean)
				}
			}
			if !total.gradient(near, a.Loss, balance/float64(n)) {
				return 0, false
			}
		}
		return total.write(g), true
	}
	d.gradient = func(g, v []float32) (attack.Sight, bool) { return t.GradientBy(g, v, a.Loss, ask) }
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	descend(t, d)
}

// meanSize returns the mean of |v|.
func meanSize(v []float32) (mean float64) {
	for _, x := range v {
		mean += math.Abs(float64(x)) / float64(len(v))
	}
	return mean
}

// Converged implements conform.Converging.
func (a PGN) Converged() attack.Attack { return PGN{Steps: 20, Neighbours: 2, Loss: a.Loss} }
