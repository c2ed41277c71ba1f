package kernel

import "math"

// unaryGeneric is the set in plain Go. It works value by value, in the steps of the vector kernels.
var unaryGeneric = unaryKernels{
	plus: plusGeneric, minus: minusGeneric, times: timesGeneric, over: overGeneric, mulAdd: mulAddGeneric,
	clip: valuesOf2(clip), hardSigmoid: valuesOf2(hardSigmoid),
	clipGrad: slopesOf2(clipSlope), hardSigmoidGrad: slopesOf2(hardSigmoidSlope),
	hardSwish: valuesOf(hardSwish), silu: valuesOf(silu), gelu: valuesOf(gelu), geluTanh: valuesOf(geluTanh), erf: valuesOf(erf),
	hardSwishGrad: slopesOf(hardSwishSlope), siluGrad: slopesOf(siluSlope), geluGrad: slopesOf(geluSlope),
	geluTanhGrad: slopesOf(geluTanhSlope), erfGrad: slopesOf(erfSlope),
	expBelow: expBelowGeneric,
}

func valuesOf(f func(x float32) float32) func(y, x []float32) {
	return func(y, x []float32) {
		for i, v := range x {
			y[i] = f(v)
		}
	}
}

func valuesOf2(f func(x, a, b float32) float32) func(y, x []float32, a, b float32) {
	return func(y, x []float32, a, b float32) {
		for i, v := range x {
			y[i] = f(v, a, b)
		}
	}
}

func slopesOf(slope func(x float32) float32) func(dx, dy, x []float32) {
	return func(dx, dy, x []float32) {
		for i, v := range x {
			dx[i] += float32(dy[i] * slope(v))
		}
	}
}

func slopesOf2(slope func(x, a, b float32) float32) func(dx, dy, x []float32, a, b float32) {
	return func(dx, dy, x []float32, a, b float32) {
		for i, v := range x {
			dx[i] += float32(dy[i] * slope(v, a, b))
		}
	}
}

// clip uses comparisons that are false for NaN.
func clip(x, lo, hi float32) float32 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

func clipSlope(x, lo, hi float32) float32 {
	if lo <= x && x <= hi {
		return 1
	}
	return 0
}

func hardSigmoid(x, alpha, beta float32) float32 { return clip(float32(alpha*x)+beta, 0, 1) }

func hardSigmoidSlope(x, alpha, beta float32) float32 {
	if y := float32(alpha*x) + beta; y > 0 && y < 1 {
		return alpha
	}
	return 0
}

func hardSwish(x float32) float32 { return float32(x*clip(x+3, 0, 6)) / 6 }

func hardSwishSlope(x float32) float32 {
	switch {
	case x > 3:
		return 1
	case x < -3:
		return 0
	}
	return x/3 + 0.5
}

func silu(x float32) float32 { return x * sigmoid(x) }

func siluSlope(x float32) float32 {
	y, rest := sigmoids(x)
	return y * fma(rest, x, 1)
}

// sigmoids returns sigmoid(x) and 1-sigmoid(x), both precise where they are small.
func sigmoids(x float32) (y, rest float32) {
	e := exp(math.Float32frombits(math.Float32bits(x) | signBit))
	sum := 1 + e
	y, rest = 1/sum, e/sum
	if x < 0 {
		y, rest = rest, y
	}
	return y, rest
}

// normal returns the distribution function P of the normal distribution at x, its density times
// sqrt(2 pi), and x clipped to the range beyond which they are 0 or 1. It uses P(-a) = exp(-a^2/2)
// * m(a), where m, Mills' ratio up to a factor, is a polynomial of (a-4)/(a+4) with a relative
// error below 2e-8.
func normal(x float32) (p, e, limited float32) {
	sign := math.Float32bits(x) & signBit
	a := math.Float32frombits(math.Float32bits(x) &^ signBit)
	if a > 14.5 {
		a = 14.5
	}
	e = exp(float32(a*a) * -0.5)
	p = float32(mills((a-4)/(a+4)) * e)
	if !(x < 0) {
		p = 1 - p
	}
	return p, e, math.Float32frombits(math.Float32bits(a) | sign)
}

func mills(t float32) float32 {
	return polynomial(t, 0.0944106422, -0.170397741, 0.124379202, -0.0717067429, 0.030865499,
		-0.00849791742, 0.000502550943, 0.000657762677, -0.000167825123, -6.52843956e-05)
}

// polynomial returns the value at x of the polynomial with these coefficients, that of
// the highest power last.
func polynomial(x float32, coefficients ...float32) float32 {
	p := coefficients[len(coefficients)-1]
	for i := len(coefficients) - 2; i >= 0; i-- {
		p = fma(p, x, coefficients[i])
	}
	return p
}

func gelu(x float32) float32 {
	p, _, _ := normal(x)
	return x * p
}

func geluSlope(x float32) float32 {
	p, e, x := normal(x)
	return fma(float32(e*densityFactor), x, p)
}

const (
	densityFactor = 0.3989422804014327 // 1/sqrt(2 pi)
	geluTanh1     = 1.5957691216057308 // 2 sqrt(2/pi)
	geluTanh3     = 0.044715 * geluTanh1
)

// geluTanh uses (1+tanh(u))/2 = sigmoid(2u), which keeps its precision where u is negative.
func geluTanh(x float32) float32 {
	return x * sigmoid(float32(polynomial(float32(x*x), geluTanh1, geluTanh3)*x))
}

func geluTanhSlope(x float32) float32 {
	x = clip(x, -20, 20) // beyond it the sigmoid is 0 or 1
	square := float32(x * x)
	y, rest := sigmoids(float32(polynomial(square, geluTanh1, geluTanh3) * x))
	return y * fma(float32(rest*x), polynomial(square, geluTanh1, 3*geluTanh3), 1)
}

// erf is a polynomial up to 1, then 1 - 2 P(-a sqrt 2) for the P of normal.
func erf(x float32) float32 {
	sign := math.Float32bits(x) & signBit
	a := math.Float32frombits(math.Float32bits(x) &^ signBit)
	if a > 10 {
		a = 10
	}
	square := float32(a * a)
	var y float32
	if a < 1 {
		y = a * polynomial(square, 1.12837917, -0.376126258, 0.112835852, -0.0268538121, 0.00518832783,
			-0.000801019419, 7.85386138e-05)
	} else {
		const centre = 2 * math.Sqrt2
		y = fma(float32(exp(-square)*-2), mills((a-centre)/(a+centre)), 1)
	}
	return math.Float32frombits(math.Float32bits(y) | sign)
}

func erfSlope(x float32) float32 {
	x = clip(x, -12, 12)
	return exp(-float32(x*x)) * 1.12837917
}

// expBelowGeneric computes y[i] = exp(x[i] - top) to within 1.5 units in the last place. The
// rounding error of the subtraction can cost many units. Knuth's method finds that error, and the
// result is multiplied by its exponential.
func expBelowGeneric(y, x []float32, top float32) {
	for i, v := range x {
		d := v - top
		part := d - v
		lost := (v - (d - part)) - (part + top)
		if d < -expLimit {
			lost = 0 // exp is 0 there; the difference may be infinite
		}
		e := exp(d)
		y[i] = fma(e, lost, e)
	}
}
