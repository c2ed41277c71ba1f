package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTranspose runs every set on all small shapes and some larger, with gaps between rows
// that must stay as they are.
func TestTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 7))
	shapes := [][2]int{{200, 3}, {5, 300}, {131, 197}}
	for rows := range 50 {
		for cols := range 50 {
			shapes = append(shapes, [2]int{rows, cols})
		}
	}
	for _, s := range shapes {
		rows, cols := s[0], s[1]
		lds, ldd := cols+r.IntN(5), rows+r.IntN(5)
		src, before := mixed(r, max(0, (rows-1)*lds+cols)), mixed(r, cols*ldd+1)
		for _, m := range Available() {
			stored, added := slices.Repeat([]float32{guard}, len(before)), slices.Clone(before)
			m.transpose(stored, ldd, src, lds, rows, cols)
			m.transposeAdd(added, ldd, src, lds, rows, cols)
			for at := range before {
				j, i := at/max(1, ldd), at%max(1, ldd)
				wantStored, wantAdded := guard, before[at]
				if i < rows && j < cols {
					wantStored = src[i*lds+j]
					wantAdded += wantStored
				}
				if !identical(stored[at], wantStored) || !identical(added[at], wantAdded) {
					t.Fatalf("%s, %d x %d: values at %d,%d are %g and added %g, want %g and %g",
						m.Name, rows, cols, j, i, stored[at], added[at], wantStored, wantAdded)
				}
			}
		}
	}
}

// TestTransposeChecks: what does not fit the slices panics.
func TestTransposeChecks(t *testing.T) {
	const side = 20
	for _, m := range Available() {
		for _, f := range []func(dst []float32, ldd int, src []float32, lds, rows, cols int){m.transpose, m.transposeAdd} {
			for _, short := range [][2]int{{1, 0}, {0, 1}} {
				func() {
					defer func() {
						if recover() == nil {
							t.Errorf("%s: touches what is not in the slices", m.Name)
						}
					}()
					all := make([]float32, 2*side*side)
					f(all[:side*side-short[0]], side, all[side*side:2*side*side-short[1]], side, side, side)
				}()
			}
		}
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, m := range Available() {
		for _, s := range [][2]int{{197, 64}, {3136, 96}, {196, 384}} {
			for name, f := range map[string]func(dst []float32, ldd int, src []float32, lds, rows, cols int){"store": m.transpose, "add": m.transposeAdd} {
				b.Run(fmt.Sprintf("%s/%dx%d/%s", m.Name, s[0], s[1], name), func(b *testing.B) {
					dst, src := make([]float32, s[0]*s[1]), make([]float32, s[0]*s[1])
					b.SetBytes(int64(8 * len(dst)))
					for b.Loop() {
						f(dst, s[0], src, s[1], s[0], s[1])
					}
				})
			}
		}
	}
}
