package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// buildArith lowers an operator on two values, or on any number from left to right.
func buildArith(op string) builder {
	return func(s *site) []*value {
		if op == "Add" && len(s.in) > 2 {
			if v := s.sum(s.in); v != nil {
				return lowered(v)
			}
		}
		out := s.in[0]
		for _, v := range s.in[1:] {
			out = s.arith(op, out, v)
		}
		return lowered(out)
	}
}

// sum adds computed values of one shape at once; nil if they are not such values.
func (s *site) sum(in []*value) *value {
	for _, v := range in {
		if v.known != nil || !slices.Equal(v.shape, in[0].shape) {
			return nil
		}
	}
	return s.emitAs(in[0].shape, &nn.Eltwise{Op: nn.Sum}, in...)
}

// buildMean is the mean of any number of values.
func buildMean(s *site) []*value {
	sum := buildArith("Add")(s)[0]
	if len(s.in) == 1 {
		return lowered(sum)
	}
	return lowered(s.scaled(sum, 1/float32(len(s.in))))
}

// scaled multiplies a computed value by a number.
func (s *site) scaled(v *value, factor float32) *value {
	return s.arith("Mul", v, knownValue("", &constant{typ: typeFloat, shape: []int{}, f: []float32{factor}}))
}

// arith lowers one operation on two values, at least one of them computed, or evaluates it. A
// pattern of operations that is one layer is recognised at its last operation.
func (s *site) arith(op string, a, b *value) *value {
	defer s.rewrites()()
	if a.known != nil && b.known != nil {
		p := pairings[op]
		return knownValue("", s.pairs(p, a.known, b.known, a.typ))
	}
	a, b = s.operand(a), s.operand(b)
	shape, ok := broadcastShape(a.shape, b.shape)
	if !ok {
		s.fail("values of the shapes %s and %s do not fit together", wording.Shape(a.shape), wording.Shape(b.shape))
	}
	v := s.pattern(op, a, b)
	if v == nil {
		if a.known != nil || b.known != nil {
			v = s.withConstant(op, a, b, shape)
		} else {
			v = s.pair(op, a, b, shape)
		}
	}
	if v.from != nil && v.from.op == "" && v.from.node == s.node {
		v.from.op, v.from.args = op, []*value{a, b}
		v.ending = writtenOut(op, a, b)
		if x, limit, ok := withNumber(v, op); ok && (op == "Max" && x.ending.limits(limit, 1) || op == "Min" && x.ending.limits(0, limit)) {
			passes(v, x)
		}
	}
	return v
}

// operand converts a constant beside a computed value to floating-point: an exponent, say, may be
// an integer.
func (s *site) operand(v *value) *value {
	if v.known == nil {
		return v
	}
	if v.known.len() == 0 {
		s.fail("a constant of the shape %s stands beside a computed value", wording.Shape(v.shape))
	}
	return knownValue(v.name, s.cast(v.known, typeFloat))
}

var binaryOps = map[string]nn.BinaryOp{
	"Add": nn.Add, "Sub": nn.Sub, "Mul": nn.Mul, "Div": nn.Div, "Min": nn.Min, "Max": nn.Maximum, "Pow": nn.Pow,
	"Keep": nn.Keep, "Drop": nn.Drop, // ours: the first value where the second is, or is not, true
	"Less": nn.Less, "LessOrEqual": nn.LessOrEqual, "Greater": nn.Greater, "GreaterOrEqual": nn.GreaterOrEqual, "Equal": nn.Equal,
	"And": nn.And, "Or": nn.Or, "Xor": nn.Xor, "Mod": nn.Mod, "Fmod": nn.Fmod,
}

// pair lowers an operation on two computed values. A value with fewer axes gets axes in front, so
// that axis 0 is the batch of both.
func (s *site) pair(op string, a, b *value, shape []int) *value {
	if op == "Add" && slices.Equal(a.shape, b.shape) {
		return s.emitAs(shape, &nn.Eltwise{Op: nn.Sum}, a, b)
	}
	return s.emitAs(shape, &nn.Binary{Op: binaryOps[op]}, s.ranked(a, len(shape)), s.ranked(b, len(shape)))
}

// ranked puts axes of length 1 in front of a computed value, up to a rank.
func (s *site) ranked(v *value, rank int) *value {
	if len(v.shape) >= rank {
		return v
	}
	return s.view(v, append(ones(rank-len(v.shape)), v.shape...)...)
}

func ones(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = 1
	}
	return s
}

// withConstant lowers an operation on a computed value and a constant to the cheapest layer that
// does it.
func (s *site) withConstant(op string, a, b *value, shape []int) *value {
	x, c, first := a, b.known, false
	if a.known != nil {
		x, c, first = b, a.known, true
	}
	if op == "Pow" && !first && c.len() == 1 && slices.Equal(shape, x.shape) {
		switch c.f[0] {
		case 1:
			return x
		case 0.5:
			return s.unary("Sqrt", x)
		case 2, 3:
			return s.emitAs(shape, &nn.Power{Power: c.f[0], Scale: 1}, x)
		}
	}
	if scale, shift, ok := linear(op, c, first); ok && slices.Equal(shape, x.shape) {
		if v := s.affine(x, c, scale, shift); v != nil {
			return v
		}
	}
	if len(c.shape) > len(x.shape) {
		x = s.ranked(x, len(c.shape))
	}
	return s.emitAs(shape, &nn.Binary{Op: binaryOps[op], Const: c.tensor(), ConstFirst: first}, x)
}

