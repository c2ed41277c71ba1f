//go:build amd64 && !purego

package kernel

// The assembly kernels of the way back to few channels.
var (
	narrowAVX2 = &narrowKernels{"avx2", narrowTiles([MaxNarrow][]func(*byte){
		{narrow1x1AVX2, narrow2x1AVX2, narrow3x1AVX2, narrow4x1AVX2, narrow5x1AVX2, narrow6x1AVX2},
		{narrow1x2AVX2, narrow2x2AVX2, narrow3x2AVX2},
		{narrow1x3AVX2, narrow2x3AVX2},
		{narrow1x4AVX2},
	})}
	narrowAVX512 = &narrowKernels{"avx512", narrowTiles([MaxNarrow][]func(*byte){
		{narrow1x1AVX512, narrow2x1AVX512, narrow3x1AVX512, narrow4x1AVX512, narrow5x1AVX512, narrow6x1AVX512, narrow7x1AVX512, narrow8x1AVX512, narrow9x1AVX512, narrow10x1AVX512, narrow11x1AVX512, narrow12x1AVX512, narrow13x1AVX512, narrow14x1AVX512},
		{narrow1x2AVX512, narrow2x2AVX512, narrow3x2AVX512, narrow4x2AVX512, narrow5x2AVX512, narrow6x2AVX512, narrow7x2AVX512, narrow8x2AVX512, narrow9x2AVX512, narrow10x2AVX512, narrow11x2AVX512, narrow12x2AVX512},
		{narrow1x3AVX512, narrow2x3AVX512, narrow3x3AVX512, narrow4x3AVX512, narrow5x3AVX512, narrow6x3AVX512, narrow7x3AVX512, narrow8x3AVX512},
		{narrow1x4AVX512, narrow2x4AVX512, narrow3x4AVX512, narrow4x4AVX512, narrow5x4AVX512, narrow6x4AVX512},
	})}
)
