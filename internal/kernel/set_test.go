package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestOneRounding: sums that two roundings get wrong are right on every kind of kernel.
func TestOneRounding(t *testing.T) {
	s := ConvShape{O: 1, I: 2, Groups: 1, KH: 1, KW: 1, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	for _, c := range []struct{ x, y, z, want float32 }{
		{0.00024420023, 0.00024408103, 1, math.Float32frombits(0x3f800001)},
		{-0.00024420023, 0.00024408103, -1, math.Float32frombits(0xbf800001)},
		{0.00024414062, 0.00024414062, 1, 1}, // half-way: to even
		{3, 5, 7, 22},
	} {
		for _, m := range Available() {
			x := &Blocks{N: 1, C: 2, H: 1, W: 1, Lanes: 2, Row: 2, Block: 2, Image: 2, Data: []float32{c.z, c.x}}
			y := &Blocks{N: 1, C: 1, H: 1, W: 1, Lanes: 16, Row: 16, Block: 16, Image: 16, Data: make([]float32, 16)}
			m.NewConv(m.Forward([]float32{1, c.y}, s), x, y, Epilogue{}, 1).Run(0, 0, 0, 0, 1, false)
			if y.Data[0] != c.want {
				t.Errorf("%s: %g*%g + %g = %x, want %x", m.Name, c.x, c.y, c.z, math.Float32bits(y.Data[0]), math.Float32bits(c.want))
			}
		}
	}
}

func TestPeak(t *testing.T) {
	for _, m := range Available() {
		if p := m.Peak(2, time.Millisecond); !(p > 1e6 && p < 1e15) {
			t.Errorf("%s: %g operations a second", m.Name, p)
		}
	}
}

// guard is what tests put around memory that is not to be touched.
const guard = float32(-12345.5)

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
