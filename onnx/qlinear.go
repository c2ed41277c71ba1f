package onnx

import (
	"maps"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// These are the operators that work on integers throughout, as "QOperator" of ONNX Runtime's
// quantisation writes them. Products of integers are summed as whole numbers in float32, and
// divided once by the factor that makes integers of the sums: this is exact if all sums are within
// 2^24. All other operators compute with the numbers that the integers stand for.

// with returns the same node with other inputs, and without some attributes.
func (s *site) with(in []*value, without ...string) *site {
	t := *s
	t.in = in
	if len(without) > 0 {
		n := *s.node
		n.attrs = maps.Clone(n.attrs)
		for _, name := range without {
			delete(n.attrs, name)
		}
		t.node = &n
	}
	return &t
}

// scalar returns input i, which must be one number above zero.
func (s *site) scalar(i int) float32 {
	c := s.weights(i)
	if c.len() != 1 || !(c.f[0] > 0) {
		s.fail("input %d is %s values, one positive number is wanted", i+1, wording.Shape(c.shape))
	}
	return c.f[0]
}

// target reads the scale and zero point of a node's result, inputs at and at+1; there is one of
// each for all values.
func (s *site) target(at int, shape []int) *quantization {
	if !s.has(at) {
		s.fail("input %d is missing", at+1)
	}
	if c := s.constant(at); c.len() != 1 {
		s.fail("input %d has the shape %s, one scale is wanted", at+1, wording.Shape(c.shape))
	}
	typ := typeUint8
	for _, v := range s.in {
		if v != nil && v.known == nil && !v.typ.floating() {
			typ = v.typ
		}
	}
	return s.quantization(at, typ, shape)
}

// requantized makes integers of sums of products of integers. The scales of the factors are a and,
// along an axis, b.
func (s *site) requantized(sums *value, a float32, b []float32, axis int, q *quantization) *value {
	by := make([]float32, len(b))
	for i, v := range b {
		by[i] = q.scale[0] / float32(a*v)
	}
	return s.rounded(sums, by, axis, q)
}

// buildQLinearConv has the inputs x, w and y, each with scale and zero point, and a bias, whose
// scale is that of the products.
func buildQLinearConv(s *site) []*value {
	s.computed(0)
	in := []*value{s.above(s.in[0], s.in[2], 0), s.above(s.in[3], s.in[5], 0)}
	if s.has(8) {
		in = append(in, s.numbers(s.in[8]))
	}
	sums := buildConv(s.with(in))[0]
	scales := s.weights(4).f
	if n := sums.shape[1]; len(scales) != 1 && len(scales) != n {
		s.fail("it has %d scales for %d filters", len(scales), n)
	}
	return lowered(s.requantized(sums, s.scalar(1), scales, 1, s.target(6, sums.shape)))
}

// buildQLinearMatMul has the inputs a, b and y, each with scale and zero point.
func buildQLinearMatMul(s *site) []*value {
	a, b := s.above(s.in[0], s.in[2], -2), s.above(s.in[3], s.in[5], -1)
	sums := s.matmul(a, b)
	scales := s.weights(4).f
	if n := len(sums.shape); len(scales) != 1 && (n == 0 || len(scales) != sums.shape[n-1]) {
		s.fail("it has %d scales for a product of the shape %s", len(scales), wording.Shape(sums.shape))
	}
	return lowered(s.requantized(sums, s.scalar(1), scales, len(sums.shape)-1, s.target(6, sums.shape)))
}

// buildQGemm has the inputs A and B with scale and zero point, a bias C whose scale is that of the
// products, and the scale and zero point of the result. Without the latter the result is
// floating-point.
func buildQGemm(s *site) []*value {
	perColumn := -1
	if s.attrInt("transB", 0) != 0 {
		perColumn = -2
	}
	if !s.has(3) {
		s.fail("input 4 is missing")
	}
	in := []*value{s.above(s.in[0], s.optional(2), 0), s.above(s.in[3], s.optional(5), perColumn)}
	if s.has(6) {
		in = append(in, s.numbers(s.in[6]))
	}
	sums := buildGemm(s.with(in, "alpha"))[0]
	scales := s.weights(4).f
	if len(scales) != 1 && len(scales) != sums.shape[1] {
		s.fail("it has %d scales for %d columns", len(scales), sums.shape[1])
	}
	a := s.scalar(1) * s.attrFloat("alpha", 1)
	if s.has(7) {
		return lowered(s.requantized(sums, a, scales, 1, s.target(7, sums.shape)))
	}
	by := make([]float32, len(scales))
	for i, v := range scales {
		by[i] = a * v
	}
	return lowered(s.arith("Mul", sums, s.along(by, 1, 2)))
}

// buildQLinear computes with the numbers that the integers stand for. Scale and zero point follow
// each of the given inputs; those of the result are the inputs at and at+1.
func buildQLinear(build builder, at int, inputs ...int) builder {
	return func(s *site) []*value {
		var in []*value
		for _, i := range inputs {
			in = append(in, s.real(i))
		}
		if !slices.ContainsFunc(in, func(v *value) bool { return v.known == nil }) {
			s.refuse("of known values only")
		}
		v := build(s.with(in))[0]
		q := s.target(at, v.shape)
		return lowered(passes(s.rounded(v, q.scale, 0, q), v))
	}
}

// buildQLinearConcat has the scale and zero point of the result first, then each input with its
// own.
func buildQLinearConcat(s *site) []*value {
	if len(s.in)%3 != 2 {
		s.fail("it has %d inputs, 2 and 3 for each part are wanted", len(s.in))
	}
	var inputs []int
	for i := 2; i < len(s.in); i += 3 {
		inputs = append(inputs, i)
	}
	return buildQLinear(buildConcat, 0, inputs...)(s)
}

// channelsFirst refuses the other layout that these operators may have.
func channelsFirst(build builder) builder {
	return func(s *site) []*value {
		if s.attrInt("channels_last", 0) != 0 {
			s.refuse("channels_last")
		}
		return build(s)
	}
}

// buildQLinearSoftmax has an attribute that names the opset which defines its axis.
func buildQLinearSoftmax(s *site) []*value {
	return buildQLinear(func(t *site) []*value {
		t.opset = s.attrInt("opset", t.opset)
		return buildSoftmax(false)(t)
	}, 3, 0)(s)
}

// buildDynamicQuantize rounds with a scale that is computed from the values themselves. Every
// picture has its own; ONNX has one for a batch.
func buildDynamicQuantize(s *site) []*value {
	x := s.computed(0)
	l := &nn.DynamicQuantize{Axis: 1}
	if padRank(x.shape)[0] != 1 {
		l.Axis = 0
	}
	made := s.emitAll(l, x)
	for i, v := range made {
		if i > 0 {
			v.shape = []int{} // scalars
		} else {
			v.shape = x.shape
		}
	}
	q := &quantization{typ: typeUint8, whole: made[0], scales: made[1], zeroPoint: made[2].of(typeUint8)}
	y := made[0].of(typeUint8)
	y.quantized = q
	return []*value{y, q.scales, q.zeroPoint}
}

// buildConvInteger has the inputs x and w, and a zero point of each.
func buildConvInteger(s *site) []*value {
	s.computed(0)
	in := []*value{s.above(s.in[0], s.optional(2), 0), s.above(s.in[1], s.optional(3), 0)}
	return lowered(buildConv(s.with(in))[0].of(typeInt32))
}

// integerProduct is the product of inputs a and b, each minus its zero point.
func (s *site) integerProduct(a, b int, za, zb *value) *value {
	return s.matmul(s.above(s.in[a], za, -2), s.above(s.in[b], zb, -1))
}

func buildMatMulInteger(s *site) []*value {
	return lowered(s.integerProduct(0, 1, s.optional(2), s.optional(3)).of(typeInt32))
}

// buildMatMulIntegerToFloat has the inputs A, B, their scales, their zero points and a bias.
func buildMatMulIntegerToFloat(s *site) []*value {
	v := s.integerProduct(0, 1, s.optional(4), s.optional(5))
	return lowered(s.scaledSum(v, s.arith("Mul", s.in[2], s.in[3]), s.optional(6)))
}

// buildDynamicQuantizeMatMul has the inputs A, which is floating-point, B, its scale and zero
// point, and a bias.
func buildDynamicQuantizeMatMul(s *site) []*value {
	a := buildDynamicQuantize(s)
	t := s.with([]*value{a[0], s.in[1]})
	v := t.integerProduct(0, 1, a[2], s.optional(3))
	return lowered(s.scaledSum(v, s.arith("Mul", a[1], s.in[2]), s.optional(4)))
}

func (s *site) scaledSum(v, scale, bias *value) *value {
	v = s.arith("Mul", v, scale)
	if bias == nil {
		return v
	}
	return s.arith("Add", v, bias)
}
