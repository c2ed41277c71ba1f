package attacks

import (
	"math"

	"hoodwink/attack"
)

// copies are points ahead of a picture v at which the gradients of NI and SI-NI are taken:
//
//	g = mean over i of the gradient, with respect to v, of the loss at (v + size*decay*m) / 2^i
type copies struct {
	t    *attack.Trial
	m    *momentum
	size float64 // of a step
	loss attack.Loss
	n    int
}

// gradient is the descent's gradient.
func (c copies) gradient() func(g, v []float32) (attack.Sight, bool) {
	dark := c.t.New()
	sum := newSum(c.t)
	ask := func(g, at []float32) (float64, bool) {
		ahead := c.m.look(at, c.size)
		sum.clear()
		for i := range c.n {
			weight := math.Ldexp(1, -i)
			for k, x := range ahead {
				dark[k] = float32(weight * float64(x))
			}
			if !sum.gradient(dark, c.loss, weight/float64(c.n)) {
				return 0, false
			}
		}
		return sum.write(g), true
	}
	moved := false
	return func(g, v []float32) (attack.Sight, bool) {
		if !moved && c.n == 1 { // nothing is ahead
			moved = true
			return c.t.Gradient(g, v, c.loss)
		}
		return c.t.GradientBy(g, v, c.loss, ask)
	}
}
