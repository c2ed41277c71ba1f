package onnx

import (
	"hoodwink/nn"
	"hoodwink/tensor"
)

// writeInnerProduct makes a vector of every example first.
func writeInnerProduct(p *place, l *nn.InnerProduct) string {
	x := p.in(0)
	if len(p.shape(0)) != 2 {
		x = p.emit("Flatten", attrs{"axis": 1}, x)
	}
	in := []string{x, p.weights("weight", l.Weights)}
	if l.Bias != nil {
		in = append(in, p.vector("bias", l.Bias))
	}
	return p.emit("Gemm", attrs{"transB": 1}, in...)
}

func writeMatMul(p *place, l *nn.MatMul) string {
	var y string
	if l.Const != nil {
		y = p.emit("MatMul", nil, p.in(0), p.weights("weight", l.Const))
		return p.vectorOf(y, len(p.shape(0)) == 1 && len(l.Const.Shape) == 1)
	}
	y = p.emit("MatMul", nil, p.in(0), p.in(1))
	return p.vectorOf(y, len(p.shape(0)) == 1 && len(p.shape(1)) == 1)
}

// vectorOf makes a vector of one value of a scalar, which nn does not have.
func (p *place) vectorOf(x string, scalar bool) string {
	if !scalar {
		return x
	}
	return p.emit("Reshape", nil, x, p.ints("shape", 1))
}

// writeAffine writes a product and a sum, of which there may be one.
func writeAffine(p *place, l *nn.Affine) string {
	x := p.in(0)
	if l.Scale != nil {
		x = p.emit("Mul", nil, x, p.channels("scale", l.Scale))
	}
	if l.Shift != nil {
		x = p.emit("Add", nil, x, p.channels("shift", l.Shift))
	}
	return x
}

// writeGroupNorm normalises groups as if they were channels.
func writeGroupNorm(p *place, l *nn.GroupNorm) string {
	in := p.shape(0)
	x := p.reshape("groups", p.in(0), l.Groups, tensor.Size(in[1:])/l.Groups)
	x = p.emit("InstanceNormalization", attrs{"epsilon": l.Eps}, x,
		p.vector("ones", filled(l.Groups, 1)), p.vector("zeros", filled(l.Groups, 0)))
	x = p.reshape("shape", x, in[1:]...)
	if l.Scale != nil {
		x = p.emit("Mul", nil, x, p.channels("scale", l.Scale))
	}
	if l.Bias != nil {
		x = p.emit("Add", nil, x, p.channels("bias", l.Bias))
	}
	return x
}

func filled(n int, v float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func writeLayerNorm(p *place, l *nn.LayerNorm) string {
	in := p.shape(0)
	axis := l.Axis
	if axis < 0 {
		axis += len(in)
	}
	over := in[axis:]
	scale := l.Scale
	if scale == nil {
		scale = filled(tensor.Size(over), 1) // must be there
	}
	inputs := []string{p.in(0), p.weights("scale", tensor.FromSlice(scale, over...))}
	if l.Bias != nil {
		inputs = append(inputs, p.weights("bias", tensor.FromSlice(l.Bias, over...)))
	}
	return p.emit("LayerNormalization", attrs{"axis": axis, "epsilon": l.Eps}, inputs...)
}

func writeLpNorm(p *place, l *nn.LpNorm) string {
	return p.emit("LpNormalization", attrs{"axis": l.Axis, "p": l.P}, p.in(0))
}

// writeLRN writes out what is normalised within a channel: the mean of squares over
// windows is an average pooling.
func writeLRN(p *place, l *nn.LRN) string {
	x := p.in(0)
	if !l.WithinChannel {
		return p.emit("LRN", attrs{"size": l.Size, "alpha": l.Alpha, "beta": l.Beta, "bias": l.K}, x)
	}
	r := l.Size / 2
	a := windowAttrs([2]int{l.Size, l.Size}, [2]int{}, [4]int{r, r, r, r})
	a["count_include_pad"] = 1
	s := p.emit("AveragePool", a, p.emit("Mul", nil, x, x))
	s = p.emit("Add", nil, p.emit("Mul", nil, s, p.number("alpha", l.Alpha)), p.number("one", 1))
	return p.emit("Div", nil, x, p.emit("Pow", nil, s, p.number("beta", l.Beta)))
}

func writeSoftmax(p *place, l *nn.Softmax) string {
	return p.emit(l.Kind(), attrs{"axis": l.Axis}, p.in(0))
}

// writeQuantize writes integers of a byte, the only ones of opset 17.
func writeQuantize(p *place, l *nn.Quantize) string {
	zero := &constant{}
	switch {
	case l.Low == 0 && l.High == 255:
		zero.typ = typeUint8
	case l.Low == -128 && l.High == 127:
		zero.typ = typeInt8
	default:
		p.refuse("it rounds to integers from %g to %g, 0 to 255 and -128 to 127 are possible", l.Low, l.High)
		return ""
	}
	for _, z := range l.Zero {
		if z != float32(int64(z)) || z < l.Low || z > l.High {
			p.refuse("it has a zero of %g, an integer from %g to %g is wanted", z, l.Low, l.High)
			return ""
		}
		zero.i = append(zero.i, int64(z))
	}
	a := attrs{}
	var shape []int // a scalar
	if len(l.Scale) > 1 {
		a["axis"], shape = l.Axis, []int{len(l.Scale)}
	}
	zero.shape = shape
	scale, zeros := p.floats("scale", l.Scale, shape...), p.constant("zero", zero)
	return p.emit("DequantizeLinear", a, p.emit("QuantizeLinear", a, p.in(0), scale, zeros), scale, zeros)
}
