package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// unaryLayers has the layer of every operator on one value. The names GeluTanh and SiLU are ours,
// for patterns.
var unaryLayers = map[string]func(s *site) nn.Layer{
	"Relu":      func(*site) nn.Layer { return &nn.ReLU{} },
	"LeakyRelu": func(s *site) nn.Layer { return &nn.ReLU{Slope: s.attrFloat("alpha", 0.01)} },
	"Elu":       func(s *site) nn.Layer { return &nn.ELU{Alpha: s.attrFloat("alpha", 1)} },
	"Sigmoid":   func(*site) nn.Layer { return &nn.Sigmoid{} },
	"Tanh":      func(*site) nn.Layer { return &nn.TanH{} },
	"Selu": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.Selu, A: s.attrFloat("alpha", 1.67326319217681884765625), B: s.attrFloat("gamma", 1.05070102214813232421875)}
	},
	"Celu":            func(s *site) nn.Layer { return &nn.Unary{Op: nn.Celu, A: s.attrFloat("alpha", 1)} },
	"ThresholdedRelu": func(s *site) nn.Layer { return &nn.Unary{Op: nn.ThresholdedRelu, A: s.attrFloat("alpha", 1)} },
	"HardSigmoid": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.HardSigmoid, A: s.attrFloat("alpha", 0.2), B: s.attrFloat("beta", 0.5)}
	},
	"HardSwish":  plain(nn.HardSwish),
	"Softplus":   plain(nn.Softplus),
	"Softsign":   plain(nn.Softsign),
	"Mish":       plain(nn.Mish),
	"Erf":        plain(nn.Erf),
	"Gelu":       plain(nn.Gelu),
	"GeluTanh":   plain(nn.GeluTanh),
	"SiLU":       plain(nn.SiLU),
	"Exp":        plain(nn.Exp),
	"Log":        plain(nn.Log),
	"Sqrt":       plain(nn.Sqrt),
	"Reciprocal": plain(nn.Reciprocal),
	"Abs":        plain(nn.Abs),
	"Neg":        plain(nn.Neg),
	"Sin":        plain(nn.Sin),
	"Cos":        plain(nn.Cos),
	"Tan":        plain(nn.Tan),
	"Asin":       plain(nn.Asin),
	"Acos":       plain(nn.Acos),
	"Atan":       plain(nn.Atan),
	"Sinh":       plain(nn.Sinh),
	"Cosh":       plain(nn.Cosh),
	"Asinh":      plain(nn.Asinh),
	"Acosh":      plain(nn.Acosh),
	"Atanh":      plain(nn.Atanh),
	"Sign":       plain(nn.Sign),
	"Swish":      func(s *site) nn.Layer { return &nn.Unary{Op: nn.Swish, A: s.attrFloat("alpha", 1)} },
	"Shrink": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.Shrink, A: s.attrFloat("lambd", 0.5), B: s.attrFloat("bias", 0)}
	},
	"IsNaN": plain(nn.IsNaN),
	"IsInf": func(s *site) nn.Layer {
		return &nn.Unary{Op: nn.IsInf, A: float32(s.attrInt("detect_positive", 1)), B: float32(s.attrInt("detect_negative", 1))}
	},
}

func plain(op nn.UnaryOp) func(*site) nn.Layer {
	return func(*site) nn.Layer { return &nn.Unary{Op: op} }
}

// unary adds a layer for an operator on one value.
func (s *site) unary(op string, x *value) *value {
	v := s.emitAs(x.shape, unaryLayers[op](s), x)
	v.from.op, v.from.args = op, []*value{x}
	if v.ending = endingOf(op, x); op == "Relu" && x.ending.limits(0, 1) {
		passes(v, x)
	}
	return v
}

func buildUnary(op string) builder {
	return func(s *site) []*value { return lowered(s.unary(op, s.computed(0))) }
}

// buildTruth lowers a test of single values.
func buildTruth(op string) builder {
	return func(s *site) []*value { return lowered(truth(s.unary(op, s.computed(0)))) }
}

// buildClip is a rectifier if there is no upper limit and the lower one is 0.
func buildClip(s *site) []*value {
	x := s.computed(0)
	lo, hi := s.bounds()
	if lo != lo || hi != hi {
		s.fail("its limits are %v and %v", lo, hi)
	}
	var v *value
	switch {
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		return lowered(x)
	case lo == 0 && hi >= math.MaxFloat32:
		v = s.emitAs(x.shape, &nn.ReLU{}, x)
	default:
		a, b := math.Max(lo, -math.MaxFloat32), math.Min(hi, math.MaxFloat32)
		v = s.emitAs(x.shape, &nn.Unary{Op: nn.Clip, A: float32(a), B: float32(b)}, x)
	}
	v.from.op = "Clip"
	v.from.args = []*value{x, number(lo), number(hi)}
	if x.ending.limits(lo, hi) {
		passes(v, x)
	}
	return lowered(v)
}

// number is a known value of one number.
func number(v float64) *value {
	return knownValue("", &constant{typ: typeFloat, shape: []int{}, f: []float32{float32(v)}})
}

// buildPRelu has a slope for each channel, or any others: relu(x) - slope*relu(-x).
func buildPRelu(s *site) []*value {
	x, slope := s.computed(0), s.weights(1)
	if shape, ok := broadcastShape(x.shape, slope.shape); !ok || !slices.Equal(shape, x.shape) {
		s.fail("slopes of the shape %s do not fit an input of %s", wording.Shape(slope.shape), wording.Shape(x.shape))
	}
	rank := len(x.shape)
	perChannel := slope.len() == 1
	if at := len(slope.shape) - (rank - 1); rank > 1 && at >= 0 && at < len(slope.shape) && slope.shape[at] == slope.len() {
		perChannel = true
	}
	if rank > 1 && perChannel {
		return lowered(s.emitAs(x.shape, &nn.PReLU{Slope: slope.f}, x))
	}
	positive := s.emitAs(x.shape, &nn.ReLU{}, x)
	negative := s.emitAs(x.shape, &nn.ReLU{}, s.unary("Neg", x))
	return lowered(s.arith("Sub", positive, s.arith("Mul", negative, s.in[1])))
}
