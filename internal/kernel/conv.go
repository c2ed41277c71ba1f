package kernel

import (
	"math"
	"unsafe"
)

// convKernels computes tiles of a direct convolution: up to pixels neighbouring pixels, for up to
// blocks neighbouring blocks of outputs. tile takes a *convTile.
type convKernels struct {
	blocks, pixels int
	tile           [2][14]func(t *byte) // by blocks-1 and pixels-1
}

// A convTile describes a tile; the assembly knows the offsets of its fields. A part is a sequence
// of spans; the last of them says that it ends. p1 is the sum over the spans of the first part, in
// order: it begins at start and adds input times weight, each step rounded once. p2 and so on are
// the sums of the other parts and begin at 0. Then a tile is
//
//	v = ((bias + p1) + p2) + ... + add; v = max(v, 0) if relu; v = 0 where mask is not positive; y = v
type convTile struct {
	x      *float32 // the first pixel at offset 0
	spans  *stretch
	nspans int
	w      *float32
	y      *float32
	bias   *float32 // or nil
	add    *float32 // or nil
	mask   *float32 // or nil
	xStep  int      // bytes from pixel to pixel of x
	yStep  int      // of y, the addend and the mask
	yBlock int      // bytes from block to block
	aBlock int      // of the addend
	mBlock int      // of the mask
	relu   int
	start  *float32 // or nil
	sums   *float32 // memory for the tile, if there is more than one part; else nil
}

// A stretch is n inputs that are contiguous in memory; the first is off bytes behind a pixel. ends
// is not 0 if it is the last of a part and other parts follow.
type stretch struct{ off, n, ends int }

// A Conv is a Filter bound to the memory of pictures.
type Conv struct {
	m          *Set
	f          *Filter
	x, y       *Blocks
	add, mask  *Blocks   // or nil
	bias       []float32 // for whole blocks, or nil
	relu       bool
	spans      [][]stretch // by panel
	near       int         // floats from a pixel of x to the nearest input of its outputs
	rows, cols int
	tiles      []convTile // by worker
}

// An Epilogue is what happens to the sums of a convolution before they are stored. Every field is
// optional.
type Epilogue struct {
	Bias []float32 // a value for every lane of the outputs
	Add  *Blocks   // added to the sums; of the size of the output
	ReLU bool      // rectifies
	Mask *Blocks   // where this is not positive the result becomes 0; of the size of the output
}

// NewConv binds a filter to x, or to the gradient of an output, to compute y. The margin of x must
// be as wide as ConvShape.Margins says.
func (m *Set) NewConv(f *Filter, x, y *Blocks, e Epilogue, workers int) *Conv {
	c := &Conv{m: m, f: f, x: x, y: y, add: e.Add, mask: e.Mask, bias: e.Bias, relu: e.ReLU, tiles: make([]convTile, workers)}
	c.rows, c.cols = f.extent(y.H, y.W)
	perPart, parts := partBlocks(len(f.taps), y.C, y.H*y.W), false
	for i := range f.panels {
		p := &f.panels[i]
		if i > 0 && p.first == f.panels[i-1].first && p.last == f.panels[i-1].last {
			c.spans = append(c.spans, c.spans[i-1])
			continue
		}
		var spans []stretch
		for b := p.first; b < p.last; b++ {
			for _, t := range f.taps {
				s := stretch{off: 4 * (b*x.Block + t[0]*x.Row + t[1]*x.Lanes), n: x.Valid(b)}
				if k := len(spans) - 1; k >= 0 && spans[k].ends == 0 && spans[k].off+4*spans[k].n == s.off {
					spans[k].n += s.n
				} else {
					spans = append(spans, s)
				}
			}
			if b < p.last-1 && (b+1)%perPart == 0 && len(f.taps) > 0 {
				spans[len(spans)-1].ends, parts = 1, true
			}
		}
		c.spans = append(c.spans, spans)
	}
	if parts {
		for i := range c.tiles {
			c.tiles[i].sums = &make([]float32, m.conv.blocks*m.conv.pixels*Lanes)[0]
		}
	}
	c.startNear()
	c.check()
	return c
}

