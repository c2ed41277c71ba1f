package onnx

import (
	"math"

	"hoodwink/tensor"
)

// A folding works out what a node makes of known values.
type folding = func(s *site) []*constant

func one(c *constant) []*constant { return []*constant{c} }

// foldUnary applies f to every value. Integers go through float64, in which all that
// appear in shapes are exact.
func foldUnary(f func(float64) float64) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		s.spend(s, c.shape, c.len())
		out := newConstant(c.typ, c.shape...)
		for i := range out.f {
			out.f[i] = float32(f(float64(c.f[i])))
		}
		for i := range out.i {
			out.i[i] = c.typ.wrap(int64(f(float64(c.i[i]))))
		}
		return one(out)
	}
}

func foldNot(s *site) []*constant {
	c := s.constant(0)
	s.spend(s, c.shape, c.len())
	out := newConstant(typeBool, c.shape...)
	for i := range out.i {
		if c.at(i) == 0 {
			out.i[i] = 1
		}
	}
	return one(out)
}

// A pairing is an operation on two numbers; either function may be nil. Integers may
// give no result.
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

// quotient rounds to zero, as C does.
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

// foldPairs applies an operation to pairs of values, from left to right if there are
// more than two inputs.
func foldPairs(p pairing) folding {
	return func(s *site) []*constant {
		out := s.constant(0)
		for i := 1; i < len(s.in); i++ {
			out = s.pairs(p, out, s.constant(i), out.typ)
		}
		return one(out)
	}
}

// pairs applies an operation to two constants, with numpy's broadcasting. Integers that
// stand beside floating-point values are converted.
func (s *site) pairs(p pairing, a, b *constant, typ elemType) *constant {
	shape, ok := broadcastShape(a.shape, b.shape)
	if !ok {
		s.fail("constants of the shapes %s and %s do not fit together", shapeText(a.shape), shapeText(b.shape))
	}
	s.spend(s, shape, max(a.len(), b.len()))
	a = a.strided(shape, broadcastStrides(a.shape, shape), 0)
	b = b.strided(shape, broadcastStrides(b.shape, shape), 0)
	out := newConstant(typ, shape...)
	set := func(i int, v float64) {
		if out.f != nil {
			out.f[i] = float32(v)
		} else {
			out.i[i] = int64(v)
		}
	}
	for i := range out.len() {
		if p.integer == nil || a.typ.floating() || b.typ.floating() {
			set(i, p.float(a.at(i), b.at(i)))
			continue
		}
		v, ok := p.integer(a.i[i], b.i[i])
		if !ok {
			s.fail("it divides %d by %d", a.i[i], b.i[i])
		}
		out.i[i] = typ.wrap(v)
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
	return func(s *site) []*constant { return one(s.pairs(p, s.constant(0), s.constant(1), typeBool)) }
}

func foldMod(s *site) []*constant {
	p := pairing{float: math.Mod, integer: remainder}
	if s.attrInt("fmod", 0) != 0 {
		p.integer = func(a, b int64) (int64, bool) {
			if b == 0 || b == -1 {
				return 0, b != 0
			}
			return a % b, true
		}
	}
	a := s.constant(0)
	return one(s.pairs(p, a, s.constant(1), a.typ))
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
	for i := range out.i {
		out.i[i] = int64(math.Min(math.Max(float64(c.i[i]), lo), hi))
	}
	return one(out)
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
	one := func(i int, absent float64) float64 {
		if !s.has(i) {
			return absent
		}
		c := s.constant(i)
		if c.len() != 1 {
			s.fail("input %d has the shape %s, one value is wanted", i+1, shapeText(c.shape))
		}
		return c.at(0)
	}
	return one(1, lo), one(2, hi)
}

// foldCast converts to the type of the attribute to.
func foldCast(s *site) []*constant { return one(s.cast(s.constant(0), elemType(s.attrInt("to", 0)))) }

// foldCastLike converts to the type of the second input.
func foldCastLike(s *site) []*constant { return one(s.cast(s.constant(0), s.in[1].typ)) }

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
				out.i[i] = 1
			}
		case c.f != nil:
			out.i[i] = to.wrap(clampInt(float64(c.f[i])))
		default:
			out.i[i] = to.wrap(c.i[i])
		}
	}
	return out
}

// clampInt rounds to zero, within the range of int64.
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

