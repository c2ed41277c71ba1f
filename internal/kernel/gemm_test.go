package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const guard = float32(-12345.5)

// TestGemmAgainstDefinition tries all small sizes around the tile's edges, with
// guard words around the result, for storing and accumulating.
func TestGemmAgainstDefinition(t *testing.T) {
	for _, kern := range Available() {
		t.Run(kern.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 1))
			for m := 1; m <= 2*kern.MR+1; m++ {
				for n := 1; n <= 2*kern.NR+1; n++ {
					k := []int{1, 2, 3, 17, 64}[(m+n)%5]
					checkGemm(t, kern, r, m, n, k, n+3, m%2 == 0)
				}
			}
			checkGemm(t, kern, r, 65, 130, 300, 130, false)
		})
	}
}

// TestTilesStayInBounds puts guard words around the operands of every tile and tries
// all depths up to 300.
func TestTilesStayInBounds(t *testing.T) {
	for _, kern := range Available() {
		r := rand.New(rand.NewPCG(7, 7))
		for k := 1; k <= 300; k++ {
			ldc := kern.NR + k%5
			c := random(r, kern.MR*ldc+8)
			for i := range c {
				if i < 4 || i >= len(c)-4 || (i-4)%ldc >= kern.NR {
					c[i] = guard
				}
			}
			a, b := random(r, kern.MR*k), random(r, kern.NR*k)
			want := append([]float32(nil), c...)
			for i := range kern.MR {
				for j := range kern.NR {
					var s float64
					for p := range k {
						s += float64(a[p*kern.MR+i]) * float64(b[p*kern.NR+j])
					}
					want[4+i*ldc+j] = float32(s)
				}
			}
			kern.Tile(k, a, b, c[4:4+(kern.MR-1)*ldc+kern.NR], ldc, false)
			for i := range c {
				if diff := math.Abs(float64(c[i] - want[i])); !(diff <= 1e-4) {
					t.Fatalf("%s, k=%d: word %d is %g, want %g", kern.Name, k, i-4, c[i], want[i])
				}
			}
		}
	}
}

// TestKernelsAgree: the vector kernels give the bits of the generic one.
func TestKernelsAgree(t *testing.T) {
	const m, n, k = 61, 53, 211
	r := rand.New(rand.NewPCG(9, 9))
	a, b := random(r, m*k), random(r, k*n)
	var want []float32
	for _, kern := range Available() {
		c := make([]float32, m*n)
		kern.Gemm(c, n, PackRows(make([]float32, PanelsSize(m, k, kern.MR)), a, m, k, k, 1, kern.MR),
			PackRows(make([]float32, PanelsSize(n, k, kern.NR)), b, n, k, 1, n, kern.NR), false, make([]float32, kern.MR*kern.NR))
		if want == nil {
			want = c
		}
		for i, v := range c {
			if v != want[i] {
				t.Fatalf("%s: element %d is %g, generic gives %g", kern.Name, i, v, want[i])
			}
		}
	}
}

// TestOneRounding: sums that two roundings get wrong are right on every kernel.
func TestOneRounding(t *testing.T) {
	for _, c := range []struct{ x, y, z, want float32 }{
		{0.00024420023, 0.00024408103, 1, math.Float32frombits(0x3f800001)},
		{-0.00024420023, 0.00024408103, -1, math.Float32frombits(0xbf800001)},
		{0.00024414062, 0.00024414062, 1, 1}, // half-way: to even
		{3, 5, 7, 22},
	} {
		for _, kern := range Available() {
			a, b, out := make([]float32, 2*kern.MR), make([]float32, 2*kern.NR), make([]float32, kern.MR*kern.NR)
			a[0], b[0], a[kern.MR], b[kern.NR] = c.z, 1, c.x, c.y
			kern.Tile(2, a, b, out, kern.NR, false)
			if out[0] != c.want {
				t.Errorf("%s: %g*%g + %g = %x, want %x", kern.Name, c.x, c.y, c.z, math.Float32bits(out[0]), math.Float32bits(c.want))
			}
		}
	}
}

func TestPeak(t *testing.T) {
	for _, kern := range Available() {
		if p := kern.Peak(2, time.Millisecond); !(p > 1e6 && p < 1e15) {
			t.Errorf("%s: %g operations a second", kern.Name, p)
		}
	}
}

// TestEqualInputsGiveEqualBits: every element of a product of constant rows and
// columns has the same bits, in whole tiles and in those that stick out.
func TestEqualInputsGiveEqualBits(t *testing.T) {
	for _, kern := range Available() {
		const k = 77
		m, n := 2*kern.MR+1, 2*kern.NR+3
		r := rand.New(rand.NewPCG(8, 8))
		u, v := random(r, k), random(r, k)
		a, b := make([]float32, m*k), make([]float32, n*k)
		for i := range m {
			copy(a[i*k:], u)
		}
		for j := range n {
			copy(b[j*k:], v)
		}
		c := make([]float32, m*n)
		kern.Gemm(c, n, PackRows(make([]float32, PanelsSize(m, k, kern.MR)), a, m, k, k, 1, kern.MR),
			PackRows(make([]float32, PanelsSize(n, k, kern.NR)), b, n, k, k, 1, kern.NR), false, make([]float32, kern.MR*kern.NR))
		for i, x := range c {
			if x != c[0] {
				t.Fatalf("%s: element %d,%d is %g, the first %g", kern.Name, i/n, i%n, x, c[0])
			}
		}
	}
}

