package onnx

import (
	"slices"

	"hoodwink/internal/wording"
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
				copy(out.i.part(at, at+inner).data, c.i.part(from, from+inner).data)
			}
			at += inner
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
		s.fail("constants of the shapes %s, %s and %s do not fit together", wording.Shape(cond.shape), wording.Shape(a.shape), wording.Shape(b.shape))
	}
	s.spend(s, shape, max(cond.len(), a.len(), b.len()))
	cond, b = cond.broadcast(shape), b.broadcast(shape)
	a = a.strided(shape, broadcastStrides(a.shape, shape), 0) // a copy
	for i := range cond.len() {
		if cond.at(i) == 0 {
			if a.f != nil {
				a.f[i] = b.f[i]
			} else {
				a.i.set(i, b.i.at(i))
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
			out.i.set(a*len(found)+k, int64(i/stride%c.shape[a]))
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
				out.i.set(i, 0)
			}
		}
	}
	return folded(out)
}

// triangle returns ones in the part of a matrix that a Trilu keeps.
func (s *site) triangle() *constant {
	shape := s.in[0].shape
	if len(shape) < 2 {
		s.fail("its input has the shape %s, matrices are wanted", wording.Shape(shape))
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
