package nn

import "hoodwink/internal/kernel"

// TanH is y = tanh(x), value by value.
type TanH struct{}

// Kind implements Layer.
func (l *TanH) Kind() string { return "TanH" }

// Reads implements Layer: the derivative is 1-y^2.
func (l *TanH) Reads() Reads { return Reads{Out: true} }

// OutShapes implements Layer: any shape, which stays.
func (l *TanH) OutShapes(in [][]int) ([][]int, error) { return sameShape(in, 1) }

// Bind implements Layer.
func (l *TanH) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { kernel.Tanh(y[lo:hi], x[lo:hi]) })}
	if b.WantsGrad() {
		dx, dy, grad := b.DIn[0].Data, b.DOut[0].Data, sheltered(kernel.TanhGrad)
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) { grad(dx[lo:hi], dy[lo:hi], y[lo:hi]) })
	}
	return op
}
