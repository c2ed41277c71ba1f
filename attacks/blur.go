package attacks

import (
	"math"

	"hoodwink/attack"
)

// planes returns the channels, height and width of pictures of a shape. Shapes that are not (C,H,W) are
// a row of values.
func planes(shape []int) (channels, height, width int) {
	if len(shape) == 3 {
		return shape[0], shape[1], shape[2]
	}
	width = 1
	for _, n := range shape {
		width *= n
	}
	return 1, 1, width
}

// gaussian returns n weights that add up to 1, of a Gaussian from -3 to 3 standard deviations. N is
// odd; one weight is 1.
func gaussian(n int) []float64 {
	w, sum := make([]float64, n), 0.
	for i := range w {
		x := 6*float64(i)/float64(max(1, n-1)) - 3
		if n == 1 {
			x = 0
		}
		w[i] = math.Exp(-x * x / 2)
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// A blur replaces every value of a picture by the weighted sum of those around it, row by row and then
// column by column. Outside the picture is 0.
type blur struct {
	height, width int
	weights       []float64
	memory        []float32 // a picture
}

func newBlur(t *attack.Trial, weights []float64) *blur {
	b := &blur{weights: weights, memory: t.New()}
	_, b.height, b.width = planes(t.Shape)
	return b
}

// apply blurs v in place.
func (b *blur) apply(v []float32) {
	b.along(b.memory, v, 1, b.width)
	b.along(v, b.memory, b.width, b.height)
}

// along blurs in the direction in which values are a stride apart, n of them in a line.
func (b *blur) along(dst, v []float32, stride, n int) {
	half := len(b.weights) / 2
	for i := range v {
		place := i / stride % n
		var sum float64
		for k := max(-half, -place); k <= min(half, n-1-place); k++ {
			sum += b.weights[half+k] * float64(v[i+k*stride])
		}
		dst[i] = float32(sum)
	}
}
