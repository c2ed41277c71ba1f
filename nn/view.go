package nn

import (
	"fmt"
	"slices"

	"hoodwink/tensor"
)

// View gives its input another shape, as ONNX's Reshape does for one example. A dimension of 0 is
// copied from the input in the same place; one of -1 (at most one) is inferred from the size; no
// dimensions at all make shape (1). If Dims begins with 1 and has no -1, an input of N times as
// many values counts as a batch of N examples.
//
// Reshape is Caffe's, which replaces some of the axes.
type View struct {
	Dims []int
}

// Kind implements Layer.
func (l *View) Kind() string { return "View" }

// Reads implements Layer: values are only moved.
func (l *View) Reads() Reads { return Reads{} }

// Mixes implements Mixer: axis 0 must stay as it is, for any number of examples. It does if Dims
// begins with 0, with -1, or with 1 and has no -1.
func (l *View) Mixes(in [][]int) bool {
	out, err := l.OutShapes(in)
	if err != nil || out[0][0] != in[0][0] {
		return true
	}
	switch d := l.dims(); d[0] {
	case 0, -1:
		return false
	case 1:
		return slices.Contains(d, -1)
	}
	return true
}

// dims returns Dims, or (1) if there are none: every tensor has an axis.
func (l *View) dims() []int {
	if len(l.Dims) == 0 {
		return []int{1}
	}
	return l.Dims
}

// OutShapes implements Layer: any shape to one of the same size.
func (l *View) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	s, dims := in[0], l.dims()
	out, infer := make([]int, len(dims)), -1
	for i, d := range dims {
		switch {
		case d > 0:
		case d == 0 && i < len(s):
			d = s[i]
		case d == -1 && infer < 0:
			infer, d = i, 1
		default:
			return nil, fmt.Errorf("has dimensions %v, got input of shape %v: want positive ones, 0 where the input has one to copy, -1 once", l.Dims, s)
		}
		out[i] = d
	}
	size := tensor.Size(s)
	n, ok := tensor.CheckedSize(out, maxValueSize)
	switch {
	case ok && infer >= 0 && size%n == 0:
		out[infer] = size / n
	case ok && n == size && infer < 0:
	case ok && infer < 0 && dims[0] == 1 && n == size/s[0] && size == n*s[0]:
		out[0] = s[0]
	default:
		return nil, fmt.Errorf("makes dimensions %v of shape %v: %d values do not fill them", l.Dims, s, size)
	}
	return [][]int{out}, nil
}

// Bind implements Layer.
func (l *View) Bind(b *Binding) Op { return bindMove(b) }
