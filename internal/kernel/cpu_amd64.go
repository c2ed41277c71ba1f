//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// AVX2 and AVX512 are tileGeneric with vector registers and fused multiply-adds.
var (
	AVX2   = &Micro{Name: "avx2", MR: 6, NR: 16, Tile: tileAVX2, conv: convAVX2, window: windowAVX2, rounds: peakAVX2, flops: 12 * 8 * 2}
	AVX512 = &Micro{Name: "avx512", MR: 8, NR: 32, Tile: tileAVX512, conv: convAVX512, window: windowAVX512, rounds: peakAVX512, flops: 12 * 16 * 2}
)

// vectorised returns the assembly kernels this processor can run, slowest first.
func vectorised() []*Micro {
	var ms []*Micro
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		ms = append(ms, AVX2)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ {
		ms = append(ms, AVX512)
	}
	return ms
}

func tileAVX2(k int, a, b, c []float32, ldc int, accumulate bool) {
	checkTile(6, 16, k, a, b, c, ldc)
	tile6x16AVX2(k, &a[0], &b[0], &c[0], ldc, accumulate)
}

func tileAVX512(k int, a, b, c []float32, ldc int, accumulate bool) {
	checkTile(8, 32, k, a, b, c, ldc)
	tile8x32AVX512(k, &a[0], &b[0], &c[0], ldc, accumulate)
}

// checkTile panics, as indexing would, if a tile reaches outside its operands.
func checkTile(mr, nr, k int, a, b, c []float32, ldc int) {
	_ = a[:k*mr]
	_ = b[:k*nr]
	_ = c[:(mr-1)*ldc+nr]
}
