package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
)

// ELU is y = x where x > 0, Alpha*(exp(x)-1) elsewhere (Clevert, Unterthiner, Hochreiter
// 2015, "Fast and Accurate Deep Network Learning by Exponential Linear Units",
// arXiv:1511.07289). Alpha is not negative.
type ELU struct {
	Alpha float32
}

// Kind implements Layer.
func (l *ELU) Kind() string { return "ELU" }

// Reads implements Layer: the derivative below zero is y+Alpha.
func (l *ELU) Reads() Reads { return Reads{Out: true} }

// OutShapes implements Layer: any shape, which stays.
func (l *ELU) OutShapes(in [][]int) ([][]int, error) {
	if l.Alpha < 0 {
		return nil, fmt.Errorf("has an alpha of %g: want 0 or more", l.Alpha)
	}
	if err := checkFinite("alpha", l.Alpha); err != nil {
		return nil, err
	}
	return sameShape(in, 1)
}

// Bind implements Layer.
func (l *ELU) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { kernel.ELU(y[lo:hi], x[lo:hi], l.Alpha) })}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		grad := sheltered(func(dx, dy, y []float32) { kernel.ELUGrad(dx, dy, y, l.Alpha) })
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) {
			grad(dx[lo:hi], dy[lo:hi], y[lo:hi])
		})
	}
	return op
}
