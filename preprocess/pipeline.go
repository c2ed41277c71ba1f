package preprocess

import (
	"fmt"

	"hoodwink/tensor"
)

// A Pipeline is a [Spec] bound to a batch of pictures of one size: the affine map
// from their pixels to the network's input, and the adjoint of its linear part.
// It is not safe for concurrent use. Forward and Adjoint allocate nothing, and treat
// every picture of a batch alike.
type Pipeline struct {
	spec     Spec
	shape    []int // of the network's input for one picture
	n, h, w  int
	rows     axis   // vertical resampling
	cols     axis   // horizontal resampling
	plane    [3]int // network channel of each colour
	step     int    // from one pixel of a channel to the next in the network's input
	jump     int    // from one channel to the next
	mean     []float32
	std      []float32
	wide     []float32    // one row after vertical resampling, w values
	narrow   [3][]float32 // one row of each colour after both, Width values
	gradient []float32    // factor of every network channel: Scale/Std
}

// ITU-R 601 luma weights of red and blue; green has the rest.
const (
	lumaRed  float32 = 0.299
	lumaBlue float32 = 0.114
)

// Bind prepares s for batches of pictures that are height x width.
func (s Spec) Bind(batch, height, width int) (*Pipeline, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if batch < 1 || height < 1 || width < 1 {
		return nil, fmt.Errorf("preprocess: cannot bind to %d pictures of %d x %d (height x width), want at least 1 of each", batch, height, width)
	}
	p := &Pipeline{spec: s, shape: s.InputShape(), n: batch, h: height, w: width, plane: [3]int{0, 1, 2}}
	if s.Order == "BGR" {
		p.plane = [3]int{2, 1, 0}
	}
	p.step, p.jump = 1, s.Height*s.Width
	if s.Layout == NHWC {
		p.step, p.jump = s.Channels(), 1
	}
	p.rows, p.cols = s.axes(height, width)
	p.wide = make([]float32, width)
	for c := range p.narrow {
		p.narrow[c] = make([]float32, s.Width)
	}
	for c := range s.Channels() {
		mean, std := float32(0), float32(1)
		if s.Mean != nil {
			mean = s.Mean[c]
		}
		if s.Std != nil {
			std = s.Std[c]
		}
		p.mean, p.std = append(p.mean, mean), append(p.std, std)
		p.gradient = append(p.gradient, s.Scale/std)
	}
	return p, nil
}

// InShape returns the shape (N,3,h,w) of the pictures.
func (p *Pipeline) InShape() []int { return []int{p.n, 3, p.h, p.w} }

// OutShape returns the shape of the network's input: (N,C,Height,Width), or
// (N,Height,Width,C) if that is its layout.
func (p *Pipeline) OutShape() []int { return append([]int{p.n}, p.spec.InputShape()...) }

// Forward computes the network's input dst (of OutShape) from the pixels src
// (N,3,h,w), RGB in [0,1]. It panics if a tensor has another size.
func (p *Pipeline) Forward(dst, src *tensor.Tensor) {
	p.check(dst, src)
	for n := range p.n {
		in, out := src.Image(n), dst.Image(n)
		for y := range p.spec.Height {
			var row [3][]float32
			for c := range row {
				row[c] = p.row(p.narrow[c], in[c*p.h*p.w:(c+1)*p.h*p.w], y)
			}
			at := y * p.spec.Width * p.step
			if p.spec.Order == "gray" {
				gray := p.narrow[0]
				luma(gray, row[0], row[1], row[2])
				p.normalise(out[at:], gray, 0)
				continue
			}
			for c, r := range row {
				p.normalise(out[p.plane[c]*p.jump+at:], r, p.plane[c])
			}
		}
	}
}

// Adjoint computes dsrc (N,3,h,w) = A^T ddst, where A is the linear part of Forward:
// with ddst (of OutShape) the gradient of a loss with respect to the network's
// input, dsrc is its gradient with respect to the pixels. dsrc is overwritten.
// It panics if a tensor has another size.
func (p *Pipeline) Adjoint(dsrc, ddst *tensor.Tensor) {
	p.check(ddst, dsrc)
	clear(dsrc.Data)
	for n := range p.n {
		in, out := dsrc.Image(n), ddst.Image(n)
		for y := range p.spec.Height {
			at := y * p.spec.Width * p.step
			for c := range 3 {
				row := p.narrow[c]
				if p.spec.Order == "gray" {
					p.lumaAdjoint(row, out[at:], c)
				} else {
					k := p.plane[c]
					f, from := p.gradient[k], out[k*p.jump+at:]
					for x := range row {
						row[x] = f * from[x*p.step]
					}
				}
				p.addRow(in[c*p.h*p.w:(c+1)*p.h*p.w], row, y)
			}
		}
	}
}

