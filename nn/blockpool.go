package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// OnBlocks implements graph.BlockLayer, for windows of a limited size, and for global averages. The
// way back reads no activations: the places of the maxima are kept, a byte for each.
func (l *Pooling) OnBlocks(in [][]int) (graph.Skills, bool) {
	out, err := l.OutShapes(in)
	if err != nil || !roomy(in[0], [4]int{}) || !roomy(out[0], [4]int{}) {
		return graph.Skills{}, false
	}
	if l.Global && l.Method == AveragePool {
		return graph.Skills{}, true
	}
	p := l.window(in[0], out[0])
	return graph.Skills{}, min(p.KH, p.H)*min(p.KW, p.W) <= kernel.MaxTaps && p.KH*p.KW <= kernel.MaxTaps
}

// Time of one tap for one lane in multiply-adds.
const (
	maxTapCost     = 16
	averageTapCost = 8
)

// BindBlocks implements graph.BlockLayer.
func (l *Pooling) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	x, y := b.In[0], b.Out[0]
	if l.Global && l.Method == AveragePool {
		return averageBlocks(b)
	}
	p := l.window([]int{x.N, x.C, x.H, x.W}, []int{y.N, y.C, y.H, y.W})
	pool := kernel.Active.NewBlockPool(*p, l.Method == MaxPool, x, y, b.DOut[0] != nil)
	taps := float64(p.KH * p.KW * lanes * averageTapCost)
	if l.Method == MaxPool {
		taps *= maxTapCost / averageTapCost
	}
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: taps * float64(y.W)}, Forward: func(_ int, p blocks.Part) {
		for k := p.B0; k < p.B1; k++ {
			for h := p.H0; h < p.H1; h++ {
				pool.Run(p.N, k, h)
			}
		}
	}}
	if b.DOut[0] == nil {
		return op
	}
	pool.Backward(b.DIn[0], b.DOut[0], b.Masks[0])
	op.Back = []blocks.Grain{{Blocks: 1, Cost: taps * float64(x.W) / float64(p.StrideH*p.StrideW)}}
	op.Backward = []func(int, blocks.Part, bool){func(_ int, p blocks.Part, add bool) {
		for k := p.B0; k < p.B1; k++ {
			for h := p.H0; h < p.H1; h++ {
				pool.Grad(p.N, k, h, add)
			}
		}
	}}
	return op
}

// blockWork is what the layer works with on blocked pictures.
func (l *Pooling) blockWork(in, out []int, u graph.Use) (w graph.Work) {
	if l.Global && l.Method == AveragePool {
		w.Scratch = in[3] * lanes
		return w
	}
	p := l.window(in, out)
	w.Tables = p.TableBytes(u.Backward)
	if u.Backward && l.Method == MaxPool {
		w.Tables += int64(out[0]*roundUp(out[1], lanes)) * int64(out[2]*out[3])
	}
	return w
}
