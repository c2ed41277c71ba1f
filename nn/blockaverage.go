package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// averageBlocks binds global average pooling on blocked pictures.
func averageBlocks(b *graph.BlockBinding) graph.BlockOp {
	x, y, size := b.In[0], b.Out[0], b.In[0].H*b.In[0].W
	row := x.W * lanes
	work := b.Scratch(row)
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: float64(row * x.H)}, Forward: func(worker int, p blocks.Part) {
		for k := p.B0; k < p.B1; k++ {
			var sums [lanes]float64
			t := work(worker)
			for h := range x.H {
				copy(t, blocks.Row(x, p.N, k, h))
				addPixels(&sums, t)
			}
			for i, pixel := 0, blocks.Row(y, p.N, k, 0); i < lanes; i++ {
				pixel[i] = float32(sums[i] / float64(size))
			}
		}
	}}
	if b.DOut[0] == nil {
		return op
	}
	dx, dy, mask := b.DIn[0], b.DOut[0], b.Masks[0]
	op.Back = []blocks.Grain{{Blocks: 1, Cost: float64(row)}}
	op.Backward = []func(int, blocks.Part, bool){func(worker int, p blocks.Part, add bool) {
		t := work(worker)
		for k := p.B0; k < p.B1; k++ {
			kernel.Scale(t[:lanes], 1/float32(size), blocks.Row(dy, p.N, k, 0))
			repeat(t, t[:lanes])
			for h := p.H0; h < p.H1; h++ {
				if add {
					kernel.Add(blocks.Row(dx, p.N, k, h), t)
				} else {
					copy(blocks.Row(dx, p.N, k, h), t)
				}
			}
		}
		if mask != nil {
			blocks.Mask(dx, mask, p)
		}
	}}
	return op
}

// addPixels adds all pixels of a row to sums: first pairwise in float32, which overwrites the row,
// then the rest in float64.
func addPixels(sums *[lanes]float64, row []float32) {
	for n := len(row) / lanes; n > 1; {
		half := n / 2
		kernel.Add(row[:half*lanes], row[(n-half)*lanes:n*lanes])
		n -= half
	}
	for i, v := range row[:lanes] {
		sums[i] += float64(v)
	}
}

// repeat fills a row with a pixel.
func repeat(row, pixel []float32) {
	for done := copy(row, pixel); done < len(row); done *= 2 {
		copy(row[done:], row[:done])
	}
}
