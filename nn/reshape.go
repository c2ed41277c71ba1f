package nn

import (
	"fmt"

	"hoodwink/tensor"
)

// Reshape gives its input another shape, as Caffe does: the NumAxes axes from Axis on are replaced
// by Dims. A dimension of 0 is copied from the input in the same place; one of -1 (at most one) is
// inferred from the size.
//
// Axis may count from the end, where -1 means behind the last axis. NumAxes -1 means all axes from
// Axis on; 0 replaces none and inserts Dims. The batch must stay the first dimension: as 0 or -1,
// or by an Axis behind it.
type Reshape struct {
	Dims          []int
	Axis, NumAxes int
}

// Kind implements Layer.
func (l *Reshape) Kind() string { return "Reshape" }

// Reads implements Layer: values are only moved.
func (l *Reshape) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,...) -> (N,...) of the same size.
func (l *Reshape) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	s := in[0]
	from := l.Axis
	if from < 0 {
		from += len(s) + 1
	}
	if from < 0 || from > len(s) {
		return nil, fmt.Errorf("axis %d is not one of shape %v: want %d to %d", l.Axis, s, -len(s)-1, len(s))
	}
	to := len(s)
	if l.NumAxes != -1 {
		if l.NumAxes < 0 || l.NumAxes > len(s)-from {
			return nil, fmt.Errorf("replaces %d axes from axis %d on, got input of shape %v: want -1 to %d", l.NumAxes, from, s, len(s)-from)
		}
		to = from + l.NumAxes
	}
	out := append([]int(nil), s[:from]...)
	infer := -1
	for i, d := range l.Dims {
		switch {
		case d > 0:
		case d == 0 && from+i < len(s):
			d = s[from+i]
		case d == -1 && infer < 0:
			infer, d = len(out), 1
		default:
			return nil, fmt.Errorf("has dimensions %v, got input of shape %v: want positive ones, 0 where the input has one to copy, -1 once", l.Dims, s)
		}
		out = append(out, d)
	}
	out = append(out, s[to:]...)
	return l.fit(s, out, infer)
}

// fit fills in the inferred dimension, if any, and checks the result.
func (l *Reshape) fit(in, out []int, infer int) ([][]int, error) {
	size := tensor.Size(in)
	n, ok := tensor.CheckedSize(out, maxValueSize)
	if ok && infer >= 0 && size%n == 0 {
		out[infer] = size / n
		n = size
	}
	if !ok || n != size {
		return nil, fmt.Errorf("makes dimensions %v of shape %v: %d values do not fill them", l.Dims, in, size)
	}
	if len(out) == 0 || out[0] != in[0] {
		return nil, fmt.Errorf("makes shape %v of %v: the batch of %d must stay first (use 0 for it)", out, in, in[0])
	}
	return [][]int{out}, nil
}

// Bind implements Layer.
func (l *Reshape) Bind(b *Binding) Op { return bindMove(b) }
