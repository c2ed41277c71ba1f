package exec_test

import (
	"math/rand/v2"
	"testing"

	"hoodwink/nn"
	"hoodwink/nn/internal/exec"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

func randomTensor(r *rand.Rand, shape ...int) *tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = float32(r.NormFloat64())
	}
	return t
}

// mobile builds a network with the blocks of MobileNet and DenseNet on pictures of the
// given size.
func mobile(t testing.TB, r *rand.Rand, size int) *graph.Network {
	t.Helper()
	b := graph.NewBuilder("mobile")
	const c = 32
	conv := func(in int) *nn.Convolution {
		return &nn.Convolution{Weights: randomTensor(r, c, in, 3, 3), Pad: [4]int{1, 1, 1, 1}}
	}
	point := func() *nn.Convolution { return &nn.Convolution{Weights: randomTensor(r, c, c, 1, 1)} }
	b.Input("x", 3, size, size)
	for _, l := range []struct {
		l       graph.Layer
		in, out string
	}{
		{conv(3), "x", "a"},
		{&nn.Unary{Op: nn.HardSwish}, "a", "b"},
		{&nn.Pooling{Method: nn.AveragePool, Global: true}, "b", "s"},
		{point(), "s", "s1"},
		{&nn.Unary{Op: nn.SiLU}, "s1", "s2"},
		{point(), "s2", "s3"},
		{&nn.Sigmoid{}, "s3", "s4"},
	} {
		b.Add(l.out, l.l, []string{l.in}, []string{l.out})
	}
	b.Add("gate", &nn.Binary{Op: nn.Mul}, []string{"b", "s4"}, []string{"c"})
	b.Add("residual", &nn.Binary{Op: nn.Add}, []string{"a", "c"}, []string{"d"})
	b.Add("norm", &nn.Affine{Scale: randomTensor(r, c).Data, Shift: randomTensor(r, c).Data}, []string{"d"}, []string{"e"})
	b.Add("relu", &nn.ReLU{}, []string{"e"}, []string{"f"})
	b.Add("third", &nn.Binary{Op: nn.Div, Const: tensor.FromSlice([]float32{3}, 1)}, []string{"f"}, []string{"g"})
	b.Add("last", conv(c), []string{"g"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestMobileStaysBlocked: nothing between the first convolution and the last is made
// plain, and nothing allocates.
func TestMobileStaysBlocked(t *testing.T) {
	net := mobile(t, rand.New(rand.NewPCG(62, 1)), 40)
	packing, unpacking, onPlain, err := exec.Forms(net, 2)
	if err != nil {
		t.Fatal(err)
	}
	if packing != 1 || unpacking != 1 || onPlain != 0 {
		t.Errorf("%d units make pictures blocked, %d plain, %d work on plain ones", packing, unpacking, onPlain)
	}
	for _, threads := range []int{1, 2} {
		s, err := exec.NewSession(net, exec.Options{Batch: 2, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		dy := tensor.New(s.Forward().Shape...)
		if a := testing.AllocsPerRun(5, func() { s.Forward(); s.Backward(dy) }); a != 0 {
			t.Errorf("%d threads: %g allocations", threads, a)
		}
	}
}
