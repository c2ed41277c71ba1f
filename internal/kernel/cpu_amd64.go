//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// AVX2 and AVX512 are the kernels in vector instructions with fused multiply-adds.
var (
	AVX2 = &Set{Name: "avx2", rounds: peakAVX2, flops: 12 * 8 * 2,
		conv: convAVX2, window: windowAVX2, lrn: lrnAVX2, narrow: narrowAVX2, grad: gradAVX2, lanes: lanesAVX2, dots: dotsAVX2, direct: directAVX2,
		square: transposeAVX2, squareAdd: transposeAddAVX2}
	AVX512 = &Set{Name: "avx512", rounds: peakAVX512, flops: 12 * 16 * 2,
		conv: convAVX512, window: windowAVX512, lrn: lrnAVX512, narrow: narrowAVX512, grad: gradAVX512, lanes: lanesAVX512, dots: dotsAVX512, direct: directAVX512,
		square: transposeAVX512, squareAdd: transposeAddAVX512, edge: transposeEdgeAVX512, edgeAdd: transposeEdgeAddAVX512}
)

// vectorised returns the assembly kernels this processor can run, slowest first.
func vectorised() []*Set {
	var ms []*Set
	x := &cpu.X86
	if x.HasAVX2 && x.HasFMA {
		ms = append(ms, AVX2)
		if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ {
			ms = append(ms, AVX512)
		}
	}
	return ms
}
