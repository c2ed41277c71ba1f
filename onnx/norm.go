package onnx

import (
	"math"
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// channels returns the channels of a computed value, which must have them.
func (s *site) channels(v *value) int {
	if len(v.shape) < 2 {
		s.fail("its input of the shape %s has no channels", shapeText(v.shape))
	}
	return v.shape[1]
}

// buildBatchNorm has scale, bias, mean and variance for each channel, which come to
// a factor and an offset.
func buildBatchNorm(s *site) []*value {
	x := s.computed(0)
	if s.attrInt("training_mode", 0) != 0 || s.opset < 9 && s.attrInt("spatial", 1) == 0 {
		s.refuse("in training mode, or with a mean for each pixel")
	}
	c := s.channels(x)
	scale, bias, mean, variance := s.vector(1, c), s.vector(2, c), s.vector(3, c), s.vector(4, c)
	eps := float64(s.attrFloat("epsilon", 1e-5))
	l := &nn.Affine{Scale: make([]float32, c), Shift: make([]float32, c)}
	for i := range c {
		factor := float64(scale[i]) / math.Sqrt(float64(variance[i])+eps)
		l.Scale[i], l.Shift[i] = float32(factor), float32(float64(bias[i])-float64(mean[i])*factor)
		if _, ok := tensor.Finite([]float32{l.Scale[i], l.Shift[i]}); !ok {
			s.fail("channel %d has the mean %v and the variance %v, which nothing can be divided by: these weights are broken", i, mean[i], variance[i])
		}
	}
	return one1(s.emit(l, x))
}

// buildInstanceNorm has a scale and a bias for each channel.
func buildInstanceNorm(s *site) []*value {
	x := s.computed(0)
	c := s.channels(x)
	return one1(s.emit(&nn.GroupNorm{Groups: c, Eps: s.attrFloat("epsilon", 1e-5), Scale: s.vector(1, c), Bias: s.vector(2, c)}, x))
}

// buildGroupNorm has a scale and a bias for each channel; in opset 18 for each group.
func buildGroupNorm(s *site) []*value {
	x := s.computed(0)
	c, groups := s.channels(x), s.attrInt("num_groups", 0)
	if groups < 1 || c%groups != 0 {
		s.fail("%d groups do not divide %d channels", groups, c)
	}
	spread := func(i int) []float32 {
		if s.opset >= 21 {
			return s.vector(i, c)
		}
		var out []float32
		for _, v := range s.vector(i, groups) {
			out = append(out, slices.Repeat([]float32{v}, c/groups)...)
		}
		return out
	}
	return one1(s.emit(&nn.GroupNorm{Groups: groups, Eps: s.attrFloat("epsilon", 1e-5), Scale: spread(1), Bias: spread(2)}, x))
}

// buildLayerNorm has a scale, and perhaps a bias, for every place behind an axis.
func buildLayerNorm(s *site) []*value {
	x := s.computed(0)
	axis := s.axis(s.attrInt("axis", -1), len(x.shape))
	shape := x.shape[axis:]
	spread := func(i int) []float32 {
		c := s.weights(i)
		if full, ok := broadcastShape(c.shape, shape); !ok || !slices.Equal(full, shape) {
			s.fail("input %d has the shape %s, %s is wanted", i+1, shapeText(c.shape), shapeText(shape))
		}
		s.spend(s, shape, c.len())
		return c.strided(shape, broadcastStrides(c.shape, shape), 0).f
	}
	l := &nn.LayerNorm{Axis: axis, Eps: s.attrFloat("epsilon", 1e-5), Scale: spread(1)}
	if s.has(2) {
		l.Bias = spread(2)
	}
	return one1(s.emit(l, x))
}

func buildLpNorm(s *site) []*value {
	x := s.computed(0)
	l := &nn.LpNorm{Axis: s.axis(s.attrInt("axis", -1), len(x.shape)), P: s.attrInt("p", 2)}
	return one1(s.emitAs(x.shape, l, x))
}

// buildSoftmax runs along one axis; before opset 13 over all axes from there on.
func buildSoftmax(log bool) builder {
	return func(s *site) []*value {
		x := s.computed(0)
		absent := -1
		if s.opset < 13 {
			absent = 1
		}
		rank := len(x.shape)
		axis := s.axis(s.attrInt("axis", absent), rank)
		// One axis of all that count is enough, and easier.
		if s.opset < 13 && tensor.Size(x.shape[axis+1:]) > 1 {
			flat := s.view(x, append(slices.Clone(x.shape[:axis]), tensor.Size(x.shape[axis:]))...)
			y := s.emit(&nn.Softmax{Axis: axis, Log: log}, flat)
			return one1(s.view(y, x.shape...))
		}
		y := s.emit(&nn.Softmax{Axis: axis, Log: log}, x)
		if x.shape[axis] == tensor.Size(x.shape) {
			y.logits = x
		}
		return one1(y)
	}
}

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
	return one1(v)
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
	return one1(&v)
}
