package kernel

import "math"

// The functions of this file work on slices of equal length, value by value. Those
// called Grad add to dx, the others store. Conversions to float32 around products
// forbid fused multiply-add: results are the same on every processor.

// ReLU computes y[i] = x[i] if x[i] > 0, slope*x[i] otherwise. NaN stays NaN. With
// slope 0 everything else below zero becomes 0, minus infinity too. y may be x.
func ReLU(y, x []float32, slope float32) {
	y = y[:len(x)]
	if slope == 0 {
		for i, v := range x {
			y[i] = max(v, 0)
		}
		return
	}
	for i, v := range x {
		b, on := math.Float32bits(slope*v), math.Float32bits(v)
		if v > 0 {
			b = on
		}
		y[i] = math.Float32frombits(b)
	}
}

// ReLUGrad computes dx[i] += dy[i] if at[i] > 0, slope*dy[i] otherwise. at is the x of
// ReLU, or its y if slope is not negative. With slope 0 nothing is added where the
// unit is off, whatever dy.
func ReLUGrad(dx, dy, at []float32, slope float32) {
	dx, dy = dx[:len(at)], dy[:len(at)]
	if slope == 0 {
		for i, v := range at {
			b := math.Float32bits(dy[i])
			if !(v > 0) {
				b = 0
			}
			dx[i] += math.Float32frombits(b)
		}
		return
	}
	for i, v := range at {
		b, on := math.Float32bits(float32(slope*dy[i])), math.Float32bits(dy[i])
		if v > 0 {
			b = on
		}
		dx[i] += math.Float32frombits(b)
	}
}

// ELU computes y[i] = x[i] if x[i] > 0, alpha*(exp(x[i])-1) otherwise.
func ELU(y, x []float32, alpha float32) {
	for i, v := range x {
		if !(v > 0) {
			v = float32(float64(alpha) * math.Expm1(float64(v)))
		}
		y[i] = v
	}
}

// ELUGrad computes dx[i] += dy[i] * (1 if y[i] > 0, y[i]+alpha otherwise), which is the
// derivative of ELU if alpha is not negative.
func ELUGrad(dx, dy, y []float32, alpha float32) {
	for i, v := range y {
		d := v + alpha
		if v > 0 {
			d = 1
		}
		dx[i] += float32(dy[i] * d)
	}
}

// Sigmoid computes y[i] = 1/(1+exp(-x[i])).
func Sigmoid(y, x []float32) {
	for i, v := range x {
		y[i] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

// SigmoidGrad computes dx[i] += dy[i] * y[i] * (1-y[i]).
func SigmoidGrad(dx, dy, y []float32) {
	for i, v := range y {
		dx[i] += float32(dy[i] * float32(v*(1-v)))
	}
}

// Tanh computes y[i] = tanh(x[i]).
func Tanh(y, x []float32) {
	for i, v := range x {
		y[i] = float32(math.Tanh(float64(v)))
	}
}

// TanhGrad computes dx[i] += dy[i] * (1 - y[i]^2), factored so that it keeps its
// precision where y is near 1.
func TanhGrad(dx, dy, y []float32) {
	for i, v := range y {
		dx[i] += float32(dy[i] * float32((1-v)*(1+v)))
	}
}

// Power computes y[i] = (shift + scale*x[i])^power, in float64 and rounded once.
func Power(y, x []float32, power, scale, shift float32) {
	p, a, b := float64(power), float64(scale), float64(shift)
	switch power {
	case 1:
		for i, v := range x {
			y[i] = float32(float64(a*float64(v)) + b)
		}
	case 2:
		for i, v := range x {
			s := float64(a*float64(v)) + b
			y[i] = float32(s * s)
		}
	default:
		for i, v := range x {
			y[i] = float32(math.Pow(float64(a*float64(v))+b, p))
		}
	}
}

// PowerGrad computes dx[i] += dy[i] * power*scale*(shift + scale*x[i])^(power-1). It
// adds nothing where power or scale is 0, which makes a constant.
func PowerGrad(dx, dy, x []float32, power, scale, shift float32) {
	p, a, b := float64(power), float64(scale), float64(shift)
	switch {
	case power == 0 || scale == 0:
	case power == 1:
		for i, d := range dy {
			dx[i] += float32(scale * d)
		}
	case power == 2:
		for i, v := range x {
			dx[i] += float32(2 * a * (float64(a*float64(v)) + b) * float64(dy[i]))
		}
	default:
		for i, v := range x {
			dx[i] += float32(p * a * math.Pow(float64(a*float64(v))+b, p-1) * float64(dy[i]))
		}
	}
}

// Affine computes y[i] = scale*x[i] + shift.
func Affine(y, x []float32, scale, shift float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = float32(scale*v) + shift
	}
}

// Add computes dst[i] += x[i].
func Add(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] += v
	}
}

// Scale computes dst[i] = alpha * x[i].
func Scale(dst []float32, alpha float32, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = alpha * v
	}
}

// Mul computes dst[i] *= x[i].
func Mul(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] *= v
	}
}

// Max computes dst[i] = max(dst[i], x[i]); NaN if either is.
func Max(dst, x []float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		dst[i] = max(dst[i], v)
	}
}

// MulGrad is the gradient of the product y[i] of all xs[k][i], for i in [lo, hi): it adds
// dy[i] times the product of the others to every dxs[k] that is not nil. It divides
// nothing, so zeros among the factors do no harm.
func MulGrad(dxs [][]float32, dy []float32, xs [][]float32, lo, hi int) {
	for k, dx := range dxs {
		if dx == nil {
			continue
		}
		for i := lo; i < hi; i++ {
			g := dy[i]
			for j, x := range xs {
				if j != k {
					g = float32(g * x[i])
				}
			}
			dx[i] += g
		}
	}
}

// MaxGrad is the gradient of the maximum over k of xs[k][i], for i in [lo, hi): it adds
// dy[i] to the dxs[k] of the first k that has the maximum, or the first NaN, unless
// that is nil.
func MaxGrad(dxs [][]float32, dy []float32, xs [][]float32, lo, hi int) {
	for i := lo; i < hi; i++ {
		best, at := xs[0][i], 0
		for k, x := range xs {
			if v := x[i]; v > best || v != v && best == best {
				best, at = v, k
			}
		}
		if dx := dxs[at]; dx != nil {
			dx[i] += dy[i]
		}
	}
}
