package main

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// gabor returns the first layer's filters (n,3,side,side): oriented waves in a
// Gaussian window, half of them between light and dark, the others between colours.
// Each has mean zero and length one, so that none sees a plain surface, except that
// every colour also gets a plain average.
func gabor(n, side int, rng *rand.Rand) *tensor.Tensor {
	colours := [][3]float64{{1, 1, 1}, {1, 1, 1}, {1, -1, 0}, {0.5, 0.5, -1}}
	f := tensor.New(n, 3, side, side)
	mid := float64(side-1) / 2
	for k := range n {
		c := colours[k%len(colours)]
		angle := math.Pi * (float64(k/len(colours)) + rng.Float64()*0.5) / float64(n/len(colours)) * 2
		wave := 2 * math.Pi / (float64(side) * (0.55 + 0.6*rng.Float64()))
		phase := 2 * math.Pi * rng.Float64()
		sigma := float64(side) * (0.2 + 0.1*rng.Float64())
		sin, cos := math.Sincos(angle)
		for i := range side * side {
			x, y := float64(i%side)-mid, float64(i/side)-mid
			v := math.Exp(-(x*x+y*y)/(2*sigma*sigma)) * math.Cos(wave*(x*cos+y*sin)+phase)
			for ch := range c {
				f.Data[(k*3+ch)*side*side+i] = float32(v * c[ch])
			}
		}
	}
	normalise(f, true)
	return f
}

// random returns filters of the given shape with normally distributed weights, each of
// mean zero and length one.
func random(rng *rand.Rand, shape ...int) *tensor.Tensor {
	f := tensor.New(shape...)
	for i := range f.Data {
		f.Data[i] = float32(rng.NormFloat64())
	}
	normalise(f, true)
	return f
}

// normalise gives every filter length one, after taking its mean away if centred.
func normalise(f *tensor.Tensor, centred bool) {
	for k := range f.Shape[0] {
		w := f.Image(k)
		if centred {
			var sum float64
			for _, v := range w {
				sum += float64(v)
			}
			for i := range w {
				w[i] -= float32(sum / float64(len(w)))
			}
		}
		scale := float32(1 / tensor.L2(w))
		for i := range w {
			w[i] *= scale
		}
	}
}
