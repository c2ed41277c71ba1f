package onnx

import (
	"slices"

	"hoodwink/nn"
)

// centred returns x and the axes if v is x minus its mean along trailing axes.
func centred(v *value) (x *value, axis int) {
	args := made(v, "Sub", 2)
	if args == nil {
		return nil, 0
	}
	m := made(args[1], "ReduceMean", 1)
	if m == nil || m[0] != args[0] {
		return nil, 0
	}
	axis, ok := trailing(args[1])
	if !ok {
		return nil, 0
	}
	return args[0], axis
}

// trailing returns the first of the axes along which a value was reduced, if they are all axes from
// there on and stayed with length 1.
func trailing(v *value) (int, bool) {
	l, ok := v.from.layer.(*nn.Reduce)
	if !ok || !l.KeepDims {
		return 0, false
	}
	rank := len(v.from.args[0].shape)
	axis := rank - len(l.Axes)
	for i, a := range l.Axes {
		if a != axis+i {
			return 0, false
		}
	}
	return axis, true
}

// layerNorm recognises (x-mean) / sqrt(mean of (x-mean)^2 + eps).
func (s *site) layerNorm(op string, a, b *value) *value {
	if op == "Mul" { // by the reciprocal of the root
		if r := made(b, "Reciprocal", 1); r != nil {
			b = r[0]
		} else if r := made(a, "Reciprocal", 1); r != nil {
			a, b = b, r[0]
		} else {
			return nil
		}
	}
	if a.known != nil || b.known != nil {
		return nil
	}
	x, axis := centred(a)
	root := made(b, "Sqrt", 1)
	if root == nil {
		if v, p, ok := withNumber(b, "Pow"); ok && p == 0.5 {
			root = []*value{v}
		}
	}
	if x == nil || root == nil || axis == 0 {
		return nil
	}
	variance, eps, ok := withNumber(root[0], "Add")
	if !ok || !(eps > 0) {
		return nil
	}
	mean := made(variance, "ReduceMean", 1)
	if mean == nil {
		return nil
	}
	if at, ok := trailing(variance); !ok || at != axis {
		return nil
	}
	d, p, ok := withNumber(mean[0], "Pow")
	if !ok || p != 2 {
		args := made(mean[0], "Mul", 2)
		if args == nil || args[0] != args[1] {
			return nil
		}
		d = args[0]
	}
	if again, at := centred(d); again != x || at != axis {
		return nil
	}
	return s.emitAs(x.shape, &nn.LayerNorm{Axis: axis, Eps: float32(eps)}, x)
}

// normOf returns the layer normalisation that made a value, and the constant with one number for
// each of the values that are normalised together.
func (s *site) normOf(a, b *value) (*value, *nn.LayerNorm, []float32) {
	if a.known != nil {
		a, b = b, a
	}
	if a.from == nil || b.known == nil {
		return nil, nil, nil
	}
	l, ok := a.from.layer.(*nn.LayerNorm)
	if !ok || l.Bias != nil {
		return nil, nil, nil
	}
	shape := a.shape[l.Axis:]
	c := b.known
	if full, ok := broadcastShape(c.shape, shape); !ok || !slices.Equal(full, shape) {
		return nil, nil, nil
	}
	s.spend(s, shape, c.len())
	return a, l, c.strided(shape, broadcastStrides(c.shape, shape), 0).f
}

func (s *site) normScale(a, b *value) *value {
	v, l, scale := s.normOf(a, b)
	if v == nil || l.Scale != nil {
		return nil
	}
	return s.emitAs(v.shape, &nn.LayerNorm{Axis: l.Axis, Eps: l.Eps, Scale: scale}, v.from.in[0])
}

func (s *site) normBias(a, b *value) *value {
	v, l, bias := s.normOf(a, b)
	if v == nil {
		return nil
	}
	return s.emitAs(v.shape, &nn.LayerNorm{Axis: l.Axis, Eps: l.Eps, Scale: l.Scale, Bias: bias}, v.from.in[0])
}

// productBias makes an addend of an inner product its bias.
func (s *site) productBias(a, b *value) *value {
	if a.known != nil {
		a, b = b, a
	}
	if a.from == nil || b.known == nil {
		return nil
	}
	l, ok := a.from.layer.(*nn.InnerProduct)
	if !ok || l.Bias != nil {
		return nil
	}
	c, outputs := b.known, l.Weights.Shape[0]
	if full, ok := broadcastShape(c.shape, []int{1, outputs}); !ok || !slices.Equal(full, []int{1, outputs}) {
		return nil
	}
	bias := c.strided([]int{outputs}, broadcastStrides(c.shape, []int{1, outputs})[1:], 0).f
	return s.emitAs(a.shape, &nn.InnerProduct{Weights: l.Weights, Bias: bias}, a.from.in[0])
}
