package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// BrendelBethge follows the boundary from the side where pictures fool. It begins at a random picture that
// does, or where steps along the gradient first do, and comes as near to the original as fools on the
// straight way. Then each step goes to the point nearest to the original of those that are within the
// bounds, within a region of trust, and on the boundary as it looks from there. The region shrinks.
//
// Paper: Brendel, Rauber, Kümmerer, Ustyuzhaninov, Bethge, "Accurate, reliable and fast robustness
// evaluation", arXiv:1907.01003. Norms: Linf, L2, L1, L0. The constants are those of its authors'
// program; the problem of a step is solved exactly here, by its dual.
type BrendelBethge struct {
	Steps     int     `set:"steps" min:"1" max:"1000000000" default:"1000" doc:"steps along the boundary" zh:"沿边界的步数"`
	Rate      float64 `set:"rate" default:"0.001" doc:"radius of the region of trust in L2, for each value of the picture, at least 784" zh:"信任域的 L2 半径（按图中每个值计，至少按 784 个）"`
	Decay     float64 `set:"decay" max:"1" default:"0.5" doc:"what the radius is multiplied by, 20 times in all" zh:"半径的衰减系数，共衰减 20 次"`
	Momentum  float64 `set:"momentum" max:"1" default:"0.8" doc:"how much of the boundary's direction is that of steps before" zh:"边界方向中保留以往步骤的比例"`
	Overshoot float64 `set:"overshoot" max:"2" default:"1.1" doc:"how far a step goes, where 1 is to the boundary" zh:"每步走多远，1 表示恰到边界"`
}

// Info implements attack.Attack.
func (BrendelBethge) Info() attack.Info {
	return attack.Info{
		Name: "brendel-bethge", Title: "Brendel-Bethge", TitleZh: "Brendel-Bethge 攻击",
		Paper:   "Brendel, Rauber, Kümmerer, Ustyuzhaninov, Bethge, Accurate, reliable and fast robustness evaluation, arXiv:1907.01003",
		Norms:   everyNorm,
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Starts at a picture that fools and walks along the class boundary to where it is nearest to the original.",
		SaysZh:  "从一张已能骗过网络的图出发，沿类别边界走到离原图最近之处。",
	}
}

// Attack implements attack.Attack.
func (a BrendelBethge) Attack(t *attack.Trial) {
	loss := attack.Loss(boundaryOf(t))
	v, g, w := t.New(), t.New(), t.New()
	r, anywhere := newRegion(t, v, w), t.Ball
	anywhere.Eps = math.Inf(1)
	if s, ok := t.Score(t.X, loss); !ok || s.Met || !fooling(t, &anywhere, v, g, loss) || !nearer(t, v, w, loss) {
		return
	}
	steps, span := cmp.Or(a.Steps, 1000), float64(t.Hi)-float64(t.Lo)
	if math.IsInf(span, 1) {
		span = 1
	}
	r.radius = cmp.Or(a.Rate, 0.001) * float64(max(len(v), bbLeast)) * span
	momentum, overshoot := cmp.Or(a.Momentum, 0.8), cmp.Or(a.Overshoot, 1.1)
	for step := 1; step <= steps; step++ {
		s, ok := t.Gradient(g, v, loss)
		if !ok {
			return
		}
		old := momentum
		if step == 1 {
			old = 0
		}
		for i, d := range g {
			w[i] = float32(float64(old*float64(w[i])) + float64((1-old)*float64(d))/s.Scale)
		}
		if (step+1)%max(1, steps/20) == 0 {
			r.radius *= cmp.Or(a.Decay, 0.5)
		}
		gap := -overshoot * s.Loss
		if s.Loss > 0 { // it fools already, and stays on that side
			gap = -(2 - overshoot) * s.Loss
		}
		r.step(gap)
	}
	t.Score(v, loss)
}

// Converged implements conform.Converging: in a region that holds everything.
func (a BrendelBethge) Converged() attack.Attack {
	return BrendelBethge{Steps: 400, Rate: 10, Decay: 1}
}

// The search for a first picture that fools: random pictures, then steps of a part of the bounds.
const (
	bbRandom = 25
	bbWalk   = 100
	bbStride = 0.02
	bbHalve  = 10
	bbLeast  = 784 // values: for fewer the region would hold no way from bound to bound
)

// fooling writes a picture that meets the goal to v. A ball says what the mask allows.
func fooling(t *attack.Trial, anywhere *attack.Ball, v, g []float32, loss attack.Loss) bool {
	lo, hi := max(float64(t.Lo), -1), min(float64(t.Hi), 1)
	for range bbRandom {
		for i := range v {
			v[i] = float32(lo + float64((hi-lo)*t.Rand.Float64()))
		}
		anywhere.Confine(v)
		if s, ok := t.Score(v, loss); !ok || s.Met {
			return ok
		}
	}
	copy(v, t.X)
	for range bbWalk {
		s, ok := t.Gradient(g, v, loss)
		if !ok || s.Met || s.Flat {
			return ok && s.Met
		}
		for i, d := range g {
			if d != 0 {
				v[i] = min(max(v[i]+float32(math.Copysign(bbStride*(hi-lo), float64(d))), t.Lo), t.Hi)
			}
		}
	}
	return false
}

// nearer moves v to the original as far as it meets the goal, on the straight way. It writes to w.
func nearer(t *attack.Trial, v, w []float32, loss attack.Loss) bool {
	at := func(part float64) {
		for i, x := range t.X {
			w[i] = float32(float64(x) + float64(part*(float64(v[i])-float64(x))))
		}
	}
	low, high := 0., 1.
	for range bbHalve {
		middle := (low + high) / 2
		at(middle)
		switch s, ok := t.Score(w, loss); {
		case !ok:
			return false
		case s.Met:
			high = middle
		default:
			low = middle
		}
	}
	at(high)
	copy(v, w)
	return true
}
