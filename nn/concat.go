package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Concat puts its inputs one behind the other along an axis, 1 for channels. Negative
// axes count from the end; the batch axis is refused.
type Concat struct {
	Axis int
}

// Kind implements Layer.
func (l *Concat) Kind() string { return "Concat" }

// Reads implements Layer: values are only moved.
func (l *Concat) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,...) -> (N,...), the axis as long as those of the
// inputs together.
func (l *Concat) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 0, 2); err != nil {
		return nil, err
	}
	axis, err := axisOf(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	out := append([]int(nil), in[0]...)
	for i, s := range in[1:] {
		if len(s) != len(out) || !tensor.SameShape(s[:axis], out[:axis]) || !tensor.SameShape(s[axis+1:], out[axis+1:]) {
			return nil, fmt.Errorf("takes inputs that differ in axis %d alone, got %v first and %v as number %d", axis, in[0], s, i+2)
		}
		out[axis] += s[axis]
	}
	return [][]int{out}, nil
}

// Bind implements Layer. Inputs are handled one after the other, because the same value
// may be several of them.
func (l *Concat) Bind(b *Binding) Op {
	shape := b.Out[0].Shape
	axis, _ := axisOf(l.Axis, shape) // checked by OutShapes
	rows, stride := tensor.Size(shape[:axis]), tensor.Size(shape[axis:])
	y := b.Out[0].Data
	var forward, backward []func()
	offset := 0
	for i, x := range b.In {
		length := x.Len() / rows
		forward = append(forward, overRows(b.Team, rows, length, y[offset:], stride, x.Data, length, copyRow))
		if b.WantsGrad() && b.DIn[i] != nil {
			backward = append(backward, overRows(b.Team, rows, length, b.DIn[i].Data, length, b.DOut[0].Data[offset:], stride, kernel.Add))
		}
		offset += length
	}
	op := Op{Forward: sequence(forward)}
	if b.WantsGrad() {
		op.Backward = sequence(backward)
	}
	return op
}
