package attack

import (
	"math"

	"hoodwink/tensor"
)

// Onto writes to dst the point of a hyperplane that is nearest to v in the ball's norm and within the
// bounds: the one at which <w, dst-v> is gap, which may be negative. Where no point within the bounds
// is on the hyperplane, it is the one nearest to it. It does not ask how far dst is from the original.
//
// It is the step of attacks that go to a boundary as it looks from v. The way of a value costs what it
// is long, and gains what w says. In L1 that is a fractional knapsack, and in L0 one of whole pixels,
// the last of which goes a part of the way; in Linf and L2 it is one equation for a multiplier.
//
// Paper: Croce, Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack",
// arXiv:1907.02044.
func (b *Ball) Onto(dst, v, w []float32, gap float64) {
	copy(dst, v)
	b.Cover(w)
	var reach float64
	for i := range w {
		slope, room := b.climb(v[i], w[i], gap)
		if slope > 0 {
			reach += float64(slope * room)
		}
	}
	if reach > math.Abs(gap) {
		norms[b.Norm].onto(b, dst, w, gap)
	} else {
		for i := range w {
			if slope, room := b.climb(v[i], w[i], gap); slope > 0 {
				b.move(dst, w, i, room, gap)
			}
		}
	}
	tensor.Clamp(dst, b.Lo, b.Hi)
}

// climb returns what a value's way towards a hyperplane gains for its length, and how long it may be.
func (b *Ball) climb(v, w float32, gap float64) (slope, room float64) {
	return math.Abs(float64(w)), b.room(v, math.Copysign(1, gap)*float64(w))
}

// move brings value i nearer to a hyperplane by d.
func (b *Ball) move(v, w []float32, i int, d, gap float64) {
	v[i] = float32(float64(v[i]) + math.Copysign(d, math.Copysign(1, gap)*float64(w[i])))
}
