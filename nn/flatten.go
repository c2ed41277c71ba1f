package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Flatten joins the axes from Axis to EndAxis, both included, into one. Negative axes count from
// the end: Flatten{1, -1} makes a vector of every example.
type Flatten struct {
	Axis, EndAxis int
}

// Kind implements Layer.
func (l *Flatten) Kind() string { return "Flatten" }

// Reads implements Layer: values are only moved.
func (l *Flatten) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,A,B,C) -> (N,A*B*C), for example.
func (l *Flatten) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 2); err != nil {
		return nil, err
	}
	from, err := axisOf(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	to, err := axisOf(l.EndAxis, in[0])
	if err != nil {
		return nil, err
	}
	if to < from {
		return nil, fmt.Errorf("joins axes %d to %d of shape %v: want them in order", l.Axis, l.EndAxis, in[0])
	}
	out := append([]int(nil), in[0][:from]...)
	out = append(out, tensor.Size(in[0][from:to+1]))
	return [][]int{append(out, in[0][to+1:]...)}, nil
}

// Bind implements Layer.
func (l *Flatten) Bind(b *Binding) Op { return bindMove(b) }

// bindMove copies the input to an output of another shape.
func bindMove(b *Binding) Op {
	n := b.In[0].Len()
	op := Op{Forward: overRows(b.Team, 1, n, b.Out[0].Data, n, b.In[0].Data, n, copyRow)}
	if b.WantsGrad() {
		op.Backward = overRows(b.Team, 1, n, b.DIn[0].Data, n, b.DOut[0].Data, n, kernel.Add)
	}
	return op
}
