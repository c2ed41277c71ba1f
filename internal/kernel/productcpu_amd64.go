//go:build amd64 && !purego

package kernel

// The assembly kernels of dot products, and of products of few rows.
var (
	dotsAVX2 = &dotKernels{rows: 2, xrows: 3, tile: [2][6]func(*byte){
		{dots1x1AVX2, dots2x1AVX2, dots3x1AVX2},
		{dots1x2AVX2, dots2x2AVX2, dots3x2AVX2},
	}}
	dotsAVX512 = &dotKernels{rows: 4, xrows: 6, tile: [2][6]func(*byte){
		{dots1x1AVX512, dots2x1AVX512, dots3x1AVX512, dots4x1AVX512, dots5x1AVX512, dots6x1AVX512},
		{dots1x4AVX512, dots2x4AVX512, dots3x4AVX512, dots4x4AVX512, dots5x4AVX512, dots6x4AVX512},
	}}

	directAVX2   = &directKernels{columns: [3]int{96}, tile: [3]func(*byte){direct1AVX2}}
	directAVX512 = &directKernels{columns: [3]int{256, 128, 128}, tile: [3]func(*byte){direct1AVX512, direct2AVX512, direct3AVX512}}
)