// partBlocks returns how many blocks of inputs make a part of the sums, for a window of taps taps
// and an output of the given channels and pixels. Parts limit the growth of rounding errors with
// the number of inputs. They are those of oneDNN, which suits them to the cache.
func partBlocks(taps, outputs, pixels int) int {
	switch {
	case taps > 1:
		return 1
	case pixels <= 7*7:
		return 16
	case pixels < 28*28 && outputs <= 256:
		return 5
	}
	return 32
}

// startNear makes the spans count from the nearest of all taps, since the pixel itself may lie
// outside the memory of x.
func (c *Conv) startNear() {
	first := math.MaxInt
	for _, spans := range c.spans {
		for _, s := range spans {
			first = min(first, s.off)
		}
	}
	if first == math.MaxInt {
		return
	}
	c.near = first / 4
	for i, spans := range c.spans {
		if i > 0 && len(spans) > 0 && &spans[0] == &c.spans[i-1][0] {
			continue
		}
		for k := range spans {
			spans[k].off -= first
		}
	}
}

// check panics if a tile would reach outside the memory of a picture.
func (c *Conv) check() {
	if c.rows == 0 || c.cols == 0 {
		return
	}
	s, x := c.f.Stride, c.x
	lo, hi := c.near+x.At(0, 0, 0, 0), c.near+x.At(x.N-1, 0, (c.rows-1)*s[0], (c.cols-1)*s[1])
	for _, spans := range c.spans {
		for _, s := range spans {
			_ = x.Data[lo+s.off/4 : hi+s.off/4+s.n]
		}
	}
	for _, y := range []*Blocks{c.y, c.add, c.mask} {
		if y != nil {
			_ = y.Data[y.At(0, 0, 0, 0) : y.At(y.N-1, y.Count()-1, y.H-1, y.W-1)+Lanes]
		}
	}
	if c.bias != nil {
		_ = c.bias[:c.y.Count()*Lanes]
	}
}

// Wide returns how many blocks of outputs a panel has; the last one may have fewer.
func (c *Conv) Wide() int { return c.m.conv.blocks }

// Panels returns how many panels Run makes of the outputs.
func (c *Conv) Panels() int { return len(c.f.panels) }

// Run computes the rows [h0, h1) of one panel of picture n, those that belong to the filter's
// phase. With more it adds them to what y holds; then there must be no other addend.
func (c *Conv) Run(worker, n, panel, h0, h1 int, more bool) {
	f, p := c.f, &c.f.panels[panel]
	i0, _ := f.extent(h0, 0)
	i1, _ := f.extent(h1, 0)
	t := &c.tiles[worker]
	t.nspans = len(c.spans[panel])
	if t.nspans > 0 {
		t.spans, t.w = &c.spans[panel][0], &p.w[0]
	}
	switch {
	case c.bias != nil && f.fromBias:
		t.start = &c.bias[p.block*Lanes]
	case c.bias != nil:
		t.bias = &c.bias[p.block*Lanes]
	}
	add := c.add
	if more {
		add = c.y
	}
	t.add, t.relu = nil, number(c.relu)
	t.xStep, t.yStep = 4*f.Stride[1]*c.x.Lanes, 4*f.Step[1]*Lanes
	t.yBlock = 4 * c.y.Block
	if add != nil {
		t.aBlock = 4 * add.Block
	}
	if c.mask != nil {
		t.mBlock = 4 * c.mask.Block
	}
	rows, cols := i1-i0, c.cols
	if c.flat() {
		rows, cols = 1, rows*cols
	}
	if rows <= 0 || cols == 0 {
		return
	}
	tiles := (cols + c.m.conv.pixels - 1) / c.m.conv.pixels
	for i := i0; i < i0+rows; i++ {
		h := f.First[0] + i*f.Step[0]
		x := c.near + c.x.At(n, 0, i*f.Stride[0], 0)
		y := c.y.At(n, p.block, h, f.First[1])
		addend, mask := 0, 0
		if add != nil {
			addend = add.At(n, p.block, h, f.First[1])
		}
		if c.mask != nil {
			mask = c.mask.At(n, p.block, h, f.First[1])
		}
		for k := range tiles {
			j0, j1 := k*cols/tiles, (k+1)*cols/tiles
			if t.nspans > 0 {
				t.x = &c.x.Data[x+j0*f.Stride[1]*c.x.Lanes]
			}
			t.y = &c.y.Data[y+j0*f.Step[1]*Lanes]
			if add != nil {
				t.add = &add.Data[addend+j0*f.Step[1]*Lanes]
			}
			if c.mask != nil {
				t.mask = &c.mask.Data[mask+j0*f.Step[1]*Lanes]
			}
			c.m.conv.tile[p.blocks-1][j1-j0-1]((*byte)(unsafe.Pointer(t)))
		}
	}
}

