package kernel

// Lanes is the number of channels of a pixel that lie together in a blocked picture.
const Lanes = 16

// Blocks are N pictures of C channels in memory as the direct kernels want them: blocks
// of Lanes channels, in each the rows of pixels, a pixel being the values of the block's
// channels. There may be a margin around the planes; a convolution with padding reads it
// and wants zeros there. Values in the lanes beyond C mean nothing.
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
	valid, size := b.Valid(block), b.H*b.W
	src := planes[(n*b.C+block*b.Lanes)*size:]
	for h := h0; h < h1; h++ {
		row := b.Data[b.At(n, block, h, 0):]
		row = row[:b.W*b.Lanes]
		if valid < b.Lanes && !add {
			clear(row)
		}
		for c := range valid {
			at := c
			for _, v := range src[c*size+h*b.W : c*size+(h+1)*b.W] {
				if add {
					v += row[at]
				}
				row[at] = v
				at += b.Lanes
			}
		}
	}
}

// Unpack copies rows [h0, h1) of a block of picture n to planes of H x W pixels, or adds
// them to what is there.
func (b *Blocks) Unpack(planes []float32, n, block, h0, h1 int, add bool) {
	valid, size := b.Valid(block), b.H*b.W
	dst := planes[(n*b.C+block*b.Lanes)*size:]
	for h := h0; h < h1; h++ {
		row := b.Data[b.At(n, block, h, 0):]
		row = row[:b.W*b.Lanes]
		for c := range valid {
			out := dst[c*size+h*b.W : c*size+(h+1)*b.W]
			at := c
			for i := range out {
				v := row[at]
				if add {
					v += out[i]
				}
				out[i] = v
				at += b.Lanes
			}
		}
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

// Mask sets x[i] to 0 where y[i] is not positive. y is as long as x, or longer.
func Mask(x, y []float32) {
	y = y[:len(x)]
	for i, v := range y {
		if !(v > 0) {
			x[i] = 0
		}
	}
}
