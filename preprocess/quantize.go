package preprocess

import (
	"fmt"
	"math"
)

// Level returns the sample 0..255 nearest to the pixel value v in [0,1], half rounded up; values
// outside give 0 or 255, NaN gives 0.
func Level(v float32) uint8 {
	// In float64 neither the product nor the half can round across a boundary.
	return uint8(min(max(float64(v)*255+0.5, 0), 255))
}

// Quantize rounds every value of src to the nearest k/255, as writing it to a file and
// reading it back does. NaN stays NaN, so that a later check can find it. dst may be
// src.
func Quantize(dst, src []float32) {
	for i, v := range src {
		if v != v {
			dst[i] = v
			continue
		}
		dst[i] = level8[Level(v)]
	}
}

// checkPixels reports the first value that cannot come from rounding to 8 bits: NaN, or more than
// half a level outside [0,1].
func checkPixels(x []float32, h, w int) error {
	const slack = 0.5 / 255
	for i, v := range x {
		if !(v >= -slack && v <= 1+slack) {
			what := "outside [0,1]"
			if math.IsNaN(float64(v)) {
				what = "not a number"
			}
			colour := "gray"
			if len(x) == 3*h*w {
				colour = [3]string{"red", "green", "blue"}[i/(h*w)]
			}
			return fmt.Errorf("%s at row %d, column %d is %v, %s", colour, i/w%h, i%w, v, what)
		}
	}
	return nil
}
