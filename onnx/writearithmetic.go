package onnx

import (
	"math"
	"slices"

	"hoodwink/nn"
)

func writeReLU(p *place, l *nn.ReLU) string {
	if l.Slope == 0 {
		return p.emit("Relu", nil, p.in(0))
	}
	return p.emit("LeakyRelu", attrs{"alpha": l.Slope}, p.in(0))
}

func writePReLU(p *place, l *nn.PReLU) string {
	if len(l.Slope) == 1 {
		return p.emit("PRelu", nil, p.in(0), p.floats("slope", l.Slope, 1))
	}
	return p.emit("PRelu", nil, p.in(0), p.channels("slope", l.Slope))
}

// writeUnary writes functions that opset 17 has no operator for as several operators, as exporters
// do; importers recognise them.
func writeUnary(p *place, l *nn.Unary) string {
	x := p.in(0)
	mul := func(a, b string) string { return p.emit("Mul", nil, a, b) }
	// gate returns half of x times 1 + g.
	gate := func(g string) string {
		return mul(mul(x, p.emit("Add", nil, g, p.number("one", 1))), p.number("half", 0.5))
	}
	switch l.Op {
	case nn.Clip:
		return p.emit("Clip", nil, x, p.number("min", l.A), p.number("max", l.B))
	case nn.Selu:
		return p.emit("Selu", attrs{"alpha": l.A, "gamma": l.B}, x)
	case nn.Celu, nn.ThresholdedRelu:
		return p.emit(l.Kind(), attrs{"alpha": l.A}, x)
	case nn.HardSigmoid:
		return p.emit("HardSigmoid", attrs{"alpha": l.A, "beta": l.B}, x)
	case nn.Mish:
		return mul(x, p.emit("Tanh", nil, p.emit("Softplus", nil, x)))
	case nn.Gelu:
		return gate(p.emit("Erf", nil, mul(x, p.number("scale", math.Sqrt2/2))))
	case nn.GeluTanh:
		cubic := mul(p.emit("Pow", nil, x, p.number("three", 3)), p.number("cubic", 0.044715))
		return gate(p.emit("Tanh", nil, mul(p.emit("Add", nil, x, cubic), p.number("scale", float32(math.Sqrt(2/math.Pi))))))
	case nn.SiLU:
		return mul(x, p.emit("Sigmoid", nil, x))
	case nn.Swish:
		return mul(x, p.emit("Sigmoid", nil, mul(x, p.number("alpha", l.A))))
	case nn.Shrink:
		return p.emit("Shrink", attrs{"lambd": l.A, "bias": l.B}, x)
	case nn.IsNaN:
		return p.emit("Cast", attrs{"to": int(typeFloat)}, p.emit("IsNaN", nil, x))
	case nn.IsInf:
		a := attrs{"detect_positive": int(l.A), "detect_negative": int(l.B)}
		return p.emit("Cast", attrs{"to": int(typeFloat)}, p.emit("IsInf", a, x))
	}
	return p.emit(l.Kind(), nil, x) // the operator has the same name
}

// writePower writes only those of the factor, the sum and the power that have an effect.
func writePower(p *place, l *nn.Power) string {
	x := p.in(0)
	shift, power := l.Shift, l.Power
	if l.Scale == 0 && power != 0 { // a constant, whose gradient is 0
		shift, power = float32(math.Pow(float64(shift), float64(power))), 1
	}
	if l.Scale != 1 {
		x = p.emit("Mul", nil, x, p.number("scale", l.Scale))
	}
	if shift != 0 {
		x = p.emit("Add", nil, x, p.number("shift", shift))
	}
	if power != 1 {
		x = p.emit("Pow", nil, x, p.number("power", power))
	}
	return x
}

func writeBinary(p *place, l *nn.Binary) string {
	var in []string
	if l.Const == nil {
		in = []string{p.in(0), p.in(1)}
	} else {
		in = []string{p.in(0), p.floats("constant", l.Const.Data, l.Const.Shape...)}
		if l.ConstFirst {
			slices.Reverse(in)
		}
	}
	truth := func(name string) string { return p.emit("Cast", attrs{"to": int(typeBool)}, name) }
	number := func(name string) string { return p.emit("Cast", attrs{"to": int(typeFloat)}, name) }
	switch l.Op {
	case nn.Keep:
		return p.emit("Where", nil, truth(in[1]), in[0], p.number("zero", 0))
	case nn.Drop:
		return p.emit("Where", nil, truth(in[1]), p.number("zero", 0), in[0])
	case nn.Less, nn.LessOrEqual, nn.Greater, nn.GreaterOrEqual, nn.Equal:
		return number(p.emit(l.Kind(), nil, in...))
	case nn.And, nn.Or, nn.Xor:
		return number(p.emit(l.Kind(), nil, truth(in[0]), truth(in[1])))
	case nn.Fmod:
		return p.emit("Mod", attrs{"fmod": 1}, in...)
	case nn.Mod: // the remainder of C made positive, since ONNX has this only for integers
		rest := func(a string) string { return p.emit("Mod", attrs{"fmod": 1}, a, in[1]) }
		return rest(p.emit("Add", nil, rest(in[0]), in[1]))
	}
	return p.emit(l.Kind(), nil, in...)
}

func writeEltwise(p *place, l *nn.Eltwise) string {
	var in []string
	for i := range p.node.In {
		x := p.in(i)
		if len(l.Coeff) > 0 && l.Coeff[i] != 1 {
			x = p.emit("Mul", nil, x, p.number("coeff", l.Coeff[i]))
		}
		in = append(in, x)
	}
	switch {
	case len(in) == 1:
		return in[0]
	case l.Op == nn.Max:
		return p.emit("Max", nil, in...)
	case l.Op == nn.Sum && len(in) > 2:
		return p.emit("Sum", nil, in...)
	}
	op, y := "Add", in[0]
	if l.Op == nn.Product {
		op = "Mul"
	}
	for _, x := range in[1:] {
		y = p.emit(op, nil, y, x)
	}
	return y
}

// writeReduce passes the axes as an attribute, except for sums.
func writeReduce(p *place, l *nn.Reduce) string {
	rank := len(p.shape(0))
	a, in := attrs{"keepdims": 0}, []string{p.in(0)}
	if l.KeepDims {
		a["keepdims"] = 1
	}
	axes := slices.Clone(l.Axes)
	for i := range axes {
		if axes[i] < 0 {
			axes[i] += rank
		}
	}
	if len(axes) > 0 && l.Op == nn.ReduceSum {
		in = append(in, p.ints("axes", axes...))
	} else if len(axes) > 0 {
		a["axes"] = axes
	}
	scalar := !l.KeepDims && (len(axes) == 0 || len(axes) == rank)
	return p.vectorOf(p.emit(l.Kind(), a, in...), scalar)
}
