package nn

import (
	"fmt"
	"slices"

	"hoodwink/nn/internal/graph"
)

// A PadMode says what Pad puts around its input.
type PadMode int

// The padding modes.
const (
	PadConstant PadMode = iota // Pad.Value
	PadReflect                 // the values inside, mirrored; the first and last values do not repeat
	PadEdge                    // the first and last values, repeated
)

// Pad adds Before[i] places in front of axis i and After[i] behind it. Negative numbers cut places
// off, before others are added.
type Pad struct {
	Mode          PadMode
	Before, After []int
	Value         float32
}

// Kind implements Layer.
func (l *Pad) Kind() string { return "Pad" }

// Reads implements Layer: values are only moved.
func (l *Pad) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Pad) Mixes([][]int) bool {
	return len(l.Before) > 0 && l.Before[0] != 0 || len(l.After) > 0 && l.After[0] != 0
}

// OutShapes implements Layer.
func (l *Pad) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	if l.Mode < PadConstant || l.Mode > PadEdge {
		return nil, fmt.Errorf("has the unknown mode %d", l.Mode)
	}
	out := slices.Clone(in[0])
	if len(l.Before) != len(out) || len(l.After) != len(out) {
		return nil, fmt.Errorf("pads %v before and %v behind, got input of shape %v: want numbers for each of %d axes", l.Before, l.After, in[0], len(out))
	}
	for axis, n := range out {
		before, after := l.Before[axis], l.After[axis]
		if max(before, after) > maxValueSize || min(before, after) < -n {
			return nil, fmt.Errorf("pads axis %d by %d and %d, got input of shape %v", axis, before, after, in[0])
		}
		left := n + min(before, 0) + min(after, 0)
		if most := max(before, after); left <= 0 || l.Mode == PadReflect && most > 0 && most >= left {
			return nil, fmt.Errorf("pads axis %d by %d and %d, got input of shape %v: too few places are left", axis, before, after, in[0])
		}
		out[axis] += before + after
	}
	return oneShape(out)
}

// Bind implements Layer.
func (l *Pad) Bind(b *Binding) Op {
	in := b.In[0].Shape
	maps := make([]mapping, len(in))
	for axis, n := range in {
		if l.Before[axis] != 0 || l.After[axis] != 0 {
			maps[axis] = l.along(axis, n)
		}
	}
	return bindMappings(b, in, maps, l.Value)
}

// along maps an axis of n places.
func (l *Pad) along(axis, n int) mapping {
	before, after := l.Before[axis], l.After[axis]
	first, last := max(0, -before), n-1+min(after, 0)
	m := make(mapping, n+before+after)
	for i := range m {
		k := i - before
		switch inside := min(max(k, first), last); {
		case k == inside || l.Mode == PadEdge:
			k = inside
		case l.Mode == PadReflect:
			k = 2*inside - k
		default:
			k = none
		}
		m[i] = int32(k)
	}
	return m
}

// Work implements graph.Worker.
func (l *Pad) Work(in [][]int, u graph.Use) (w graph.Work) {
	if out, err := l.OutShapes(in); err == nil {
		mapped := func(axis int) bool { return l.Before[axis] != 0 || l.After[axis] != 0 }
		w.Tables = mappingTables(in[0], out[0], mapped, u.Backward)
	}
	return w
}
