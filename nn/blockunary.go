package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// OnBlocks implements graph.BlockLayer.
func (l *Unary) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: l.Reads()}, isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer.
func (l *Unary) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	f, grad := l.kernels()
	return valueByValue(b, f, grad, l.Reads().Out)
}

// OnBlocks implements graph.BlockLayer.
func (l *Sigmoid) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: l.Reads()}, isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer.
func (l *Sigmoid) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	return valueByValue(b, kernel.Sigmoid, sheltered(kernel.SigmoidGrad), true)
}

// OnBlocks implements graph.BlockLayer.
func (l *TanH) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: l.Reads()}, isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer.
func (l *TanH) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	return valueByValue(b, kernel.Tanh, sheltered(kernel.TanhGrad), true)
}

// unaryCost is the time of one value of a function in multiply-adds.
const unaryCost = 8

// valueByValue binds a function of one value whose gradient reads the input, or, if readsOut, the
// output.
func valueByValue(
	b *graph.BlockBinding, f func(y, x []float32), grad func(dx, dy, at []float32), readsOut bool,
) graph.BlockOp {
	x, y := b.In[0], b.Out[0]
	g := blocks.Grain{Blocks: 1, Cost: float64(x.W * lanes * unaryCost)}
	op := graph.BlockOp{Ahead: g, Forward: func(_ int, p blocks.Part) {
		blocks.EachRow(y, p, func(at, n, k, h int) { f(y.Data[at:at+y.W*lanes], blocks.Row(x, n, k, h)) })
	}}
	if b.DOut[0] == nil {
		return op
	}
	at := x
	if readsOut {
		at = y
	}
	dx, dy, mask := b.DIn[0], b.DOut[0], b.Masks[0]
	op.Back = []blocks.Grain{g}
	op.Backward = []func(int, blocks.Part, bool){func(_ int, p blocks.Part, add bool) {
		blocks.EachRow(dx, p, func(to, n, k, h int) {
			row := dx.Data[to : to+dx.W*lanes]
			if !add {
				clear(row)
			}
			grad(row, blocks.Row(dy, n, k, h), blocks.Row(at, n, k, h))
		})
		if mask != nil {
			blocks.Mask(dx, mask, p)
		}
	}}
	return op
}
