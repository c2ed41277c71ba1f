package onnx

import (
	"cmp"
	"slices"

	"hoodwink/tensor"
)

// foldTopK takes the k largest or smallest values along an axis, in their order, and their places.
// Of equal values the first comes first.
func foldTopK(s *site) []*constant {
	c := s.constant(0)
	k := s.attrInt("k", -1) // before opset 10
	if s.opset >= 10 {
		list := s.ints(1)
		if len(list) != 1 {
			s.fail("k has %d values", len(list))
		}
		k = list[0]
	}
	axis := s.axis(s.attrInt("axis", -1), len(c.shape))
	n, inner := c.shape[axis], tensor.Size(c.shape[axis+1:])
	if k < 0 || k > n {
		s.fail("it takes %d of %d values", k, n)
	}
	largest := s.attrInt("largest", 1) != 0
	shape := slices.Clone(c.shape)
	shape[axis] = k
	s.spend(s, shape, c.len())
	s.spend(s, shape, c.len())
	values, places := newConstant(c.typ, shape...), newConstant(typeInt64, shape...)
	if places.len() == 0 {
		return []*constant{values, places}
	}
	order := make([]int, n)
	for row := range places.len() / k {
		first := row/inner*inner*n + row%inner
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			less := cmp.Compare(c.at(first+a*inner), c.at(first+b*inner))
			if largest {
				return -less
			}
			return less
		})
		for i, from := range order[:k] {
			at := row/inner*inner*k + row%inner + i*inner
			values.copyAt(at, c, first+from*inner)
			places.i.set(at, int64(from))
		}
	}
	return []*constant{values, places}
}
