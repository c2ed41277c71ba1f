package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// channels returns the number of channels of a computed value, or fails if it has none.
func (s *site) channels(v *value) int {
	if len(v.shape) < 2 {
		s.fail("its input of the shape %s has no channels", wording.Shape(v.shape))
	}
	return v.shape[1]
}

// buildBatchNorm has scale, bias, mean and variance for each channel, which give a factor and an
// offset.
func buildBatchNorm(s *site) []*value {
	x := s.computed(0)
	if s.attrInt("training_mode", 0) != 0 && s.known {
		return s.trainedBatchNorm(x)
	}
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
	return lowered(s.emit(l, x))
}

// trainedBatchNorm normalises known values by their own mean and variance. It also returns the
// running ones: momentum times the old ones, and the rest times the new ones.
func (s *site) trainedBatchNorm(x *value) []*value {
	c := s.channels(x)
	axes, shape := []int{0}, ones(len(x.shape))
	for a := 2; a < len(x.shape); a++ {
		axes = append(axes, a)
	}
	shape[1] = c
	mul, add := func(a, b *value) *value { return s.do("Mul", nil, a, b) }, func(a, b *value) *value { return s.do("Add", nil, a, b) }
	mean := s.over("ReduceMean", x, axes...)
	d := s.do("Sub", nil, x, mean)
	variance := s.over("ReduceMean", mul(d, d), axes...)
	root := s.do("Sqrt", nil, add(variance, number(float64(s.attrFloat("epsilon", 1e-5)))))
	y := add(mul(s.do("Div", nil, d, root), s.reshape(s.in[1], shape...)), s.reshape(s.in[2], shape...))
	momentum := float64(s.attrFloat("momentum", 0.9))
	running := func(was, is *value) *value {
		return add(mul(was, number(momentum)), mul(s.reshape(is, c), number(1-momentum)))
	}
	return []*value{y, running(s.in[3], mean), running(s.in[4], variance)}
}

// buildInstanceNorm has a scale and a bias for each channel.
func buildInstanceNorm(s *site) []*value {
	x := s.computed(0)
	c := s.channels(x)
	return lowered(s.emit(&nn.GroupNorm{Groups: c, Eps: s.attrFloat("epsilon", 1e-5), Scale: s.vector(1, c), Bias: s.vector(2, c)}, x))
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
	return lowered(s.emit(&nn.GroupNorm{Groups: groups, Eps: s.attrFloat("epsilon", 1e-5), Scale: spread(1), Bias: spread(2)}, x))
}

// buildLayerNorm has a scale, and perhaps a bias, for every place behind an axis.
func buildLayerNorm(s *site) []*value {
	x := s.computed(0)
	axis := s.axis(s.attrInt("axis", -1), len(x.shape))
	shape := x.shape[axis:]
	spread := func(i int) []float32 {
		c := s.weights(i)
		if full, ok := broadcastShape(c.shape, shape); !ok || !slices.Equal(full, shape) {
			s.fail("input %d has the shape %s, %s is wanted", i+1, wording.Shape(c.shape), wording.Shape(shape))
		}
		s.spend(s, shape, c.len())
		return c.strided(shape, broadcastStrides(c.shape, shape), 0).f
	}
	l := &nn.LayerNorm{Axis: axis, Eps: s.attrFloat("epsilon", 1e-5), Scale: spread(1)}
	if s.has(2) {
		l.Bias = spread(2)
	}
	out := lowered(s.emit(l, x))
	if len(s.node.out) > 1 {
		out = append(out, s.layerStatistics(x, axis)...)
	}
	return out
}

func buildLpNorm(s *site) []*value {
	x := s.computed(0)
	l := &nn.LpNorm{Axis: s.axis(s.attrInt("axis", -1), len(x.shape)), P: s.attrInt("p", 2)}
	return lowered(s.emitAs(x.shape, l, x))
}
