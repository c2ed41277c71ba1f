package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Slice cuts its input along an axis at the given points. It has one output more than there are
// points: the first begins at 0, the last ends at the end of the axis. Negative axes count from the
// end; the batch axis is refused.
type Slice struct {
	Axis   int
	Points []int // ascending, each inside the axis
}

// Kind implements Layer.
func (l *Slice) Kind() string { return "Slice" }

// Reads implements Layer: values are only moved.
func (l *Slice) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,...) -> several (N,...) whose axes add up to the input's.
func (l *Slice) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 2); err != nil {
		return nil, err
	}
	axis, err := axisOf(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	if len(l.Points) >= in[0][axis] {
		return nil, fmt.Errorf("has %d points, got input of shape %v: axis %d has room for %d", len(l.Points), in[0], axis, in[0][axis]-1)
	}
	var out [][]int
	from := 0
	for i := 0; i <= len(l.Points); i++ {
		to := in[0][axis]
		if i < len(l.Points) {
			to = l.Points[i]
		}
		if to <= from || to > in[0][axis] {
			return nil, fmt.Errorf("has points %v, got input of shape %v: want rising points inside axis %d", l.Points, in[0], axis)
		}
		s := append([]int(nil), in[0]...)
		s[axis] = to - from
		out = append(out, s)
		from = to
	}
	return out, nil
}

// Bind implements Layer.
func (l *Slice) Bind(b *Binding) Op {
	shape := b.In[0].Shape
	axis, _ := axisOf(l.Axis, shape) // checked by OutShapes
	rows, stride := tensor.Size(shape[:axis]), tensor.Size(shape[axis:])
	var forward, backward []func()
	offset := 0
	for i, y := range b.Out {
		length := y.Len() / rows
		forward = append(forward, overRows(b.Team, rows, length, y.Data, length, b.In[0].Data[offset:], stride, copyRow))
		if b.WantsGrad() {
			backward = append(backward, overRows(b.Team, rows, length, b.DIn[0].Data[offset:], stride, b.DOut[i].Data, length, kernel.Add))
		}
		offset += length
	}
	op := Op{Forward: sequence(forward)}
	if b.WantsGrad() {
		op.Backward = sequence(backward)
	}
	return op
}