// flat reports whether rows are contiguous, so that pixels can be computed across their ends: in a
// 1x1 convolution of pictures without margins.
func (c *Conv) flat() bool {
	if c.f.Step != [2]int{1, 1} || c.f.Stride != [2]int{1, 1} || c.x.W != c.y.W {
		return false
	}
	for _, b := range []*Blocks{c.x, c.y, c.add, c.mask} {
		if b != nil && b.Row != b.W*b.Lanes {
			return false
		}
	}
	return true
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// convGeneric is the plain Go kernel: the reference for the others.
var convGeneric = func() *convKernels {
	k := &convKernels{blocks: 1, pixels: 2}
	for p := range k.pixels {
		k.tile[0][p] = func(t *byte) { (*convTile)(unsafe.Pointer(t)).generic(p + 1) }
	}
	return k
}()

// generic computes a tile of one block.
func (t *convTile) generic(pixels int) {
	for p := range pixels {
		for lane := 0; lane < Lanes; lane += 4 {
			s := t.sum4(p, lane)
			for j, v := range s {
				at := 4 * (lane + j)
				y := (*float32)(unsafe.Add(unsafe.Pointer(t.y), p*t.yStep+at))
				if t.add != nil {
					v += *(*float32)(unsafe.Add(unsafe.Pointer(t.add), p*t.yStep+at))
				}
				if t.relu != 0 && v < 0 {
					v = 0
				}
				if t.mask != nil && !(*(*float32)(unsafe.Add(unsafe.Pointer(t.mask), p*t.yStep+at)) > 0) {
					v = 0
				}
				*y = v
			}
		}
	}
}

// sum4 computes the sums of four outputs of pixel p, with their bias.
func (t *convTile) sum4(p, lane int) (sum [4]float32) {
	s, total := four(t.start, lane), four(t.bias, lane)
	spans := unsafe.Slice(t.spans, t.nspans)
	n := 0
	for _, s := range spans {
		n += s.n
	}
	w := unsafe.Slice(t.w, n*Lanes)
	for _, span := range spans {
		x := unsafe.Slice((*float32)(unsafe.Add(unsafe.Pointer(t.x), span.off+p*t.xStep)), span.n)
		s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
		for _, v := range x {
			k := w[lane : lane+4 : lane+4]
			s0, s1, s2, s3 = fma(v, k[0], s0), fma(v, k[1], s1), fma(v, k[2], s2), fma(v, k[3], s3)
			w = w[Lanes:]
		}
		s = [4]float32{s0, s1, s2, s3}
		if span.ends != 0 {
			for j := range total {
				total[j] += s[j]
			}
			s = [4]float32{}
		}
	}
	if t.sums == nil && t.bias == nil {
		return s
	}
	for j := range total {
		total[j] += s[j]
	}
	return total
}

// four returns the values of four lanes from lane on, or zeros if values is nil.
func four(values *float32, lane int) [4]float32 {
	if values == nil {
		return [4]float32{}
	}
	return *(*[4]float32)(unsafe.Add(unsafe.Pointer(values), 4*lane))
}
