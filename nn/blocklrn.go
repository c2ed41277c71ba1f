package nn

import "hoodwink/internal/kernel"

// blocked implements blockLayer, for small sizes across channels.
func (l *LRN) blocked(in [][]int) bool {
	if len(in[0]) != 4 || in[0][1]*in[0][3] > maxLRNRow {
		return false
	}
	return !l.WithinChannel && l.Size <= kernel.MaxLRNSize && l.Size%2 == 1 && roomy(in[0], [4]int{})
}

// maxLRNRow bounds the values of a row of all channels: every worker holds two such rows.
const maxLRNRow = 1 << 22

// blockReads implements blockLayer.
func (l *LRN) blockReads() Reads { return Reads{In: true} }

// lrnCost is the time of one value in multiply-adds.
const lrnCost = 60

// bindBlocks implements blockLayer.
func (l *LRN) bindBlocks(b *blockBinding) blockOp {
	k := kernel.LRN{Size: l.Size, Alpha: l.Alpha / float32(l.Size), Beta: l.Beta, K: l.K}
	x := b.in[0]
	lrn := kernel.Active.NewBlockLRN(k, x, b.out[0], b.din[0], b.dout[0], b.masks[0])
	cost := float64(x.W * lanes * lrnCost)
	op := blockOp{ahead: grain{blocks: 1, cost: cost}, forward: func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			for h := p.h0; h < p.h1; h++ {
				lrn.Run(p.n, k, h)
			}
		}
	}}
	if b.dout[0] == nil {
		return op
	}
	work := b.Scratch(lrn.Work())
	op.back = []grain{{blocks: 0, cost: 2 * cost}}
	op.backward = []func(int, part, bool){func(w int, p part, add bool) {
		for h := p.h0; h < p.h1; h++ {
			lrn.Grad(p.n, h, add, work(w))
		}
	}}
	return op
}
