package nn

import (
	"fmt"
	"math"

	"hoodwink/internal/kernel"
)

// UnaryOp is a function of one value.
type UnaryOp int

// The functions of Unary. A and B are its parameters; gradients at kinks are PyTorch's.
const (
	Clip            UnaryOp = iota // min(max(x, A), B); the gradient is 1 on the bounds too
	Selu                           // B*x where x > 0, B*A*(exp(x)-1) elsewhere
	Celu                           // x where x > 0, A*(exp(x/A)-1) elsewhere
	ThresholdedRelu                // x where x > A, 0 elsewhere
	HardSigmoid                    // min(max(A*x + B, 0), 1)
	HardSwish                      // x * min(max(x+3, 0), 6) / 6
	Softplus                       // log(1+exp(x))
	Softsign                       // x / (1+|x|)
	Mish                           // x * tanh(log(1+exp(x)))
	Erf                            // the error function
	Gelu                           // x/2 * (1+erf(x/sqrt(2)))
	GeluTanh                       // x/2 * (1+tanh(sqrt(2/pi)*(x+0.044715*x^3)))
	SiLU                           // x / (1+exp(-x))
	Exp
	Log
	Sqrt
	Reciprocal
	Abs
	Neg
	Sin
	Cos
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Asinh
	Acosh
	Atanh
	Swish  // x / (1+exp(-A*x))
	Shrink // x+B where x < -A, x-B where x > A, 0 elsewhere

	// Steps, whose gradient is 0. IsNaN and IsInf give 1 or 0. IsInf recognises +inf if A is not 0,
	// and -inf if B is not 0.
	Sign
	IsNaN
	IsInf
)

var unaryNames = [...]string{"Clip", "Selu", "Celu", "ThresholdedRelu", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish",
	"Erf", "Gelu", "GeluTanh", "SiLU", "Exp", "Log", "Sqrt", "Reciprocal", "Abs", "Neg", "Sin", "Cos",
	"Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Swish", "Shrink",
	"Sign", "IsNaN", "IsInf"}

// Unary applies a function value by value.
type Unary struct {
	Op   UnaryOp
	A, B float32
}

// Kind implements Layer.
func (l *Unary) Kind() string { return nameOf(unaryNames[:], int(l.Op), "Unary") }

// nameOf returns the name of an operation, or the name of its layer if op is unknown.
func nameOf(names []string, op int, layer string) string {
	if op < 0 || op >= len(names) {
		return layer
	}
	return names[op]
}

// Reads implements Layer.
func (l *Unary) Reads() Reads { return Reads{In: l.Op != Exp && l.Op != Neg, Out: l.Op == Exp} }

// OutShapes implements Layer: any shape, which stays.
func (l *Unary) OutShapes(in [][]int) ([][]int, error) {
	switch {
	case l.Op < 0 || int(l.Op) >= len(unaryNames):
		return nil, fmt.Errorf("has the unknown operation %d", l.Op)
	case l.Op == Clip:
		if l.A != l.A || l.B != l.B {
			return nil, fmt.Errorf("has limits of %g and %g: want numbers", l.A, l.B)
		}
	case l.Op == Celu && l.A == 0:
		return nil, fmt.Errorf("has a parameter of 0: want another number")
	default:
		if err := checkFinite("parameter", l.A, l.B); err != nil {
			return nil, err
		}
	}
	return sameShape(in, 1)
}

// Bind implements Layer.
func (l *Unary) Bind(b *Binding) Op {
	f, grad := l.kernels()
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) { f(y[lo:hi], x[lo:hi]) })}
	if b.WantsGrad() {
		dx, dy, at := b.DIn[0].Data, b.DOut[0].Data, x
		if l.Reads().Out {
			at = y
		}
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) { grad(dx[lo:hi], dy[lo:hi], at[lo:hi]) })
	}
	return op
}

// kernels returns the function and its gradient as a function of x or, where Reads says so, y.
func (l *Unary) kernels() (f func(y, x []float32), grad func(dx, dy, at []float32)) {
	switch l.Op {
	case Clip:
		return func(y, x []float32) { kernel.Clip(y, x, l.A, l.B) },
			func(dx, dy, x []float32) { kernel.ClipGrad(dx, dy, x, l.A, l.B) }
	case HardSigmoid:
		return func(y, x []float32) { kernel.HardSigmoid(y, x, l.A, l.B) },
			func(dx, dy, x []float32) { kernel.HardSigmoidGrad(dx, dy, x, l.A, l.B) }
	case HardSwish:
		return kernel.HardSwish, sheltered(kernel.HardSwishGrad)
	case Erf:
		return kernel.Erf, sheltered(kernel.ErfGrad)
	case Gelu:
		return kernel.Gelu, sheltered(kernel.GeluGrad)
	case GeluTanh:
		return kernel.GeluTanh, sheltered(kernel.GeluTanhGrad)
	case SiLU:
		return kernel.SiLU, sheltered(kernel.SiLUGrad)
	case Exp:
		return kernel.Exp, sheltered(kernel.MulAdd)
	case Neg:
		return func(y, x []float32) { kernel.Scale(y, -1, x) }, func(dx, dy, _ []float32) { kernel.Axpy(dx, -1, dy) }
	}
	value, slope := l.functions()
	return func(y, x []float32) { kernel.Map(y, x, value) }, func(dx, dy, x []float32) { kernel.MapGrad(dx, dy, x, slope) }
}

