package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// convolveReference is the definition, in float64.
func convolveReference(l *Convolution, x *tensor.Tensor, shape []int) []float64 {
	w := l.Weights.Shape
	groups, o := max(l.Groups, 1), shape[1]
	sh, sw := max(l.Stride[0], 1), max(l.Stride[1], 1)
	dh, dw := max(l.Dilation[0], 1), max(l.Dilation[1], 1)
	height, width := x.Shape[2], x.Shape[3]
	y := make([]float64, 0, tensor.Size(shape))
	for n := range shape[0] {
		for m := range o {
			g := m / (o / groups)
			for oh := range shape[2] {
				for ow := range shape[3] {
					var s float64
					if l.Bias != nil {
						s = float64(l.Bias[m])
					}
					for c := range w[1] {
						for kh := range w[2] {
							for kw := range w[3] {
								h, i := oh*sh-l.Pad[0]+kh*dh, ow*sw-l.Pad[1]+kw*dw
								if h < 0 || h >= height || i < 0 || i >= width {
									continue
								}
								s += float64(l.Weights.Data[((m*w[1]+c)*w[2]+kh)*w[3]+kw]) *
									float64(x.Image(n)[((g*w[1]+c)*height+h)*width+i])
							}
						}
					}
					y = append(y, s)
				}
			}
		}
	}
	return y
}

func randomTensor(r *rand.Rand, shape ...int) *tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = float32(r.NormFloat64())
	}
	return t
}

// convolutions are the cases of all tests of Convolution: layer and input shape.
func convolutions(r *rand.Rand) map[string]struct {
	layer *Convolution
	in    []int
} {
	bias := func(n int) []float32 { return randomTensor(r, n).Data }
	return map[string]struct {
		layer *Convolution
		in    []int
	}{
		"1x1":           {&Convolution{Weights: randomTensor(r, 5, 7, 1, 1), Bias: bias(5)}, []int{2, 7, 6, 5}},
		"1x1 stride 2":  {&Convolution{Weights: randomTensor(r, 5, 3, 1, 1), Stride: [2]int{2, 2}}, []int{1, 3, 7, 6}},
		"1x1 pad":       {&Convolution{Weights: randomTensor(r, 2, 3, 1, 1), Pad: [4]int{1, 1, 1, 1}}, []int{1, 3, 4, 4}},
		"3x3 pad 1":     {&Convolution{Weights: randomTensor(r, 9, 4, 3, 3), Bias: bias(9), Pad: [4]int{1, 1, 1, 1}}, []int{2, 4, 13, 11}},
		"7x7 stride 2":  {&Convolution{Weights: randomTensor(r, 6, 3, 7, 7), Bias: bias(6), Stride: [2]int{2, 2}, Pad: [4]int{3, 3, 3, 3}}, []int{1, 3, 23, 22}},
		"uneven":        {&Convolution{Weights: randomTensor(r, 3, 2, 2, 5), Stride: [2]int{1, 3}, Pad: [4]int{0, 2, 1, 1}}, []int{1, 2, 8, 17}},
		"dilated":       {&Convolution{Weights: randomTensor(r, 3, 2, 3, 3), Dilation: [2]int{2, 3}, Pad: [4]int{2, 3, 2, 3}}, []int{1, 2, 9, 10}},
		"groups":        {&Convolution{Weights: randomTensor(r, 6, 2, 3, 3), Bias: bias(6), Groups: 3}, []int{2, 6, 7, 8}},
		"depthwise":     {&Convolution{Weights: randomTensor(r, 5, 1, 3, 3), Groups: 5, Pad: [4]int{1, 1, 1, 1}, Stride: [2]int{2, 2}}, []int{1, 5, 9, 9}},
		"kernel covers": {&Convolution{Weights: randomTensor(r, 4, 3, 6, 5), Bias: bias(4)}, []int{2, 3, 6, 5}},
		"many blocks":   {&Convolution{Weights: randomTensor(r, 130, 70, 3, 3), Pad: [4]int{1, 1, 1, 1}}, []int{1, 70, 14, 13}},
	}
}

func TestConvolutionAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, c := range convolutions(r) {
		t.Run(name, func(t *testing.T) {
			x := randomTensor(r, c.in...)
			s := sessionOf(t, c.layer, c.in, 1)
			copy(s.Input().Data, x.Data)
			got := s.Forward()
			want := convolveReference(c.layer, x, got.Shape)
			for i, v := range want {
				if diff := math.Abs(float64(got.Data[i]) - v); !(diff < 1e-5*(10+math.Abs(v))) {
					t.Fatalf("output %d is %g, want %g", i, got.Data[i], v)
				}
			}
		})
	}
}

