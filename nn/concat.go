package nn

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Concat joins parts along an axis, 1 for channels. Negative axes count from the end.
//
// The parts are the inputs, unless Const is set: then it has as many tensors as there are parts,
// and nil for those that are inputs. A constant of length 1 along axis 0 belongs to every example
// of a batch.
type Concat struct {
	Axis  int
	Const []*tensor.Tensor
}

// Kind implements Layer.
func (l *Concat) Kind() string { return "Concat" }

// Reads implements Layer: values are only moved.
func (l *Concat) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Concat) Mixes(in [][]int) bool { return mixesAxis(in, l.Axis) }

// OutShapes implements Layer: the length of the axis is the sum of the parts' lengths.
func (l *Concat) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 0, 1); err != nil {
		return nil, err
	}
	axis, err := anyAxis(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	parts, err := l.parts(in, axis)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(parts[0])
	for i, s := range parts[1:] {
		if len(s) != len(out) || !tensor.SameShape(s[:axis], out[:axis]) || !tensor.SameShape(s[axis+1:], out[axis+1:]) {
			return nil, fmt.Errorf("takes inputs that differ in axis %d alone, got %v first and %v as number %d", axis, parts[0], s, i+2)
		}
		out[axis] += s[axis]
	}
	return [][]int{out}, nil
}

// parts returns the shapes of all parts.
func (l *Concat) parts(in [][]int, axis int) ([][]int, error) {
	if l.Const == nil {
		return in, nil
	}
	var parts [][]int
	given := in
	for _, c := range l.Const {
		switch {
		case c != nil && len(c.Shape) > 0:
			s := slices.Clone(c.Shape)
			if axis != 0 && s[0] == 1 {
				s[0] = in[0][0]
			}
			parts = append(parts, s)
		case c == nil && len(given) > 0:
			parts = append(parts, given[0])
			given = given[1:]
		default:
			return nil, fmt.Errorf("has %d parts, constants included, and %d inputs that do not fit in", len(l.Const), len(in))
		}
	}
	if len(given) > 0 {
		return nil, fmt.Errorf("has %d parts, constants included, got %d inputs: %d too many", len(l.Const), len(in), len(given))
	}
	for _, s := range parts {
		if err := checkValue(s); err != nil {
			return nil, fmt.Errorf("constant of %w", err)
		}
	}
	return parts, nil
}

// Bind implements Layer. Parts are handled one after the other, because several of them may be the
// same value.
func (l *Concat) Bind(b *Binding) Op {
	shape := b.Out[0].Shape
	axis, _ := anyAxis(l.Axis, shape) // checked by OutShapes
	rows, stride := tensor.Size(shape[:axis]), tensor.Size(shape[axis:])
	y := b.Out[0].Data
	var forward, backward []func()
	offset, next := 0, 0
	put := func(x []float32, rows, at int) {
		length := len(x) / rows
		forward = append(forward, overRows(b.Team, rows, length, y[at:], stride, x, length, copyRow))
	}
	for part := range max(len(b.In), len(l.Const)) {
		if l.Const != nil && l.Const[part] != nil {
			c := l.Const[part]
			each := tensor.Size(c.Shape[:axis])
			for first := 0; first < rows; first += each {
				put(c.Data, each, offset+first*stride)
			}
			offset += c.Len() / each
			continue
		}
		x := b.In[next].Data
		length := len(x) / rows
		put(x, rows, offset)
		if b.WantsGrad() && b.DIn[next] != nil {
			backward = append(backward, overRows(b.Team, rows, length, b.DIn[next].Data, length, b.DOut[0].Data[offset:], stride, kernel.Add))
		}
		offset += length
		next++
	}
	op := Op{Forward: sequence(forward)}
	if b.WantsGrad() {
		op.Backward = sequence(backward)
	}
	return op
}
