package onnx

import (
	"slices"

	"hoodwink/internal/wording"
)

// foldOneHot puts one of two values at the place that an index names along a new axis, and
// the other elsewhere. A negative index counts from the end; one out of range names none.
func foldOneHot(s *site) []*constant {
	index, depth, values := s.constant(0), s.constant(1), s.constant(2)
	if depth.len() != 1 || values.len() != 2 {
		s.fail("inputs of the shapes %s and %s: one number of places and two values are wanted",
			wording.Shape(depth.shape), wording.Shape(values.shape))
	}
	n := int(clampInt(depth.at(0)))
	if n < 0 || n > maxStatic {
		s.fail("it has %d places", n)
	}
	axis := s.axis(s.attrInt("axis", -1), len(index.shape)+1)
	shape := slices.Insert(slices.Clone(index.shape), axis, n)
	s.spend(s, shape, index.len())
	out := newConstant(values.typ, shape...)
	inner := contiguous(shape)[axis]
	for i := range out.len() {
		place := i / inner % max(n, 1)
		from := 0
		if at := int(clampInt(index.at(i/(inner*n)*inner + i%inner))); at == place || at+n == place {
			from = 1
		}
		out.copyAt(i, values, from)
	}
	return folded(out)
}

// copyAt copies value j of a constant of the same type to place i.
func (c *constant) copyAt(i int, from *constant, j int) {
	if c.f != nil {
		c.f[i] = from.f[j]
	} else {
		c.i.set(i, from.i.at(j))
	}
}

// foldEyeLike makes a matrix of the input's shape with ones along a diagonal.
func foldEyeLike(s *site) []*constant {
	like := s.in[0]
	s.rank(like, 2)
	typ := elemType(s.attrInt("dtype", int(like.typ)))
	if typ.width() == 0 {
		s.refuse("values of %s", typ)
	}
	rows, columns, k := like.shape[0], like.shape[1], s.attrInt("k", 0)
	s.spend(s, like.shape, 0)
	out := newConstant(typ, rows, columns)
	for y := range rows {
		x := y + k
		if x < 0 || x >= columns {
			continue
		}
		if out.f != nil {
			out.f[y*columns+x] = 1
		} else {
			out.i.set(y*columns+x, 1)
		}
	}
	return folded(out)
}

// bitwise is a kind for known integers.
func bitwise(f func(a, b int64) int64) *kind {
	return &kind{min: 2, max: 2, fold: func(s *site) []*constant {
		a, b := s.constant(0), s.constant(1)
		if a.typ.floating() || b.typ.floating() {
			s.fail("bits of floating-point values")
		}
		return folded(s.pairs(pairing{integer: func(a, b int64) (int64, bool) { return f(a, b), true }}, a, b, a.typ))
	}}
}

// foldBitShift moves bits to the left or to the right; to the right, signed integers keep their
// sign.
func foldBitShift(s *site) []*constant {
	a, b := s.constant(0), s.constant(1)
	if a.typ.floating() || b.typ.floating() {
		s.fail("bits of floating-point values")
	}
	left := false
	switch d := s.attrText("direction", ""); d {
	case "LEFT":
		left = true
	case "RIGHT":
	default:
		s.fail("direction is %q", d)
	}
	// A shift by more than the width, or by a negative number, leaves only what moves in: zeros, or
	// copies of the sign.
	shift := func(a, b int64) (int64, bool) {
		switch low, _ := s.in[0].typ.limits(); {
		case left:
			return a << uint64(b), true
		case low < 0:
			return a >> uint64(b), true
		}
		return int64(uint64(a) >> uint64(b)), true
	}
	return folded(s.pairs(pairing{integer: shift}, a, b, a.typ))
}

func foldBitwiseNot(s *site) []*constant {
	c := s.constant(0)
	if c.typ.floating() {
		s.fail("bits of floating-point values")
	}
	s.spend(s, c.shape, c.len())
	out := newConstant(c.typ, c.shape...)
	for i, v := range c.i.all() {
		out.i.set(i, ^v)
	}
	return folded(out)
}
