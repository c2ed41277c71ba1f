package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// TestConvTransposeAgainstDefinition scatters every input pixel, in float64.
func TestConvTransposeAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	for name, c := range map[string]struct {
		l     *ConvTranspose
		h, w  int
		shape []int // of the output, as PyTorch says
	}{
		"2x2 stride 2":      {&ConvTranspose{Weights: randomTensor(r, 5, 7, 2, 2), Stride: [2]int{2, 2}}, 4, 3, []int{2, 7, 8, 6}},
		"3x3":               {&ConvTranspose{Weights: randomTensor(r, 40, 33, 3, 3), Bias: randomTensor(r, 33).Data, Pad: [4]int{1, 1, 1, 1}}, 5, 7, []int{2, 33, 5, 7}},
		"output padding":    {&ConvTranspose{Weights: randomTensor(r, 3, 4, 3, 3), Bias: randomTensor(r, 4).Data, Stride: [2]int{2, 3}, Pad: [4]int{1, 1, 1, 1}, OutputPad: [2]int{1, 2}}, 4, 5, []int{2, 4, 8, 15}},
		"dilated":           {&ConvTranspose{Weights: randomTensor(r, 3, 4, 2, 3), Stride: [2]int{1, 2}, Dilation: [2]int{3, 2}, OutputPad: [2]int{2, 1}}, 4, 5, []int{2, 4, 9, 14}},
		"groups":            {&ConvTranspose{Weights: randomTensor(r, 6, 2, 3, 2), Bias: randomTensor(r, 6).Data, Groups: 3, Pad: [4]int{0, 1, 2, 0}}, 4, 5, []int{2, 6, 4, 5}},
		"depthwise":         {&ConvTranspose{Weights: randomTensor(r, 18, 1, 4, 4), Groups: 18, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}}, 4, 5, []int{2, 18, 8, 10}},
		"stride over taps":  {&ConvTranspose{Weights: randomTensor(r, 3, 2, 1, 1), Bias: []float32{1, -2}, Stride: [2]int{3, 2}}, 3, 3, []int{2, 2, 7, 5}},
		"from a pixel":      {&ConvTranspose{Weights: randomTensor(r, 17, 5, 4, 4)}, 1, 1, []int{2, 5, 4, 4}},
		"padded to a pixel": {&ConvTranspose{Weights: randomTensor(r, 2, 2, 3, 3), Pad: [4]int{2, 2, 2, 2}}, 3, 3, []int{2, 2, 1, 1}},
	} {
		in := []int{2, c.l.Weights.Shape[0], c.h, c.w}
		b := newBench(t, c.l, [][]int{in}, 2)
		fill(r, b.x, normal)
		y := b.forward()[0]
		if !tensor.SameShape(y.Shape, c.shape) {
			t.Errorf("%s: makes %v, want %v", name, y.Shape, c.shape)
			continue
		}
		want := transposeReference(c.l, b.x[0], y.Shape)
		for i, v := range want {
			if diff := math.Abs(float64(y.Data[i]) - v); !(diff <= 1e-5*(5+math.Abs(v))) {
				t.Fatalf("%s: value %d is %g, want %g", name, i, y.Data[i], v)
			}
		}
	}
}

func transposeReference(l *ConvTranspose, x *tensor.Tensor, shape []int) []float64 {
	w, groups := l.Weights.Shape, max(l.Groups, 1)
	perIn, perOut := w[0]/groups, w[1]
	y := make([]float64, tensor.Size(shape))
	if l.Bias != nil {
		each(shape, func(at []int) { y[flat(shape, at)] = float64(l.Bias[at[1]]) })
	}
	each(x.Shape, func(at []int) {
		v := float64(x.Data[flat(x.Shape, at)])
		each(w[1:], func(tap []int) {
			to := []int{at[0], at[1]/perIn*perOut + tap[0], 0, 0}
			for a := range 2 {
				to[2+a] = at[2+a]*max(l.Stride[a], 1) - l.Pad[a] + tap[1+a]*max(l.Dilation[a], 1)
				if to[2+a] < 0 || to[2+a] >= shape[2+a] {
					return
				}
			}
			y[flat(shape, to)] += v * float64(l.Weights.Data[flat(w, []int{at[1], tap[0], tap[1], tap[2]})])
		})
	})
	return y
}
