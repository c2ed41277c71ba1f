package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// TestSoftmax: a distribution along the axis, for any layout and however large the
// logits.
func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 3))
	for _, c := range []struct {
		shape []int
		axis  int
	}{{[]int{3, 10}, 1}, {[]int{2, 5, 3, 4}, 1}, {[]int{2, 5, 3, 4}, 2}, {[]int{2, 5, 3, 4}, -1}} {
		for _, scale := range []float32{1, 1e4} {
			b := newBench(t, &Softmax{Axis: c.axis}, [][]int{c.shape}, 2)
			fill(r, b.x, normal)
			for i := range b.x[0].Data {
				b.x[0].Data[i] *= scale
			}
			axis := (c.axis + len(c.shape)) % len(c.shape)
			k, stride := c.shape[axis], tensor.Size(c.shape[axis+1:])
			x, y := b.x[0].Data, b.forward()[0].Data
			for i := range y {
				first := i/(k*stride)*(k*stride) + i%stride
				var sum float64
				for j := range k {
					sum += math.Exp(float64(x[first+j*stride]) - float64(x[i]))
				}
				if want := 1 / sum; !(math.Abs(float64(y[i])-want) <= 1e-6) {
					t.Fatalf("shape %v, axis %d, scale %g: value %d is %g, want %g", c.shape, c.axis, scale, i, y[i], want)
				}
			}
		}
	}
}