// functions returns the function and its derivative in float64, for those without kernels.
func (l *Unary) functions() (value, slope func(x float64) float64) {
	a, b := float64(l.A), float64(l.B)
	switch l.Op {
	case Selu:
		return aboveZero(func(x float64) float64 { return b * x }, func(x float64) float64 { return b * a * math.Expm1(x) }),
			aboveZero(func(float64) float64 { return b }, func(x float64) float64 { return b * a * math.Exp(x) })
	case Celu:
		return aboveZero(func(x float64) float64 { return x }, func(x float64) float64 { return a * math.Expm1(x/a) }),
			aboveZero(func(float64) float64 { return 1 }, func(x float64) float64 { return math.Exp(x / a) })
	case ThresholdedRelu:
		return func(x float64) float64 {
				if x <= a {
					return 0
				}
				return x
			}, func(x float64) float64 {
				if x > a {
					return 1
				}
				return 0
			}
	case Softplus:
		return softplus, logistic
	case Softsign:
		return func(x float64) float64 { return x / (1 + math.Abs(x)) },
			func(x float64) float64 { return 1 / math.Pow(1+math.Abs(x), 2) }
	case Mish:
		return func(x float64) float64 { return x * math.Tanh(softplus(x)) }, func(x float64) float64 {
			t := math.Tanh(softplus(x))
			return t + float64(x*(1-t)*(1+t)*logistic(x))
		}
	case Log:
		return math.Log, func(x float64) float64 { return 1 / x }
	case Sqrt:
		return math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }
	case Reciprocal:
		return func(x float64) float64 { return 1 / x }, func(x float64) float64 { return -1 / (x * x) }
	case Abs:
		return math.Abs, func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return 0
		}
	case Sin:
		return math.Sin, math.Cos
	case Cos:
		return math.Cos, func(x float64) float64 { return -math.Sin(x) }
	case Swish:
		return func(x float64) float64 { return x * logistic(a*x) }, func(x float64) float64 {
			s := logistic(a * x)
			return s + float64(a*x*s*(1-s))
		}
	case Shrink:
		return func(x float64) float64 {
				switch {
				case x < -a:
					return x + b
				case x > a:
					return x - b
				case x != x:
					return x
				}
				return 0
			}, func(x float64) float64 {
				if x < -a || x > a {
					return 1
				}
				return 0
			}
	}
	if l.Op >= Sign {
		return l.step(), func(float64) float64 { return 0 }
	}
	return inverse(l.Op)
}

// step returns the functions whose gradient is 0.
func (l *Unary) step() func(x float64) float64 {
	truth := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	switch l.Op {
	case Sign:
		return func(x float64) float64 {
			if x == 0 || x != x {
				return x
			}
			return math.Copysign(1, x)
		}
	case IsNaN:
		return func(x float64) float64 { return truth(x != x) }
	}
	return func(x float64) float64 { return truth(l.A != 0 && math.IsInf(x, 1) || l.B != 0 && math.IsInf(x, -1)) }
}

// inverse returns the trigonometric and hyperbolic functions that are rare in networks, and
// their derivatives.
func inverse(op UnaryOp) (value, slope func(x float64) float64) {
	switch op {
	case Tan:
		return math.Tan, func(x float64) float64 { return 1 + math.Pow(math.Tan(x), 2) }
	case Asin:
		return math.Asin, func(x float64) float64 { return 1 / math.Sqrt(1-float64(x*x)) }
	case Acos:
		return math.Acos, func(x float64) float64 { return -1 / math.Sqrt(1-float64(x*x)) }
	case Atan:
		return math.Atan, func(x float64) float64 { return 1 / (1 + float64(x*x)) }
	case Sinh:
		return math.Sinh, math.Cosh
	case Cosh:
		return math.Cosh, math.Sinh
	case Asinh:
		return math.Asinh, func(x float64) float64 { return 1 / math.Sqrt(float64(x*x)+1) }
	case Acosh:
		return math.Acosh, func(x float64) float64 { return 1 / math.Sqrt(float64(x*x)-1) }
	}
	return math.Atanh, func(x float64) float64 { return 1 / (1 - float64(x*x)) }
}

// aboveZero returns the function that is on for values above 0, and off for others.
func aboveZero(on, off func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x > 0 {
			return on(x)
		}
		return off(x)
	}
}

// softplus returns log(1+exp(x)) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
