package nn

import (
	"slices"

	"hoodwink/internal/kernel"
)

// What no gradient reaches gets none: 0 times a slope that is infinite or not a number is
// 0 here. So the branch that a selection did not take may be infinite. PyTorch and others
// multiply, and give NaN.

// sheltered is a way back, of values with their slopes in at, that skips values whose
// gradient is 0 where the slopes may not be finite.
func sheltered(grad func(dx, dy, at []float32)) func(dx, dy, at []float32) {
	return func(dx, dy, at []float32) {
		if finite(at) {
			grad(dx, dy, at)
			return
		}
		for i, d := range dy {
			if d != 0 {
				grad(dx[i:i+1], dy[i:i+1], at[i:i+1])
			}
		}
	}
}

// finite reports whether there is neither NaN nor an infinite value: their sum in float64
// would not be finite.
func finite(x []float32) bool {
	s := kernel.SumWide(x)
	return s-s == 0
}

// settle puts 0 where a product with a gradient of 0 is not a number.
func settle(t, dy []float32) {
	if s := kernel.SumWide(t); s == s {
		return
	}
	for i, d := range dy {
		if d == 0 {
			t[i] = 0
		}
	}
}

// untouched reports whether no gradient reaches n values that lie stride apart.
func untouched(dy []float32, n, stride int) bool {
	if stride == 1 {
		return !slices.ContainsFunc(dy[:n], func(d float32) bool { return d != 0 })
	}
	for i := range n {
		if dy[i*stride] != 0 {
			return false
		}
	}
	return true
}
