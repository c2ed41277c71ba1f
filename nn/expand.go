package nn

import (
	"fmt"
	"slices"

	"hoodwink/nn/internal/graph"
)

// Expand repeats its input along axes of length 1 until it has the shape that Shape and the input's
// shape broadcast to, as in numpy: shapes are aligned at their last axes, and lengths along an axis
// are equal, or one of them is 1.
type Expand struct {
	Shape []int
}

// Kind implements Layer.
func (l *Expand) Kind() string { return "Expand" }

// Reads implements Layer: values are only moved.
func (l *Expand) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Expand) Mixes(in [][]int) bool {
	if len(in) == 0 || len(l.Shape) == 0 {
		return false
	}
	more := len(l.Shape) - len(in[0])
	return more > 0 || more == 0 && l.Shape[0] != 1
}

// OutShapes implements Layer.
func (l *Expand) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	out := prefixed(in[0], len(l.Shape))
	at := out[len(out)-len(l.Shape):]
	for i, n := range l.Shape {
		switch {
		case n < 1 || n != at[i] && n != 1 && at[i] != 1:
			return nil, fmt.Errorf("expands to shape %v, got input of shape %v: want axes of equal length, or 1", l.Shape, in[0])
		case n != 1:
			at[i] = n
		}
	}
	return oneShape(out)
}

// Bind implements Layer.
func (l *Expand) Bind(b *Binding) Op {
	out := b.Out[0].Shape
	in := prefixed(b.In[0].Shape, len(out))
	maps := make([]mapping, len(in))
	for i, n := range in {
		if out[i] != n {
			maps[i] = make(mapping, out[i])
		}
	}
	return bindMappings(b, in, maps, 0)
}

// prefixed returns a copy of a shape, with axes of length 1 before it so that it has at least dims
// axes.
func prefixed(shape []int, dims int) []int {
	return append(slices.Repeat([]int{1}, max(0, dims-len(shape))), shape...)
}

// oneShape returns the shape of a layer's single output, or an error if it is too large or empty.
func oneShape(out []int) ([][]int, error) {
	if err := checkValue(out); err != nil {
		return nil, fmt.Errorf("makes an output of %w", err)
	}
	return [][]int{out}, nil
}

// Tile repeats its input Repeats[i] times along axis i.
type Tile struct {
	Repeats []int
}

// Kind implements Layer.
func (l *Tile) Kind() string { return "Tile" }

// Reads implements Layer: values are only moved.
func (l *Tile) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Tile) Mixes([][]int) bool { return len(l.Repeats) > 0 && l.Repeats[0] != 1 }

// OutShapes implements Layer: the length of axis i is multiplied by Repeats[i].
func (l *Tile) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	out := slices.Clone(in[0])
	wrong := func(n int) bool { return n < 1 || n > maxValueSize }
	if len(l.Repeats) != len(out) || slices.ContainsFunc(l.Repeats, wrong) {
		return nil, fmt.Errorf("repeats axes %v times, got input of shape %v: want 1 or more for each of %d axes", l.Repeats, in[0], len(out))
	}
	for i, n := range l.Repeats {
		out[i] *= n
	}
	return oneShape(out)
}

// Bind implements Layer.
func (l *Tile) Bind(b *Binding) Op {
	in := b.In[0].Shape
	maps := make([]mapping, len(in))
	for axis, n := range in {
		if l.Repeats[axis] > 1 {
			maps[axis] = slices.Repeat(identity(n), l.Repeats[axis])
		}
	}
	return bindMappings(b, in, maps, 0)
}

// Work implements graph.Worker.
func (l *Expand) Work(in [][]int, u graph.Use) (w graph.Work) {
	if out, err := l.OutShapes(in); err == nil {
		w.Tables = changedTables(prefixed(in[0], len(out[0])), out[0], u.Backward)
	}
	return w
}

// changedTables is mappingTables for the axes whose lengths change.
func changedTables(from, to []int, backward bool) int64 {
	return mappingTables(from, to, func(axis int) bool { return from[axis] != to[axis] }, backward)
}

// Work implements graph.Worker.
func (l *Tile) Work(in [][]int, u graph.Use) (w graph.Work) {
	if out, err := l.OutShapes(in); err == nil {
		w.Tables = changedTables(in[0], out[0], u.Backward)
	}
	return w
}
