package dataset

import (
	"math/rand/v2"

	"hoodwink/preprocess"
)

// develop turns a canvas into pixels dst (3,size,size): lights it from one side, tints
// and darkens it like a snapshot, adds grain, and rounds to 8 bits.
func develop(dst []float32, c *canvas, rng *rand.Rand, light point) {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }
	slope := between(0, 0.16)
	vignette := between(0, 0.16)
	contrast := between(0.86, 1.08)
	warmth := between(-0.05, 0.06)
	bright := between(-0.07, 0.06)
	grain := between(0, 0.024)
	tint := [3]float64{1 + warmth, 1, 1 - warmth}
	plane := c.size * c.size
	for y := range c.size {
		v := float64(2*y+1)/float64(c.size) - 1
		for x := range c.size {
			u := float64(2*x+1)/float64(c.size) - 1
			gain := 1 + float64(slope*(float64(u*light.x)+float64(v*light.y))) - float64(vignette*(float64(u*u)+float64(v*v))/2)
			i := y*c.size + x
			for k := range tint {
				value := float64((c.pix[3*i+k]-0.5)*contrast) + 0.5 + bright
				value = float64(value*gain*tint[k]) + float64(grain*bell(rng))
				dst[k*plane+i] = float32(min(max(value, 0), 1))
			}
		}
	}
	preprocess.Quantize(dst, dst)
}

// bell returns a number of mean 0 and standard deviation about 1: the sum of four bytes, which is
// exact on every machine.
func bell(rng *rand.Rand) float64 {
	r := rng.Uint32()
	sum := int(r&255) + int(r>>8&255) + int(r>>16&255) + int(r>>24)
	return float64(sum-510) / 148
}
