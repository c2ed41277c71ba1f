package onnx

import (
	"math"

	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// composedOpset is the version of the operators from which others are composed.
const composedOpset = 18

// do lowers an operator that is a part of the one at this site. Known values stay known.
func (s *site) do(name string, a map[string]*attribute, in ...*value) *value {
	defer s.rewrites()()
	t := &site{lowering: s.lowering, opset: composedOpset, in: in,
		node: &nodeProto{name: s.node.label(), op: name, out: s.node.out, attrs: a}}
	static := true
	for _, v := range in {
		static = static && v.known != nil
	}
	return t.apply(kinds[name], static)[0]
}

// ints64 is a known list of integers.
func ints64(v ...int) *value { return knownValue("", intConstant(v...)) }

// cutOut returns the part of a value from lo to hi along an axis, by steps.
func (s *site) cutOut(v *value, axis, lo, hi, step int) *value {
	return s.do("Slice", nil, v, ints64(lo), ints64(hi), ints64(axis), ints64(step))
}

// join is Concat.
func (s *site) join(axis int, in ...*value) *value {
	return s.do("Concat", map[string]*attribute{"axis": intAttr(int64(axis))}, in...)
}

// over reduces along axes, which stay.
func (s *site) over(op string, v *value, axes ...int) *value {
	return s.do(op, nil, v, ints64(axes...))
}

// buildRMSNorm is x / sqrt(mean of x^2 + eps) * scale (Zhang, Sennrich 2019, arXiv:1910.07467).
func buildRMSNorm(s *site) []*value {
	x := s.in[0]
	axis := s.axis(s.attrInt("axis", -1), len(x.shape))
	var axes []int
	for a := axis; a < len(x.shape); a++ {
		axes = append(axes, a)
	}
	mean := s.over("ReduceMean", s.do("Mul", nil, x, x), axes...)
	root := s.do("Sqrt", nil, s.do("Add", nil, mean, number(float64(s.attrFloat("epsilon", 1e-5)))))
	return lowered(s.do("Mul", nil, s.do("Div", nil, x, root), s.in[1]))
}

// buildMeanVariance is (x-mean) / (deviation + 1e-9) along axes.
func buildMeanVariance(s *site) []*value {
	x, axes := s.in[0], s.attrInts("axes")
	if axes == nil {
		axes = []int{0, 2, 3}
	}
	axes = s.axes(axes, len(x.shape))
	d := s.do("Sub", nil, x, s.over("ReduceMean", x, axes...))
	root := s.do("Sqrt", nil, s.over("ReduceMean", s.do("Mul", nil, d, d), axes...))
	return lowered(s.do("Div", nil, d, s.do("Add", nil, root, number(1e-9))))
}

// buildSwiGLU is swish(a) * b.
func buildSwiGLU(s *site) []*value {
	return lowered(s.do("Mul", nil, s.do("Swish", s.node.attrs, s.in[0]), s.in[1]))
}

// buildLogSumExp subtracts the largest value first, so that nothing overflows; if that is infinite
// it subtracts nothing. The gradient with respect to the subtracted value cancels.
func buildLogSumExp(s *site) []*value {
	x := s.in[0]
	axes, keep := s.reduced(18)
	if len(axes) == 0 {
		return lowered(x)
	}
	top := s.over("ReduceMax", x, axes...)
	top = s.do("Where", nil, s.do("IsInf", nil, top), number(0), top)
	sum := s.do("Add", nil, s.do("Log", nil, s.over("ReduceSum", s.do("Exp", nil, s.do("Sub", nil, x, top)), axes...)), top)
	if !keep {
		sum = s.do("Squeeze", nil, sum, ints64(axes...))
	}
	return lowered(sum)
}

// layerStatistics gives LayerNormalization its outputs mean and 1/deviation.
func (s *site) layerStatistics(x *value, axis int) []*value {
	var axes []int
	for a := axis; a < len(x.shape); a++ {
		axes = append(axes, a)
	}
	mean := s.over("ReduceMean", x, axes...)
	d := s.do("Sub", nil, x, mean)
	variance := s.over("ReduceMean", s.do("Mul", nil, d, d), axes...)
	return []*value{mean, s.do("Reciprocal", nil, s.do("Sqrt", nil, s.do("Add", nil, variance, number(float64(s.attrFloat("epsilon", 1e-5))))))}
}

// maxTriangle bounds the axis of a cumulative sum, which is computed as a product with a triangular
// matrix.
const maxTriangle = 1 << 11

// buildCumSum multiplies by a triangle of ones.
func buildCumSum(s *site) []*value {
	x, axis := s.computed(0), s.cumulated()
	n := x.shape[axis]
	if n > maxTriangle {
		s.refuse("sums along %d values", n)
	}
	s.spend(s, []int{n, n}, 1)
	exclusive, reverse := s.attrInt("exclusive", 0) != 0, s.attrInt("reverse", 0) != 0
	ones := newConstant(typeFloat, n, n)
	for i := range n { // the sums that value i belongs to
		for j := range n {
			if i == j && !exclusive || i < j && !reverse || i > j && reverse {
				ones.f[i*n+j] = 1
			}
		}
	}
	perm := make([]int, len(x.shape))
	for a := range perm {
		perm[a] = a
	}
	last := len(perm) - 1
	perm[axis], perm[last] = last, axis
	return lowered(s.permute(s.matmul(s.permute(x, perm), knownValue("", ones)), perm))
}

// cumulated returns the axis of a CumSum.
func (s *site) cumulated() int {
	axes := s.ints(1)
	if len(axes) != 1 {
		s.fail("it has %d axes", len(axes))
	}
	return s.axis(axes[0], len(s.in[0].shape))
}

// maxFactors bounds the factors of a product along axes.
const maxFactors = 1 << 10

// buildReduceProd multiplies the slices along all axes.
func buildReduceProd(s *site) []*value {
	x := s.computed(0)
	axes, keep := s.reduced(18)
	for _, a := range axes {
		if x.shape[a] > maxFactors {
			s.refuse("of %d factors", x.shape[a])
		}
		y := s.cutOut(x, a, 0, 1, 1)
		for i := 1; i < x.shape[a]; i++ {
			y = s.do("Mul", nil, y, s.cutOut(x, a, i, i+1, 1))
		}
		x = y
	}
	if !keep && len(axes) > 0 {
		x = s.do("Squeeze", nil, x, ints64(axes...))
	}
	return lowered(x)
}

// buildRotary rotates pairs of values by angles that depend on their position in the sequence
// (RoFormer, Su et al. 2021, arXiv:2104.09864).
func buildRotary(s *site) []*value {
	x, cos, sin := s.in[0], s.in[1], s.in[2]
	if len(x.shape) != 3 && len(x.shape) != 4 {
		s.fail("its input has the shape %s", wording.Shape(x.shape))
	}
	y := s.heads(x, s.attrInt("num_heads", 0)) // (B,heads,S,D)
	if s.has(3) {
		cos, sin = s.do("Gather", nil, cos, s.in[3]), s.do("Gather", nil, sin, s.in[3])
	}
	d := y.shape[3]
	r := s.attrInt("rotary_embedding_dim", 0)
	if r == 0 {
		r = d
	}
	if r < 2 || r > d || r%2 != 0 || len(cos.shape) < 2 || cos.shape[len(cos.shape)-1] != r/2 {
		s.fail("it turns %d of %d values by angles of the shape %s", r, d, wording.Shape(cos.shape))
	}
	if len(cos.shape) == 3 {
		cos, sin = s.do("Unsqueeze", nil, cos, ints64(1)), s.do("Unsqueeze", nil, sin, ints64(1))
	}
	first, second, step := [2]int{0, r / 2}, [2]int{r / 2, r}, 1
	interleaved := s.attrInt("interleaved", 0) != 0
	if interleaved {
		first, second, step = [2]int{0, r}, [2]int{1, r}, 2
	}
	a, b := s.cutOut(y, 3, first[0], first[1], step), s.cutOut(y, 3, second[0], second[1], step)
	mul := func(a, b *value) *value { return s.do("Mul", nil, a, b) }
	re, im := s.do("Sub", nil, mul(cos, a), mul(sin, b)), s.do("Add", nil, mul(sin, a), mul(cos, b))
	if interleaved {
		re, im = s.do("Unsqueeze", nil, re, ints64(4)), s.do("Unsqueeze", nil, im, ints64(4))
	}
	turned := s.join(-1, re, im)
	turned = s.reshape(turned, y.shape[0], y.shape[1], y.shape[2], r)
	if r < d {
		turned = s.join(-1, turned, s.cutOut(y, 3, r, d, 1))
	}
	if len(x.shape) == 3 {
		turned = s.reshape(s.permute(turned, []int{0, 2, 1, 3}), x.shape...)
	}
	return lowered(turned)
}

// heads gives a sequence (B,S,heads*D) the shape (B,heads,S,D).
func (s *site) heads(v *value, n int) *value {
	if len(v.shape) == 4 {
		return v
	}
	if len(v.shape) != 3 || n < 1 || v.shape[2]%n != 0 {
		s.fail("%d heads are not for the shape %s", n, wording.Shape(v.shape))
	}
	return s.permute(s.reshape(v, v.shape[0], v.shape[1], n, v.shape[2]/n), []int{0, 2, 1, 3})
}

// infinity is a known value.
func infinity(sign int) *value { return number(math.Inf(sign)) }

// size is the number of values.
func (v *value) size() int { return tensor.Size(v.shape) }
