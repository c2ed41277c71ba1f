package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// ulps returns how far got is from want, in units of the last place that a float32 of
// want's size has. What rounds to infinity must be infinite.
func ulps(got float32, want float64) float64 {
	if math.IsNaN(want) || math.IsInf(float64(float32(want)), 0) {
		if identical(got, float32(want)) {
			return 0
		}
		return math.Inf(1)
	}
	unit := math.Ldexp(1, max(-126, math.Ilogb(want))-23)
	return math.Abs(float64(got)-want) / unit
}

// TestSmoothAccuracy holds the approximations against float64, for values of every
// exponent and of every size at which they change.
func TestSmoothAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	var x []float32
	for range 1 << 18 {
		x = append(x, math.Float32frombits(r.Uint32()), float32(r.Float64()*220-110), float32(r.NormFloat64()), float32(r.NormFloat64()*1e-2))
	}
	for n := -160; n <= 160; n++ { // on both sides of where n changes
		v := float32((float64(n) + 0.5) * math.Ln2)
		x = append(x, v, math.Nextafter32(v, inf), math.Nextafter32(v, -inf))
	}
	x = append(append(x, specials...), 88.72283, 88.72284, -87.33655, -103.97208, -103.972084, -103.97209, 104, -104, 9.01, -20)
	y := make([]float32, len(x))
	for name, c := range map[string]struct {
		run   func(y, x []float32)
		want  func(float64) float64
		limit float64
	}{
		"Exp":     {Exp, math.Exp, 1},
		"Sigmoid": {Sigmoid, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }, 2.5},
		"Tanh":    {Tanh, math.Tanh, 2.6},
		"ELU": {func(y, x []float32) { ELU(y, x, 0.7) }, func(v float64) float64 {
			return math.Max(v, 0) + float64(float32(0.7))*math.Expm1(math.Min(v, 0))
		}, 2.5},
	} {
		c.run(y, x)
		var worst, at float64
		for i, v := range x {
			u := ulps(y[i], c.want(float64(v)))
			if !(u <= c.limit) {
				t.Fatalf("%s(%g) is %g, want %g: %.3g units", name, v, y[i], c.want(float64(v)), u)
			}
			if u > worst {
				worst, at = u, float64(v)
			}
		}
		t.Logf("%s: at most %.3f units in the last place, at %g", name, worst, at)
	}
}

// TestSmoothSpecialValues: limits and the sign of zero.
func TestSmoothSpecialValues(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	big := float32(math.MaxFloat32)
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		for name, c := range map[string]struct {
			run  func(y, x []float32)
			x, y []float32
		}{
			"Exp":     {Exp, []float32{-inf, -big, -104, zero, 0, 89, big, inf, nan}, []float32{0, 0, 0, 1, 1, inf, inf, inf, nan}},
			"Sigmoid": {Sigmoid, []float32{-inf, -big, zero, 0, big, inf, nan}, []float32{0, 0, 0.5, 0.5, 1, 1, nan}},
			"Tanh":    {Tanh, []float32{-inf, -big, zero, 0, big, inf, nan}, []float32{-1, -1, zero, 0, 1, 1, nan}},
			"ELU": {func(y, x []float32) { ELU(y, x, 2) }, []float32{-inf, -big, zero, 0, 3, big, inf, nan},
				[]float32{-2, -2, zero, 0, 3, big, inf, nan}},
		} {
			y := make([]float32, len(c.x))
			c.run(y, c.x)
			for i, v := range c.x {
				if !identical(y[i], c.y[i]) {
					t.Errorf("%s(%g) is %g, want %g", name, v, y[i], c.y[i])
				}
			}
		}
	})
}