// foldReduce combines the values along axes, which are an input from a version on.
func foldReduce(since int, start float64, f func(sum, v float64) float64, end func(sum float64, n int) float64) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		axes, keep := s.reduced(since)
		kept, dropped := []int{}, []int{}
		for a, d := range c.shape {
			switch {
			case !contains(axes, a):
				kept, dropped = append(kept, d), append(dropped, d)
			case keep:
				kept, dropped = append(kept, 1), append(dropped, 1)
			default:
				dropped = append(dropped, 1)
			}
		}
		s.spend(s, kept, c.len())
		s.spend(s, c.shape, c.len())
		out := newConstant(c.typ, kept...)
		sums := make([]float64, out.len())
		for i := range sums {
			sums[i] = start
		}
		// Where each value goes: an index into sums.
		where := newConstant(typeInt64, dropped...)
		for i := range where.i {
			where.i[i] = int64(i)
		}
		where = where.strided(c.shape, broadcastStrides(dropped, c.shape), 0)
		for i := range c.len() {
			sums[where.i[i]] = f(sums[where.i[i]], c.at(i))
		}
		n := c.len() / max(1, out.len())
		for i, v := range sums {
			if end != nil {
				v = end(v, n)
			}
			if out.f != nil {
				out.f[i] = float32(v)
			} else {
				out.i[i] = clampInt(v)
			}
		}
		return one(out)
	}
}

// reduced returns the axes of a Reduce operator, and whether they stay as ones.
func (s *site) reduced(since int) (axes []int, keep bool) {
	rank := len(s.in[0].shape)
	list, _ := s.list("axes", 1, since)
	keep = s.attrInt("keepdims", 1) != 0
	if len(list) == 0 && s.attrInt("noop_with_empty_axes", 0) == 0 {
		for a := range rank {
			axes = append(axes, a)
		}
		return axes, keep
	}
	return s.axes(list, rank), keep
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// foldArg finds the first largest or smallest value along an axis.
func foldArg(better func(v, best float64) bool) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		if s.attrInt("select_last_index", 0) != 0 {
			s.refuse("select_last_index")
		}
		axis := s.axis(s.attrInt("axis", 0), len(c.shape))
		if c.len() == 0 {
			s.fail("its input has the shape %s", shapeText(c.shape))
		}
		n, inner := c.shape[axis], tensor.Size(c.shape[axis+1:])
		shape := append([]int{}, c.shape[:axis]...)
		if s.attrInt("keepdims", 1) != 0 {
			shape = append(shape, 1)
		}
		shape = append(shape, c.shape[axis+1:]...)
		s.spend(s, c.shape, c.len())
		out := newConstant(typeInt64, shape...)
		for i := range out.i {
			first, best := i/inner*inner*n+i%inner, 0
			for k := 1; k < n; k++ {
				if better(c.at(first+k*inner), c.at(first+best*inner)) {
					best = k
				}
			}
			out.i[i] = int64(best)
		}
		return one(out)
	}
}

// foldCumSum adds up along an axis.
func foldCumSum(s *site) []*constant {
	c := s.constant(0)
	axes := s.ints(1)
	if len(axes) != 1 || s.attrInt("exclusive", 0) != 0 || s.attrInt("reverse", 0) != 0 {
		s.refuse("exclusive or reverse sums")
	}
	axis := s.axis(axes[0], len(c.shape))
	s.spend(s, c.shape, c.len())
	inner := tensor.Size(c.shape[axis+1:])
	out := c.strided(c.shape, contiguous(c.shape), 0)
	for i := range out.len() {
		if i/inner%c.shape[axis] == 0 {
			continue
		}
		if out.f != nil {
			out.f[i] += out.f[i-inner]
		} else {
			out.i[i] += out.i[i-inner]
		}
	}
	return one(out)
}

// foldQuantize and foldDequantize are quantization of weights: y = (x - zero) * scale.
func foldQuantize(s *site) []*constant {
	q := s.quantization()
	c := s.weights(0)
	s.spend(s, c.shape, c.len())
	out := newConstant(q.typ, c.shape...)
	for i := range out.i {
		scale, zero := q.at(i, c.shape)
		v := math.RoundToEven(float64(float32(c.f[i]/scale))) + float64(zero)
		out.i[i] = int64(math.Min(math.Max(v, q.low), q.high))
	}
	return one(out)
}

func foldDequantize(s *site) []*constant {
	q := s.quantization()
	c := s.constant(0)
	if c.typ.floating() {
		s.fail("its input holds values of %s, integers are wanted", c.typ)
	}
	s.spend(s, c.shape, c.len())
	out := newConstant(typeFloat, c.shape...)
	for i := range out.f {
		scale, zero := q.at(i, c.shape)
		out.f[i] = float32(float32(float64(c.i[i])-float64(zero)) * scale)
	}
	return one(out)
}
