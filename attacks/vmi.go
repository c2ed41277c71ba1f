package attacks

import (
	"cmp"
	"errors"
	"math"

	"hoodwink/attack"
)

// VMI is the variance-tuned momentum method: MI that adds to each gradient how much the mean gradient
// around the step before differed from the one there. The neighbours are random points of a ball of
// radius Beta*eps around it; they are no candidates, and may be outside the bounds.
//
// Paper: Wang, He, "Enhancing the Transferability of Adversarial Attacks through Variance Tuning",
// arXiv:2103.15571. Norm: Linf and L2.
type VMI struct {
	Steps      int         `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize   float64     `set:"step" unit:"size" default:"eps/10, more with fewer than 10 steps" defaultzh:"eps/10，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Decay      float64     `set:"decay" min:"0.001" max:"1" default:"1" doc:"what is left of earlier gradients in each step" zh:"每一步中先前梯度所保留的比例"`
	Neighbours int         `set:"neighbours" min:"1" max:"1000" default:"20" doc:"neighbours whose gradients are taken in each step" zh:"每一步中求梯度的邻近点数"`
	Beta       float64     `set:"beta" min:"0.001" max:"100" default:"1.5" doc:"how far they may be, as a multiple of eps" zh:"邻近点的最远距离（eps 的倍数）"`
	Loss       attack.Loss `set:"loss" default:"auto" doc:"what the gradient is of" zh:"求梯度的损失函数"`
}

// Info implements attack.Attack.
func (VMI) Info() attack.Info {
	return attack.Info{
		Name: "vmi", Title: "variance-tuned momentum method", TitleZh: "方差调整动量法",
		Paper:  "Wang, He, Enhancing the Transferability of Adversarial Attacks through Variance Tuning, arXiv:2103.15571",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Like mi, but looks at 20 points around each step and corrects what is special about the one where it stands.",
		SaysZh: "与 mi 相似，但每步还考察周围 20 个点，以修正当前位置梯度的偶然性。",
	}
}

// Attack implements attack.Attack.
func (a VMI) Attack(t *attack.Trial) {
	d, ok := iterative(t, a.Steps, a.StepSize, a.Loss)
	if !ok {
		return
	}
	d.ascend = newMomentum(t, a.Decay).ascend(d.size)
	here := func(v []float32) []float32 { return v }
	d.gradient = tuned(t, d, here, cmp.Or(a.Neighbours, 20), cmp.Or(a.Beta, 1.5))
	descend(t, d)
}

// Without implements conform.Extension: in the last step nothing is corrected any more.
func (a VMI) Without(eps float64) (off, base attack.Attack) {
	return VMI{Steps: 1, StepSize: a.StepSize, Loss: a.Loss}, MI{Steps: 1, StepSize: a.StepSize, Loss: a.Loss}
}

// tuned returns the gradient of a descent plus the variance of the step before:
//
//	variance = mean of the gradients at n points around center(v), minus the gradient there
func tuned(
	t *attack.Trial, d descent, center func(v []float32) []float32, n int, beta float64,
) func(g, v []float32) (attack.Sight, bool) {
	around, _ := neighbourhood(t, beta)
	near, variance, next := t.New(), newSum(t), newSum(t)
	step := 0
	return func(g, v []float32) (s attack.Sight, ok bool) {
		if s, ok = d.gradient(g, v); !ok || s.Flat {
			return s, ok
		}
		next.clear()
		if step++; step < d.steps {
			around.X = center(v)
			for range n {
				around.Random(near, t.Rand)
				if !next.gradient(near, d.loss, 1/float64(n)) {
					return s, false
				}
			}
			next.add(g, s.Scale, -1)
		}
		if variance.scale > 0 {
			variance.add(g, s.Scale, 1)
			s.Scale = variance.write(g)
		}
		variance, next = next, variance
		return s, true
	}
}

// neighbourhood returns the ball of beta times eps in which neighbours are, around whatever its X is set
// to. Not ok: the trial has failed, since eps is infinite.
func neighbourhood(t *attack.Trial, beta float64) (around *attack.Ball, ok bool) {
	ball := t.Ball
	ball.Eps *= beta
	if math.IsInf(ball.Eps, 1) {
		t.Fail(errors.New("there are no neighbours within a multiple of an infinite eps: give a finite eps"))
		return &ball, false
	}
	return &ball, true
}
