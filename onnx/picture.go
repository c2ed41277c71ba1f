package onnx

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/tensor"
)

// A picture says how the graph's input holds pictures.
type picture struct {
	valueInfo
	shape []int // of the network's input: (1,C,H,W) or (1,H,W,C)
	graph []int // of the graph's input for one picture
	batch int   // number of pictures that the graph takes at once; 1 if any number
}

// dynamic is a length that the file leaves open.
const dynamic = -1

// leastSide is the smallest side of a square that a row of values is assumed to be; fewer values
// are not a picture.
const leastSide = 8

// maxSide bounds the sides of pictures that Options ask for.
const maxSide = 1 << 15

// pictureOf interprets the shape of the input, with the help of Options where it leaves something
// open.
func (m *Model) pictureOf(v valueInfo) (*picture, error) {
	if low, _ := v.typ.limits(); !v.typ.floating() && math.IsInf(low, 0) {
		return nil, &Error{Err: fmt.Errorf("the input %q holds values of %s, numbers are wanted", v.name, v.typ),
			hint: "export the model without the part that converts pictures"}
	}
	if o := m.Options; min(o.Height, o.Width) < 0 || max(o.Height, o.Width) > maxSide {
		return nil, &Error{Err: fmt.Errorf("pictures of %dx%d pixels: a side is 1 to %d long", o.Width, o.Height, maxSide)}
	}
	p := &picture{valueInfo: v, batch: 1}
	r := &shapeReader{Model: m, picture: p}
	if !v.hasShape {
		if m.Options.Height == 0 || m.Options.Width == 0 {
			return nil, r.wrong(AsksSize, "has no shape")
		}
		p.dims = make([]dimension, 4)
	}
	var dims []int
	for _, d := range p.dims {
		n := dynamic
		if d.value > 0 {
			n = int(min(d.value, math.MaxInt32))
		}
		dims = append(dims, n)
	}
	if !m.Options.Pictures && len(dims) > 1 && !slices.Contains(dims[1:], dynamic) {
		p.shape, p.batch = append([]int{1}, dims[1:]...), max(dims[0], 1)
		p.graph = p.shape
		return p, r.fits()
	}
	example, batched := r.split(dims)
	if len(example) == 0 {
		return nil, r.wrong("", "has the shape %s: the batch and the shape of a picture are wanted", v.shapeText())
	}
	if err := r.read(example); err != nil {
		return nil, err
	}
	p.graph = r.example
	if batched {
		p.graph = append([]int{1}, p.graph...)
	}
	return p, r.fits()
}

// fits refuses pictures that are too large.
func (r *shapeReader) fits() error {
	if _, ok := tensor.CheckedSize(r.shape, maxStatic); !ok {
		return r.wrong("", "has the shape %s, which is too large", r.shapeText())
	}
	return nil
}

// A shapeReader finds out the meaning of an input's axes.
type shapeReader struct {
	*Model
	*picture
	example []int // the shape of one picture in the graph, with nothing left open
}

const sizeHint = "export the model for pictures; of the input's dimensions only the batch, height and width may be dynamic"

func (r *shapeReader) wrong(asks Question, format string, args ...any) error {
	return &Error{Err: fmt.Errorf("the input %q "+format, append([]any{r.valueInfo.name}, args...)...), Asks: asks, hint: sizeHint}
}

// split removes the batch, if there is one: a first axis of length 1 or any length, or of a fixed
// length before what is a picture by itself.
func (r *shapeReader) split(dims []int) (example []int, batched bool) {
	if len(dims) == 0 || len(dims) == 1 && dims[0] == dynamic {
		return nil, false
	}
	batched = true
	if n := dims[0]; n > 1 {
		o := r.Options
		switch len(dims) {
		case 1:
			batched = false
		case 2: // a gray picture, or several pictures that are rows
			_, row := squareOf(dims[1])
			batched = n != dims[1] && (n != o.Height || dims[1] != o.Width) && row
		case 3: // a picture in colour or gray, or several gray ones
			first := n == 3 && dims[1] != 3
			last := (dims[2] == 1 || dims[2] == 3) && n > 3 && dims[1] > 3 && dims[1] < 8*n
			batched = !first && !last
		}
	}
	if !batched {
		return dims, false
	}
	r.batch = max(dims[0], 1)
	return dims[1:], true
}

// squareOf returns whether n values are a square picture, gray or in colour, that is large enough.
func squareOf(n int) (channels int, ok bool) {
	for _, c := range []int{1, 3} {
		side := int(math.Round(math.Sqrt(float64(n) / float64(c))))
		if side >= leastSide && c*side*side == n {
			return c, true
		}
	}
	return 0, false
}

func colours(n int) bool { return n == 1 || n == 3 }

// read sets the network's shape, and the graph's for one picture.
func (r *shapeReader) read(dims []int) error {
	r.example = slices.Clone(dims)
	var long []int // the axes that are longer than 1
	for i, n := range dims {
		if n != 1 {
			long = append(long, i)
		}
	}
	o := r.Options
	if len(dims) == 3 && !(len(long) < 2 && o.Height*o.Width == 0) && (len(long) > 1 || colours(dims[0]) || colours(dims[2])) {
		return r.axes([]int{0, 1, 2})
	}
	switch len(long) {
	case 0:
		return r.wrong("", "has the shape %s, which is not a picture", r.shapeText())
	case 1:
		return r.row(long[0])
	case 2:
		return r.plane(long[0], long[1])
	case 3:
		return r.axes(long)
	}
	return r.wrong("", "has the shape %s: pictures of 1 or 3 channels are wanted, (channels, height, width) or (height, width, channels)", r.shapeText())
}

