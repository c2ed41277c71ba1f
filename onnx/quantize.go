package onnx

import (
	"math"
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A quantization turns numbers into integers: round(x/scale) + zero.
type quantization struct {
	typ       elemType
	scale     []float32 // one, or one for each place along the axis
	zero      []int64   // likewise
	axis      int
	low, high float64 // range of the integers
}

// at returns scale and zero of value i in an array.
func (q *quantization) at(i int, shape []int) (scale float32, zero int64) {
	if len(q.scale) == 1 {
		return q.scale[0], q.zero[0]
	}
	k := i / tensor.Size(shape[q.axis+1:]) % shape[q.axis]
	return q.scale[k], q.zero[k]
}

// quantization reads inputs 1 and 2 of QuantizeLinear or DequantizeLinear.
func (s *site) quantization() *quantization {
	if s.attrInt("block_size", 0) != 0 {
		s.refuse("block_size %d", s.attrInt("block_size", 0))
	}
	scale := s.weights(1)
	q := &quantization{typ: typeUint8, scale: scale.f, zero: make([]int64, scale.len())}
	if s.node.op == "DequantizeLinear" {
		q.typ = s.in[0].typ
	} else if t := s.attrInt("output_dtype", 0); t != 0 {
		q.typ = elemType(t)
	}
	if s.has(2) {
		zero := s.constant(2)
		if zero.typ.floating() || zero.len() != scale.len() {
			s.fail("it has zero points of %s and shape %s for scales of %s", zero.typ, shapeText(zero.shape), shapeText(scale.shape))
		}
		q.typ, q.zero = zero.typ, zero.i
	}
	switch q.typ {
	case typeUint8, typeUint16:
		q.high = float64(int(1)<<(8*q.typ.width()) - 1)
	case typeInt8, typeInt16, typeInt32:
		q.high = float64(int(1)<<(8*q.typ.width()-1) - 1)
		q.low = -q.high - 1
	default:
		s.refuse("integers of %s", q.typ)
	}
	shape := s.in[0].shape
	switch {
	case len(scale.f) == 0:
		s.fail("it has no scales")
	case len(scale.f) > 1:
		q.axis = s.axis(s.attrInt("axis", 1), len(shape))
		if len(scale.shape) != 1 || len(scale.f) != shape[q.axis] {
			s.fail("scales of the shape %s are not for axis %d of %s", shapeText(scale.shape), q.axis, shapeText(shape))
		}
	}
	for _, v := range scale.f {
		if !(v > 0) {
			s.fail("it has a scale of %v", v)
		}
	}
	return q
}

// buildQuantize rounds to what DequantizeLinear, which must follow, makes of integers.
func buildQuantize(s *site) []*value {
	x, q := s.computed(0), s.quantization()
	zero := make([]float32, len(q.zero))
	for i, z := range q.zero {
		zero[i] = float32(z)
	}
	v := s.emitAs(x.shape, &nn.Quantize{Scale: q.scale, Zero: zero, Axis: q.axis, Low: float32(q.low), High: float32(q.high)}, x)
	v.typ, v.quantized = q.typ, q
	return lowered(passes(v, x))
}

// buildDequantize passes on what QuantizeLinear made with the same settings.
func buildDequantize(s *site) []*value {
	x := s.computed(0)
	if x.quantized == nil {
		s.refuse("of integers that QuantizeLinear did not make")
	}
	q := s.quantization()
	if p := x.quantized; q.typ != p.typ || q.axis != p.axis || !slices.Equal(q.scale, p.scale) || !slices.Equal(q.zero, p.zero) {
		s.refuse("of integers of another scale")
	}
	v := *x
	v.typ, v.quantized = typeFloat, nil
	return lowered(&v)
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
	return folded(out)
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
	return folded(out)
}
