package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBlockLRN: on blocked pictures, whatever is in the lanes without a channel, all
// kernels give the bits of Across and AcrossGrad.
func TestBlockLRN(t *testing.T) {
	r := rand.New(rand.NewPCG(60, 1))
	for _, m := range Available() {
		for _, c := range []int{1, 3, 15, 16, 17, 33, 64, 70} {
			for _, l := range []LRN{{5, 0.1, 0.75, 1}, {3, 0.7, 0.5, 2}, {5, 0.3, 1, 1}, {1, 0.2, 0.75, 1}, {3, 0.2, 0.6, 1}} {
				const n, h, w = 2, 3, 5
				x, y := newBlocks(r, n, c, h, w, Lanes, [4]int{1, 0, 0, 2}), newBlocks(r, n, c, h, w, Lanes, [4]int{})
				dx, dy := newBlocks(r, n, c, h, w, Lanes, [4]int{0, 1, 0, 0}), newBlocks(r, n, c, h, w, Lanes, [4]int{0, 0, 1, 0})
				mask := newBlocks(r, n, c, h, w, Lanes, [4]int{2, 0, 0, 0})
				yBefore, dxBefore := y.clone(), dx.clone()
				lrn := m.NewBlockLRN(l, x, y, dx, dy, mask)
				work := make([]float32, lrn.Work())
				for i := range work {
					work[i] = float32(math.NaN())
				}
				for i := range n {
					for row := range h {
						for k := range x.Count() {
							lrn.Run(i, k, row)
						}
						lrn.Grad(i, row, i == 1, work)
					}
				}
				px, pdy := planes(x), planes(dy)
				py, pdx := make([]float32, len(px)), make([]float32, len(px))
				size := c * h * w
				for i := range n {
					lo, hi := i*size, (i+1)*size
					l.Across(py[lo:hi], px[lo:hi], c, h*w, 0, h*w, make([]float32, h*w))
					l.AcrossGrad(pdx[lo:hi], pdy[lo:hi], px[lo:hi], c, h*w, 0, h*w, make([]float32, (c+2)*h*w))
				}
				compareLRN(t, m, c, &l, y, yBefore, func(n, k, row, col int) float32 { return py[((n*c+k)*h+row)*w+col] })
				compareLRN(t, m, c, &l, dx, dxBefore, func(n, k, row, col int) float32 {
					g := pdx[((n*c+k)*h+row)*w+col]
					if n == 1 {
						g += float32(dxBefore.value(n, k, row, col))
					}
					if !(mask.value(n, k, row, col) > 0) {
						g = 0
					}
					return g
				})
			}
		}
	}
}

// planes returns the values of blocked pictures without the layout.
func planes(b *Blocks) []float32 {
	p := make([]float32, b.N*b.C*b.H*b.W)
	for n := range b.N {
		for k := range b.Count() {
			b.Unpack(p, n, k, 0, b.H, false)
		}
	}
	return p
}

func compareLRN(t *testing.T, m *Set, c int, l *LRN, got, before *Blocks, want func(n, c, h, w int) float32) {
	t.Helper()
	checkBlocks(t, got, before, func(n, k, h, w int) (float64, float64) { return float64(want(n, k, h, w)), 0 })
	for n := range got.N {
		for k := range got.C {
			for h := range got.H {
				for w := range got.W {
					if v := got.Data[got.At(n, k/Lanes, h, w)+k%Lanes]; v != want(n, k, h, w) {
						t.Fatalf("%s, %d channels, %+v: channel %d is %g, want %g", m.Name, c, *l, k, v, want(n, k, h, w))
					}
				}
			}
		}
	}
}
