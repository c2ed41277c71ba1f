package kernel

// A NarrowFilter is one phase of the weights of a convolution, packed for the way back to pictures
// of few channels: see Filter.
type NarrowFilter struct {
	f      *Filter // phase and taps, without panels
	blocks int     // of outputs
	c      int
	w      []float32 // by block of outputs, tap, channel and output
	shape  ConvShape
	taps   []int // of the shape
}

// MaxNarrow is the largest number of channels that NarrowBackward packs.
const MaxNarrow = 4

// NarrowBackward packs the weights of a convolution without groups from at most
// MaxNarrow channels, a filter for every phase.
func (m *Set) NarrowBackward(w []float32, s ConvShape) []*NarrowFilter {
	var filters []*NarrowFilter
	for _, p := range s.phases() {
		f := &NarrowFilter{f: p.filter, blocks: ceil(s.O, Lanes), c: s.I, shape: s, taps: p.taps}
		f.w = make([]float32, f.blocks*len(p.taps)*s.I*Lanes)
		f.Repack(w)
		filters = append(filters, f)
	}
	return filters
}

// Repack fills in other weights of the same shape.
func (f *NarrowFilter) Repack(w []float32) {
	s, size, at := f.shape, f.shape.KH*f.shape.KW, 0
	for b := range f.blocks {
		for _, tap := range f.taps {
			for c := range s.I {
				for o := b * Lanes; o < min((b+1)*Lanes, s.O); o++ {
					f.w[at+o-b*Lanes] = w[(o*s.I+c)*size+tap]
				}
				at += Lanes
			}
		}
	}
}

// A NarrowConv is a NarrowFilter bound to the gradient of an output, for a planar input of h x w
// pixels.
type NarrowConv struct {
	k     *narrowKernels
	f     *NarrowFilter
	dy    *Blocks
	h, w  int
	near  int // floats from a pixel of dy to its first tap
	taps  []NarrowTap
	cols  int
	tiles []narrowTile // by worker
}

// NewNarrowConv binds f to dy.
func (m *Set) NewNarrowConv(f *NarrowFilter, dy *Blocks, h, w, workers int) *NarrowConv {
	c := &NarrowConv{k: m.narrow, f: f, dy: dy, h: h, w: w, tiles: make([]narrowTile, workers)}
	_, c.cols = f.f.extent(h, w)
	var offsets []int
	offsets, c.near = f.f.offsets(dy, f.blocks)
	for _, o := range offsets {
		c.taps = append(c.taps, NarrowTap{o})
	}
	return c
}

// Run computes the rows [h0, h1) of picture n of dx (N,C,H,W), those that belong to the filter's
// phase, or adds to what is there.
func (c *NarrowConv) Run(worker int, dx []float32, n, h0, h1 int, add bool) {
	f := c.f.f
	i0, _ := f.extent(h0, 0)
	i1, _ := f.extent(h1, 0)
	if c.cols == 0 {
		return
	}
	plane := c.h * c.w
	for i := i0; i < i1; i++ {
		at := n*c.f.c*plane + (f.First[0]+i*f.Step[0])*c.w + f.First[1]
		var dy []float32
		if len(c.taps) > 0 {
			dy = c.dy.Data[c.near+c.dy.At(n, 0, i, 0):]
		}
		c.k.row(&c.tiles[worker], dx[at:], dy, c.f.w, c.cols, c.f.c, f.Step[1], plane, c.taps, add)
	}
}
