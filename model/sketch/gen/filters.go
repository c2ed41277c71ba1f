package main

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// waves returns n filters (n,3,side,side) for pixels: oriented waves in a Gaussian
// window (Gabor functions), half of them between light and dark, the others between
// red and green or between blue and yellow.
func waves(rng *rand.Rand, n, side int) *tensor.Tensor {
	colours := [][3]float64{{1, 1, 1}, {1, 1, 1}, {1, -1, 0}, {0.5, 0.5, -1}}
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
	f := tensor.New(n, 3, side, side)
	mid, turns := float64(side-1)/2, float64(n/len(colours))
	for k := range n {
		sin, cos := math.Sincos(2 * math.Pi * (float64(k/len(colours)) + between(0, 0.5)) / turns)
		wave := 2 * math.Pi / (float64(side) * between(0.55, 1.15))
		phase := between(0, 2*math.Pi)
		sigma := float64(side) * between(0.2, 0.3)
		for i := range side * side {
			x, y := float64(i%side)-mid, float64(i/side)-mid
			v := math.Exp(-(x*x+y*y)/(2*sigma*sigma)) * math.Cos(wave*(x*cos+y*sin)+phase)
			for c, share := range colours[k%len(colours)] {
				f.Data[(k*3+c)*side*side+i] = float32(v * share)
			}
		}
	}
	normalise(f)
	return f
}

// random returns filters of the given shape with normally distributed weights.
func random(rng *rand.Rand, shape ...int) *tensor.Tensor {
	f := tensor.New(shape...)
	for i := range f.Data {
		f.Data[i] = float32(rng.NormFloat64())
	}
	normalise(f)
	return f
}

// normalise gives every filter mean zero, so that it does not see an even surface, and
// length one.
func normalise(f *tensor.Tensor) {
	for k := range f.Shape[0] {
		w := f.Image(k)
		var sum float64
		for _, v := range w {
			sum += float64(v)
		}
		for i := range w {
			w[i] -= float32(sum / float64(len(w)))
		}
		scale := float32(1 / tensor.L2(w))
		for i := range w {
			w[i] *= scale
		}
	}
}
