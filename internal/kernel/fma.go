//go:build !arm64

package kernel

import "math"

// fma returns x*y + z rounded once, as a fused multiply-add of float32 does. The product of two
// float32 is exact in float64, so the sum is rounded to float64 and then to float32. That differs
// from one rounding only where the first lands half-way between two float32.
func fma(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	if math.Float64bits(s)<<35 == 1<<63 {
		s = halfway(s, x, y, z)
	}
	return float32(s)
}

// halfway corrects s, the rounded x*y + z, which lies half-way between two float32: it moves s
// towards the side of the exact sum.
func halfway(s float64, x, y, z float32) float64 {
	p, q := float64(x)*float64(y), float64(z)
	qq := s - p
	switch e := (p - (s - qq)) + (q - qq); {
	case e > 0:
		return math.Nextafter(s, math.Inf(1))
	case e < 0:
		return math.Nextafter(s, math.Inf(-1))
	}
	return s
}
