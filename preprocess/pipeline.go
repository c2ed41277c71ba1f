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
	form     Pixels
	shape    []int // of the network's input for one picture
	colours  int   // of the pictures
	n, h, w  int
	reads    Reads
	rows     axis   // vertical resampling
	cols     axis   // horizontal resampling
	plane    [3]int // network channel of each colour
	step     int    // from one pixel of a channel to the next in the network's input
	jump     int    // from one channel to the next
	mean     []float32
	std      []float32
	gradient []float32 // factor of every network channel: Scale/Std
	lines    []lines   // by worker

	// of the loop that runs
	pictures, input *tensor.Tensor
	parts, each     int // of every picture; rows in a part
	ahead, back     func(worker, i int)
}

// lines is the working memory of one worker.
type lines struct {
	wide   []float32    // one row after vertical resampling, w values
	narrow [3][]float32 // one row of each colour after both, Width values
}

// Pixels says which form the pictures of a [Pipeline] have. Its zero value is that of picture files.
type Pixels struct {
	// Own means the network's own channels: one, if it takes gray ([Spec.Channels]). [Spec.Own] makes
	// such pictures.
	Own bool

	// Read means that the pictures have only those rows and columns that are read, as
	// [Reads.Gather] makes them.
	Read bool

	// Team, if not nil, runs Forward and Adjoint. Results do not depend on it.
	Team *tensor.Team
}

// ITU-R 601 luma weights of red and blue; green has the rest.
const (
	lumaRed  float32 = 0.299
	lumaBlue float32 = 0.114
)

// Bind prepares s for batches of pictures that are height x width.
func (s Spec) Bind(batch, height, width int) (*Pipeline, error) {
	return s.BindPixels(batch, height, width, Pixels{})
}

