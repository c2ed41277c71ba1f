package tensor

import (
	"math"

	"hoodwink/internal/kernel"
)

// AddScaled computes dst += alpha * x elementwise.
func AddScaled(dst []float32, alpha float32, x []float32) { kernel.Axpy(dst[:len(x)], alpha, x) }

// Clamp limits every value of dst to [lo, hi].
func Clamp(dst []float32, lo, hi float32) {
	for i, v := range dst {
		dst[i] = min(max(v, lo), hi)
	}
}

// Sign returns -1, 0 or +1; NaN gives 0.
func Sign(v float32) float32 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

// Dot returns the inner product, summed in float64.
func Dot(a, b []float32) float64 {
	var s float64
	for i, v := range a {
		s += float64(v) * float64(b[i])
	}
	return s
}

// L1 returns the sum of magnitudes, summed in float64.
func L1(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += math.Abs(float64(v))
	}
	return s
}

// L2 returns the Euclidean norm, summed in float64.
func L2(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}

// Linf returns the largest magnitude.
func Linf(x []float32) float64 {
	var m float64
	for _, v := range x {
		m = math.Max(m, math.Abs(float64(v)))
	}
	return m
}