func checkGemm(t *testing.T, kern *Micro, r *rand.Rand, m, n, k, ldc int, accumulate bool) {
	t.Helper()
	a, b := random(r, m*k), random(r, k*n)
	ap := PackRows(make([]float32, PanelsSize(m, k, kern.MR)), a, m, k, k, 1, kern.MR)
	bp := PackRows(make([]float32, PanelsSize(n, k, kern.NR)), b, n, k, 1, n, kern.NR)
	c := random(r, m*ldc)
	for i := range m {
		for j := n; j < ldc; j++ {
			c[i*ldc+j] = guard
		}
	}
	want := make([]float64, m*n)
	for i := range m {
		for j := range n {
			var s float64
			for p := range k {
				s += float64(a[i*k+p]) * float64(b[p*n+j])
			}
			if accumulate {
				s += float64(c[i*ldc+j])
			}
			want[i*n+j] = s
		}
	}
	kern.Gemm(c, ldc, ap, bp, accumulate, make([]float32, kern.MR*kern.NR))
	for i := range m {
		for j := range ldc {
			got := c[i*ldc+j]
			if j >= n {
				if got != guard {
					t.Fatalf("%dx%dx%d: wrote past the end of row %d", m, n, k, i)
				}
				continue
			}
			if diff := math.Abs(float64(got) - want[i*n+j]); !(diff <= 1e-5*float64(k+1)) {
				t.Fatalf("%dx%dx%d accumulate=%v: C[%d,%d] = %g, want %g", m, n, k, accumulate, i, j, got, want[i*n+j])
			}
		}
	}
}

// TestGemmPropagatesNaN: a NaN or infinity reaches the results it belongs to and no others.
func TestGemmPropagatesNaN(t *testing.T) {
	for _, kern := range Available() {
		nanInProduct(t, kern, float32(math.NaN()))
		nanInProduct(t, kern, float32(math.Inf(1)))
	}
}

func nanInProduct(t *testing.T, kern *Micro, bad float32) {
	const m, n, k = 6, 5, 4
	a, b := random(rand.New(rand.NewPCG(2, 2)), m*k), random(rand.New(rand.NewPCG(3, 3)), k*n)
	a[3*k+1] = bad
	ap := PackRows(make([]float32, PanelsSize(m, k, kern.MR)), a, m, k, k, 1, kern.MR)
	bp := PackRows(make([]float32, PanelsSize(n, k, kern.NR)), b, n, k, 1, n, kern.NR)
	c := make([]float32, m*n)
	kern.Gemm(c, n, ap, bp, false, make([]float32, kern.MR*kern.NR))
	for i, v := range c {
		if finite := v-v == 0; finite == (i/n == 3) {
			t.Errorf("C[%d,%d] = %g", i/n, i%n, v)
		}
	}
}

// TestIm2colAdjoint: <cols, im2col(x)> = <col2im(cols), x> over all channel and pixel splits.
func TestIm2colAdjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for i, w := range []Window{
		{C: 3, H: 7, W: 6, KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, PadTop: 1, PadLeft: 1, OH: 7, OW: 6},
		{C: 2, H: 9, W: 8, KH: 5, KW: 2, StrideH: 2, StrideW: 3, DilationH: 1, DilationW: 2, PadTop: 2, PadLeft: 0, OH: 5, OW: 2},
		{C: 37, H: 5, W: 5, KH: 1, KW: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, OH: 5, OW: 5},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			depth, pixels := w.Depth(), w.OH*w.OW
			x, cols := random(r, w.C*w.H*w.W), random(r, depth*pixels)
			packed := w.Im2col(make([]float32, PanelsSize(pixels, depth, 1)), x, 0, pixels, 1)
			var a, b float64
			order := w.Order()
			for p := range pixels {
				for d := range depth {
					a += float64(cols[order[d]*pixels+p]) * float64(packed.Data[p*depth+d])
				}
			}
			dx := make([]float32, len(x))
			for c := range w.C {
				w.Col2im(dx, cols[c*w.KH*w.KW*pixels:], c, c+1, 0, pixels)
			}
			for i, v := range dx {
				b += float64(v) * float64(x[i])
			}
			if diff := a - b; !(math.Abs(diff) < 1e-3) {
				t.Errorf("%g and %g differ", a, b)
			}
		})
	}
}

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func BenchmarkGemm(b *testing.B) {
	for _, kern := range Available() {
		b.Run(kern.Name, func(b *testing.B) { benchmarkGemm(b, kern) })
	}
}

func benchmarkGemm(b *testing.B, kern *Micro) {
	const n = 384
	r := rand.New(rand.NewPCG(5, 5))
	ap := PackRows(make([]float32, PanelsSize(n, n, kern.MR)), random(r, n*n), n, n, n, 1, kern.MR)
	bp := PackRows(make([]float32, PanelsSize(n, n, kern.NR)), random(r, n*n), n, n, 1, n, kern.NR)
	c, tile := make([]float32, n*n), make([]float32, kern.MR*kern.NR)
	for b.Loop() {
		kern.Gemm(c, n, ap, bp, false, tile)
	}
	b.ReportMetric(2*n*n*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
