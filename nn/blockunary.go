package nn

import "hoodwink/internal/kernel"

// blocked implements blockLayer.
func (l *Unary) blocked(in [][]int) bool { return isPicture(in[0]) }

// blockReads implements blockLayer.
func (l *Unary) blockReads() Reads { return l.Reads() }

// bindBlocks implements blockLayer.
func (l *Unary) bindBlocks(b *blockBinding) blockOp {
	f, grad := l.kernels()
	return b.valueByValue(f, grad, l.Reads().Out)
}

// blocked implements blockLayer.
func (l *Sigmoid) blocked(in [][]int) bool { return isPicture(in[0]) }

// blockReads implements blockLayer.
func (l *Sigmoid) blockReads() Reads { return l.Reads() }

// bindBlocks implements blockLayer.
func (l *Sigmoid) bindBlocks(b *blockBinding) blockOp {
	return b.valueByValue(kernel.Sigmoid, sheltered(kernel.SigmoidGrad), true)
}

// blocked implements blockLayer.
func (l *TanH) blocked(in [][]int) bool { return isPicture(in[0]) }

// blockReads implements blockLayer.
func (l *TanH) blockReads() Reads { return l.Reads() }

// bindBlocks implements blockLayer.
func (l *TanH) bindBlocks(b *blockBinding) blockOp {
	return b.valueByValue(kernel.Tanh, sheltered(kernel.TanhGrad), true)
}

// isPicture reports whether a shape is (N,C,H,W) and not absurd in blocks.
func isPicture(shape []int) bool { return len(shape) == 4 && roomy(shape, [4]int{}) }

// unaryCost is the time of one value of a function in multiply-adds.
const unaryCost = 8

// valueByValue binds a function of one value whose gradient reads the input, or the
// output.
func (b *blockBinding) valueByValue(f func(y, x []float32), grad func(dx, dy, at []float32), readsOut bool) blockOp {
	x, y := b.in[0], b.out[0]
	g := grain{blocks: 1, cost: float64(x.W * lanes * unaryCost)}
	op := blockOp{ahead: g, forward: func(_ int, p part) {
		eachRow(y, p, func(at, n, k, h int) { f(y.Data[at:at+y.W*lanes], rowOf(x, n, k, h)) })
	}}
	if b.dout[0] == nil {
		return op
	}
	at := x
	if readsOut {
		at = y
	}
	dx, dy, mask := b.din[0], b.dout[0], b.masks[0]
	op.back = []grain{g}
	op.backward = []func(int, part, bool){func(_ int, p part, add bool) {
		eachRow(dx, p, func(to, n, k, h int) {
			row := dx.Data[to : to+dx.W*lanes]
			if !add {
				clear(row)
			}
			grad(row, rowOf(dy, n, k, h), rowOf(at, n, k, h))
		})
		if mask != nil {
			maskPart(dx, mask, p)
		}
	}}
	return op
}

// rowOf returns a row of a block.
func rowOf(x *kernel.Blocks, n, k, h int) []float32 {
	at := x.At(n, k, h, 0)
	return x.Data[at : at+x.W*lanes]
}
