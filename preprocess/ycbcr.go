package preprocess

import "image"

// jpegSampler reads a picture that is stored as luma and, at lower resolution, chroma, as
// libjpeg does by default: its "fancy" upsampling and its fixed-point conversion to RGB.
func jpegSampler(m *image.YCbCr) sampler {
	var (
		b      = m.Rect
		row    = -1 << 62
		cb, cr = make([]uint8, b.Dx()+1), make([]uint8, b.Dx()+1)
	)
	return func(x, y int) (float32, float32, float32, float32) {
		if y != row {
			row = y
			upsample(cb, m, m.Cb, y-b.Min.Y)
			upsample(cr, m, m.Cr, y-b.Min.Y)
		}
		r, g, b := jfif(m.Y[m.YOffset(x, y)], cb[x-b.Min.X], cr[x-b.Min.X])
		return level8[r], level8[g], level8[b], 1
	}
}

// jfif converts with 16 fractional bits, rounding half up as libjpeg's tables do.
func jfif(y, cb, cr uint8) (r, g, b uint8) {
	const half = 1 << 15
	l, u, v := int32(y), int32(cb)-128, int32(cr)-128
	return clip8(l + (91881*v+half)>>16),
		clip8(l + (-22554*u-46802*v+half)>>16),
		clip8(l + (116130*u+half)>>16)
}

func clip8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// upsample computes row y of a chroma plane at the resolution of luma. dst has one
// value more than the picture is wide, for the partner of an odd last column.
//
// Chroma samples lie in the middle of the pixels they were averaged from, so that a
// pixel is 1/4 sample away from one and 3/4 from the next: weights 3/4 and 1/4 in
// every halved direction. Rounding alternates, to be unbiased, in libjpeg's order.
// Ratios other than 2 are replicated, and so are rows of one or two samples that are
// halved horizontally.
func upsample(dst []uint8, m *image.YCbCr, plane []uint8, y int) {
	// Go's planes begin at a whole block; pictures from its decoder begin at (0,0).
	w, h := m.Rect.Dx(), m.Rect.Dy()
	half := (w + 1) / 2
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		if half <= 2 {
			break
		}
		near, far := neighbours(m, plane, y, h)
		near, far = near[:half], far[:half]
		sum := func(x int) int32 { return 3*int32(near[x]) + int32(far[x]) }
		this, next := sum(0), sum(1)
		dst[0], dst[1] = uint8((4*this+8)>>4), uint8((3*this+next+7)>>4)
		for x := 1; x < half-1; x++ {
			last := this
			this, next = next, sum(x+1)
			dst[2*x], dst[2*x+1] = uint8((3*this+last+8)>>4), uint8((3*this+next+7)>>4)
		}
		dst[2*half-2], dst[2*half-1] = uint8((3*next+this+8)>>4), uint8((4*next+7)>>4)
		return
	case image.YCbCrSubsampleRatio422:
		if half <= 2 {
			break
		}
		s := plane[y*m.CStride:][:half]
		dst[0] = s[0]
		for x := range half - 1 {
			a, b := int32(s[x]), int32(s[x+1])
			dst[2*x+1] = uint8((3*a + b + 2) >> 2)
			dst[2*x+2] = uint8((3*b + a + 1) >> 2)
		}
		dst[2*half-1] = s[half-1]
		return
	case image.YCbCrSubsampleRatio440:
		near, far := neighbours(m, plane, y, h)
		bias := int32(1 + y&1)
		for x := range w {
			dst[x] = uint8((3*int32(near[x]) + int32(far[x]) + bias) >> 2)
		}
		return
	}
	for x := range w {
		dst[x] = plane[m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)]
	}
}

// neighbours returns the chroma row that row y of a picture of h rows lies in, and the
// one next nearest to it; at the border that is the same row.
func neighbours(m *image.YCbCr, plane []uint8, y, h int) (near, far []uint8) {
	n := y / 2
	f := min(max(n-1+2*(y&1), 0), (h+1)/2-1)
	return plane[n*m.CStride:], plane[f*m.CStride:]
}
