package preprocess

// jfif converts with 16 fractional bits, rounding half up as libjpeg's tables do.
func jfif(y, cb, cr uint8) (r, g, b uint8) {
	const half = 1 << 15
	l, u, v := int32(y), int32(cb)-128, int32(cr)-128
	return clip8(l + (91881*v+half)>>16),
		clip8(l + (-22554*u-46802*v+half)>>16),
		clip8(l + (116130*u+half)>>16)
}

func clip8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// upsample computes row y of a component at the resolution of the picture. dst has a value for
// every pixel that a sample of the row covers, which may exceed the width of the picture.
//
// A sample lies in the middle of the pixels that it averages. So a pixel is 1/4 sample away from
// one sample and 3/4 from the next: weights 3/4 and 1/4 in every halved direction. The direction of
// rounding alternates, to be unbiased, in libjpeg's order. Other ratios than 2 repeat samples, and
// so do rows of one or two samples that are halved horizontally.
func (p *jpegPlane) upsample(dst []uint8, y int) {
	n := p.width
	switch [2]int{p.hx, p.vx} {
	case [2]int{2, 2}:
		if n <= 2 {
			break
		}
		near, far := neighbours(p.pix, p.stride, y, p.height)
		near, far = near[:n], far[:n]
		sum := func(x int) int32 { return 3*int32(near[x]) + int32(far[x]) }
		this, next := sum(0), sum(1)
		dst[0], dst[1] = uint8((4*this+8)>>4), uint8((3*this+next+7)>>4)
		for x := 1; x < n-1; x++ {
			last := this
			this, next = next, sum(x+1)
			dst[2*x], dst[2*x+1] = uint8((3*this+last+8)>>4), uint8((3*this+next+7)>>4)
		}
		dst[2*n-2], dst[2*n-1] = uint8((3*next+this+8)>>4), uint8((4*next+7)>>4)
		return
	case [2]int{2, 1}:
		if n <= 2 {
			break
		}
		s := p.pix[y*p.stride:][:n]
		dst[0] = s[0]
		for x := range n - 1 {
			a, b := int32(s[x]), int32(s[x+1])
			dst[2*x+1] = uint8((3*a + b + 2) >> 2)
			dst[2*x+2] = uint8((3*b + a + 1) >> 2)
		}
		dst[2*n-1] = s[n-1]
		return
	case [2]int{1, 2}:
		near, far := neighbours(p.pix, p.stride, y, p.height)
		bias := int32(1 + y&1)
		for x := range n {
			dst[x] = uint8((3*int32(near[x]) + int32(far[x]) + bias) >> 2)
		}
		return
	}
	row := p.pix[y/p.vx*p.stride:]
	for x := range dst {
		dst[x] = row[x/p.hx]
	}
}

// neighbours returns, for a plane of half the picture's height with rows rows, the row in which row
// y of the picture lies, and the one next nearest to it; at the border that is the same row.
func neighbours(plane []uint8, stride, y, rows int) (near, far []uint8) {
	n := y / 2
	f := min(max(n-1+2*(y&1), 0), rows-1)
	return plane[n*stride:], plane[f*stride:]
}
