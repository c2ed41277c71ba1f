package attacks

import (
	"math"

	"hoodwink/attack"
)

// The functions of this file are what attacks of minimum norm share.

// add computes v += scale * d.
func add(v []float32, scale float64, d []float32) {
	for i, x := range d {
		v[i] = float32(float64(v[i]) + float64(scale*float64(x)))
	}
}

// length returns the Euclidean length of v.
func length(v []float32) float64 { return attack.L2.Dual(v, 1) }

// annealed goes from first to last along half a wave of a cosine: its value at step i of n.
func annealed(first, last float64, i, n int) float64 {
	return last + (first-last)*(1+math.Cos(math.Pi*float64(i)/float64(n)))/2
}

// bisect looks for the place on the straight way from the original to found, which meets the goal, from
// where it is met. It uses v.
func bisect(t *attack.Trial, v, found []float32, l attack.Loss, halvings int) {
	lo, hi := 0., 1.
	for range halvings {
		part := (lo + hi) / 2
		for i, x := range t.X {
			v[i] = float32(float64(x) + float64(part*(float64(found[i])-float64(x))))
		}
		s, ok := t.Score(v, l)
		if !ok {
			return
		}
		if s.Met {
			hi = part
		} else {
			lo = part
		}
	}
}
