package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A sketch draws a network at random: chains, branches put together, sums of what went
// before, layers with kernels for blocked pictures and without.
type sketch struct {
	r      *rand.Rand
	b      *Builder
	names  []string
	shapes map[string][]int
	train  bool // with layers for training, behind convolutions
}

func (s *sketch) add(l Layer, in ...string) (string, bool) {
	var shapes [][]int
	for _, v := range in {
		shapes = append(shapes, s.shapes[v])
	}
	out, err := l.OutShapes(shapes)
	if err != nil {
		return "", false
	}
	name := fmt.Sprintf("v%d", len(s.names))
	s.b.Add("layer "+name, l, in, []string{name})
	s.names = append(s.names, name)
	s.shapes[name] = out[0]
	return name, true
}

func (s *sketch) any() string { return s.names[s.r.IntN(len(s.names))] }

func (s *sketch) conv(in string, out int) *Convolution {
	c, g := s.shapes[in][1], 1
	switch {
	case s.r.IntN(4) == 0:
		g, out = c, c
	case c%4 == 0 && s.r.IntN(4) == 0:
		g, out = c/4, c*2
	}
	k := [2]int{1 + s.r.IntN(3), 1 + s.r.IntN(3)}
	l := &Convolution{Weights: randomTensor(s.r, out, c/g, k[0], k[1]), Groups: g, Bias: randomTensor(s.r, out).Data,
		Stride: [2]int{1 + s.r.IntN(2), 1 + s.r.IntN(2)}, Dilation: [2]int{1, 1 + s.r.IntN(2)}}
	for i := range l.Weights.Data {
		l.Weights.Data[i] /= float32(math.Sqrt(float64(c / g * k[0] * k[1])))
	}
	l.Pad = [4]int{s.r.IntN(k[0]), s.r.IntN(k[1]), s.r.IntN(k[0]), s.r.IntN(k[1])}
	return l
}

func (s *sketch) relu(v string) string {
	if s.r.IntN(3) > 0 {
		if y, ok := s.add(&ReLU{}, v); ok {
			return y
		}
	}
	return v
}

// normalised puts layers for training behind v.
func (s *sketch) normalised(v string) string {
	if !s.train {
		return v
	}
	l := NewBatchNorm(s.shapes[v][1])
	normal(s.r, l.Scale)
	normal(s.r, l.Shift)
	l.Eps = 0.1
	v, _ = s.add(l, v)
	if s.r.IntN(3) == 0 {
		v, _ = s.add(&Dropout{Rate: 0.3}, v)
	}
	return v
}

// same returns a value of the same shape.
func (s *sketch) same(v string) string {
	var names []string
	for _, n := range s.names {
		if tensor.SameShape(s.shapes[n], s.shapes[v]) {
			names = append(names, n)
		}
	}
	return names[s.r.IntN(len(names))]
}

// layer adds something behind any value.
func (s *sketch) layer() {
	v := s.any()
	switch s.r.IntN(14) {
	case 0, 1:
		c := s.conv(v, 1+s.r.IntN(40))
		if s.train {
			c.Bias = nil // a normalisation takes it away: its gradient is noise
		}
		if y, ok := s.add(c, v); ok {
			s.relu(s.normalised(y))
		}
	case 2:
		k := [2]int{1 + s.r.IntN(3), 1 + s.r.IntN(3)}
		s.add(&Pooling{Method: PoolMethod(s.r.IntN(2)), Kernel: k, Stride: [2]int{1 + s.r.IntN(2), 1 + s.r.IntN(2)},
			Pad: [4]int{s.r.IntN(k[0]), s.r.IntN(k[1]), s.r.IntN(k[0]), s.r.IntN(k[1])}, Ceil: s.r.IntN(2) == 0, ExcludePad: s.r.IntN(2) == 0}, v)
	case 3:
		s.add(&LRN{Size: 1 + 2*s.r.IntN(3), Alpha: 0.3, Beta: 0.75, K: 1}, v)
	case 4: // branches put together, as in GoogLeNet
		var parts []string
		for range 1 + s.r.IntN(3) {
			c := &Convolution{Weights: randomTensor(s.r, 16*(1+s.r.IntN(2)), s.shapes[v][1], 1, 1)}
			if y, ok := s.add(c, v); ok {
				parts = append(parts, s.relu(y))
			}
		}
		if y, ok := s.add(&Concat{Axis: 1}, append(parts, v)...); ok && s.r.IntN(2) == 0 {
			s.add(&Concat{Axis: 1}, parts[0], y)
		}
	case 5: // a sum, as in a residual network
		c := &Convolution{Weights: randomTensor(s.r, s.shapes[v][1], s.shapes[v][1], 3, 3), Pad: [4]int{1, 1, 1, 1}}
		if y, ok := s.add(c, v); ok {
			if y, ok = s.add(&Eltwise{}, s.normalised(s.relu(y)), v); ok {
				s.relu(y)
			}
		}
	case 6:
		s.add(&TanH{}, v)
	case 7:
		s.add(&Eltwise{Op: Product}, v, v)
	case 8:
		s.relu(v)
	case 9: // a squeezed and excited picture, as in MobileNet
		x, _ := s.add(&Pooling{Method: AveragePool, Global: true}, v)
		c := s.shapes[v][1]
		if x, ok := s.add(&Convolution{Weights: randomTensor(s.r, c, c, 1, 1)}, x); ok {
			x, _ = s.add([]Layer{&Sigmoid{}, &Unary{Op: HardSigmoid, A: 0.2, B: 0.5}, &ReLU{}}[s.r.IntN(3)], x)
			in := []string{x, v}
			if s.r.IntN(2) == 0 {
				in = []string{v, x}
			}
			if y, ok := s.add(&Binary{Op: []BinaryOp{Add, Sub, Mul}[s.r.IntN(3)]}, in...); ok {
				s.relu(y)
			}
		}
	case 10:
		s.add(&Unary{Op: []UnaryOp{Gelu, SiLU, HardSwish, Clip, Neg}[s.r.IntN(5)], B: 3}, v)
	case 11:
		c := s.shapes[v][1]
		l := &Affine{Scale: randomTensor(s.r, c).Data, Shift: randomTensor(s.r, c).Data}
		switch s.r.IntN(3) {
		case 0:
			l.Scale = nil
		case 1:
			l.Shift = nil
		}
		if y, ok := s.add(l, v); ok {
			s.relu(y)
		}
	case 12:
		c := randomTensor(s.r, [][]int{{1}, {s.shapes[v][1], 1, 1}, {1, s.shapes[v][1], 1, 1}, {1, 1, s.shapes[v][3]}}[s.r.IntN(4)]...)
		if y, ok := s.add(&Binary{Op: []BinaryOp{Add, Sub, Mul, Min}[s.r.IntN(4)], Const: c, ConstFirst: s.r.IntN(2) == 0}, v); ok {
			s.relu(y)
		}
	case 13:
		s.add(&Binary{Op: []BinaryOp{Add, Sub, Mul, Maximum}[s.r.IntN(4)]}, v, s.same(v))
	}
}

