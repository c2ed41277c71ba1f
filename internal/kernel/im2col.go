package kernel

// A Window describes how the receptive fields of a two-dimensional convolution
// lie on its input: channels C of H x W pixels, kernel KH x KW, output OH x OW.
type Window struct {
	C, H, W              int
	KH, KW               int
	StrideH, StrideW     int
	DilationH, DilationW int
	PadTop, PadLeft      int
	OH, OW               int
}

// Depth is the number of values in one receptive field: C*KH*KW.
func (w *Window) Depth() int { return w.C * w.KH * w.KW }

// channelBlock is how many channels a convolution sums at one tap before it goes on
// to the next. The order is that of oneDNN, PyTorch's library on this kind of
// processor: in a network with max-pooling two values often differ in their last bit
// only, and which of them wins, and with it the gradient, depends on the rounding of
// the sums. In another order gradients of GoogLeNet differ from PyTorch's by up to
// half a percent, in this one by a tenth of that at worst.
const channelBlock = 16

// Order returns the order in which the values of a receptive field are summed: blocks
// of channels, in each the taps (kh, kw), for each tap the channels of the block.
// Element i is the index (c*KH+kh)*KW+kw of the i-th value.
func (w *Window) Order() []int {
	order := make([]int, 0, w.Depth())
	for c0 := 0; c0 < w.C; c0 += channelBlock {
		for tap := range w.KH * w.KW {
			for c := c0; c < min(w.C, c0+channelBlock); c++ {
				order = append(order, c*w.KH*w.KW+tap)
			}
		}
	}
	return order
}

// Pointwise reports whether every receptive field is one pixel and the output
// lies on the input pixel by pixel, as in a 1x1 convolution without stride.
func (w *Window) Pointwise() bool {
	return w.KH == 1 && w.KW == 1 && w.StrideH == 1 && w.StrideW == 1 &&
		w.PadTop == 0 && w.PadLeft == 0 && w.OH == w.H && w.OW == w.W
}

// Im2col packs the receptive fields of the output pixels [p0, p1), row-major, as
// the columns of a matrix in panels of the given width. Column p holds the values
//
//	x[c, oh*StrideH-PadTop+kh*DilationH, ow*StrideW-PadLeft+kw*DilationW]
//
// for all c, kh, kw in the order of Order, where oh, ow = p/OW, p%OW and pixels
// outside the input are 0.
func (w *Window) Im2col(dst, x []float32, p0, p1, width int) Panels {
	depth := w.Depth()
	out := Panels{N: p1 - p0, K: depth, Width: width, Data: dst[:PanelsSize(p1-p0, depth, width)]}
	var runs [maxWidth]run
	for j := 0; j < out.N; j += width {
		panel := out.Data[j*depth : (j+width)*depth]
		cols := min(width, out.N-j)
		at := 0
		for c0 := 0; c0 < w.C; c0 += channelBlock {
			for tap := range w.KH * w.KW {
				n := w.runs(&runs, p0+j, cols, tap/w.KW, tap%w.KW)
				for c := c0; c < min(w.C, c0+channelBlock); c++ {
					w.gather(panel[at:at+width], x[c*w.H*w.W:(c+1)*w.H*w.W], runs[:n])
					at += width
				}
			}
		}
	}
	return out
}

// maxWidth bounds the width of a panel.
const maxWidth = 64

// A run is a stretch of output pixels whose values at one tap lie in one row of the
// input: n of them from panel column dst on, the first at src in the channel's plane.
type run struct{ dst, n, src int }

// runs finds the runs of one tap for the output pixels [p, p+cols). They are the same
// for every channel.
func (w *Window) runs(out *[maxWidth]run, p, cols, kh, kw int) int {
	oh, ow := p/w.OW, p%w.OW
	n := 0
	for dst := 0; dst < cols; oh, ow = oh+1, 0 {
		count := min(cols-dst, w.OW-ow)
		if first, valid, h, i := w.inside(oh, ow, count, kh, kw); valid > 0 {
			out[n] = run{dst + first, valid, h*w.W + i}
			n++
		}
		dst += count
	}
	return n
}

// gather reads one tap of one channel for a whole panel row; what lies outside the
// input is 0.
func (w *Window) gather(dst, plane []float32, runs []run) {
	at := 0
	for _, r := range runs {
		if r.dst > at {
			clear(dst[at:r.dst])
		}
		if w.StrideW == 1 {
			copy(dst[r.dst:r.dst+r.n], plane[r.src:])
		} else {
			src := plane[r.src:]
			for x := range dst[r.dst : r.dst+r.n] {
				dst[r.dst+x] = src[x*w.StrideW]
			}
		}
		at = r.dst + r.n
	}
	clear(dst[at:])
}

// inside finds which of the n output pixels from (oh, ow) on have the tap (kh, kw)
// inside the input: count of them from the first on, the first one at (h, i).
func (w *Window) inside(oh, ow, n, kh, kw int) (first, count, h, i int) {
	h = oh*w.StrideH - w.PadTop + kh*w.DilationH
	i = ow*w.StrideW - w.PadLeft + kw*w.DilationW
	if h < 0 || h >= w.H || i >= w.W {
		return 0, 0, 0, 0
	}
	if i < 0 {
		first = (-i + w.StrideW - 1) / w.StrideW
		if first >= n {
			return 0, 0, 0, 0
		}
		i += first * w.StrideW
	}
	if i >= w.W {
		return 0, 0, 0, 0
	}
	return first, min(n-first, (w.W-1-i)/w.StrideW+1), h, i
}

// Col2im is the adjoint of Im2col for the channels [c0, c1) and the output pixels
// [p0, p1): it adds column values to the pixels they came from. cols holds the rows
// (c-c0)*KH*KW+kh*KW+kw, with p1-p0 columns; dx is the whole input gradient.
func (w *Window) Col2im(dx, cols []float32, c0, c1, p0, p1 int) {
	n := p1 - p0
	for c := c0; c < c1; c++ {
		plane := dx[c*w.H*w.W : (c+1)*w.H*w.W]
		for kh := range w.KH {
			for kw := range w.KW {
				w.scatter(plane, cols[(((c-c0)*w.KH+kh)*w.KW+kw)*n:][:n], p0, kh, kw)
			}
		}
	}
}

// scatter is the adjoint of gather.
func (w *Window) scatter(plane, src []float32, p, kh, kw int) {
	oh, ow := p/w.OW, p%w.OW
	for len(src) > 0 {
		n := min(len(src), w.OW-ow)
		first, count, h, i := w.inside(oh, ow, n, kh, kw)
		run := src[first : first+count]
		if w.StrideW == 1 {
			dst := plane[h*w.W+i:]
			dst = dst[:len(run)]
			for x, v := range run {
				dst[x] += v
			}
		} else {
			dst := plane[h*w.W:]
			for _, v := range run {
				dst[i] += v
				i += w.StrideW
			}
		}
		src, oh, ow = src[n:], oh+1, 0
	}
}
