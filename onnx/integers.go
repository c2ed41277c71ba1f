package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// Integers that depend on the picture are whole numbers in float32, exact up to 2^24. A value of an
// integer type holds these numbers, unless it has a quantization: then it holds the numbers that
// the integers stand for, since most operators read those.

// An integerUse says how a builder uses inputs of integers.
type integerUse int

const (
	noIntegers     integerUse = iota // it accepts none
	ownIntegers                      // it handles the types itself
	movedIntegers                    // its outputs are its inputs, moved
	chosenIntegers                   // the same, but inputs of truth values only choose
	wideIntegers                     // it computes with them; results may leave the range of short types
)

// integers lowers a node whose builder works on numbers, for inputs that are integers.
func (s *site) integers(k *kind) []*value {
	t := *s
	t.in = slices.Clone(s.in)
	var typ elemType
	for i, v := range s.in {
		if v == nil || v.known != nil || v.typ.floating() {
			continue
		}
		if v.typ == typeBool && k.truths {
			if k.integers == movedIntegers {
				typ = v.typ
			}
			continue
		}
		switch {
		case k.integers == noIntegers && v.quantized != nil:
			s.refuse("input %d holds quantized values of %s", i+1, v.typ)
		case k.integers == noIntegers, v.typ == typeBool:
			s.refuse("input %d holds values of %s", i+1, v.typ)
		case k.integers == wideIntegers && v.typ.width() < 4:
			s.refuse("input %d holds values of %s, and results may leave their range", i+1, v.typ)
		}
		typ = v.typ
		t.in[i] = s.numbers(v)
	}
	out := k.build(&t)
	for i, v := range out {
		if typ != 0 && v.typ.floating() {
			out[i] = v.of(typ)
		}
	}
	return out
}

// of returns the value with another type.
func (v *value) of(typ elemType) *value {
	w := *v
	w.typ, w.quantized = typ, nil
	return &w
}

// numbers returns a value of any type as floating-point numbers.
func (s *site) numbers(v *value) *value {
	switch q := v.quantized; {
	case v.known != nil:
		return knownValue(v.name, s.cast(v.known, typeFloat))
	case q == nil:
		return v.of(typeFloat)
	case q.zeroPoint != nil: // computed
		return passes(s.arith("Add", q.whole, q.zeroPoint.of(typeFloat)), v)
	case q.centred():
		return passes(q.whole.of(typeFloat), v)
	default:
		return passes(s.arith("Add", q.whole, s.along(q.zeros(), q.axis, len(v.shape))), v)
	}
}

// along returns a constant that has its numbers along one axis of a value of the given rank; a
// single number is for all.
func (s *site) along(list []float32, axis, rank int) *value {
	if len(list) == 1 {
		return number(float64(list[0]))
	}
	shape := ones(rank)
	shape[axis] = len(list)
	return knownValue("", &constant{typ: typeFloat, shape: shape, f: list})
}

// above returns the integers of v as numbers, minus their zero point: one for all or one for each
// place along an axis; nil is 0.
func (s *site) above(v, zero *value, axis int) *value {
	if q := v.quantized; q != nil && q.hasZero(zero) {
		return q.whole.of(typeFloat)
	}
	if zero == nil {
		return s.numbers(v)
	}
	if zero.known == nil {
		return s.arith("Sub", s.numbers(v), s.numbers(zero))
	}
	zeros := s.cast(zero.known, typeFloat).f
	if !slices.ContainsFunc(zeros, func(z float32) bool { return z != 0 }) {
		return s.numbers(v)
	}
	rank := len(v.shape)
	if len(zeros) != 1 {
		axis = s.axis(axis, rank)
		if len(zero.shape) != 1 || len(zeros) != v.shape[axis] {
			s.fail("zero points of the shape %s are not for axis %d of %s", wording.Shape(zero.shape), axis, wording.Shape(v.shape))
		}
	}
	return s.arith("Sub", s.numbers(v), s.along(zeros, axis, rank))
}

// castTo converts the input to another type. All floating-point types are the same here.
func (s *site) castTo(t elemType) []*value {
	x := s.in[0]
	switch {
	case x.known != nil: // cast as a computed value
		return lowered(knownValue("", s.cast(x.known, t)))
	case t.floating():
		return lowered(s.numbers(x))
	case t == typeBool:
		return lowered(truth(s.arith("Xor", s.numbers(x), number(0)))) // true where it is not 0
	case t.width() == 0:
		s.refuse("of computed values to %s", t)
	}
	low, high := t.limits()
	whole := !x.typ.floating()
	if from, to := x.typ.limits(); x.typ == typeBool || whole && from >= low && to <= high {
		return lowered(s.numbers(x).of(t))
	}
	// Values beyond the type's range are limited to it; the format does not define this.
	v := s.numbers(x)
	if t.width() < 4 || low == 0 {
		v = s.emitAs(x.shape, &nn.Unary{Op: nn.Clip, A: float32(low), B: float32(high)}, v)
	}
	if !whole {
		v = s.emitAs(x.shape, &nn.Round{Mode: nn.ToZero}, v)
	}
	return lowered(v.of(t))
}

// limits returns the range of an integer type, infinite for other types.
func (t elemType) limits() (low, high float64) {
	bits := t.bits()
	switch t {
	case typeUint4, typeUint8, typeUint16, typeUint32, typeUint64:
		return 0, math.Ldexp(1, bits) - 1
	case typeInt4, typeInt8, typeInt16, typeInt32, typeInt64:
		return -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1) - 1
	}
	return math.Inf(-1), math.Inf(1)
}

// buildRound rounds to integers; the gradient passes straight through.
func buildRound(mode nn.RoundMode) builder {
	return func(s *site) []*value {
		x := s.computed(0)
		if _, ok := layerOf(x).(*nn.Round); ok {
			return lowered(x) // already integers
		}
		return lowered(s.emitAs(x.shape, &nn.Round{Mode: mode}, x))
	}
}

// layerOf returns the layer that makes a value, nil for the input.
func layerOf(v *value) nn.Layer {
	if v.from == nil {
		return nil
	}
	return v.from.layer
}

// buildDiv is a division; that of integers rounds towards zero.
func buildDiv(s *site) []*value {
	typ := elemType(0)
	in := slices.Clone(s.in)
	for i, v := range in {
		if v.known == nil && !v.typ.floating() {
			typ, in[i] = v.typ, s.numbers(v)
		}
	}
	v := s.arith("Div", in[0], in[1])
	if typ == 0 {
		return lowered(v)
	}
	return lowered(s.emitAs(v.shape, &nn.Round{Mode: nn.ToZero}, v).of(typ))
}
