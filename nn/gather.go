package nn

import (
	"fmt"
	"slices"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Gather picks places along an axis. The axis is replaced by the axes of IndexShape; each of
// Indices, in row-major order, names the place of the input to copy. An IndexShape without axes
// picks one place and removes the axis; if that was the only axis, one of length 1 stays. Negative
// axes and indices count from the end.
type Gather struct {
	Axis       int
	Indices    []int
	IndexShape []int
}

// Kind implements Layer.
func (l *Gather) Kind() string { return "Gather" }

// Reads implements Layer: values are only moved.
func (l *Gather) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Gather) Mixes(in [][]int) bool { return mixesAxis(in, l.Axis) }

// OutShapes implements Layer: (N,K,C) -> (N,I,J,C) for an IndexShape of (I,J) and axis 1.
func (l *Gather) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	axis, err := anyAxis(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	if n, ok := tensor.CheckedSize(l.IndexShape, len(l.Indices)); !ok || n != len(l.Indices) {
		return nil, fmt.Errorf("has %d indices of shape %v", len(l.Indices), l.IndexShape)
	}
	n := in[0][axis]
	for _, k := range l.Indices {
		if k < -n || k >= n {
			return nil, fmt.Errorf("picks place %d, got input of shape %v: axis %d has %d", k, in[0], axis, n)
		}
	}
	out := slices.Concat(in[0][:axis], l.IndexShape, in[0][axis+1:])
	if len(out) == 0 {
		out = []int{1}
	}
	return oneShape(out)
}

// Bind implements Layer.
func (l *Gather) Bind(b *Binding) Op {
	in := b.In[0].Shape
	axis, _ := anyAxis(l.Axis, in) // checked by OutShapes
	m := make(mapping, len(l.Indices))
	for i, k := range l.Indices {
		if k < 0 {
			k += in[axis]
		}
		m[i] = int32(k)
	}
	maps := make([]mapping, len(in))
	maps[axis] = m
	return bindMappings(b, in, maps, 0)
}

// anyAxis is axisOf for layers that may mix the batch axis.
func anyAxis(axis int, shape []int) (int, error) {
	a := axis
	if a < 0 {
		a += len(shape)
	}
	if a < 0 || a >= len(shape) {
		return 0, fmt.Errorf("axis %d is not one of the %d axes of shape %v", axis, len(shape), shape)
	}
	return a, nil
}

// mixesAxis reports whether an axis is that of the batch.
func mixesAxis(in [][]int, axis int) bool {
	if len(in) == 0 {
		return false
	}
	a, err := anyAxis(axis, in[0])
	return err == nil && a == 0
}

// Work implements graph.Worker.
func (l *Gather) Work(in [][]int, u graph.Use) graph.Work {
	axis, _ := anyAxis(l.Axis, in[0]) // checked by OutShapes
	to := slices.Clone(in[0])
	to[axis] = len(l.Indices)
	return graph.Work{Tables: mappingTables(in[0], to, func(a int) bool { return a == axis }, u.Backward)}
}
