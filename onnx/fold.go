package onnx

import (
	"math"

	"hoodwink/internal/wording"
)

// A folding evaluates a node on known values.
type folding = func(s *site) []*constant

func folded(c *constant) []*constant { return []*constant{c} }

// foldUnary applies f to every value. Integers go through float64, which is exact for all that
// appear in shapes.
func foldUnary(f func(float64) float64) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		s.spend(s, c.shape, c.len())
		out := newConstant(c.typ, c.shape...)
		for i := range out.f {
			out.f[i] = float32(f(float64(c.f[i])))
		}
		for i := range out.i.len() {
			out.i.set(i, int64(f(float64(c.i.at(i)))))
		}
		return folded(out)
	}
}

func foldNot(s *site) []*constant {
	c := s.constant(0)
	s.spend(s, c.shape, c.len())
	out := newConstant(typeBool, c.shape...)
	for i := range out.i.len() {
		if c.at(i) == 0 {
			out.i.set(i, 1)
		}
	}
	return folded(out)
}

// A pairing is an operation on two numbers; either function may be nil. For integers it may have no
// result.
type pairing struct {
	float   func(a, b float64) float64
	integer func(a, b int64) (int64, bool)
}

var pairings = map[string]pairing{
	"Add": {func(a, b float64) float64 { return a + b }, func(a, b int64) (int64, bool) { return a + b, true }},
	"Sub": {func(a, b float64) float64 { return a - b }, func(a, b int64) (int64, bool) { return a - b, true }},
	"Mul": {func(a, b float64) float64 { return a * b }, func(a, b int64) (int64, bool) { return a * b, true }},
	"Div": {func(a, b float64) float64 { return a / b }, quotient},
	"Pow": {math.Pow, func(a, b int64) (int64, bool) { return int64(math.Pow(float64(a), float64(b))), true }},
	"Min": {math.Min, func(a, b int64) (int64, bool) { return min(a, b), true }},
	"Max": {math.Max, func(a, b int64) (int64, bool) { return max(a, b), true }},
}

// quotient rounds towards zero, as C does.
func quotient(a, b int64) (int64, bool) {
	if b == 0 || a == math.MinInt64 && b == -1 {
		return 0, false
	}
	return a / b, true
}

// remainder has the sign of the divisor.
func remainder(a, b int64) (int64, bool) {
	if b == 0 || b == -1 {
		return 0, b != 0
	}
	r := a % b
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r, true
}

func floatRemainder(a, b float64) float64 {
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

// foldPairs applies an operation to pairs of values, from left to right if there are
// more than two inputs.
func foldPairs(p pairing) folding {
	return func(s *site) []*constant {
		out := s.constant(0)
		for i := 1; i < len(s.in); i++ {
			out = s.pairs(p, out, s.constant(i), out.typ)
		}
		return folded(out)
	}
}

// pairs applies an operation to two constants, with numpy's broadcasting. Integers beside
// floating-point values are converted.
func (s *site) pairs(p pairing, a, b *constant, typ elemType) *constant {
	shape, ok := broadcastShape(a.shape, b.shape)
	if !ok {
		s.fail("constants of the shapes %s and %s do not fit together", wording.Shape(a.shape), wording.Shape(b.shape))
	}
	s.spend(s, shape, max(a.len(), b.len()))
	a, b = a.broadcast(shape), b.broadcast(shape)
	out := newConstant(typ, shape...)
	set := func(i int, v float64) {
		if out.f != nil {
			out.f[i] = float32(v)
		} else {
			out.i.set(i, int64(v))
		}
	}
	for i := range out.len() {
		if p.integer == nil || a.typ.floating() || b.typ.floating() {
			set(i, p.float(a.at(i), b.at(i)))
			continue
		}
		v, ok := p.integer(a.i.at(i), b.i.at(i))
		if !ok {
			s.fail("it divides %d by %d", a.i.at(i), b.i.at(i))
		}
		out.i.set(i, v)
	}
	return out
}

// foldCompare applies a relation.
func foldCompare(f func(a, b float64) bool) folding {
	p := pairing{float: func(a, b float64) float64 {
		if f(a, b) {
			return 1
		}
		return 0
	}}
	return func(s *site) []*constant { return folded(s.pairs(p, s.constant(0), s.constant(1), typeBool)) }
}

func foldMod(s *site) []*constant {
	p := pairing{float: floatRemainder, integer: remainder}
	if s.attrInt("fmod", 0) != 0 {
		p.float = math.Mod
		p.integer = func(a, b int64) (int64, bool) {
			if b == 0 || b == -1 {
				return 0, b != 0
			}
			return a % b, true
		}
	}
	a := s.constant(0)
	return folded(s.pairs(p, a, s.constant(1), a.typ))
}

// foldClip limits values; the bounds are attributes before opset 11.
func foldClip(s *site) []*constant {
	c := s.constant(0)
	s.spend(s, c.shape, c.len())
	lo, hi := s.bounds()
	out := newConstant(c.typ, c.shape...)
	for i := range out.f {
		out.f[i] = float32(math.Min(math.Max(float64(c.f[i]), lo), hi))
	}
	for i := range out.i.len() {
		out.i.set(i, int64(math.Min(math.Max(float64(c.i.at(i)), lo), hi)))
	}
	return folded(out)
}

// bounds returns the limits of a Clip, infinite where there are none.
func (s *site) bounds() (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if s.opset < 11 {
		if a := s.attr("min", attrFloat); a != nil {
			lo = float64(a.f)
		}
		if a := s.attr("max", attrFloat); a != nil {
			hi = float64(a.f)
		}
		return lo, hi
	}
	limit := func(i int, absent float64) float64 {
		if !s.has(i) {
			return absent
		}
		c := s.constant(i)
		if c.len() != 1 {
			s.fail("input %d has the shape %s, one value is wanted", i+1, wording.Shape(c.shape))
		}
		return c.at(0)
	}
	return limit(1, lo), limit(2, hi)
}

// foldCast converts to the type of the attribute to.
func foldCast(s *site) []*constant {
	return folded(s.cast(s.constant(0), elemType(s.attrInt("to", 0))))
}

// foldCastLike converts to the type of the second input.
func foldCastLike(s *site) []*constant { return folded(s.cast(s.constant(0), s.in[1].typ)) }

func (s *site) cast(c *constant, to elemType) *constant {
	if to.width() == 0 {
		s.refuse("a conversion to %s", to)
	}
	if to == c.typ || to.floating() && c.typ.floating() {
		return &constant{typ: to, shape: c.shape, f: c.f, i: c.i}
	}
	s.spend(s, c.shape, c.len())
	out := newConstant(to, c.shape...)
	for i := range out.len() {
		switch {
		case out.f != nil:
			out.f[i] = float32(c.at(i))
		case to == typeBool:
			if c.at(i) != 0 {
				out.i.set(i, 1)
			}
		case c.f != nil:
			out.i.set(i, clampInt(float64(c.f[i])))
		default:
			out.i.set(i, c.i.at(i))
		}
	}
	return out
}

// clamp rounds towards zero, and limits to the range of the type.
func (t elemType) clamp(v float64) int64 {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	switch w := t.width(); {
	case t == typeBool:
		lo, hi = 0, 1
	case t == typeUint8 || t == typeUint16 || t == typeUint32:
		lo, hi = 0, 1<<(8*w)-1
	case w < 8:
		lo, hi = -1<<(8*w-1), 1<<(8*w-1)-1
	}
	return min(max(clampInt(v), lo), hi)
}

// clampInt rounds towards zero, and limits to the range of int64.
func clampInt(v float64) int64 {
	switch {
	case v != v:
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}
