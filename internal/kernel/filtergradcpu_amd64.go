//go:build amd64 && !purego

package kernel

// The assembly kernels of the gradient of a convolution's weights, by blocks and rows.
var (
	gradAVX2 = &gradKernels{blocks: 1, rows: 6, tile: [2][14]func(*byte){{
		grad1x1AVX2, grad2x1AVX2, grad3x1AVX2, grad4x1AVX2, grad5x1AVX2, grad6x1AVX2,
	}}}
	gradAVX512 = &gradKernels{blocks: 2, rows: 14, tile: [2][14]func(*byte){{
		grad1x1AVX512, grad2x1AVX512, grad3x1AVX512, grad4x1AVX512, grad5x1AVX512, grad6x1AVX512, grad7x1AVX512,
		grad8x1AVX512, grad9x1AVX512, grad10x1AVX512, grad11x1AVX512, grad12x1AVX512, grad13x1AVX512, grad14x1AVX512,
	}, {
		grad1x2AVX512, grad2x2AVX512, grad3x2AVX512, grad4x2AVX512, grad5x2AVX512, grad6x2AVX512, grad7x2AVX512,
		grad8x2AVX512, grad9x2AVX512, grad10x2AVX512, grad11x2AVX512, grad12x2AVX512, grad13x2AVX512, grad14x2AVX512,
	}}}
)

// The assembly kernels that work on each lane by itself.
var (
	lanesAVX2   = &laneKernels{laneSumAVX2, laneSquaresAVX2, lanePairsAVX2, laneScaleAVX2, laneMixAVX2}
	lanesAVX512 = &laneKernels{laneSumAVX512, laneSquaresAVX512, lanePairsAVX512, laneScaleAVX512, laneMixAVX512}
)
