package nn

import "hoodwink/internal/kernel"

// Sigmoid is y = 1/(1+exp(-x)), value by value.
type Sigmoid struct{}

// Kind implements Layer.
func (l *Sigmoid) Kind() string { return "Sigmoid" }

// Reads implements Layer: the derivative is y*(1-y).
func (l *Sigmoid) Reads() Reads { return Reads{Out: true} }

// OutShapes implements Layer: any shape, which stays.
func (l *Sigmoid) OutShapes(in [][]int) ([][]int, error) { return sameShape(in, 1) }

// Bind implements Layer.
func (l *Sigmoid) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { kernel.Sigmoid(y[lo:hi], x[lo:hi]) })}
	if b.WantsGrad() {
		dx, dy, grad := b.DIn[0].Data, b.DOut[0].Data, sheltered(kernel.SigmoidGrad)
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) { grad(dx[lo:hi], dy[lo:hi], y[lo:hi]) })
	}
	return op
}
