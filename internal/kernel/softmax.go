package kernel

import "math"

// Softmax computes y[i] = exp(x[i]) / sum over j of exp(x[j]) for n values that lie
// stride apart, in float64 and rounded once, the sum in the order of j. The largest
// value is subtracted first, so that nothing overflows; NaN anywhere makes all NaN.
// Exp would not do: rounding x[i] - top to float32 alone can cost 16 units in
// the last place where they are 32 apart.
func Softmax(y, x []float32, n, stride int) {
	top := x[0]
	for i := 1; i < n; i++ {
		top = max(top, x[i*stride])
	}
	var sum float64
	for i := range n {
		sum += math.Exp(float64(x[i*stride]) - float64(top))
	}
	for i := range n {
		y[i*stride] = float32(math.Exp(float64(x[i*stride])-float64(top)) / sum)
	}
}

// SoftmaxGrad computes dx[i] += y[i] * (dy[i] - sum over j of dy[j]*y[j]), the sum in
// float64.
func SoftmaxGrad(dx, dy, y []float32, n, stride int) {
	var sum float64
	for i := range n {
		sum += float64(float64(dy[i*stride]) * float64(y[i*stride]))
	}
	for i := range n {
		dx[i*stride] += float32(float64(y[i*stride]) * (float64(dy[i*stride]) - sum))
	}
}
