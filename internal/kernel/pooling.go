package kernel

import "math"

// A Pool describes how the windows of a pooling lie on one plane of H x W pixels: window (oh,ow)
// covers KH rows from oh*StrideH-PadTop and KW columns from ow*StrideW-PadLeft. Every window must
// cover at least one pixel. Planes are row-major; x and dx have H*W values, y and dy have OH*OW.
type Pool struct {
	H, W, KH, KW                         int
	StrideH, StrideW                     int
	PadTop, PadLeft, PadBottom, PadRight int
	OH, OW                               int
	ExcludePad                           bool // averages divide by the number of pixels covered, without the padding
}

// span is the part of window o that lies on an axis of the given size.
func span(o, stride, pad, k, size int) (lo, hi int) {
	at := o*stride - pad
	return max(at, 0), min(at+k, size)
}

// Max computes y[oh,ow] = max of x over the window; NaN if there is one in it. row is
// working memory of W values.
func (p *Pool) Max(y, x, row []float32) {
	row = row[:p.W]
	for oh := range p.OH {
		h0, h1 := span(oh, p.StrideH, p.PadTop, p.KH, p.H)
		copy(row, x[h0*p.W:])
		for h := h0 + 1; h < h1; h++ {
			Max(row, x[h*p.W:(h+1)*p.W])
		}
		out := y[oh*p.OW : (oh+1)*p.OW]
		for ow := range out {
			w0, w1 := span(ow, p.StrideW, p.PadLeft, p.KW, p.W)
			out[ow] = largest(row[w0:w1])
		}
	}
}

// MaxGrad adds dy[oh,ow] to dx at the first maximum of the window in row-major order, or at its
// first NaN. row is working memory of W values.
//
// A value and its place are packed into one integer, in which an earlier place counts more. So one
// maximum over integers finds both: first down the columns, then along the row, in any order.
func (p *Pool) MaxGrad(dx, dy, x []float32, row []int64) {
	row = row[:p.W]
	for oh := range p.OH {
		h0, h1 := span(oh, p.StrideH, p.PadTop, p.KH, p.H)
		for h := h0; h < h1; h++ {
			src := x[h*p.W : (h+1)*p.W][:len(row)]
			last := math.MaxUint32 - int64(h*p.W)
			if h == h0 {
				for i, v := range src {
					row[i] = rank(v) | (last - int64(i))
				}
				continue
			}
			for i, v := range src {
				row[i] = max(row[i], rank(v)|(last-int64(i)))
			}
		}
		grad := dy[oh*p.OW : (oh+1)*p.OW]
		for ow, d := range grad {
			w0, w1 := span(ow, p.StrideW, p.PadLeft, p.KW, p.W)
			dx[math.MaxUint32-uint32(largest(row[w0:w1]))] += d
		}
	}
}

// largest returns the maximum of a row, NaN if there is one. Windows of three are by far the most
// frequent.
func largest[T float32 | int64](row []T) T {
	if len(row) == 3 {
		return max(row[0], row[1], row[2])
	}
	m := row[0]
	for _, v := range row[1:] {
		m = max(m, v)
	}
	return m
}

// rank returns an integer that orders as v does, in its upper half; the lower half is zero. Both
// zeros have the same rank. NaN ranks above everything.
func rank(v float32) int64 {
	b := int32(math.Float32bits(v + 0)) // -0 + 0 = 0
	b ^= b >> 31 & math.MaxInt32
	if v != v {
		b = math.MaxInt32
	}
	return int64(b) << 32
}

// Average computes y[oh,ow] = sum of x over the window / area, summed in float64 in
// row-major order. The area is that of the window within the padded plane, or within
// the plane if ExcludePad.
func (p *Pool) Average(y, x []float32) {
	for oh := range p.OH {
		h0, h1 := span(oh, p.StrideH, p.PadTop, p.KH, p.H)
		for ow := range p.OW {
			w0, w1 := span(ow, p.StrideW, p.PadLeft, p.KW, p.W)
			var s float64
			for h := h0; h < h1; h++ {
				for _, v := range x[h*p.W+w0 : h*p.W+w1] {
					s += float64(v)
				}
			}
			y[oh*p.OW+ow] = float32(s / p.area(oh, ow))
		}
	}
}

// AverageGrad adds dy[oh,ow] / area to dx over the window.
func (p *Pool) AverageGrad(dx, dy []float32) {
	for oh := range p.OH {
		h0, h1 := span(oh, p.StrideH, p.PadTop, p.KH, p.H)
		for ow := range p.OW {
			w0, w1 := span(ow, p.StrideW, p.PadLeft, p.KW, p.W)
			d := float32(float64(dy[oh*p.OW+ow]) / p.area(oh, ow))
			for h := h0; h < h1; h++ {
				row := dx[h*p.W+w0 : h*p.W+w1]
				for i := range row {
					row[i] += d
				}
			}
		}
	}
}

// area returns the divisor of the average over a window.
func (p *Pool) area(oh, ow int) float64 {
	h, w := oh*p.StrideH-p.PadTop, ow*p.StrideW-p.PadLeft
	if p.ExcludePad {
		return float64(min(h+p.KH, p.H)-max(h, 0)) * float64(min(w+p.KW, p.W)-max(w, 0))
	}
	return float64(min(h+p.KH, p.H+p.PadBottom)-h) * float64(min(w+p.KW, p.W+p.PadRight)-w)
}
