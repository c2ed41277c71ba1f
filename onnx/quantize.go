package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A quantization turns numbers into integers: round(x/scale) + zero.
type quantization struct {
	typ   elemType
	scale []float32 // one for all, one for each place along the axis, or one for each block of places
	zero  []int64   // zero points, as many
	axis  int
	block int // number of places along the axis that share a scale; 0 if there are no blocks

	// Of a computed value: its integers minus their zero point, as numbers; and scale and zero
	// point, if they are computed too.
	whole             *value
	scales, zeroPoint *value
}

// at returns the scale and zero point of value i in an array.
func (q *quantization) at(i int, shape []int) (scale float32, zero int64) {
	k := 0
	if len(q.scale) > 1 {
		inner := tensor.Size(shape[q.axis+1:])
		k = i / inner % shape[q.axis]
		if q.block > 0 {
			blocks := (shape[q.axis] + q.block - 1) / q.block
			k = (i/inner/shape[q.axis]*blocks+k/q.block)*inner + i%inner
		}
	}
	return q.scale[k], q.zero[k]
}

// zeros returns the zero points as numbers.
func (q *quantization) zeros() []float32 {
	out := make([]float32, len(q.zero))
	for i, z := range q.zero {
		out[i] = float32(z)
	}
	return out
}

// centred reports whether all zero points are 0.
func (q *quantization) centred() bool {
	return !slices.ContainsFunc(q.zero, func(z int64) bool { return z != 0 })
}

// hasZero reports whether its zero point is the given one; nil is 0.
func (q *quantization) hasZero(zero *value) bool {
	switch {
	case q.zeroPoint != nil:
		return zero == q.zeroPoint
	case zero == nil:
		return q.centred()
	}
	return zero.known != nil && slices.Equal(zero.known.i.list(), q.zero)
}

// quantization reads a scale and zero point, inputs at and at+1, for values of a shape. The type is
// that of the zero point, or else typ.
func (s *site) quantization(at int, typ elemType, shape []int) *quantization {
	scale := s.weights(at)
	q := &quantization{typ: typ, scale: scale.f, zero: make([]int64, scale.len())}
	if s.has(at + 1) {
		zero := s.constant(at + 1)
		if zero.typ.floating() || zero.len() != scale.len() {
			s.fail("it has zero points of %s and shape %s for scales of %s", zero.typ, wording.Shape(zero.shape), wording.Shape(scale.shape))
		}
		q.typ, q.zero = zero.typ, zero.i.list()
	}
	switch q.typ {
	case typeUint4, typeInt4, typeUint8, typeInt8, typeUint16, typeInt16, typeInt32:
	default:
		s.refuse("integers of %s", q.typ)
	}
	if block := s.attrInt("block_size", 0); block != 0 {
		q.blocks(s, block, scale.shape, shape)
	} else if len(scale.f) != 1 {
		q.axis = s.axis(s.attrInt("axis", 1), len(shape))
		if len(scale.shape) != 1 || len(scale.f) != shape[q.axis] {
			s.fail("scales of the shape %s are not for axis %d of %s", wording.Shape(scale.shape), q.axis, wording.Shape(shape))
		}
	}
	for _, v := range scale.f {
		if !(v > 0) {
			s.fail("it has a scale of %v", v)
		}
	}
	return q
}

// blocks reads the blocks along an axis that share a scale.
func (q *quantization) blocks(s *site, size int, scales, shape []int) {
	q.axis, q.block = s.axis(s.attrInt("axis", 1), len(shape)), size
	want := slices.Clone(shape)
	if size > 0 {
		want[q.axis] = (shape[q.axis]-1)/size + 1
	}
	if size < 1 || !slices.Equal(scales, want) {
		s.fail("scales of the shape %s are not for blocks of %d along axis %d of %s", wording.Shape(scales), size, q.axis, wording.Shape(shape))
	}
}