// TestConvolutionAdjoint: <dy, J x> = <J^T dy, x>, exact up to rounding because the
// layer is linear but for its bias.
func TestConvolutionAdjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, c := range convolutions(r) {
		t.Run(name, func(t *testing.T) {
			l := *c.layer
			l.Bias = nil
			s := sessionOf(t, &l, c.in, 2)
			x := randomTensor(r, c.in...)
			copy(s.Input().Data, x.Data)
			y := s.Forward()
			dy := randomTensor(r, y.Shape...)
			dx := s.Backward(dy)
			a, b := tensor.Dot(dy.Data, y.Data), tensor.Dot(dx.Data, x.Data)
			if diff := (a - b) / (tensor.L2(dy.Data) * tensor.L2(y.Data)); !(diff < 1e-5 && diff > -1e-5) {
				t.Errorf("<dy, Jx> = %g but <J^T dy, x> = %g", a, b)
			}
		})
	}
}

// TestConvolutionSameBits: the result for an example is the same for any number of
// threads, any batch it is in, and any place in the picture.
func TestConvolutionSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for name, c := range convolutions(r) {
		t.Run(name, func(t *testing.T) {
			in := append([]int{5}, c.in[1:]...)
			x := randomTensor(r, in...)
			five := sessionOf(t, c.layer, in, 3)
			copy(five.Input().Data, x.Data)
			y := five.Forward()
			dy := randomTensor(r, y.Shape...)
			dx := five.Backward(dy)
			one := sessionOf(t, c.layer, append([]int{1}, c.in[1:]...), 1)
			for n := range 5 {
				copy(one.Input().Data, x.Image(n))
				out := one.Forward()
				back := one.Backward(tensor.FromSlice(dy.Image(n), append([]int{1}, dy.Shape[1:]...)...))
				if i := firstDifference(out.Data, y.Image(n)); i >= 0 {
					t.Fatalf("example %d: output %d differs: %g alone, %g in the batch", n, i, out.Data[i], y.Image(n)[i])
				}
				if i := firstDifference(back.Data, dx.Image(n)); i >= 0 {
					t.Fatalf("example %d: gradient %d differs: %g alone, %g in the batch", n, i, back.Data[i], dx.Image(n)[i])
				}
			}
		})
	}
	t.Run("constant picture", func(t *testing.T) {
		l := &Convolution{Weights: randomTensor(r, 11, 13, 3, 3)}
		s := sessionOf(t, l, []int{1, 13, 19, 17}, 2)
		for i := range s.Input().Data {
			s.Input().Data[i] = float32(i/(19*17)) + 0.1
		}
		y := s.Forward()
		for i, v := range y.Data {
			if first := y.Data[i/(17*15)*(17*15)]; v != first {
				t.Fatalf("output %d is %g, the first of its channel %g: rounding depends on position", i, v, first)
			}
		}
	})
}

func TestConvolutionRefuses(t *testing.T) {
	w := func(shape ...int) *tensor.Tensor { return tensor.New(shape...) }
	for name, c := range map[string]struct {
		layer *Convolution
		in    [][]int
	}{
		"no weights":      {&Convolution{}, [][]int{{1, 3, 4, 4}}},
		"flat weights":    {&Convolution{Weights: w(3, 3)}, [][]int{{1, 3, 4, 4}}},
		"empty weights":   {&Convolution{Weights: w(3, 3, 0, 1)}, [][]int{{1, 3, 4, 4}}},
		"two inputs":      {&Convolution{Weights: w(3, 3, 1, 1)}, [][]int{{1, 3, 4, 4}, {1, 3, 4, 4}}},
		"flat input":      {&Convolution{Weights: w(3, 3, 1, 1)}, [][]int{{1, 3}}},
		"channels":        {&Convolution{Weights: w(3, 4, 1, 1)}, [][]int{{1, 3, 4, 4}}},
		"groups":          {&Convolution{Weights: w(3, 2, 1, 1), Groups: 2}, [][]int{{1, 4, 4, 4}}},
		"bias":            {&Convolution{Weights: w(3, 3, 1, 1), Bias: make([]float32, 2)}, [][]int{{1, 3, 4, 4}}},
		"kernel too big":  {&Convolution{Weights: w(3, 3, 5, 5)}, [][]int{{1, 3, 4, 4}}},
		"negative stride": {&Convolution{Weights: w(3, 3, 1, 1), Stride: [2]int{-1, 1}}, [][]int{{1, 3, 4, 4}}},
		"huge pad":        {&Convolution{Weights: w(3, 3, 1, 1), Pad: [4]int{1 << 40, 0, 0, 0}}, [][]int{{1, 3, 4, 4}}},
		"huge dilation":   {&Convolution{Weights: w(3, 3, 3, 3), Dilation: [2]int{1 << 62, 1}}, [][]int{{1, 3, 4, 4}}},
	} {
		if out, err := c.layer.OutShapes(c.in); err == nil {
			t.Errorf("%s: accepted, output %v", name, out)
		}
	}
}

// sessionOf is a session of a network of one layer on a batch.
func sessionOf(t *testing.T, l Layer, in []int, threads int) *Session {
	t.Helper()
	b := NewBuilder("test")
	b.Input("x", in[1:]...)
	b.Add(fmt.Sprintf("the %s", l.Kind()), l, []string{"x"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(SessionOptions{Batch: in[0], Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func firstDifference(a, b []float32) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}