// linear returns an operation with a constant as scale*x + shift; false if it is not of that form.
func linear(op string, c *constant, first bool) (scale, shift func(float32) float32, ok bool) {
	if _, finite := tensor.Finite(c.f); !finite {
		return nil, nil, false
	}
	same := func(v float32) float32 { return v }
	always := func(w float32) func(float32) float32 { return func(float32) float32 { return w } }
	switch op {
	case "Add":
		return always(1), same, true
	case "Sub":
		if first {
			return always(-1), same, true
		}
		return always(1), func(v float32) float32 { return -v }, true
	case "Mul":
		return same, always(0), true
	case "Div":
		if first || slices.Contains(c.f, 0) {
			return nil, nil, false
		}
		inverse := func(v float32) float32 { return 1 / v }
		for _, v := range c.f {
			if _, ok := tensor.Finite([]float32{inverse(v)}); !ok {
				return nil, nil, false
			}
		}
		return inverse, always(0), true
	}
	return nil, nil, false
}

// affine lowers scale*x + shift for a constant of one value, or one for each channel;
// nil for other constants.
func (s *site) affine(x *value, c *constant, scale, shift func(float32) float32) *value {
	if c.len() == 1 && !folds(x) {
		return s.emitAs(x.shape, &nn.Power{Power: 1, Scale: scale(c.f[0]), Shift: shift(c.f[0])}, x)
	}
	if len(x.shape) < 2 || len(x.shape) == 2 && x.shape[0] > 1 { // a row for many rows has nothing to do with channels
		return nil
	}
	// All axes but that of the channels must be 1, which is at len(x.shape)-1 from the end.
	at := len(c.shape) - (len(x.shape) - 1)
	for i, d := range c.shape {
		if i != at && d != 1 {
			return nil
		}
	}
	channels := x.shape[1]
	l := &nn.Affine{Scale: make([]float32, channels), Shift: make([]float32, channels)}
	for i := range channels {
		v := c.f[min(i, c.len()-1)]
		l.Scale[i], l.Shift[i] = scale(v), shift(v)
	}
	return s.emitAs(x.shape, l, x)
}

// folds reports whether nn.Build folds a scale of a value into the layer that computes it.
func folds(v *value) bool {
	if v.from == nil {
		return false
	}
	switch v.from.layer.(type) {
	case *nn.Convolution, *nn.InnerProduct, *nn.Affine:
		return true
	}
	return false
}

// buildWhere takes values from two operands, by a condition that is known or computed. It is a sum
// of two selections: a value that is not chosen has no effect, forward or back, whatever it is.
func buildWhere(s *site) []*value {
	cond, a, b := s.in[0], s.in[1], s.in[2]
	shape, ok := broadcastShape(a.shape, b.shape)
	if ok {
		shape, ok = broadcastShape(shape, cond.shape)
	}
	if !ok {
		s.fail("values of the shapes %s, %s and %s do not fit together", wording.Shape(cond.shape), wording.Shape(a.shape), wording.Shape(b.shape))
	}
	if cond.known != nil {
		s.spend(s, shape, cond.known.len())
		ones := 0
		for i := range cond.known.len() {
			if cond.known.at(i) != 0 {
				ones++
			}
		}
		chosen := map[int]*value{0: b, cond.known.len(): a}[ones]
		if chosen != nil && chosen.known == nil && slices.Equal(chosen.shape, shape) {
			return lowered(chosen)
		}
	}
	return lowered(s.arith("Add", s.selected("Keep", a, cond, shape), s.selected("Drop", b, cond, shape)))
}

// selected is the value where a condition is true, for Keep, or false, for Drop, and 0 elsewhere.
// The sum of two selections of the same shape needs no broadcasting. So an infinite value never
// meets the value that replaces it.
func (s *site) selected(op string, v, cond *value, shape []int) *value {
	if v.known != nil && cond.known != nil {
		c := s.operand(v).known
		s.spend(s, shape, max(c.len(), cond.known.len()))
		c = c.strided(shape, broadcastStrides(c.shape, shape), 0)
		mask := cond.known.strided(shape, broadcastStrides(cond.shape, shape), 0)
		for i := range c.f {
			if (mask.at(i) != 0) != (op == "Keep") {
				c.f[i] = 0
			}
		}
		return knownValue("", c)
	}
	return s.arith(op, v, cond)
}

// buildTrilu keeps one triangle of matrices, and puts zeros in the other.
func buildTrilu(s *site) []*value {
	return lowered(s.arith("Keep", s.computed(0), knownValue("", s.triangle())))
}

// buildLogic lowers a relation of values, at least one of them computed: 1 where it holds, 0 where
// not, without a gradient.
func buildLogic(op string) builder {
	return func(s *site) []*value { return lowered(truth(s.arith(op, s.in[0], s.in[1]))) }
}

func buildNot(s *site) []*value {
	return lowered(truth(s.arith("Xor", s.computed(0), number(1))))
}

// buildMod gives remainders the sign of the second operand, or of the first if fmod is set.
func buildMod(s *site) []*value {
	if s.attrInt("fmod", 0) != 0 {
		return lowered(s.arith("Fmod", s.in[0], s.in[1]))
	}
	return lowered(s.arith("Mod", s.in[0], s.in[1]))
}

// truth marks a value as one of truth values.
func truth(v *value) *value {
	w := *v
	w.typ = typeBool
	return &w
}