// axes reads channels, height and width from three axes.
func (r *shapeReader) axes(at []int) error {
	o := r.Options
	a, b, c := &r.example[at[0]], &r.example[at[1]], &r.example[at[2]]
	last := !colours(*a) && (colours(*c) || *a != dynamic) || o.ChannelsLast && (colours(*c) || *c == dynamic)
	if *a == dynamic && *c == dynamic {
		last = o.ChannelsLast
	}
	channels, height, width := a, b, c
	if last {
		channels, height, width = c, a, b
	}
	if *channels == dynamic {
		*channels = r.channels()
	}
	for _, side := range []struct{ n, said *int }{{height, &o.Height}, {width, &o.Width}} {
		if *side.n == dynamic {
			*side.n = *side.said
		}
		if *side.n == 0 {
			return r.wrong(AsksSize, "has the shape %s, which is not of a fixed size", r.shapeText())
		}
	}
	r.shape = []int{1, *a, *b, *c}
	return nil
}

// channels returns the number of channels if the shape leaves it open: that of Options or of the
// first convolution, else 3.
func (r *shapeReader) channels() int {
	if r.Options.Channels > 0 {
		return r.Options.Channels
	}
	kernels := map[string]*constant{}
	for _, c := range r.Model.graph.inits {
		kernels[c.name] = c.value
	}
	for _, n := range r.Model.graph.nodes {
		if n.op != "Conv" || len(n.in) < 2 {
			continue
		}
		c, groups := kernels[n.in[1]], 1
		if g := n.attrs["group"]; g != nil && g.kind == attrInt {
			groups = int(min(max(g.i, 1), maxStatic))
		}
		if c != nil && len(c.shape) > 1 && c.shape[1]*groups > 0 && colours(c.shape[1]*groups) {
			return c.shape[1] * groups
		}
		break
	}
	r.note("the file does not say how many channels the input %q has: assuming 3", r.valueInfo.name)
	return 3
}

// plane interprets two axes: as a gray picture, or as one in colour whose pixels are in a row.
func (r *shapeReader) plane(i, j int) error {
	o := r.Options
	h, w := &r.example[i], &r.example[j]
	if c, ok := squareOf(3 * max(*h, *w)); ok && c == 3 && min(*h, *w) == 3 {
		side := int(math.Round(math.Sqrt(float64(max(*h, *w)))))
		height, width := side, side
		if o.Height*o.Width == max(*h, *w) {
			height, width = o.Height, o.Width
		}
		r.shape = []int{1, 3, height, width}
		if *w == 3 {
			r.shape = []int{1, height, width, 3}
		}
		r.note("the input %q has the shape %s: assuming pictures in colour of %dx%d pixels", r.valueInfo.name, r.shapeText(), width, height)
		return nil
	}
	for _, side := range []struct{ n, said *int }{{h, &o.Height}, {w, &o.Width}} {
		if *side.n == dynamic {
			*side.n = *side.said
		}
		if *side.n == 0 {
			return r.wrong(AsksSize, "has the shape %s, which is not of a fixed size", r.shapeText())
		}
	}
	r.gray(*h, *w)
	return nil
}

func (r *shapeReader) gray(height, width int) {
	r.shape = []int{1, 1, height, width}
	if r.Options.ChannelsLast {
		r.shape = []int{1, height, width, 1}
	}
}

// row interprets one axis that has all values of a picture.
func (r *shapeReader) row(i int) error {
	o := r.Options
	n := &r.example[i]
	h, w := o.Height, o.Width
	if *n == dynamic {
		if h*w == 0 || o.Channels == 0 {
			return r.wrong(AsksColour, "has the shape %s, a row of values: nothing says of what pictures", r.shapeText())
		}
		*n = min(h, maxStatic) * min(w, maxStatic) * o.Channels
	}
	said := h > 0 && w > 0
	if !said {
		c, ok := squareOf(*n)
		switch {
		case !ok:
			return r.wrong(AsksColour, "has the shape %s, a row of values: nothing says of what pictures", r.shapeText())
		case c == 3 && o.Channels == 0:
			return r.wrong(AsksColour, "has the shape %s, a row of as many values as a square picture in colour has: nothing says that it is one, and in what order", r.shapeText())
		}
		h = int(math.Round(math.Sqrt(float64(*n / c))))
		w = h
		r.note("the input %q has the shape %s: assuming pictures of %dx%d pixels, row by row", r.valueInfo.name, r.shapeText(), w, h)
	}
	switch *n {
	case h * w:
		r.gray(h, w)
	case 3 * h * w:
		if !o.ChannelsLast && !o.ChannelsFirst {
			return r.wrong(AsksLayout, "has the shape %s, a picture in colour in a row: nothing says whether a pixel's channels are beside each other (NHWC) or not (NCHW)", r.shapeText())
		}
		r.shape = []int{1, 3, h, w}
		if o.ChannelsLast {
			r.shape = []int{1, h, w, 3}
		}
	default:
		return r.wrong(AsksColour, "has the shape %s, a row of %d values: pictures of %dx%d pixels have %d, in colour %d", r.shapeText(), *n, w, h, h*w, 3*h*w)
	}
	return nil
}