// sketchNetwork draws a network of some layers.
func sketchNetwork(t *testing.T, r *rand.Rand) *Network {
	t.Helper()
	return (&sketch{r: r}).network(t)
}

func (s *sketch) network(t *testing.T) *Network {
	t.Helper()
	r := s.r
	s.b, s.names, s.shapes = NewBuilder("sketch"), []string{"x"}, map[string][]int{}
	c := []int{1, 3, 4, 7, 16, 20}[r.IntN(6)]
	s.shapes["x"] = []int{1, c, 5 + r.IntN(20), 5 + r.IntN(20)}
	s.b.Input("x", s.shapes["x"][1:]...)
	first, _ := s.add(s.conv("x", 8+r.IntN(30)), "x")
	s.relu(first)
	for range 3 + r.IntN(8) {
		s.layer()
	}
	// The output is all of the last values, averaged.
	var last []string
	for _, v := range s.names[max(1, len(s.names)-4):] {
		y, ok := s.add(&Pooling{Method: AveragePool, Global: true}, v)
		if !ok {
			t.Fatal("no average")
		}
		last = append(last, y)
	}
	out, ok := s.add(&Concat{Axis: 1}, last...)
	if !ok {
		t.Fatal("nothing to put together")
	}
	net, err := s.b.Build(out)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestBlockedAgainstPlain: networks drawn at random give the same on blocked pictures as
// on plain tensors, whatever the memory held before, on all kernels.
func TestBlockedAgainstPlain(t *testing.T) {
	active := kernel.Active
	defer func() { kernel.Active = active }()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(40, seed))
		net := sketchNetwork(t, r)
		run := func(o SessionOptions, x, dy *tensor.Tensor) (y, dx []float32) {
			s, err := net.NewSession(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range s.s.Memory() {
				spoil(m)
			}
			copy(s.Input().Data, x.Data)
			y = s.Forward().Clone().Data
			if o.ForwardOnly {
				return y, nil
			}
			dx = s.Backward(dy).Clone().Data
			if i := firstDifference(s.Backward(dy).Data, dx); i >= 0 {
				t.Fatalf("seed %d: gradient %d is another the second time", seed, i)
			}
			return y, dx
		}
		const batch = 2
		x := randomTensor(r, append([]int{batch}, net.InputShape()...)...)
		dy := randomTensor(r, append([]int{batch}, net.OutputShape()...)...)
		kernel.Active = active
		wantY, wantDX := run(SessionOptions{Batch: batch, Threads: 1, plainOnly: true}, x, dy)
		var firstY, firstDX []float32
		for _, kernel.Active = range kernel.Available() {
			name := fmt.Sprintf("seed %d, %s", seed, kernel.Active.Name)
			y, dx := run(SessionOptions{Batch: batch, Threads: 2}, x, dy)
			if d := distance(y, wantY); !(d <= 2e-6) {
				t.Fatalf("%s: output off by %g of its norm", name, d)
			}
			if d := distance(dx, wantDX); !(d <= 1e-5) {
				t.Fatalf("%s: gradient off by %g of its norm", name, d)
			}
			if firstY == nil {
				firstY, firstDX = y, dx
			}
			compareBits(t, name, [][]float32{y, dx}, [][]float32{firstY, firstDX})
			for n := range batch {
				one := func(t *tensor.Tensor) *tensor.Tensor {
					return tensor.FromSlice(t.Image(n), append([]int{1}, t.Shape[1:]...)...)
				}
				y1, dx1 := run(SessionOptions{Threads: 1}, one(x), one(dy))
				compareBits(t, fmt.Sprintf("%s, example %d alone", name, n), [][]float32{y1, dx1},
					[][]float32{tensor.FromSlice(y, dy.Shape...).Image(n), tensor.FromSlice(dx, x.Shape...).Image(n)})
			}
			only, _ := run(SessionOptions{Batch: batch, Threads: 1, ForwardOnly: true}, x, dy)
			compareBits(t, name+", forward only", [][]float32{only}, [][]float32{y})
		}
	}
}

// distance is the Euclidean norm of a-b, divided by that of b.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range a {
		d += math.Pow(float64(a[i])-float64(b[i]), 2)
		n += math.Pow(float64(b[i]), 2)
	}
	return math.Sqrt(d / max(n, 1e-30))
}
