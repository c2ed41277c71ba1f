package nn

import (
	"fmt"
	"math"

	"hoodwink/internal/kernel"
)

// A RoundMode says how to round to an integer.
type RoundMode int

// The ways of Round.
const (
	ToNearest RoundMode = iota // ties to even
	ToFloor                    // the next lower integer
	ToCeil                     // the next higher integer
	ToZero                     // as a conversion to an integer does
)

var roundNames = [...]string{"Round", "Floor", "Ceil", "Truncate"}

// Round rounds every value to an integer. Its derivative is zero wherever it exists, so the
// gradient passes straight through instead, as if nothing were rounded.
type Round struct{ Mode RoundMode }

// Kind implements Layer.
func (l *Round) Kind() string { return nameOf(roundNames[:], int(l.Mode), "Round") }

// Reads implements Layer.
func (l *Round) Reads() Reads { return Reads{} }

func (l *Round) rounds() {}

// OutShapes implements Layer: any shape, which stays.
func (l *Round) OutShapes(in [][]int) ([][]int, error) {
	if l.Mode < 0 || int(l.Mode) >= len(roundNames) {
		return nil, fmt.Errorf("has the unknown mode %d", l.Mode)
	}
	return sameShape(in, 1)
}

// Bind implements Layer.
func (l *Round) Bind(b *Binding) Op {
	f := [...]func(float64) float64{math.RoundToEven, math.Floor, math.Ceil, math.Trunc}[l.Mode]
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { kernel.Map(y[lo:hi], x[lo:hi], f) })}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) { kernel.Axpy(dx[lo:hi], 1, dy[lo:hi]) })
	}
	return op
}

// A rounder is a layer that rounds values and passes the gradient through as if it did not.
type rounder interface{ rounds() }

// Rounds reports whether some layer rounds. The gradient is then not that of the network,
// which is zero or undefined, but that of a smooth stand-in.
func (net *Network) Rounds() bool {
	for _, n := range net.Nodes() {
		if _, ok := n.Layer.(rounder); ok {
			return true
		}
	}
	return false
}
