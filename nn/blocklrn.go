package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// OnBlocks implements graph.BlockLayer, for small sizes across channels.
func (l *LRN) OnBlocks(in [][]int) (graph.Skills, bool) {
	fits := isPicture(in[0]) && in[0][1]*in[0][3] <= maxLRNRow && !l.WithinChannel && l.Size <= kernel.MaxLRNSize && l.Size%2 == 1
	return graph.Skills{Reads: graph.Reads{In: true}}, fits
}

// maxLRNRow bounds the values in one row of all channels: every worker holds two such rows.
const maxLRNRow = 1 << 22

// lrnCost is the time of one value in multiply-adds.
const lrnCost = 60

// BindBlocks implements graph.BlockLayer.
func (l *LRN) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	k := kernel.LRN{Size: l.Size, Alpha: l.Alpha / float32(l.Size), Beta: l.Beta, K: l.K}
	x := b.In[0]
	lrn := kernel.Active.NewBlockLRN(k, x, b.Out[0], b.DIn[0], b.DOut[0], b.Masks[0])
	cost := float64(x.W * lanes * lrnCost)
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: cost}, Forward: func(_ int, p blocks.Part) {
		for k := p.B0; k < p.B1; k++ {
			for h := p.H0; h < p.H1; h++ {
				lrn.Run(p.N, k, h)
			}
		}
	}}
	if b.DOut[0] == nil {
		return op
	}
	work := b.Scratch(kernel.BlockLRNWork(x.Count(), x.W))
	op.Back = []blocks.Grain{{Blocks: 0, Cost: 2 * cost}}
	op.Backward = []func(int, blocks.Part, bool){func(w int, p blocks.Part, add bool) {
		for h := p.H0; h < p.H1; h++ {
			lrn.Grad(p.N, h, add, work(w))
		}
	}}
	return op
}

// Work implements graph.Worker.
func (l *LRN) Work(in [][]int, u graph.Use) (w graph.Work) {
	c, height, width := in[0][1], in[0][2], in[0][3]
	switch {
	case u.Blocked && u.Backward:
		w.Scratch = kernel.BlockLRNWork(blocks.Count(in[0]), width)
	case u.Blocked:
	case l.WithinChannel && u.Backward:
		w.Scratch = (3*height + 1) * width
	case l.WithinChannel:
		w.Scratch = (height + 1) * width
	default:
		each, _ := lrnPixels(c, height*width)
		if w.Scratch = each; u.Backward {
			w.Scratch = (c + 2) * each
		}
	}
	return w
}
