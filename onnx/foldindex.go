package onnx

import (
	"slices"

	"hoodwink/tensor"
)

// foldGather takes slices along an axis by their indices.
func foldGather(s *site) []*constant {
	c, index := s.constant(0), s.constant(1)
	axis, list := s.gathered()
	shape := append(append(slices.Clone(c.shape[:axis]), index.shape...), c.shape[axis+1:]...)
	s.spend(s, shape, c.len())
	inner := tensor.Size(c.shape[axis+1:])
	out := newConstant(c.typ, shape...)
	if out.len() == 0 {
		return folded(out)
	}
	at := 0
	for outer := range tensor.Size(c.shape[:axis]) {
		for _, i := range list {
			from := (outer*c.shape[axis] + i) * inner
			if c.f != nil {
				copy(out.f[at:at+inner], c.f[from:])
			} else {
				copy(out.i[at:at+inner], c.i[from:])
			}
			at += inner
		}
	}
	return folded(out)
}

// foldGatherElements takes single values, whose place along one axis is in the indices.
func foldGatherElements(s *site) []*constant {
	c, index := s.constant(0), s.constant(1)
	axis := s.axis(s.attrInt("axis", 0), len(c.shape))
	if index.f != nil || len(index.shape) != len(c.shape) {
		s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
	}
	for a, d := range index.shape {
		if a != axis && d > c.shape[a] {
			s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
		}
	}
	s.spend(s, index.shape, c.len())
	places := newConstant(typeInt64, c.shape...)
	for i := range places.i {
		places.i[i] = int64(i)
	}
	strides := contiguous(c.shape)
	along := strides[axis]
	strides[axis] = 0
	base := places.strided(index.shape, strides, 0)
	out := newConstant(c.typ, index.shape...)
	for i, v := range index.i {
		if v < 0 {
			v += int64(c.shape[axis])
		}
		if v < 0 || v >= int64(c.shape[axis]) {
			s.fail("index %d is outside of axis %d of the shape %s", index.i[i], axis, shapeText(c.shape))
		}
		p := int(base.i[i]) + int(v)*along
		if c.f != nil {
			out.f[i] = c.f[p]
		} else {
			out.i[i] = c.i[p]
		}
	}
	return folded(out)
}

func foldWhere(s *site) []*constant {
	cond, a, b := s.constant(0), s.constant(1), s.constant(2)
	shape, ok := broadcastShape(a.shape, b.shape)
	if ok {
		shape, ok = broadcastShape(shape, cond.shape)
	}
	if !ok || a.typ.floating() != b.typ.floating() {
		s.fail("constants of the shapes %s, %s and %s do not fit together", shapeText(cond.shape), shapeText(a.shape), shapeText(b.shape))
	}
	s.spend(s, shape, max(cond.len(), a.len(), b.len()))
	wide := func(c *constant) *constant { return c.strided(shape, broadcastStrides(c.shape, shape), 0) }
	cond, a, b = wide(cond), wide(a), wide(b)
	for i := range cond.len() {
		if cond.at(i) == 0 {
			if a.f != nil {
				a.f[i] = b.f[i]
			} else {
				a.i[i] = b.i[i]
			}
		}
	}
	return folded(a)
}

// foldNonZero returns the places of values that are not zero, one in each column.
func foldNonZero(s *site) []*constant {
	c := s.constant(0)
	var found []int
	for i := range c.len() {
		if c.at(i) != 0 {
			found = append(found, i)
		}
	}
	shape := []int{len(c.shape), len(found)}
	s.spend(s, shape, c.len())
	out := newConstant(typeInt64, shape...)
	for a, stride := range contiguous(c.shape) {
		for k, i := range found {
			out.i[a*len(found)+k] = int64(i / stride % c.shape[a])
		}
	}
	return folded(out)
}

// foldScatterND puts slices into a copy of the data, at indices of its first axes.
func foldScatterND(s *site) []*constant {
	c, index, updates := s.constant(0), s.constant(1), s.constant(2)
	if s.attrText("reduction", "none") != "none" {
		s.refuse("reduction %s", s.attrText("reduction", ""))
	}
	last := len(index.shape) - 1
	if last < 0 || index.f != nil || index.shape[last] > len(c.shape) || updates.typ.floating() != c.typ.floating() {
		s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
	}
	k := index.shape[last]
	inner, strides := tensor.Size(c.shape[k:]), contiguous(c.shape)
	if want := append(slices.Clone(index.shape[:last]), c.shape[k:]...); !slices.Equal(updates.shape, want) {
		s.fail("it has updates of the shape %s, wanted are %s", shapeText(updates.shape), shapeText(want))
	}
	s.spend(s, c.shape, c.len())
	out := c.strided(c.shape, strides, 0)
	if updates.len() == 0 {
		return folded(out)
	}
	for n := range tensor.Size(index.shape[:last]) {
		to := 0
		for a := range k {
			v := int(index.i[n*k+a])
			if v < 0 {
				v += c.shape[a]
			}
			if v < 0 || v >= c.shape[a] {
				s.fail("index %d is outside of axis %d of the shape %s", index.i[n*k+a], a, shapeText(c.shape))
			}
			to += v * strides[a]
		}
		if c.f != nil {
			copy(out.f[to:to+inner], updates.f[n*inner:])
		} else {
			copy(out.i[to:to+inner], updates.i[n*inner:])
		}
	}
	return folded(out)
}

// foldTrilu keeps one triangle of matrices.
func foldTrilu(s *site) []*constant {
	c := s.constant(0)
	s.spend(s, c.shape, c.len())
	mask := s.triangle()
	out := c.strided(c.shape, contiguous(c.shape), 0)
	for i := range out.len() {
		if mask.f[i%mask.len()] == 0 {
			if out.f != nil {
				out.f[i] = 0
			} else {
				out.i[i] = 0
			}
		}
	}
	return folded(out)
}

// triangle returns ones in the part of a matrix that a Trilu keeps.
func (s *site) triangle() *constant {
	shape := s.in[0].shape
	if len(shape) < 2 {
		s.fail("its input has the shape %s, matrices are wanted", shapeText(shape))
	}
	k := 0
	if s.has(1) {
		if list := s.ints(1); len(list) == 1 {
			k = min(max(list[0], -maxStatic), maxStatic)
		}
	}
	upper := s.attrInt("upper", 1) != 0
	rows, cols := shape[len(shape)-2], shape[len(shape)-1]
	s.spend(s, []int{rows, cols}, 1)
	mask := newConstant(typeFloat, rows, cols)
	for i := range mask.f {
		if above := i%cols-i/cols-k >= 0; above == upper || i%cols-i/cols == k {
			mask.f[i] = 1
		}
	}
	return mask
}