// BindPixels is [Spec.Bind] for pictures of another form. Height and width are those of the file.
func (s Spec) BindPixels(batch, height, width int, form Pixels) (*Pipeline, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if batch < 1 || height < 1 || width < 1 {
		return nil, fmt.Errorf("preprocess: cannot bind to %d pictures of %d x %d (height x width), want at least 1 of each", batch, height, width)
	}
	p := &Pipeline{spec: s, form: form, shape: s.InputShape(), colours: 3, n: batch, h: height, w: width, plane: [3]int{0, 1, 2}}
	if form.Own {
		p.colours = s.Channels()
	}
	if s.Order == "BGR" {
		p.plane = [3]int{2, 1, 0}
	}
	p.step, p.jump = 1, s.Height*s.Width
	if s.Layout == NHWC {
		p.step, p.jump = s.Channels(), 1
	}
	p.rows, p.cols = s.axes(height, width)
	p.reads = Reads{Height: height, Width: width, Rows: p.rows.reads(height), Cols: p.cols.reads(width)}
	if form.Read {
		p.rows.gather(p.reads.Rows)
		p.cols.gather(p.reads.Cols)
		p.h, p.w = p.reads.Size()
	}
	if form.Team == nil {
		p.form.Team = tensor.NewTeam(1)
	}
	p.lines = make([]lines, p.form.Team.Threads())
	for i := range p.lines {
		l := &p.lines[i]
		l.wide = make([]float32, p.w)
		for c := range l.narrow {
			l.narrow[c] = make([]float32, s.Width)
		}
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
	p.cut()
	p.ahead, p.back = p.forwardPart, p.adjointPlane
	return p, nil
}

// partValues is how many values a part of a picture has at least: about ten microseconds.
const partValues = 1 << 13

// cut divides the rows of the network's input into parts, by shape alone.
func (p *Pipeline) cut() {
	row := p.colours * (p.w + p.spec.Width)
	p.each = min(p.spec.Height, max(1, partValues/row))
	p.parts = (p.spec.Height + p.each - 1) / p.each
}

// InShape returns the shape (N,C,h,w) of the pictures: C is 3, unless they have the network's own
// channels.
func (p *Pipeline) InShape() []int { return []int{p.n, p.colours, p.h, p.w} }

// OutShape returns the shape of the network's input: (N,C,Height,Width), or
// (N,Height,Width,C) if that is its layout.
func (p *Pipeline) OutShape() []int { return append([]int{p.n}, p.spec.InputShape()...) }

// Reads returns the rows and columns of the file's pixels that are read.
func (p *Pipeline) Reads() Reads { return p.reads }

// Forward computes the network's input dst (of OutShape) from the pixels src (of InShape), in [0,1].
// src may have fewer than N pictures; then the others of dst stay as they are. It panics if a tensor
// has another size.
func (p *Pipeline) Forward(dst, src *tensor.Tensor) {
	p.check(dst, src)
	p.pictures, p.input = src, dst
	p.run(src.Shape[0]*p.parts, p.ahead)
}

// run runs a loop, on one thread if it is short.
func (p *Pipeline) run(n int, body func(worker, i int)) {
	if n*p.each*p.colours*(p.w+p.spec.Width) < 2*partValues {
		for i := range n {
			body(0, i)
		}
	} else {
		p.form.Team.For(n, body)
	}
	p.pictures, p.input = nil, nil
}

// forwardPart computes some rows of a picture's input.
func (p *Pipeline) forwardPart(worker, i int) {
	n, part := i/p.parts, i%p.parts
	l := &p.lines[worker]
	in, out := p.pictures.Image(n), p.input.Image(n)
	for y := part * p.each; y < min((part+1)*p.each, p.spec.Height); y++ {
		var row [3][]float32
		for c := range p.colours {
			row[c] = p.row(l, l.narrow[c], in[c*p.h*p.w:(c+1)*p.h*p.w], y)
		}
		at := y * p.spec.Width * p.step
		switch {
		case p.colours == 1:
			p.normalise(out[at:], row[0], 0)
		case p.spec.Order == "gray":
			gray := l.narrow[0]
			luma(gray, row[0], row[1], row[2])
			p.normalise(out[at:], gray, 0)
		default:
			for c, r := range row {
				p.normalise(out[p.plane[c]*p.jump+at:], r, p.plane[c])
			}
		}
	}
}

// Adjoint computes dsrc (of InShape) = A^T ddst, where A is the linear part of Forward:
// with ddst (of OutShape) the gradient of a loss with respect to the network's
// input, dsrc is its gradient with respect to the pixels. dsrc is overwritten; it may have
// fewer than N pictures.
// It panics if a tensor has another size.
func (p *Pipeline) Adjoint(dsrc, ddst *tensor.Tensor) {
	p.check(ddst, dsrc)
	p.pictures, p.input = dsrc, ddst
	p.run(dsrc.Shape[0]*p.colours, p.back)
}

// adjointPlane computes the gradient of one colour of a picture.
func (p *Pipeline) adjointPlane(worker, i int) {
	n, c := i/p.colours, i%p.colours
	l := &p.lines[worker]
	plane, out := p.pictures.Image(n)[c*p.h*p.w:(c+1)*p.h*p.w], p.input.Image(n)
	clear(plane)
	row := l.narrow[0]
	for y := range p.spec.Height {
		at := y * p.spec.Width * p.step
		switch {
		case p.colours == 1:
			scaled(row, out[at:], p.gradient[0], p.step)
		case p.spec.Order == "gray":
			scaled(row, out[at:], p.gradient[0]*[3]float32{lumaRed, 1 - lumaRed - lumaBlue, lumaBlue}[c], p.step)
		default:
			k := p.plane[c]
			scaled(row, out[k*p.jump+at:], p.gradient[k], p.step)
		}
		p.addRow(l, plane, row, y)
	}
}

// scaled computes dst[x] = f * src[x*step].
func scaled(dst, src []float32, f float32, step int) {
	for x := range dst {
		dst[x] = f * src[x*step]
	}
}

// row computes row y of one resampled colour plane (h,w). The result is either a part of plane or
// buf.
func (p *Pipeline) row(l *lines, buf, plane []float32, y int) []float32 {
	lo, hi := p.cols.lo, p.cols.hi
	start, weight := p.rows.taps(y)
	wide := plane[start*p.w : (start+1)*p.w]
	if len(weight) > 1 {
		sum := l.wide[lo:hi]
		if p.cols.copies { // the row is complete, and another colour's must not overwrite it
			sum = buf
		}
		clear(sum)
		for k, f := range weight {
			from := plane[(start+k)*p.w:][lo:hi]
			for x, v := range from {
				sum[x] += float32(f * v)
			}
		}
		if p.cols.copies {
			return buf
		}
		wide = l.wide
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
func (p *Pipeline) addRow(l *lines, plane, row []float32, y int) {
	lo, hi := p.cols.lo, p.cols.hi
	wide := row
	if !p.cols.copies {
		clear(l.wide[lo:hi])
		for x, v := range row {
			start, weight := p.cols.taps(x)
			to := l.wide[start : start+len(weight)]
			for k, f := range weight {
				to[k] += float32(f * v)
			}
		}
		wide = l.wide[lo:hi]
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
	if scale == 1 && mean == 0 && std == 1 && p.step == 1 {
		copy(dst, src)
		return
	}
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

// check panics unless out and in have the sizes the pipeline was bound to.
func (p *Pipeline) check(out, in *tensor.Tensor) {
	if len(in.Shape) != 4 || in.Shape[0] > p.n || in.Shape[1] != p.colours || in.Shape[2] != p.h || in.Shape[3] != p.w ||
		out.Shape[0] < in.Shape[0] || !tensor.SameShape(out.Shape[1:], p.shape) {
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
			copy(to[y*s.Width:], p.row(&p.lines[0], p.lines[0].narrow[0], from, y))
		}
	}
	// Rounded weights may add up to a little more than one.
	tensor.Clamp(out.Data, 0, 1)
	return out, nil
}
