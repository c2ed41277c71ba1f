package kernel

// The rules of elementwise.go hold here too: slices of equal length, value by value.
// Those called Grad add to dx the product of dy and the derivative at x; the others
// store, and y may be x. NaN stays NaN.

// unaryKernels are the functions of this file and of binary.go that have vector kernels.
type unaryKernels struct {
	plus, minus, times, over  func(y, a, b []float32)
	mulAdd                    func(dst, a, b []float32)
	clip, hardSigmoid         func(y, x []float32, a, b float32)
	clipGrad, hardSigmoidGrad func(dx, dy, x []float32, a, b float32)
	hardSwish, silu, gelu     func(y, x []float32)
	geluTanh, erf             func(y, x []float32)
	hardSwishGrad, siluGrad   func(dx, dy, x []float32)
	geluGrad, geluTanhGrad    func(dx, dy, x []float32)
	erfGrad                   func(dx, dy, x []float32)
	expBelow                  func(y, x []float32, top float32)
}

// Clip computes y[i] = min(max(x[i], lo), hi).
func Clip(y, x []float32, lo, hi float32) { elementwise.clip(y[:len(x)], x, lo, hi) }

// ClipGrad is the gradient of Clip: 1 from lo to hi, both included.
func ClipGrad(dx, dy, x []float32, lo, hi float32) {
	elementwise.clipGrad(dx[:len(x)], dy[:len(x)], x, lo, hi)
}

// HardSigmoid computes y[i] = min(max(alpha*x[i] + beta, 0), 1).
func HardSigmoid(y, x []float32, alpha, beta float32) {
	elementwise.hardSigmoid(y[:len(x)], x, alpha, beta)
}

// HardSigmoidGrad is the gradient of HardSigmoid: alpha where y is between 0 and 1, both excluded.
func HardSigmoidGrad(dx, dy, x []float32, alpha, beta float32) {
	elementwise.hardSigmoidGrad(dx[:len(x)], dy[:len(x)], x, alpha, beta)
}

// HardSwish computes y[i] = x[i] * min(max(x[i]+3, 0), 6) / 6 (Howard et al. 2019,
// "Searching for MobileNetV3", arXiv:1905.02244).
func HardSwish(y, x []float32) { elementwise.hardSwish(y[:len(x)], x) }

// HardSwishGrad is the gradient of HardSwish: x/3 + 1/2 from -3 to 3, both included.
func HardSwishGrad(dx, dy, x []float32) { elementwise.hardSwishGrad(dx[:len(x)], dy[:len(x)], x) }

// SiLU computes y[i] = x[i] / (1+exp(-x[i])), to within 3.5 units in the last place.
func SiLU(y, x []float32) { elementwise.silu(y[:len(x)], x) }

// SiLUGrad is the gradient of SiLU.
func SiLUGrad(dx, dy, x []float32) { elementwise.siluGrad(dx[:len(x)], dy[:len(x)], x) }

// Gelu computes y[i] = x[i] * P(x[i]), where P is the distribution function of the normal
// distribution (Hendrycks, Gimpel 2016, "Gaussian Error Linear Units", arXiv:1606.08415). The error
// is at most 1.5e-7, times |x[i]| where that is above 1; the relative error is at most 2e-6 where
// x[i] is above -5.
func Gelu(y, x []float32) { elementwise.gelu(y[:len(x)], x) }

// GeluGrad is the gradient of Gelu.
func GeluGrad(dx, dy, x []float32) { elementwise.geluGrad(dx[:len(x)], dy[:len(x)], x) }

// GeluTanh computes the approximation y[i] = x[i]/2 * (1+tanh(sqrt(2/pi)*(x[i] + 0.044715*x[i]^3)))
// of Gelu, with the same bounds of the error.
func GeluTanh(y, x []float32) { elementwise.geluTanh(y[:len(x)], x) }

// GeluTanhGrad is the gradient of GeluTanh.
func GeluTanhGrad(dx, dy, x []float32) { elementwise.geluTanhGrad(dx[:len(x)], dy[:len(x)], x) }

// Erf computes the error function, with a relative error of at most 2e-7.
func Erf(y, x []float32) { elementwise.erf(y[:len(x)], x) }

// ErfGrad is the gradient of Erf.
func ErfGrad(dx, dy, x []float32) { elementwise.erfGrad(dx[:len(x)], dy[:len(x)], x) }

// Map computes y[i] = f(x[i]) in float64, rounded once.
func Map(y, x []float32, f func(float64) float64) {
	for i, v := range x {
		y[i] = float32(f(float64(v)))
	}
}

// MapGrad computes dx[i] += dy[i] * slope(x[i]), where slope is the derivative of the function that
// Map computed. Where dy is 0, nothing is added, even if the slope is infinite.
func MapGrad(dx, dy, x []float32, slope func(float64) float64) {
	for i, v := range x {
		if dy[i] == 0 {
			continue
		}
		dx[i] += float32(float64(dy[i]) * slope(float64(v)))
	}
}
