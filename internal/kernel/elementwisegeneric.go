package kernel

import "math"

// elementwiseGeneric is the set in plain Go: the reference for the faster ones.
var elementwiseGeneric = elementwiseKernels{
	name: "generic",
	relu: reluGeneric, leakyReLU: leakyReLUGeneric, mask: maskGeneric, reluGrad: reluGradGeneric, leakyReLUGrad: leakyReLUGradGeneric,
	affine: affineGeneric, add: addGeneric, scale: scaleGeneric, mul: mulGeneric, max: maxGeneric, axpy: axpyGeneric,
	exp: expGeneric, elu: eluGeneric, sigmoid: sigmoidGeneric, tanh: tanhGeneric, dot: dotGeneric,
	moment: momentGeneric, squareMoment: squareMomentGeneric, adamStep: adamStepGeneric,
	unaryKernels: unaryGeneric,
}

func reluGeneric(y, x []float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = max(v, 0)
	}
}

// leakyReLUGeneric selects between bit patterns, which needs no branch.
func leakyReLUGeneric(y, x []float32, slope float32) {
	y = y[:len(x)]
	for i, v := range x {
		b, on := math.Float32bits(slope*v), math.Float32bits(v)
		if v > 0 {
			b = on
		}
		y[i] = math.Float32frombits(b)
	}
}

func maskGeneric(x, y []float32) {
	for i, v := range y {
		if !(v > 0) {
			x[i] = 0
		}
	}
}

func reluGradGeneric(dx, dy, at []float32) {
	dx, dy = dx[:len(at)], dy[:len(at)]
	for i, v := range at {
		b := math.Float32bits(dy[i])
		if !(v > 0) {
			b = 0
		}
		dx[i] += math.Float32frombits(b)
	}
}

func leakyReLUGradGeneric(dx, dy, at []float32, slope float32) {
	dx, dy = dx[:len(at)], dy[:len(at)]
	for i, v := range at {
		b, on := math.Float32bits(float32(slope*dy[i])), math.Float32bits(dy[i])
		if v > 0 {
			b = on
		}
		dx[i] += math.Float32frombits(b)
	}
}

func affineGeneric(y, x []float32, scale, shift float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = float32(scale*v) + shift
	}
}

func addGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] += v
	}
}

func scaleGeneric(dst, x []float32, alpha float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = alpha * v
	}
}

func mulGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] *= v
	}
}

func maxGeneric(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = max(dst[i], v)
	}
}

func axpyGeneric(dst, x []float32, alpha float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] += float32(alpha * v)
	}
}

func dotGeneric(x, y []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	y = y[:len(x)]
	for len(x) >= 8 && len(y) >= 8 {
		s0 += float32(x[0] * y[0])
		s1 += float32(x[1] * y[1])
		s2 += float32(x[2] * y[2])
		s3 += float32(x[3] * y[3])
		s4 += float32(x[4] * y[4])
		s5 += float32(x[5] * y[5])
		s6 += float32(x[6] * y[6])
		s7 += float32(x[7] * y[7])
		x, y = x[8:], y[8:]
	}
	for i, v := range x {
		s0 += float32(v * y[i])
	}
	return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
}

func expGeneric(y, x []float32) {
	for i, v := range x {
		y[i] = exp(v)
	}
}

func eluGeneric(y, x []float32, alpha float32) {
	for i, v := range x {
		if !(v > 0) {
			v = alpha * expm1(v)
		}
		y[i] = v
	}
}

func sigmoidGeneric(y, x []float32) {
	for i, v := range x {
		y[i] = sigmoid(v)
	}
}

func tanhGeneric(y, x []float32) {
	for i, v := range x {
		y[i] = tanh(v)
	}
}
