package nn

import (
	"fmt"
	"math"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// BinaryOp is a function of two values.
type BinaryOp int

// The functions of Binary.
const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	Min
	Maximum
	Pow
	Keep // the first operand where the second is not 0, 0 elsewhere
	Drop // the first operand where the second is 0, 0 elsewhere

	// These give 1 or 0, and no gradient. And, Or and Xor take every value but 0 as true.
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	Equal
	And
	Or
	Xor

	// Remainders with the sign of the second operand, and with that of the first. The gradient is
	// that of a - b*floor(a/b), and of a - b*trunc(a/b).
	Mod
	Fmod
)

var binaryNames = [...]string{"Add", "Sub", "Mul", "Div", "Min", "Max", "Pow", "Keep", "Drop",
	"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "And", "Or", "Xor", "Mod", "Fmod"}

// Binary applies a function to two inputs, or to one and a constant, value by value. Shapes are
// broadcast as in numpy: aligned at the last axis, and repeated along axes of length 1. Where both
// operands equal the minimum or maximum, each gets half the gradient, as in PyTorch. NaN wins over
// every number.
type Binary struct {
	Op         BinaryOp
	Const      *tensor.Tensor // the second operand, or nil for the second input
	ConstFirst bool           // the constant is the first operand, the input the second
}

// Kind implements Layer.
func (l *Binary) Kind() string { return nameOf(binaryNames[:], int(l.Op), "Binary") }

// Reads implements Layer: sums are linear, and so are products with a constant.
func (l *Binary) Reads() Reads {
	switch l.Op {
	case Add, Sub, Less, LessOrEqual, Greater, GreaterOrEqual, Equal, And, Or, Xor:
		return Reads{}
	case Mul, Keep, Drop:
		return Reads{In: l.Const == nil}
	case Div:
		return Reads{In: l.Const == nil || l.ConstFirst}
	}
	return Reads{In: true}
}

// Mixes implements Mixer: axis 0 is the batch if it is the first axis of both operands, or if the
// constant has no such axis.
func (l *Binary) Mixes(in [][]int) bool {
	a, b := in[0], l.second(in)
	if len(a) != len(b) {
		return l.Const == nil || len(b) > len(a)
	}
	return len(a) > 0 && b[0] != a[0] && (l.Const == nil || b[0] != 1)
}

// second returns the shape of the second operand, nil if there is none.
func (l *Binary) second(in [][]int) []int {
	switch {
	case l.Const != nil:
		return l.Const.Shape
	case len(in) > 1:
		return in[1]
	}
	return nil
}

// OutShapes implements Layer: the shapes of both operands, broadcast.
func (l *Binary) OutShapes(in [][]int) ([][]int, error) {
	if l.Op < 0 || int(l.Op) >= len(binaryNames) {
		return nil, fmt.Errorf("has the unknown operation %d", l.Op)
	}
	inputs := 2
	if l.Const != nil {
		inputs = 1
		if err := checkValue(l.Const.Shape); err != nil {
			return nil, fmt.Errorf("constant of %w", err)
		}
	}
	if err := checkInputs(in, inputs, 1); err != nil {
		return nil, err
	}
	out, err := broadcastShape(in[0], l.second(in))
	if err != nil {
		return nil, err
	}
	if err := checkValue(out); err != nil {
		return nil, err
	}
	return [][]int{out}, nil
}

// broadcastShape returns the shape to which both shapes broadcast.
func broadcastShape(a, b []int) ([]int, error) {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		back := len(out) - i
		out[i] = 1
		for _, s := range [][]int{a, b} {
			if len(s) < back || s[len(s)-back] == 1 {
				continue
			}
			d := s[len(s)-back]
			if out[i] != 1 && out[i] != d {
				return nil, fmt.Errorf("takes shapes of which one can be repeated to the other, got %v and %v", a, b)
			}
			out[i] = d
		}
	}
	return out, nil
}

// Bind implements Layer.
func (l *Binary) Bind(b *Binding) Op {
	operands := [2]*tensor.Tensor{b.In[0], l.Const}
	grads := [2]*tensor.Tensor{}
	if l.Const == nil {
		operands[1] = b.In[1]
	}
	if b.WantsGrad() {
		copy(grads[:], b.DIn)
	}
	if l.ConstFirst && l.Const != nil {
		operands[0], operands[1] = operands[1], operands[0]
		grads[0], grads[1] = grads[1], grads[0]
	}
	y := b.Out[0]
	w := binaryWork{op: l.Op, nest: broadcastNest(y.Shape, y.Shape, operands[0].Shape, operands[1].Shape),
		y: y.Data, a: operands[0].Data, b: operands[1].Data, team: b.Team, scratch: b.Scratch(binaryChunk)}
	op := Op{Forward: w.forward()}
	if b.WantsGrad() {
		w.y = b.DOut[0].Data
		var steps []func()
		for k, dx := range grads {
			if dx != nil {
				steps = append(steps, w.backward(k, dx.Data))
			}
		}
		op.Backward = sequence(steps)
	}
	return op
}

