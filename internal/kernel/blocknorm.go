package kernel

// A BlockLRN is an LRN across the channels of blocked pictures, for sizes up to
// MaxLRNSize.
type BlockLRN struct {
	k            *lrnKernels
	l            LRN
	x, y         *Blocks
	dx, dy, mask *Blocks
}

// MaxLRNSize is the largest size of a BlockLRN.
const MaxLRNSize = 5

// NewBlockLRN prepares l for the pictures x and y. For Grad, dy and dx are their gradients,
// otherwise nil; dx becomes 0 where mask, unless nil, is not positive.
func (m *Set) NewBlockLRN(l LRN, x, y, dx, dy, mask *Blocks) *BlockLRN {
	return &BlockLRN{m.lrn, l, x, y, dx, dy, mask}
}

// row returns a row of a block; nil outside the picture, with no valid lanes.
func (b *BlockLRN) row(x *Blocks, n, block, h int) (row []float32, valid int) {
	if block < 0 || block >= x.Count() {
		return nil, 0
	}
	at := x.At(n, block, h, 0)
	return x.Data[at : at+x.W*Lanes], x.Valid(block)
}

// Run computes row h of a block of picture n.
func (b *BlockLRN) Run(n, block, h int) {
	y, _ := b.row(b.y, n, block, h)
	x, valid := b.row(b.x, n, block, h)
	before, _ := b.row(b.x, n, block-1, h)
	after, validAfter := b.row(b.x, n, block+1, h)
	b.k.row(&b.l, y, x, before, after, b.x.W, valid, validAfter)
}

// BlockLRNWork is how many floats of working memory Grad needs for rows of n pixels of some blocks.
func BlockLRNWork(blocks, n int) int { return (blocks + 1) * n * Lanes * 2 }

// Grad computes row h of all blocks of the input's gradient, or adds to what is there.
func (b *BlockLRN) Grad(n, h int, add bool, work []float32) {
	size, count := b.x.W*Lanes, b.x.Count()
	d, t := work[:count*size], work[count*size:2*count*size]
	for k := range count {
		dy, _ := b.row(b.dy, n, k, h)
		x, valid := b.row(b.x, n, k, h)
		before, _ := b.row(b.x, n, k-1, h)
		after, validAfter := b.row(b.x, n, k+1, h)
		b.k.terms(&b.l, d[k*size:(k+1)*size], t[k*size:(k+1)*size], dy, x, before, after, b.x.W, valid, validAfter)
	}
	term := func(k int) []float32 {
		if k < 0 || k >= count {
			return nil
		}
		return t[k*size : (k+1)*size]
	}
	for k := range count {
		dx, _ := b.row(b.dx, n, k, h)
		x, _ := b.row(b.x, n, k, h)
		var mask []float32
		if b.mask != nil {
			mask, _ = b.row(b.mask, n, k, h)
		}
		b.k.gradRow(&b.l, dx, d[k*size:(k+1)*size], x, term(k), term(k-1), term(k+1), mask, b.x.W, add)
	}
}
