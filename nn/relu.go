package nn

import "hoodwink/internal/kernel"

// ReLU is y = x where x > 0, Slope*x elsewhere. Slope 0 is the plain rectifier, a small positive
// slope the leaky one. The derivative at 0 is Slope.
type ReLU struct {
	Slope float32
}

// Kind implements Layer.
func (l *ReLU) Kind() string { return "ReLU" }

// Reads implements Layer: y tells where x was positive, unless Slope is negative.
func (l *ReLU) Reads() Reads { return Reads{In: l.Slope < 0, Out: !(l.Slope < 0)} }

// OutShapes implements Layer: any shape, which stays.
func (l *ReLU) OutShapes(in [][]int) ([][]int, error) {
	if err := checkFinite("slope", l.Slope); err != nil {
		return nil, err
	}
	return sameShape(in, 1)
}

// Bind implements Layer.
func (l *ReLU) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { kernel.ReLU(y[lo:hi], x[lo:hi], l.Slope) })}
	if b.WantsGrad() {
		dx, dy, at := b.DIn[0].Data, b.DOut[0].Data, y
		if l.Reads().In {
			at = x
		}
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) {
			kernel.ReLUGrad(dx[lo:hi], dy[lo:hi], at[lo:hi], l.Slope)
		})
	}
	return op
}

// IsRectifier implements graph.Rectifier.
func (l *ReLU) IsRectifier() bool { return l.Slope == 0 }
