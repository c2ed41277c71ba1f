//go:build amd64 && !purego

package kernel

// The assembly kernels of the direct convolution, by blocks and pixels.
var (
	convAVX2 = &convKernels{blocks: 1, pixels: 6, tile: [2][14]func(*byte){{
		conv1x1AVX2, conv2x1AVX2, conv3x1AVX2, conv4x1AVX2, conv5x1AVX2, conv6x1AVX2,
	}}}
	convAVX512 = &convKernels{blocks: 2, pixels: 14, tile: [2][14]func(*byte){{
		conv1x1AVX512, conv2x1AVX512, conv3x1AVX512, conv4x1AVX512, conv5x1AVX512, conv6x1AVX512, conv7x1AVX512,
		conv8x1AVX512, conv9x1AVX512, conv10x1AVX512, conv11x1AVX512, conv12x1AVX512, conv13x1AVX512, conv14x1AVX512,
	}, {
		conv1x2AVX512, conv2x2AVX512, conv3x2AVX512, conv4x2AVX512, conv5x2AVX512, conv6x2AVX512, conv7x2AVX512,
		conv8x2AVX512, conv9x2AVX512, conv10x2AVX512, conv11x2AVX512, conv12x2AVX512, conv13x2AVX512, conv14x2AVX512,
	}}}
)