// row computes row y of one resampled colour plane (h,w). The result is either a part of plane or
// in buf.
func (p *Pipeline) row(buf, plane []float32, y int) []float32 {
	lo, hi := p.cols.lo, p.cols.hi
	start, weight := p.rows.taps(y)
	wide := plane[start*p.w : (start+1)*p.w]
	if len(weight) > 1 {
		sum := p.wide[lo:hi]
		clear(sum)
		for k, f := range weight {
			from := plane[(start+k)*p.w:][lo:hi]
			for x, v := range from {
				sum[x] += float32(f * v)
			}
		}
		wide = p.wide
	}
	if p.cols.copies {
		return wide[lo:hi]
	}
	for x := range buf {
		start, weight := p.cols.taps(x)
		var sum float32
		from := wide[start : start+len(weight)]
		for k, f := range weight {
			sum += float32(f * from[k])
		}
		buf[x] = sum
	}
	return buf
}

// addRow is the adjoint of row: it adds the gradient of row y to the plane's.
func (p *Pipeline) addRow(plane, row []float32, y int) {
	lo, hi := p.cols.lo, p.cols.hi
	wide := row
	if !p.cols.copies {
		clear(p.wide[lo:hi])
		for x, v := range row {
			start, weight := p.cols.taps(x)
			to := p.wide[start : start+len(weight)]
			for k, f := range weight {
				to[k] += float32(f * v)
			}
		}
		wide = p.wide[lo:hi]
	}
	start, weight := p.rows.taps(y)
	for k, f := range weight {
		to := plane[(start+k)*p.w:][lo:hi]
		for x, v := range wide {
			to[x] += float32(f * v)
		}
	}
}

// normalise computes (src*Scale - Mean)/Std for network channel c, in steps of dst.
func (p *Pipeline) normalise(dst, src []float32, c int) {
	scale, mean, std := p.spec.Scale, p.mean[c], p.std[c]
	for x, v := range src {
		dst[x*p.step] = (float32(v*scale) - mean) / std
	}
}

// luma computes the brightness of a row of pixels. It is written with differences to green, so that
// a gray pixel keeps its value exactly. dst may be r.
func luma(dst, r, g, b []float32) {
	for x, v := range g {
		dst[x] = v + float32(lumaRed*(r[x]-v)) + float32(lumaBlue*(b[x]-v))
	}
}

// lumaAdjoint computes the gradient of colour c from that of the gray channel.
func (p *Pipeline) lumaAdjoint(dst, d []float32, c int) {
	f := p.gradient[0] * [3]float32{lumaRed, 1 - lumaRed - lumaBlue, lumaBlue}[c]
	for x := range dst {
		dst[x] = f * d[x*p.step]
	}
}

// check panics unless out and in have the sizes the pipeline was bound to.
func (p *Pipeline) check(out, in *tensor.Tensor) {
	if !tensor.SameShape(in.Shape, []int{p.n, 3, p.h, p.w}) ||
		out.Shape[0] != p.n || !tensor.SameShape(out.Shape[1:], p.shape) {
		panic(fmt.Sprintf("preprocess: pixels %v and network input %v, want %v and %v", in.Shape, out.Shape, p.InShape(), p.OutShape()))
	}
}

// Geometry resizes and crops the pictures x (N,3,h,w) to the network's size and does not change the
// scale of their values: RGB in [0,1], shape (N,3,Height,Width). Under the same spec a picture of
// that size stays unchanged if Resize is [Stretch].
func (s Spec) Geometry(x *tensor.Tensor) (*tensor.Tensor, error) {
	if len(x.Shape) != 4 || x.Shape[1] != 3 {
		return nil, fmt.Errorf("preprocess: pictures have shape %v, want (N,3,height,width)", x.Shape)
	}
	p, err := s.Bind(x.Shape[0], x.Shape[2], x.Shape[3])
	if err != nil {
		return nil, err
	}
	out := tensor.New(p.n, 3, s.Height, s.Width)
	for i := range p.n * 3 {
		from, to := x.Data[i*p.h*p.w:(i+1)*p.h*p.w], out.Data[i*s.Height*s.Width:]
		for y := range s.Height {
			copy(to[y*s.Width:], p.row(p.narrow[0], from, y))
		}
	}
	// Rounded weights may add up to a little more than one.
	tensor.Clamp(out.Data, 0, 1)
	return out, nil
}
