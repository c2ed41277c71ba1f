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

// Pointwise reports whether every receptive field is one pixel and the output
// lies on the input pixel by pixel, as in a 1x1 convolution without stride.
func (w *Window) Pointwise() bool {
	return w.KH == 1 && w.KW == 1 && w.StrideH == 1 && w.StrideW == 1 &&
		w.PadTop == 0 && w.PadLeft == 0 && w.OH == w.H && w.OW == w.W
}

// Im2col packs the receptive fields of the output pixels [p0, p1), row-major, as
// the columns of a matrix in panels of the given width:
//
//	column p, row (c*KH+kh)*KW+kw = x[c, oh*StrideH-PadTop+kh*DilationH, ow*StrideW-PadLeft+kw*DilationW]
//
// where oh, ow = p/OW, p%OW and pixels outside the input are 0.
func (w *Window) Im2col(dst, x []float32, p0, p1, width int) Panels {
	depth := w.Depth()
	out := Panels{N: p1 - p0, K: depth, Width: width, Data: dst[:PanelsSize(p1-p0, depth, width)]}
	for j := 0; j < out.N; j += width {
		panel := out.Data[j*depth : (j+width)*depth]
		for r := range width {
			if j+r >= out.N {
				for p := r; p < len(panel); p += width {
					panel[p] = 0
				}
				continue
			}
			w.column(panel[r:], x, p0+j+r, width)
		}
	}
	return out
}

// column writes one receptive field with the given stride between its values.
func (w *Window) column(dst, x []float32, p, stride int) {
	h0 := p/w.OW*w.StrideH - w.PadTop
	w0 := p%w.OW*w.StrideW - w.PadLeft
	at := 0
	for c := range w.C {
		plane := x[c*w.H*w.W : (c+1)*w.H*w.W]
		for kh := range w.KH {
			h := h0 + kh*w.DilationH
			if h < 0 || h >= w.H {
				for range w.KW {
					dst[at] = 0
					at += stride
				}
				continue
			}
			row := plane[h*w.W : (h+1)*w.W]
			for kw := range w.KW {
				v := float32(0)
				if i := w0 + kw*w.DilationW; i >= 0 && i < w.W {
					v = row[i]
				}
				dst[at] = v
				at += stride
			}
		}
	}
}

// Col2im is the adjoint of Im2col for the channels [c0, c1) and the output pixels
// [p0, p1): it adds column values to the pixels they came from. cols holds the rows
// of those channels, row-major with p1-p0 columns; dx is the whole input gradient.
func (w *Window) Col2im(dx, cols []float32, c0, c1, p0, p1 int) {
	n := p1 - p0
	for c := c0; c < c1; c++ {
		plane := dx[c*w.H*w.W : (c+1)*w.H*w.W]
		for kh := range w.KH {
			for kw := range w.KW {
				row := cols[(((c-c0)*w.KH+kh)*w.KW+kw)*n:][:n]
				oh, ow := p0/w.OW, p0%w.OW
				for _, v := range row {
					h := oh*w.StrideH - w.PadTop + kh*w.DilationH
					i := ow*w.StrideW - w.PadLeft + kw*w.DilationW
					if h >= 0 && h < w.H && i >= 0 && i < w.W {
						plane[h*w.W+i] += v
					}
					if ow++; ow == w.OW {
						oh, ow = oh+1, 0
					}
				}
			}
		}
	}
}
