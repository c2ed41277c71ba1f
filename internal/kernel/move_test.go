package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestTranspose runs every set on all small shapes and some larger, at all offsets to a
// vector, with gaps between rows that must stay as they are.
func TestTranspose(t *testing.T) {
	defer func(active *moveKernels) { move = active }(move)
	r := rand.New(rand.NewPCG(31, 1))
	for _, set := range moveSets() {
		move = set
		t.Run(set.name, func(t *testing.T) {
			for rows := range 36 {
				for cols := range 36 {
					checkTranspose(t, r, rows, cols, false)
					checkTranspose(t, r, rows, cols, true)
				}
			}
			checkTranspose(t, r, 200, 3, true)
			checkTranspose(t, r, 5, 300, false)
			checkTranspose(t, r, 131, 197, true)
		})
	}
}

func checkTranspose(t *testing.T, r *rand.Rand, rows, cols int, add bool) {
	t.Helper()
	dstStride, srcStride, off := cols+r.IntN(9), rows+r.IntN(9), r.IntN(8)
	src := mixed(r, off+cols*srcStride)[off:]
	all := make([]float32, off+rows*dstStride+8)
	want := make([]float32, len(all))
	for i := range all {
		all[i] = guard
	}
	for i := range rows {
		for j := range cols {
			all[off+i*dstStride+j] = mixed(r, 1)[0]
		}
	}
	copy(want, all)
	for i := range rows {
		for j := range cols {
			if v := src[j*srcStride+i]; add {
				want[off+i*dstStride+j] += v
			} else {
				want[off+i*dstStride+j] = v
			}
		}
	}
	if dst := all[off:]; add {
		TransposeAdd(dst, dstStride, src, srcStride, rows, cols)
	} else {
		Transpose(dst, dstStride, src, srcStride, rows, cols)
	}
	for i := range all {
		if !identical(all[i], want[i]) {
			t.Fatalf("%dx%d, add %v: value %d is %g, want %g", rows, cols, add, i-off, all[i], want[i])
		}
	}
}

// TestTransposeChecks: what does not fit the slices panics before it is touched.
func TestTransposeChecks(t *testing.T) {
	for _, c := range []struct{ dst, src int }{{8*8 - 1, 8 * 8}, {8 * 8, 8*8 - 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d values are made of %d", c.dst, c.src)
				}
			}()
			Transpose(make([]float32, c.dst, 64), 8, make([]float32, c.src, 64), 8, 8, 8)
		}()
	}
}

func BenchmarkTranspose(b *testing.B) {
	defer func(active *moveKernels) { move = active }(move)
	for _, set := range moveSets() {
		for _, s := range [][2]int{{64, 197}, {96, 3136}, {384, 196}} {
			b.Run(fmt.Sprintf("%s %dx%d", set.name, s[0], s[1]), func(b *testing.B) {
				move = set
				dst, src := make([]float32, s[0]*s[1]), make([]float32, s[0]*s[1])
				b.SetBytes(int64(8 * len(dst)))
				for b.Loop() {
					Transpose(dst, s[1], src, s[0], s[0], s[1])
				}
			})
		}
	}
}
