package kernel

import "math"

// NormChunk is how many values are summed in float32. The sums of such chunks are added in float64.
const NormChunk = 1024

var normOnes = func() (ones [NormChunk]float32) {
	for i := range ones {
		ones[i] = 1
	}
	return ones
}()

// Sum returns the sum of x. The order of its additions depends on the length alone.
func Sum(x []float32) (s float64) {
	for len(x) > NormChunk {
		s += float64(Dot(x[:NormChunk], normOnes[:]))
		x = x[NormChunk:]
	}
	return s + float64(Dot(x, normOnes[:]))
}

// Squares returns the sum of the squares of x, in the order of Sum.
func Squares(x []float32) (s float64) {
	for len(x) > NormChunk {
		s += float64(Dot(x[:NormChunk], x[:NormChunk]))
		x = x[NormChunk:]
	}
	return s + float64(Dot(x, x))
}

// A Norm is the mean of a vector and 1/sqrt(variance+eps), as Standardise computes them.
type Norm struct{ Mean, Inverse float32 }

// Standardise computes y[i] = (x[i] - mean) * inverse for inverse = 1/sqrt(variance+eps),
// the mean and the variance being those of x. y may be x.
func Standardise(y, x []float32, eps float32) Norm {
	y = y[:len(x)]
	n := float64(len(x))
	k := Norm{Mean: float32(Sum(x) / n)}
	Affine(y, x, 1, -k.Mean)
	k.Inverse = float32(1 / math.Sqrt(Squares(y)/n+float64(eps)))
	Scale(y, k.Inverse, y)
	return k
}

// Apply computes y as Standardise did, for a part of its x.
func (k Norm) Apply(y, x []float32) {
	Affine(y, x, 1, -k.Mean)
	Scale(y[:len(x)], k.Inverse, y)
}

// Grad adds to dx the gradient of Standardise,
//
//	dx[i] += inverse * (g[i] - mean of g - y[i] * mean of g*y)
//
// for a part of the vectors. g is the gradient of y, and is overwritten.
func (k Norm) Grad(dx, g, y []float32, mean, product float32) {
	Affine(g, g, 1, -mean)
	Axpy(g, -product, y)
	Axpy(dx[:len(g)], k.Inverse, g)
}
