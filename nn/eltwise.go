package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// EltwiseOp says how an Eltwise combines its inputs.
type EltwiseOp int

// The operations of Eltwise.
const (
	Sum EltwiseOp = iota
	Product
	Max
)

// Eltwise combines any number of inputs of one shape value by value: the sum, weighted by Coeff if
// that is set, the product, or the maximum. If several inputs equal the maximum, the gradient goes
// to the first of them. NaN wins over every number.
type Eltwise struct {
	Op    EltwiseOp
	Coeff []float32 // one for every input of a Sum, or nil
}

// Kind implements Layer.
func (l *Eltwise) Kind() string { return "Eltwise" }

// Reads implements Layer: a sum is linear.
func (l *Eltwise) Reads() Reads { return Reads{In: l.Op != Sum} }

// OutShapes implements Layer: any shape, which stays.
func (l *Eltwise) OutShapes(in [][]int) ([][]int, error) {
	if l.Op != Sum && l.Op != Product && l.Op != Max {
		return nil, fmt.Errorf("has the unknown operation %d", l.Op)
	}
	if err := checkInputs(in, 0, 1); err != nil {
		return nil, err
	}
	for i, s := range in {
		if !tensor.SameShape(s, in[0]) {
			return nil, fmt.Errorf("takes inputs of one shape, got %v first and %v as number %d", in[0], s, i+1)
		}
	}
	if n := len(l.Coeff); n > 0 && (n != len(in) || l.Op != Sum) {
		return nil, fmt.Errorf("has %d coefficients and %d inputs: want one for each input of a sum, or none", n, len(in))
	}
	if err := checkFinite("coefficient", l.Coeff...); err != nil {
		return nil, err
	}
	work := append([]int{len(in)}, in[0][1:]...)
	if l.Op == Product {
		work = append(work, len(in)) // the gradient of each factor multiplies all others
	}
	return [][]int{append([]int(nil), in[0]...)}, checkWork(work...)
}

// coeff returns the weight of input i of a sum.
func (l *Eltwise) coeff(i int) float32 {
	if len(l.Coeff) == 0 {
		return 1
	}
	return l.Coeff[i]
}

// Bind implements Layer. Several inputs may be the same value, so a task handles all inputs of a
// block one after the other.
func (l *Eltwise) Bind(b *Binding) Op {
	y := b.Out[0].Data
	xs := make([][]float32, len(b.In))
	for i, x := range b.In {
		xs[i] = x.Data
	}
	op := Op{Forward: overBlocks(b.Team, len(y), func(lo, hi int) { l.forward(y[lo:hi], xs, lo, hi) })}
	if !b.WantsGrad() {
		return op
	}
	dy := b.DOut[0].Data
	dxs := make([][]float32, len(b.DIn))
	for i, dx := range b.DIn {
		if dx != nil {
			dxs[i] = dx.Data
		}
	}
	op.Backward = overBlocks(b.Team, len(y), func(lo, hi int) {
		switch l.Op {
		case Product:
			kernel.MulGrad(dxs, dy, xs, lo, hi)
		case Max:
			kernel.MaxGrad(dxs, dy, xs, lo, hi)
		default:
			for i, dx := range dxs {
				if dx != nil {
					kernel.Axpy(dx[lo:hi], l.coeff(i), dy[lo:hi])
				}
			}
		}
	})
	return op
}

// forward computes one block.
func (l *Eltwise) forward(y []float32, xs [][]float32, lo, hi int) {
	if l.Op == Sum {
		kernel.Scale(y, l.coeff(0), xs[0][lo:hi])
	} else {
		copy(y, xs[0][lo:hi])
	}
	for i := 1; i < len(xs); i++ {
		switch x := xs[i][lo:hi]; l.Op {
		case Product:
			kernel.Mul(y, x)
		case Max:
			kernel.Max(y, x)
		default:
			kernel.Axpy(y, l.coeff(i), x)
		}
	}
}

// IsSum implements graph.Summer.
func (l *Eltwise) IsSum() bool { return l.Op == Sum && l.Coeff == nil }
