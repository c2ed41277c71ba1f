package kernel

// A DepthwiseFilter is one phase of the weights of a convolution in which every channel is a group
// of its own: see Filter.
type DepthwiseFilter struct {
	f     *Filter     // phase and taps, without panels
	w     [][]float32 // by block: for every tap the weights of the channels
	shape ConvShape
	taps  []int // of the shape
}

// DepthwiseForward packs weights (C, 1, KH, KW) for the way forward.
func (m *Set) DepthwiseForward(w []float32, s ConvShape) *DepthwiseFilter {
	f, taps := s.ahead()
	return packDepthwise(f, taps, w, s)
}

// DepthwiseBackward packs them for the way back, a filter for every phase.
func (m *Set) DepthwiseBackward(w []float32, s ConvShape) (filters []*DepthwiseFilter) {
	for _, p := range s.phases() {
		filters = append(filters, packDepthwise(p.filter, p.taps, w, s))
	}
	return filters
}

func packDepthwise(f *Filter, taps []int, w []float32, s ConvShape) *DepthwiseFilter {
	d := &DepthwiseFilter{f: f, shape: s, taps: taps}
	for range ceil(s.O, Lanes) {
		d.w = append(d.w, make([]float32, len(taps)*Lanes))
	}
	d.Repack(w)
	return d
}

// Repack fills in other weights of the same shape.
func (d *DepthwiseFilter) Repack(w []float32) {
	size := d.shape.KH * d.shape.KW
	for c := range d.shape.O {
		for t, tap := range d.taps {
			d.w[c/Lanes][t*Lanes+c%Lanes] = w[c*size+tap]
		}
	}
}

// A DepthwiseConv is a DepthwiseFilter bound to the memory of pictures.
type DepthwiseConv struct {
	k          *windowKernels
	f          *DepthwiseFilter
	x, y, mask *Blocks
	bias       []float32
	relu       bool
	near       int // floats from a pixel of x to its first tap
	taps       *Taps
	cols       int
}

// NewDepthwiseConv binds a filter to x to compute y; the other arguments are those of NewConv.
func (m *Set) NewDepthwiseConv(
	f *DepthwiseFilter, x, y *Blocks, bias []float32, relu bool, mask *Blocks,
) *DepthwiseConv {
	c := &DepthwiseConv{k: m.window, f: f, x: x, y: y, bias: bias, relu: relu, mask: mask}
	_, c.cols = f.f.extent(y.H, y.W)
	var offsets []int
	offsets, c.near = f.f.offsets(x, 1)
	var taps []Tap
	for _, o := range offsets {
		taps = append(taps, Tap{Off: o})
	}
	c.taps = NewTaps(taps)
	return c
}

// Run computes the rows [h0, h1) of one block of picture n, those that belong to the filter's
// phase, or adds them to what y holds.
func (c *DepthwiseConv) Run(n, block, h0, h1 int, add bool) {
	f := c.f.f
	i0, _ := f.extent(h0, 0)
	i1, _ := f.extent(h1, 0)
	if c.cols == 0 {
		return
	}
	var bias []float32
	if c.bias != nil {
		bias = c.bias[block*Lanes:]
	}
	for i := i0; i < i1; i++ {
		h := f.First[0] + i*f.Step[0]
		var x, mask []float32
		if len(c.taps.list) > 0 {
			x = c.x.Data[c.near+c.x.At(n, block, i*f.Stride[0], 0):]
		}
		if c.mask != nil {
			mask = c.mask.Data[c.mask.At(n, block, h, f.First[1]):]
		}
		y := c.y.Data[c.y.At(n, block, h, f.First[1]):]
		c.k.depthwiseRow(y, x, c.f.w[block], bias, mask, c.cols, f.Stride[1]*Lanes, f.Step[1]*Lanes, c.taps, add, c.relu)
	}
}
