package kernel

// Lanes is the number of channels of a pixel that lie together in a blocked picture.
const Lanes = 16

// Blocks are N pictures of C channels, laid out in memory for the direct kernels: blocks of Lanes
// channels; in each block rows of pixels; for each pixel the values of the block's channels. There
// may be a margin around the planes. A convolution with padding reads it and expects zeros there.
// Values in the lanes beyond C mean nothing.
//
// All offsets count floats.
type Blocks struct {
	Data       []float32
	N, C, H, W int
	Lanes      int // floats of a pixel: Lanes, or C where C is smaller and the layout narrow
	Origin     int // first value of the first picture's first pixel, behind its margin
	Row        int // from a row to the next
	Block      int // from a block to the next
	Image      int // from a picture to the next
}

// pageFloats is how many floats lie in a page of memory.
const pageFloats = 1024

// Layout returns how pictures of shape (N,C,H,W) lie in memory with a margin (up, left, down,
// right) around their planes. The result is Blocks without Data, which must get N*Image floats. A
// narrow layout has as many lanes as channels, at most Lanes.
func Layout(shape []int, margin [4]int, narrow bool) *Blocks {
	b := &Blocks{N: shape[0], C: shape[1], H: shape[2], W: shape[3], Lanes: Lanes}
	if narrow {
		b.Lanes = b.C
	}
	b.Row = (margin[1] + b.W + margin[3]) * b.Lanes
	b.Block = b.Row * (margin[0] + b.H + margin[2])
	if b.Block%pageFloats == 0 {
		b.Block += Lanes // otherwise the same pixel of all blocks would compete for one place in the cache
	}
	b.Image = b.Block * b.Count()
	b.Origin = margin[0]*b.Row + margin[1]*b.Lanes
	return b
}

// Count returns the number of blocks.
func (b *Blocks) Count() int { return (b.C + b.Lanes - 1) / b.Lanes }

// At returns where a pixel of a block begins. Coordinates may lie in the margin.
func (b *Blocks) At(n, block, h, w int) int {
	return b.Origin + n*b.Image + block*b.Block + h*b.Row + w*b.Lanes
}

// Valid returns how many lanes of a block hold channels.
func (b *Blocks) Valid(block int) int { return min(b.Lanes, b.C-block*b.Lanes) }

// Pack copies rows [h0, h1) of a block of picture n from planes of H x W pixels, or adds
// them to what is there. Without add, what lies beyond C becomes 0.
func (b *Blocks) Pack(planes []float32, n, block, h0, h1 int, add bool) {
	valid := b.Valid(block)
	b.runs(n, block, h0, h1, func(plane, at, pixels int) {
		row := b.Data[at : at+pixels*b.Lanes]
		if valid < b.Lanes && !add {
			clear(row)
		}
		move := Transpose
		if add {
			move = TransposeAdd
		}
		move(row, b.Lanes, planes[plane:], b.H*b.W, valid, pixels)
	})
}

// Unpack copies rows [h0, h1) of a block of picture n to planes of H x W pixels, or adds
// them to what is there.
func (b *Blocks) Unpack(planes []float32, n, block, h0, h1 int, add bool) {
	valid := b.Valid(block)
	b.runs(n, block, h0, h1, func(plane, at, pixels int) {
		move := Transpose
		if add {
			move = TransposeAdd
		}
		move(planes[plane:], b.H*b.W, b.Data[at:at+pixels*b.Lanes], b.Lanes, pixels, valid)
	})
}

// runs calls f for stretches of contiguous pixels: rows, or all pixels if there is no margin. plane
// is the place of the first pixel in the plane of the first channel, at its place in the block.
func (b *Blocks) runs(n, block, h0, h1 int, f func(plane, at, pixels int)) {
	plane := (n*b.C + block*b.Lanes) * b.H * b.W
	if b.Row == b.W*b.Lanes && h0 < h1 {
		f(plane+h0*b.W, b.At(n, block, h0, 0), (h1-h0)*b.W)
		return
	}
	for h := h0; h < h1; h++ {
		f(plane+h*b.W, b.At(n, block, h, 0), b.W)
	}
}

// ClearMargin sets the margin around a block of picture n, of the given width (up, left,
// down, right), to 0: all the memory between and around the rows.
func (b *Blocks) ClearMargin(n, block int, width [4]int) {
	clear(b.Data[b.At(n, block, -width[0], -width[1]):b.At(n, block, 0, 0)])
	for h := range b.H - 1 {
		clear(b.Data[b.At(n, block, h, b.W):b.At(n, block, h+1, 0)])
	}
	clear(b.Data[b.At(n, block, b.H-1, b.W):b.At(n, block, b.H+width[2]-1, b.W+width[3])])
}
