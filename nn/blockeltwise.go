package nn

import "hoodwink/internal/kernel"

// blocked implements blockLayer: channels are put together without work if all but the
// last input fill their blocks.
func (l *Concat) blocked(in [][]int) bool {
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

// blockReads implements blockLayer.
func (l *Concat) blockReads() Reads { return Reads{} }

// bindBlocks implements blockLayer. It is never called: see graph.concat.
func (l *Concat) bindBlocks(*blockBinding) blockOp { panic("nn: blocked Concat") }

// blocked implements blockLayer, for sums.
func (l *Eltwise) blocked(in [][]int) bool {
	return l.Op == Sum && l.Coeff == nil && len(in[0]) == 4 && roomy(in[0], [4]int{})
}

// blockReads implements blockLayer.
func (l *Eltwise) blockReads() Reads { return Reads{} }

func (l *Eltwise) rectifies() bool { return true }

// bindBlocks implements blockLayer.
func (l *Eltwise) bindBlocks(b *blockBinding) blockOp {
	y := b.out[0]
	cost := float64(y.W * lanes)
	op := blockOp{ahead: grain{blocks: 1, cost: cost * float64(len(b.in))}, forward: func(_ int, p part) {
		eachRow(y, p, func(at, n, k, h int) {
			out := y.Data[at : at+y.W*lanes]
			for i, x := range b.in {
				from := x.At(n, k, h, 0)
				row := x.Data[from : from+x.W*lanes]
				if i == 0 {
					copy(out, row)
				} else {
					kernel.Add(out, row)
				}
			}
			if b.relu {
				kernel.ReLU(out, out, 0)
			}
		})
	}}
	if b.dout[0] != nil {
		for i := range b.din {
			b.passOn(i, &op)
		}
	}
	return op
}

// passOn makes the way back to input i of a sum: the gradient of the output.
func (b *blockBinding) passOn(i int, op *blockOp) {
	dx, dy, mask := b.din[i], b.dout[0], b.masks[i]
	op.back = append(op.back, grain{blocks: 1, cost: float64(dx.W * lanes)})
	op.backward = append(op.backward, func(_ int, p part, add bool) {
		eachRow(dx, p, func(at, n, k, h int) {
			from := dy.At(n, k, h, 0)
			out, row := dx.Data[at:at+dx.W*lanes], dy.Data[from:from+dx.W*lanes]
			if add {
				kernel.Add(out, row)
			} else {
				copy(out, row)
			}
		})
		if mask != nil {
			maskPart(dx, mask, p)
		}
	})
}

// blocked implements blockLayer, for the plain rectifier.
func (l *ReLU) blocked(in [][]int) bool {
	return l.Slope == 0 && len(in[0]) == 4 && roomy(in[0], [4]int{})
}

// blockReads implements blockLayer.
func (l *ReLU) blockReads() Reads { return Reads{Out: true} }

// bindBlocks implements blockLayer: a sum of one input, rectified, whose gradient is
// masked by its own output.
func (l *ReLU) bindBlocks(b *blockBinding) blockOp {
	b.relu = true
	op := (&Eltwise{}).bindBlocks(b)
	if b.dout[0] == nil {
		return op
	}
	dx, dy, y := b.din[0], b.dout[0], b.out[0]
	op.backward[0] = func(_ int, p part, add bool) {
		eachRow(dx, p, func(at, n, k, h int) {
			row, from, to := dx.Data[at:at+dx.W*lanes], dy.At(n, k, h, 0), y.At(n, k, h, 0)
			if !add {
				clear(row)
			}
			kernel.ReLUGrad(row, dy.Data[from:], y.Data[to:to+len(row)], 0)
		})
		if b.masks[0] != nil {
			maskPart(dx, b.masks[0], p)
		}
	}
	return op
}

// maskPart sets to 0 what lies where y is not positive.
func maskPart(dx, y *kernel.Blocks, p part) {
	eachRow(dx, p, func(at, n, k, h int) {
		kernel.Mask(dx.Data[at:at+dx.W*lanes], y.Data[y.At(n, k, h, 0):])
	})
}

// eachRow calls f for every row of a part: where it begins, and its picture, block and row.
func eachRow(x *kernel.Blocks, p part, f func(at, n, k, h int)) {
	for k := p.b0; k < p.b1; k++ {
		for h := p.h0; h < p.h1; h++ {
			f(x.At(p.n, k, h, 0), p.n, k, h)
		}
	}
}
