package kernel

import "math"

// Softmax computes y[i] = exp(x[i]) / sum over j of exp(x[j]) for n values that lie stride apart,
// to within 3 units in the last place. The sum is in float64, in an order that only n determines.
// The largest value is subtracted first, so that nothing overflows. A NaN anywhere makes all
// results NaN. Exp alone would not do: rounding x[i] - top to float32 can cost 16 units in the last
// place where the two are 32 apart. y must not be x.
func Softmax(y, x []float32, n, stride int) {
	if stride == 1 {
		y, x := y[:n], x[:n]
		elementwise.expBelow(y, x, top(x, n, 1))
		Scale(y, float32(1/SumWide(y)), y)
		return
	}
	top := float64(top(x, n, stride))
	var sum float64
	for i := range n {
		sum += math.Exp(float64(x[i*stride]) - top)
	}
	for i := range n {
		y[i*stride] = float32(math.Exp(float64(x[i*stride])-top) / sum)
	}
}

// SoftmaxGrad computes dx[i] += y[i] * (dy[i] - sum over j of dy[j]*y[j]), in float64.
func SoftmaxGrad(dx, dy, y []float32, n, stride int) {
	var sum float64
	if stride == 1 {
		dx, dy, y := dx[:n], dy[:n], y[:n]
		sum = DotWide(dy, y)
		for i, v := range y {
			dx[i] += float32(float64(v) * (float64(dy[i]) - sum))
		}
		return
	}
	for i := range n {
		sum += float64(float64(dy[i*stride]) * float64(y[i*stride]))
	}
	for i := range n {
		dx[i*stride] += float32(float64(y[i*stride]) * (float64(dy[i*stride]) - sum))
	}
}

// LogSoftmax computes y[i] = x[i] - log(sum over j of exp(x[j])), as Softmax does.
func LogSoftmax(y, x []float32, n, stride int) {
	top := float64(top(x, n, stride))
	var sum float64
	for i := range n {
		sum += math.Exp(float64(x[i*stride]) - top)
	}
	sum = math.Log(sum)
	for i := range n {
		y[i*stride] = float32(float64(x[i*stride]) - top - sum)
	}
}

// LogSoftmaxGrad computes dx[i] += dy[i] - exp(y[i]) * sum over j of dy[j].
func LogSoftmaxGrad(dx, dy, y []float32, n, stride int) {
	var sum float64
	for i := range n {
		sum += float64(dy[i*stride])
	}
	for i := range n {
		dx[i*stride] += float32(float64(dy[i*stride]) - float64(math.Exp(float64(y[i*stride]))*sum))
	}
}

// top returns the largest of n values that lie stride apart. It may miss a NaN, unless it is the
// first value.
func top(x []float32, n, stride int) float32 {
	top := x[0]
	for i := 1; i < n; i++ {
		if v := x[i*stride]; v > top {
			top = v
		}
	}
	return top
}

// SumWide returns the sum of x in float64, over four interleaved partial sums.
func SumWide(x []float32) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x = x[4:] {
		s0 += float64(x[0])
		s1 += float64(x[1])
		s2 += float64(x[2])
		s3 += float64(x[3])
	}
	for _, v := range x {
		s0 += float64(v)
	}
	return (s0 + s1) + (s2 + s3)
}

// DotWide returns the sum of x[i]*y[i], as SumWide does.
func DotWide(x, y []float32) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4 && len(y) >= 4; x, y = x[4:], y[4:] {
		s0 += float64(float64(x[0]) * float64(y[0]))
		s1 += float64(float64(x[1]) * float64(y[1]))
		s2 += float64(float64(x[2]) * float64(y[2]))
		s3 += float64(float64(x[3]) * float64(y[3]))
	}
	for i, v := range x {
		s0 += float64(float64(v) * float64(y[i]))
	}
	return (s0 + s1) + (s2 + s3)
}
