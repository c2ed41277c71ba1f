package kernel

import (
	"math/rand/v2"
	"testing"
)

// The sizes are GoogLeNet's.

func benchmark(b *testing.B, values int, f func()) {
	b.SetBytes(int64(4 * values))
	for b.Loop() {
		f()
	}
}

func BenchmarkReLU(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 192 * 56 * 56
	x, y, dx := random(r, n), make([]float32, n), make([]float32, n)
	ReLU(y, x, 0)
	b.Run("forward", func(b *testing.B) { benchmark(b, n, func() { ReLU(dx, x, 0) }) })
	b.Run("backward", func(b *testing.B) { benchmark(b, n, func() { ReLUGrad(dx, x, y, 0) }) })
	b.Run("leaky forward", func(b *testing.B) { benchmark(b, n, func() { ReLU(dx, x, 0.1) }) })
	b.Run("leaky backward", func(b *testing.B) { benchmark(b, n, func() { ReLUGrad(dx, x, y, 0.1) }) })
}

func BenchmarkMaxPool(b *testing.B) {
	r := rand.New(rand.NewPCG(2, 2))
	for name, p := range map[string]*Pool{
		"3x3 stride 2": {H: 112, W: 112, KH: 3, KW: 3, StrideH: 2, StrideW: 2, OH: 56, OW: 56},
		"3x3 stride 1": {H: 28, W: 28, KH: 3, KW: 3, StrideH: 1, StrideW: 1, PadTop: 1, PadLeft: 1, PadBottom: 1, PadRight: 1, OH: 28, OW: 28},
	} {
		x, y := random(r, p.H*p.W), make([]float32, p.OH*p.OW)
		dx, row, ranks := make([]float32, p.H*p.W), make([]float32, p.W), make([]int64, p.W)
		b.Run(name+" forward", func(b *testing.B) { benchmark(b, len(x), func() { p.Max(y, x, row) }) })
		b.Run(name+" backward", func(b *testing.B) { benchmark(b, len(x), func() { p.MaxGrad(dx, y, x, ranks) }) })
	}
}

func BenchmarkLRN(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 3))
	const c, size, block = 192, 56 * 56, 85
	l := &LRN{Size: 5, Alpha: 2e-5, Beta: 0.75, K: 1}
	x, y, dy, dx := random(r, c*size), make([]float32, c*size), random(r, c*size), make([]float32, c*size)
	work := make([]float32, (c+2)*block)
	over := func(f func(p0, p1 int)) func() {
		return func() {
			for p := 0; p < size; p += block {
				f(p, min(size, p+block))
			}
		}
	}
	b.Run("forward", func(b *testing.B) {
		benchmark(b, c*size, over(func(p0, p1 int) { l.Across(y, x, c, size, p0, p1, work) }))
	})
	b.Run("backward", func(b *testing.B) {
		benchmark(b, c*size, over(func(p0, p1 int) { l.AcrossGrad(dx, dy, x, c, size, p0, p1, work) }))
	})
}