// rounded makes integers of x. x is first divided by by, one number or one for each place along an
// axis; q describes the integers.
func (s *site) rounded(x *value, by []float32, axis int, q *quantization) *value {
	zero := q.zeros()
	for len(zero) < len(by) {
		zero = append(zero, zero[0])
	}
	low, high := q.typ.limits()
	l := nn.Quantize{Scale: by, Zero: zero, Axis: axis, Low: float32(low), High: float32(high), Integers: true}
	q.whole = s.emitAs(x.shape, &l, x)
	var v *value
	if slices.Equal(by, q.scale) {
		direct := l
		direct.Integers = false
		v = s.emitAs(x.shape, &direct, x)
	} else {
		v = s.arith("Mul", q.whole, s.along(q.scale, q.axis, len(x.shape)))
	}
	v = v.of(q.typ)
	v.quantized = q
	return v
}

// real returns the numbers that the integers of input i stand for. Their scale and zero point are
// inputs i+1 and i+2.
func (s *site) real(i int) *value {
	at := i + 1
	if !s.has(i) || !s.has(at) {
		s.fail("input %d or %d is missing", i+1, at+1)
	}
	v, zero := s.in[i], s.optional(at+1)
	if p := v.quantized; p != nil && p.scales != nil && s.in[at] == p.scales && p.hasZero(zero) {
		return s.arith("Mul", p.whole, p.scales)
	}
	if s.in[at].known == nil {
		return s.arith("Mul", s.above(v, zero, s.attrInt("axis", 1)), s.in[at])
	}
	q := s.quantization(at, v.typ, v.shape)
	if v.known != nil {
		return knownValue("", s.dequantized(v.known, q))
	}
	if p := v.quantized; p != nil && p.scales == nil && q.typ == p.typ && q.axis == p.axis && slices.Equal(q.scale, p.scale) && slices.Equal(q.zero, p.zero) {
		return v.of(typeFloat)
	}
	if q.block > 0 {
		s.refuse("blocks of computed values")
	}
	return passes(s.arith("Mul", s.above(v, zero, q.axis), s.along(q.scale, q.axis, len(v.shape))), v)
}

// targetType returns the type of the integers that QuantizeLinear makes if it has no zero point.
func (s *site) targetType() elemType {
	if t := s.attrInt("output_dtype", 0); t != 0 {
		return elemType(t)
	}
	return typeUint8
}

// buildQuantize rounds to the numbers that DequantizeLinear makes of integers.
func buildQuantize(s *site) []*value {
	x := s.numbers(s.computed(0))
	q := s.quantization(1, s.targetType(), x.shape)
	if q.block > 0 {
		s.refuse("blocks of computed values")
	}
	return lowered(passes(s.rounded(x, q.scale, q.axis, q), x))
}

// buildDequantize multiplies integers, minus their zero point, by the scale.
func buildDequantize(s *site) []*value { return lowered(s.real(0)) }

// foldQuantize and foldDequantize are quantization of weights: y = (x - zero) * scale.
func foldQuantize(s *site) []*constant {
	c := s.weights(0)
	q := s.quantization(1, s.targetType(), c.shape)
	s.spend(s, c.shape, c.len())
	low, high := q.typ.limits()
	out := newConstant(q.typ, c.shape...)
	for i := range out.i.len() {
		scale, zero := q.at(i, c.shape)
		v := math.RoundToEven(float64(float32(c.f[i]/scale))) + float64(zero)
		out.i.set(i, int64(math.Min(math.Max(v, low), high)))
	}
	return folded(out)
}

func foldDequantize(s *site) []*constant {
	c := s.constant(0)
	return folded(s.dequantized(c, s.quantization(1, c.typ, c.shape)))
}

// dequantized returns the numbers that integers stand for.
func (s *site) dequantized(c *constant, q *quantization) *constant {
	if c.typ.floating() {
		s.fail("its input holds values of %s, integers are wanted", c.typ)
	}
	s.spend(s, c.shape, c.len())
	out := newConstant(typeFloat, c.shape...)
	for i := range out.f {
		scale, zero := q.at(i, c.shape)
		out.f[i] = float32(float32(float64(c.i.at(i))-float64(zero)) * scale)
	}
	return out
}
