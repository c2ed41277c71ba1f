package nn

import "hoodwink/internal/kernel"

// blocked implements blockLayer, for windows of not too many pixels and averages of all.
func (l *Pooling) blocked(in [][]int) bool {
	out, err := l.OutShapes(in)
	if err != nil || !roomy(in[0], [4]int{}) || !roomy(out[0], [4]int{}) {
		return false
	}
	if l.Global && l.Method == AveragePool {
		return true
	}
	p := l.window(in[0], out[0])
	return min(p.KH, p.H)*min(p.KW, p.W) <= kernel.MaxTaps && p.KH*p.KW <= kernel.MaxTaps
}

// blockReads implements blockLayer: the places of the maxima are kept, a byte for each.
func (l *Pooling) blockReads() Reads { return Reads{} }

// Time of one tap for one lane in multiply-adds.
const (
	maxTapCost     = 16
	averageTapCost = 8
)

// bindBlocks implements blockLayer.
func (l *Pooling) bindBlocks(b *blockBinding) blockOp {
	x, y := b.in[0], b.out[0]
	if l.Global && l.Method == AveragePool {
		return b.average()
	}
	p := l.window([]int{x.N, x.C, x.H, x.W}, []int{y.N, y.C, y.H, y.W})
	pool := kernel.Active.NewBlockPool(*p, l.Method == MaxPool, x, y, b.dout[0] != nil)
	taps := float64(p.KH * p.KW * lanes * averageTapCost)
	if l.Method == MaxPool {
		taps *= maxTapCost / averageTapCost
	}
	op := blockOp{ahead: grain{blocks: 1, cost: taps * float64(y.W)}, forward: func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			for h := p.h0; h < p.h1; h++ {
				pool.Run(p.n, k, h)
			}
		}
	}}
	if b.dout[0] == nil {
		return op
	}
	pool.Backward(b.din[0], b.dout[0], b.masks[0])
	op.back = []grain{{blocks: 1, cost: taps * float64(x.W) / float64(p.StrideH*p.StrideW)}}
	op.backward = []func(int, part, bool){func(_ int, p part, add bool) {
		for k := p.b0; k < p.b1; k++ {
			for h := p.h0; h < p.h1; h++ {
				pool.Grad(p.n, k, h, add)
			}
		}
	}}
	return op
}
