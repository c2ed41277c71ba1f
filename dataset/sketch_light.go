package dataset

import (
	"image"
	"math/rand/v2"

	"hoodwink/preprocess"
)

// oversampling is how many canvas pixels a picture's pixel is wide.
const oversampling = 2

// develop turns a canvas into pixels dst (3,size,size): averages it down, lights it
// from one side, tints and darkens it like a snapshot, and adds grain. The result is
// rounded to 8 bits, so that it is the same on machines that round sums of products
// differently, and survives a PNG file.
func develop(dst []float32, im *image.RGBA, size int, rng *rand.Rand, light point) {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
	slope := between(0, 0.18)
	vignette := between(0, 0.16)
	contrast := between(0.82, 1.08)
	warmth := between(-0.06, 0.06)
	bright := between(-0.08, 0.06)
	grain := between(0, 0.03)
	tint := [3]float64{1 + warmth, 1, 1 - warmth}
	const full = 255 * oversampling * oversampling
	for y := range size {
		v := (2*float64(y)+1)/float64(size) - 1
		for x := range size {
			u := (2*float64(x)+1)/float64(size) - 1
			gain := 1 + slope*(u*light.x+v*light.y) - vignette*(u*u+v*v)/2
			var sum [3]int
			for dy := range oversampling {
				i := (y*oversampling+dy)*im.Stride + x*oversampling*4
				for dx := range oversampling {
					for c := range sum {
						sum[c] += int(im.Pix[i+4*dx+c])
					}
				}
			}
			for c := range sum {
				value := (float64(sum[c])/full-0.5)*contrast + 0.5 + bright
				value = value*gain*tint[c] + grain*bell(rng)
				dst[(c*size+y)*size+x] = float32(min(max(value, 0), 1))
			}
		}
	}
	preprocess.Quantize(dst, dst)
}

// bell returns a number of mean 0 and standard deviation about 1: the sum of four
// bytes, which is exact on every machine.
func bell(rng *rand.Rand) float64 {
	r := rng.Uint32()
	sum := int(r&255) + int(r>>8&255) + int(r>>16&255) + int(r>>24)
	return float64(sum-510) / 148
}
