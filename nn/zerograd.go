package nn

import (
	"slices"

	"hoodwink/internal/kernel"
)

// A value that no gradient reaches gets none: here, 0 times a slope that is infinite or NaN is 0.
// So the branch that a selection did not take may be infinite. PyTorch and others multiply, and
// give NaN.

// sheltered returns grad, the way back of a function whose slopes depend on at, but it skips values
// whose gradient is 0 where the slopes may not be finite.
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

// finite reports whether x has neither NaN nor infinite values: with one, the sum in float64 is not
// finite.
func finite(x []float32) bool {
	s := kernel.SumWide(x)
	return s-s == 0
}

// settle sets t to 0 where dy is 0, since the product may be NaN there.
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

// untouched reports whether the gradients of n values that lie stride apart are all 0.
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
