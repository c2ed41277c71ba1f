package nn

import (
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// turn is a layer that swaps axes 0 and 1 of a matrix.
type turn struct{ Flatten }

func (*turn) Mixes([][]int) bool { return true }

func (*turn) OutShapes(in [][]int) ([][]int, error) { return [][]int{{in[0][1], in[0][0]}}, nil }

func (*turn) Bind(b *Binding) Op {
	move := func(dst, src *tensor.Tensor) {
		r, c := dst.Shape[0], dst.Shape[1]
		for i := range r {
			for j := range c {
				dst.Data[i*c+j] += src.Data[j*r+i]
			}
		}
	}
	op := Op{Forward: func() { clear(b.Out[0].Data); move(b.Out[0], b.In[0]) }}
	if b.WantsGrad() {
		op.Backward = func() { move(b.DIn[0], b.DOut[0]) }
	}
	return op
}

// TestMixer: a network that moves the batch axis gives for every example of a batch what
// it gives for the example alone, on any number of threads, and its profile too.
func TestMixer(t *testing.T) {
	r := rand.New(rand.NewPCG(50, 1))
	b := NewBuilder("mixer")
	b.Input("x", 6)
	b.Add("turn", &turn{}, []string{"x"}, []string{"a"})
	b.Add("tanh", &TanH{}, []string{"a"}, []string{"b"})
	b.Add("back", &turn{}, []string{"b"}, []string{"c"})
	b.Add("product", &InnerProduct{Weights: randomTensor(r, 4, 6)}, []string{"c"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	const n = 5
	x, dy := randomTensor(r, n, 6), randomTensor(r, n, 4)
	for _, threads := range []int{1, 2, 8} {
		s, err := net.NewSession(SessionOptions{Batch: n, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		copy(s.Input().Data, x.Data)
		out, din := s.Forward(), s.Backward(dy)
		y, dx := out.Clone(), din.Clone()
		one, _ := net.NewSession(SessionOptions{})
		for i := range n {
			copy(one.Input().Data, x.Image(i))
			compareBits(t, "output", [][]float32{y.Image(i)}, [][]float32{one.Forward().Data})
			compareBits(t, "gradient", [][]float32{dx.Image(i)}, [][]float32{one.Backward(tensor.FromSlice(dy.Image(i), 1, 4)).Data})
		}
		if times := s.Profile(dy); len(times) != 4 || times[3].Forward <= 0 || times[3].Backward <= 0 {
			t.Errorf("profile %v", times)
		}
		compareBits(t, "profiled", [][]float32{out.Data, din.Data}, [][]float32{y.Data, dx.Data})
		alone := SessionOptions{Threads: 1} // the threads share the examples
		if threads > n {
			alone.Threads = threads
		}
		one, _ = net.NewSession(alone)
		if s.Bytes() != n*one.Bytes() {
			t.Errorf("%d bytes, want those of %d examples", s.Bytes(), n)
		}
	}
	b = NewBuilder("turned")
	b.Input("x", 6)
	b.Add("turn", &turn{}, []string{"x"}, []string{"y"})
	if _, err := b.Build("y"); err == nil {
		t.Error("accepted an output without a batch axis")
	}
}
