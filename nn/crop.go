package nn

import (
	"fmt"
	"slices"

	"hoodwink/nn/internal/graph"
)

// Crop takes every Steps[i]-th place along axis Axes[i], from Starts[i] to before Ends[i], as
// ONNX's Slice does. Negative starts and ends count from the end; those outside the axis are
// clipped to it; a negative step goes backwards. If Axes is nil, they are the first axes; if Steps
// is nil, all steps are 1.
type Crop struct {
	Starts, Ends, Steps, Axes []int
}

// Kind implements Layer.
func (l *Crop) Kind() string { return "Crop" }

// Reads implements Layer: values are only moved.
func (l *Crop) Reads() Reads { return Reads{} }

// Mixes implements Mixer: axis 0 is kept if it is not among Axes, or if all of it is taken whatever
// its length.
func (l *Crop) Mixes(in [][]int) bool {
	for i := range l.Starts {
		if mixesAxis(in, l.axis(i)) {
			return !(l.Starts[i] == 0 && i < len(l.Ends) && l.Ends[i] >= maxValueSize && l.step(i) == 1)
		}
	}
	return false
}

func (l *Crop) axis(i int) int {
	if i < len(l.Axes) {
		return l.Axes[i]
	}
	return i
}

func (l *Crop) step(i int) int {
	if i < len(l.Steps) {
		return l.Steps[i]
	}
	return 1
}

// along returns what cut i takes along an axis of n places: the first place, the step from one to
// the next, and the number of places.
func (l *Crop) along(i, n int) (first, step, count int) {
	step = min(max(l.step(i), -n), n)
	limit := func(at, low, high int) int {
		if at < 0 {
			at += n
		}
		return min(max(at, low), high)
	}
	if step < 0 {
		first = limit(l.Starts[i], 0, n-1)
		return first, step, max(0, (first-limit(l.Ends[i], -1, n-1)-step-1)/-step)
	}
	first = limit(l.Starts[i], 0, n)
	return first, step, max(0, (limit(l.Ends[i], 0, n)-first+step-1)/step)
}

// OutShapes implements Layer.
func (l *Crop) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	k := len(l.Starts)
	if len(l.Ends) != k || l.Steps != nil && len(l.Steps) != k || l.Axes != nil && len(l.Axes) != k {
		return nil, fmt.Errorf("has %d starts, %d ends, %d steps and %d axes: want equal numbers", k, len(l.Ends), len(l.Steps), len(l.Axes))
	}
	out, seen := slices.Clone(in[0]), make([]bool, len(in[0]))
	for i := range k {
		axis, err := anyAxis(l.axis(i), out)
		if err != nil {
			return nil, err
		}
		if seen[axis] || l.step(i) == 0 {
			return nil, fmt.Errorf("cuts axes %v by steps of %v: want each once, and no step of 0", l.Axes, l.Steps)
		}
		seen[axis] = true
		_, _, out[axis] = l.along(i, in[0][axis])
	}
	return oneShape(out)
}

// Bind implements Layer.
func (l *Crop) Bind(b *Binding) Op {
	in := b.In[0].Shape
	maps := make([]mapping, len(in))
	for i := range l.Starts {
		axis, _ := anyAxis(l.axis(i), in) // checked by OutShapes
		first, step, count := l.along(i, in[axis])
		if step == 1 && count == in[axis] {
			continue
		}
		m := make(mapping, count)
		for k := range m {
			m[k] = int32(first + k*step)
		}
		maps[axis] = m
	}
	return bindMappings(b, in, maps, 0)
}

// Work implements graph.Worker.
func (l *Crop) Work(in [][]int, u graph.Use) (w graph.Work) {
	if out, err := l.OutShapes(in); err == nil {
		cut := make([]bool, len(in[0]))
		for i := range l.Starts {
			axis, _ := anyAxis(l.axis(i), in[0])
			_, step, count := l.along(i, in[0][axis])
			cut[axis] = step != 1 || count != in[0][axis]
		}
		w.Tables = mappingTables(in[0], out[0], func(axis int) bool { return cut[axis] }, u.Backward)
	}
	return w
}
