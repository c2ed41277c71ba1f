package onnx

import (
	"hoodwink/nn"
	"hoodwink/tensor"
)

// writeInnerProduct first makes a vector of every example.
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

// writeRBF writes -sum beta (x-mean)^2 for every output.
func writeRBF(p *place, l *nn.RBF) string {
	d := p.emit("Sub", nil, p.reshape("example", p.in(0), 1, l.Mean.Shape[1]), p.weights("mean", l.Mean))
	d = p.emit("Mul", nil, p.emit("Mul", nil, d, d), p.weights("beta", l.Beta))
	return p.emit("Neg", nil, p.emit("ReduceSum", attrs{"keepdims": 0}, d, p.ints("axes", 2)))
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

// vectorOf makes a scalar, which nn does not have, a vector of one value.
func (p *place) vectorOf(x string, scalar bool) string {
	if !scalar {
		return x
	}
	return p.emit("Reshape", nil, x, p.ints("shape", 1))
}

// writeAffine writes a product and a sum, or only one of them.
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
		scale = filled(tensor.Size(over), 1) // it is required
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

// writeLRN uses the operator if the layer normalises across an odd number of channels; readers
// differ for even numbers. The rest is written as several operators: the mean of the squares in
// windows is an average pooling, over channels as if they were rows.
func writeLRN(p *place, l *nn.LRN) string {
	x := p.in(0)
	if !l.WithinChannel && l.Size%2 == 1 {
		return p.emit("LRN", attrs{"size": l.Size, "alpha": l.Alpha, "beta": l.Beta, "bias": l.K}, x)
	}
	before, after, base := (l.Size-1)/2, l.Size/2, float32(1)
	s := p.emit("Mul", nil, x, x)
	if l.WithinChannel {
		s = p.emit("AveragePool", averageAttrs([2]int{l.Size, l.Size}, [4]int{before, before, after, after}), s)
	} else {
		shape := p.shape(0)
		base = l.K
		s = p.reshape("rows", s, 1, shape[1], shape[2]*shape[3])
		s = p.emit("AveragePool", averageAttrs([2]int{l.Size, 1}, [4]int{before, 0, after, 0}), s)
		s = p.reshape("shape", s, shape[1:]...)
	}
	s = p.emit("Add", nil, p.emit("Mul", nil, s, p.number("alpha", l.Alpha)), p.number("bias", base))
	return p.emit("Div", nil, x, p.emit("Pow", nil, s, p.number("beta", l.Beta)))
}

// averageAttrs are the attributes of an average around every pixel in which padding counts.
func averageAttrs(kernel [2]int, pad [4]int) attrs {
	a := windowAttrs(kernel, [2]int{}, pad)
	a["count_include_pad"] = 1
	return a
}

func writeSoftmax(p *place, l *nn.Softmax) string {
	return p.emit(l.Kind(), attrs{"axis": l.Axis}, p.in(0))
}

// writeQuantize writes integers of a byte, the only ones in opset 17.
func writeQuantize(p *place, l *nn.Quantize) string {
	var zero *constant
	switch {
	case l.Low == 0 && l.High == 255:
		zero = emptyConstant(typeUint8)
	case l.Low == -128 && l.High == 127:
		zero = emptyConstant(typeInt8)
	default:
		p.refuse("it rounds to integers from %g to %g, 0 to 255 and -128 to 127 are possible", l.Low, l.High)
		return ""
	}
	for _, z := range l.Zero {
		if z != float32(int64(z)) || z < l.Low || z > l.High {
			p.refuse("it has a zero of %g, an integer from %g to %g is wanted", z, l.Low, l.High)
			return ""
		}
		zero.i.append(int64(z))
	}
	a := attrs{}
	var shape []int // a scalar
	if len(l.Scale) > 1 {
		a["axis"], shape = l.Axis, []int{len(l.Scale)}
	}
	zero.shape = shape
	scale, zeros := p.floats("scale", l.Scale, shape...), p.constant("zero", zero)
	q := p.emit("QuantizeLinear", a, p.in(0), scale, zeros)
	if l.Integers {
		scale = p.floats("one", fullOf(1, len(l.Scale)), shape...)
	}
	return p.emit("DequantizeLinear", a, q, scale, zeros)
}

func fullOf(v float32, n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = v
	}
	return list
}

// writeDynamicQuantize writes the operator, which has one scale for a batch.
func writeDynamicQuantize(p *place, _ *nn.DynamicQuantize) []string {
	q := p.emitAll("DynamicQuantizeLinear", nil, 3, p.in(0))
	zero := p.emit("Cast", attrs{"to": int(typeFloat)}, q[2])
	whole := p.emit("Sub", nil, p.emit("Cast", attrs{"to": int(typeFloat)}, q[0]), zero)
	vector := p.ints("vector", 1)
	return []string{whole, p.emit("Reshape", nil, q[1], vector), p.emit("Reshape", nil, zero, vector)}
}

// writeRound writes a conversion to integers and back for rounding towards zero.
func writeRound(p *place, l *nn.Round) string {
	if l.Mode == nn.ToZero {
		return p.emit("Cast", attrs{"to": int(typeFloat)}, p.emit("Cast", attrs{"to": int(typeInt64)}, p.in(0)))
	}
	return p.emit(l.Kind(), nil, p.in(0))
}