// apply computes the function for rows, as the kernels of binary operations take them.
func (op BinaryOp) apply(y, a, b []float32) {
	switch op {
	case Add:
		kernel.Plus(y, a, b)
	case Sub:
		kernel.Minus(y, a, b)
	case Mul:
		kernel.Times(y, a, b)
	case Div:
		kernel.Over(y, a, b)
	case Min:
		kernel.Zip(y, a, b, lesser)
	case Maximum:
		kernel.Zip(y, a, b, greater)
	case Pow:
		kernel.Zip(y, a, b, power)
	default:
		kernel.Zip(y, a, b, op.function())
	}
}

// function returns the operation for one value, for those that have no kernel.
func (op BinaryOp) function() func(a, b float32) float32 {
	truth := func(is func(a, b float32) bool) func(a, b float32) float32 {
		return func(a, b float32) float32 {
			if is(a, b) {
				return 1
			}
			return 0
		}
	}
	switch op {
	case Keep:
		return keep
	case Drop:
		return drop
	case Less:
		return truth(func(a, b float32) bool { return a < b })
	case LessOrEqual:
		return truth(func(a, b float32) bool { return a <= b })
	case Greater:
		return truth(func(a, b float32) bool { return a > b })
	case GreaterOrEqual:
		return truth(func(a, b float32) bool { return a >= b })
	case Equal:
		return truth(func(a, b float32) bool { return a == b })
	case And:
		return truth(func(a, b float32) bool { return a != 0 && b != 0 })
	case Or:
		return truth(func(a, b float32) bool { return a != 0 || b != 0 })
	case Xor:
		return truth(func(a, b float32) bool { return (a != 0) != (b != 0) })
	case Mod:
		return func(a, b float32) float32 {
			r := math.Mod(float64(a), float64(b))
			if r != 0 && (r < 0) != (b < 0) {
				r += float64(b)
			}
			return float32(r)
		}
	}
	return func(a, b float32) float32 { return float32(math.Mod(float64(a), float64(b))) }
}

func keep(a, b float32) float32 {
	if b != 0 {
		return a
	}
	return 0
}

func drop(a, b float32) float32 {
	if b == 0 {
		return a
	}
	return 0
}

func lesser(a, b float32) float32 { return min(a, b) }

func greater(a, b float32) float32 { return max(a, b) }

func power(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }

// partial returns dy times the derivative with respect to operand k, 0 or 1. The result is in t, or
// is dy itself. It is 0 where dy is 0.
func (op BinaryOp) partial(k int, t, dy, a, b []float32) []float32 {
	own, other := a, b
	if k == 1 {
		own, other = b, a
	}
	switch op {
	case Sub:
		if k == 0 {
			return dy
		}
		kernel.Scale(t, -1, dy)
	case Mul:
		kernel.Times(t, dy, other)
		settle(t, dy)
	case Div:
		if k == 0 {
			kernel.Over(t, dy, b)
		} else {
			kernel.Over(t, a, b)
			kernel.Over(t, t, b)
			kernel.Times(t, t, dy)
			kernel.Scale(t, -1, t)
		}
		settle(t, dy)
	case Keep, Drop:
		if k == 1 {
			clear(t)
			break
		}
		kernel.Zip(t, dy, b, op.function())
	case Less, LessOrEqual, Greater, GreaterOrEqual, Equal, And, Or, Xor:
		clear(t)
	case Mod, Fmod:
		if k == 0 {
			return dy
		}
		kernel.Over(t, a, b)
		round := math.Floor
		if op == Fmod {
			round = math.Trunc
		}
		for i, q := range t {
			t[i] = float32(-round(float64(q)))
		}
		kernel.Times(t, t, dy)
		settle(t, dy)
	case Min:
		kernel.Zip(t, own, other, lessSlope)
		kernel.Times(t, t, dy)
	case Maximum:
		kernel.Zip(t, other, own, lessSlope)
		kernel.Times(t, t, dy)
	case Pow:
		kernel.Zip(t, a, b, [2]func(a, b float32) float32{powerSlope, exponentSlope}[k])
		kernel.Times(t, t, dy)
		settle(t, dy)
	default:
		return dy
	}
	return t
}

// lessSlope is 1 where a is less than b, 1/2 where they are equal, 0 elsewhere.
func lessSlope(a, b float32) float32 {
	switch {
	case a > b:
		return 0
	case a == b:
		return 0.5
	}
	return 1
}

// powerSlope is the derivative of a^b with respect to a, 0 where b is 0.
func powerSlope(a, b float32) float32 {
	if b == 0 {
		return 0
	}
	return float32(float64(b) * math.Pow(float64(a), float64(b)-1))
}

// exponentSlope is the derivative of a^b with respect to b, 0 where a is 0 and b is not negative.
func exponentSlope(a, b float32) float32 {
	if a == 0 && b >= 0 {
		return 0
	}
	return float32(math.Pow(float64(a), float64(b)) * math.Log(float64(a)))
}
