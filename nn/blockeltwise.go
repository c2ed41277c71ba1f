package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// Joins implements graph.Joiner: channels can be joined without work if all inputs but the last
// fill their blocks.
func (l *Concat) Joins(in [][]int) bool {
	if axis, err := axisOf(l.Axis, in[0]); err != nil || axis != 1 || len(in[0]) != 4 || l.Const != nil {
		return false
	}
	for i, s := range in {
		if s[1]%lanes != 0 && i < len(in)-1 || !roomy(s, [4]int{}) {
			return false
		}
	}
	return true
}

// OnBlocks implements graph.BlockLayer, for sums.
func (l *Eltwise) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Rectifies: true}, l.IsSum() && isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer.
func (l *Eltwise) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	y := b.Out[0]
	cost := float64(y.W * lanes)
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: cost * float64(len(b.In))}, Forward: func(_ int, p blocks.Part) {
		blocks.EachRow(y, p, func(at, n, k, h int) {
			out := y.Data[at : at+y.W*lanes]
			for i, x := range b.In {
				from := x.At(n, k, h, 0)
				row := x.Data[from : from+x.W*lanes]
				if i == 0 {
					copy(out, row)
				} else {
					kernel.Add(out, row)
				}
			}
			if b.ReLU {
				kernel.ReLU(out, out, 0)
			}
		})
	}}
	if b.DOut[0] != nil {
		for i := range b.DIn {
			b.PassOn(i, &op)
		}
	}
	return op
}

// OnBlocks implements graph.BlockLayer, for the plain rectifier.
func (l *ReLU) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: graph.Reads{Out: true}}, l.IsRectifier() && isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer: the layer is a sum of one input, rectified. Its gradient
// is masked by its own output.
func (l *ReLU) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	b.ReLU = true
	op := (&Eltwise{}).BindBlocks(b)
	if b.DOut[0] == nil {
		return op
	}
	dx, dy, y := b.DIn[0], b.DOut[0], b.Out[0]
	op.Backward[0] = func(_ int, p blocks.Part, add bool) {
		blocks.EachRow(dx, p, func(at, n, k, h int) {
			row, from, to := dx.Data[at:at+dx.W*lanes], dy.At(n, k, h, 0), y.At(n, k, h, 0)
			if !add {
				clear(row)
			}
			kernel.ReLUGrad(row, dy.Data[from:], y.Data[to:to+len(row)], 0)
		})
		if b.Masks[0] != nil {
			blocks.Mask(dx, b.Masks[0], p)
		}
	}
	return op
}
