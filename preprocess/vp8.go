package preprocess

import "image"

// vp8Sampler reads a lossy WebP as libwebp does: chroma is interpolated, and luma spans
// 16..235 (ITU-R 601), not 0..255 as in a JPEG. alpha may be nil.
func vp8Sampler(m *image.YCbCr, alpha *image.NYCbCrA) sampler {
	var (
		row    = -1
		width  = m.Rect.Dx()
		cb, cr = make([]uint8, width+1), make([]uint8, width+1)
	)
	return func(x, y int) (r, g, b, a float32) {
		if y != row {
			row = y
			vp8Upsample(cb, m, m.Cb, y)
			vp8Upsample(cr, m, m.Cr, y)
		}
		a = 1
		if alpha != nil {
			a = level8[alpha.A[alpha.AOffset(x, y)]]
		}
		i, j, k := studio(m.Y[m.YOffset(x, y)], cb[x], cr[x])
		return level8[i], level8[j], level8[k], a
	}
}

// studio converts with libwebp's fixed-point coefficients: 14 fractional bits, of
// which 8 are dropped in every product.
func studio(y, u, v uint8) (r, g, b uint8) {
	mul := func(s uint8, f int32) int32 { return int32(s) * f >> 8 }
	l := mul(y, 19077)
	return clip8((l + mul(v, 26149) - 14234) >> 6),
		clip8((l - mul(u, 6419) - mul(v, 13320) + 8708) >> 6),
		clip8((l + mul(u, 33050) - 17685) >> 6)
}

// vp8Upsample computes row y of a chroma plane, half as wide and high as the picture, at the
// resolution of luma. A pixel takes 9/16, 3/16, 3/16 and 1/16 of the four samples around it, in two
// steps of rounding, as in libwebp. dst has one value more than the picture is wide.
func vp8Upsample(dst []uint8, m *image.YCbCr, plane []uint8, y int) {
	half := (m.Rect.Dx() + 1) / 2
	near, far := neighbours(plane, m.CStride, y, (m.Rect.Dy()+1)/2)
	edge := func(x int) uint8 { return uint8((3*int32(near[x]) + int32(far[x]) + 2) >> 2) }
	dst[0] = edge(0)
	for x := 1; x < half; x++ {
		n0, n1, f0, f1 := int32(near[x-1]), int32(near[x]), int32(far[x-1]), int32(far[x])
		sum := n0 + n1 + f0 + f1 + 8
		dst[2*x-1] = uint8(((sum+2*(n1+f0))>>3 + n0) >> 1)
		dst[2*x] = uint8(((sum+2*(n0+f1))>>3 + n1) >> 1)
	}
	dst[2*half-1] = edge(half - 1)
}
