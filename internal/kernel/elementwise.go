package kernel

import "math"

// The functions of this file work on slices of equal length, value by value. Those
// called Grad add to dx, the others store. Where they store, the destination may be the
// very slice that they read; otherwise slices must not overlap. Conversions to float32
// around products forbid fused multiply-add: results are the same on every processor.

// elementwiseKernels are the functions that have vector kernels. Each does what its Generic version
// in elementwisegeneric.go does, on slices of equal length. Results are the same in every set,
// except for the payload and sign of a NaN.
type elementwiseKernels struct {
	name string

	relu, add, mul, max    func(dst, x []float32)
	leakyReLU, scale, axpy func(dst, x []float32, a float32)
	affine                 func(y, x []float32, scale, shift float32)
	mask                   func(x, y []float32)
	reluGrad               func(dx, dy, at []float32)
	leakyReLUGrad          func(dx, dy, at []float32, slope float32)
	exp, sigmoid, tanh     func(y, x []float32)
	elu                    func(y, x []float32, alpha float32)
	dot                    func(x, y []float32) float32
	moment, squareMoment   func(m, g []float32, b, c float32)
	adamStep               func(w, m, s []float32, keep, step, unbias, eps float32)

	unaryKernels
}

// elementwise is the set of the active kernels.
var elementwise = elementwiseSet(Active.Name)

// elementwiseSets returns the sets that this processor can run, slowest first.
func elementwiseSets() []*elementwiseKernels {
	return append([]*elementwiseKernels{&elementwiseGeneric}, vectorisedElementwise()...)
}

// elementwiseSet returns the set with a name, or the fastest if there is none.
func elementwiseSet(name string) *elementwiseKernels {
	sets := elementwiseSets()
	for _, s := range sets {
		if s.name == name {
			return s
		}
	}
	return sets[len(sets)-1]
}

// ReLU computes y[i] = x[i] if x[i] > 0, slope*x[i] otherwise. NaN stays NaN. With
// slope 0 everything else below zero becomes 0, minus infinity too. y may be x.
func ReLU(y, x []float32, slope float32) {
	y = y[:len(x)]
	if slope == 0 {
		elementwise.relu(y, x)
		return
	}
	elementwise.leakyReLU(y, x, slope)
}

// ReLUGrad computes dx[i] += dy[i] if at[i] > 0, slope*dy[i] otherwise. at is the x of ReLU, or its
// y if slope is not negative. With slope 0 nothing is added where at[i] is not positive, whatever
// dy.
func ReLUGrad(dx, dy, at []float32, slope float32) {
	dx, dy = dx[:len(at)], dy[:len(at)]
	if slope == 0 {
		elementwise.reluGrad(dx, dy, at)
		return
	}
	elementwise.leakyReLUGrad(dx, dy, at, slope)
}

// ELU computes y[i] = x[i] if x[i] > 0, alpha*(exp(x[i])-1) otherwise, to
// within 2.5 units in the last place. y may be x.
func ELU(y, x []float32, alpha float32) { elementwise.elu(y[:len(x)], x, alpha) }

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

// Sigmoid computes y[i] = 1/(1+exp(-x[i])), to within 2.5 units in the last place,
// denormal results included. y may be x.
func Sigmoid(y, x []float32) { elementwise.sigmoid(y[:len(x)], x) }

// SigmoidGrad computes dx[i] += dy[i] * y[i] * (1-y[i]).
func SigmoidGrad(dx, dy, y []float32) {
	for i, v := range y {
		dx[i] += float32(dy[i] * float32(v*(1-v)))
	}
}

// Tanh computes y[i] = tanh(x[i]), to within 2.6 units in the last place, near 0 too.
// y may be x.
func Tanh(y, x []float32) { elementwise.tanh(y[:len(x)], x) }

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

// PowerGrad computes dx[i] += dy[i] * power*scale*(shift + scale*x[i])^(power-1). It adds nothing
// where power or scale is 0: the function is constant then.
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
			if dy[i] == 0 { // an infinite slope times 0 would be NaN
				continue
			}
			dx[i] += float32(2 * a * (float64(a*float64(v)) + b) * float64(dy[i]))
		}
	default:
		for i, v := range x {
			if dy[i] == 0 {
				continue
			}
			dx[i] += float32(p * a * math.Pow(float64(a*float64(v))+b, p-1) * float64(dy[i]))
		}
	}
}

// Affine computes y[i] = scale*x[i] + shift.
func Affine(y, x []float32, scale, shift float32) {
	elementwise.affine(y[:len(x)], x, scale, shift)
}

// Mask sets x[i] to 0 where y[i] is not positive. y is as long as x, or longer.
func Mask(x, y []float32) { elementwise.mask(x, y[:len(x)]) }

// Add computes dst[i] += x[i].
func Add(dst, x []float32) { elementwise.add(dst[:len(x)], x) }

// Scale computes dst[i] = alpha * x[i].
func Scale(dst []float32, alpha float32, x []float32) {
	elementwise.scale(dst[:len(x)], x, alpha)
}

// Mul computes dst[i] *= x[i].
func Mul(dst, x []float32) { elementwise.mul(dst[:len(x)], x) }

// Max computes dst[i] = max(dst[i], x[i]); NaN if either is. +0 is above -0.
func Max(dst, x []float32) { elementwise.max(dst[:len(x)], x) }

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
