package onnx

import (
	"fmt"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// reshaped returns the shape of a Reshape's output: 0 copies a dimension, -1 is inferred.
func (s *site) reshaped() []int {
	if shape, ok := s.forOne(); ok {
		return shape
	}
	in := s.in[0].shape
	dims := s.ints(1)
	if len(dims) > maxAxes {
		s.fail("it makes %d dimensions", len(dims))
	}
	shape := slices.Clone(dims)
	infer, known := -1, 1
	for i, d := range dims {
		switch {
		case d == -1 && infer < 0:
			infer = i
			continue
		case d == 0 && s.attrInt("allowzero", 0) == 0 && i < len(in):
			shape[i] = in[i]
		case d < 0 || d == 0 && i >= len(in):
			s.fail("it makes the shape %s of %s", wording.Shape(dims), wording.Shape(in))
		}
		n, ok := tensor.CheckedSize([]int{known, shape[i]}, maxStatic)
		if !ok {
			s.fail("it makes the shape %s of %s", wording.Shape(dims), wording.Shape(in))
		}
		known = n
	}
	size := tensor.Size(in)
	if infer >= 0 && known > 0 {
		shape[infer] = size / known
		known *= shape[infer]
	}
	if known != size {
		fail(&Error{Node: s.node.label(), Op: s.node.op, Err: fmt.Errorf("it makes the shape %s of %s", wording.Shape(dims), wording.Shape(in)),
			hint: "was the model exported for a fixed number of pictures, but not for one?"})
	}
	return shape
}

// flattened returns the shape of a Flatten's output: a matrix.
func (s *site) flattened() []int {
	in := s.in[0].shape
	a := s.attrInt("axis", 1)
	if a != len(in) {
		a = s.axis(a, max(1, len(in)))
	}
	return []int{tensor.Size(in[:a]), tensor.Size(in[a:])}
}

func (s *site) squeezed() []int {
	in := s.in[0].shape
	list, given := s.list("axes", 1, 13)
	axes := s.axes(list, len(in))
	shape := []int{}
	for a, d := range in {
		switch {
		case given && !contains(axes, a), !given && d != 1:
			shape = append(shape, d)
		case d != 1:
			s.fail("axis %d of the shape %s is not 1", a, wording.Shape(in))
		}
	}
	return shape
}

func (s *site) unsqueezed() []int {
	in := s.in[0].shape
	list, _ := s.list("axes", 1, 13)
	if len(in)+len(list) > maxAxes {
		s.fail("it makes %d dimensions", len(in)+len(list))
	}
	axes := s.axes(list, len(in)+len(list))
	shape := []int{}
	for a, next := 0, 0; a < len(in)+len(axes); a++ {
		if contains(axes, a) {
			shape = append(shape, 1)
		} else {
			shape = append(shape, in[next])
			next++
		}
	}
	return shape
}

// buildView is for all operators that give a value another shape.
func buildView(shape func(s *site) []int) builder {
	return func(s *site) []*value { return lowered(s.view(s.computed(0), shape(s)...)) }
}

// expanded returns the shape of an Expand's output.
func (s *site) expanded() []int {
	want := s.ints(1)
	for _, d := range want {
		if d < 0 {
			s.fail("it makes the shape %s", wording.Shape(want))
		}
	}
	shape, ok := broadcastShape(s.in[0].shape, want)
	if !ok || len(shape) > maxAxes {
		s.fail("the shape %s cannot be expanded to %s", wording.Shape(s.in[0].shape), wording.Shape(want))
	}
	return shape
}
