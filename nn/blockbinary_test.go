package nn

import (
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// mobile builds a network with the blocks of MobileNet and DenseNet on pictures of the
// given size.
func mobile(t testing.TB, r *rand.Rand, size int) *Network {
	t.Helper()
	b := NewBuilder("mobile")
	const c = 32
	conv := func(in int) *Convolution {
		return &Convolution{Weights: randomTensor(r, c, in, 3, 3), Pad: [4]int{1, 1, 1, 1}}
	}
	point := func() *Convolution { return &Convolution{Weights: randomTensor(r, c, c, 1, 1)} }
	b.Input("x", 3, size, size)
	for _, l := range []struct {
		l       Layer
		in, out string
	}{
		{conv(3), "x", "a"},
		{&Unary{Op: HardSwish}, "a", "b"},
		{&Pooling{Method: AveragePool, Global: true}, "b", "s"},
		{point(), "s", "s1"},
		{&Unary{Op: SiLU}, "s1", "s2"},
		{point(), "s2", "s3"},
		{&Sigmoid{}, "s3", "s4"},
	} {
		b.Add(l.out, l.l, []string{l.in}, []string{l.out})
	}
	b.Add("gate", &Binary{Op: Mul}, []string{"b", "s4"}, []string{"c"})
	b.Add("residual", &Binary{Op: Add}, []string{"a", "c"}, []string{"d"})
	b.Add("norm", &Affine{Scale: randomTensor(r, c).Data, Shift: randomTensor(r, c).Data}, []string{"d"}, []string{"e"})
	b.Add("relu", &ReLU{}, []string{"e"}, []string{"f"})
	b.Add("third", &Binary{Op: Div, Const: tensor.FromSlice([]float32{3}, 1)}, []string{"f"}, []string{"g"})
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
	shapes, err := net.batchShapes(2)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[form]int{}
	for _, u := range net.lower(shapes, false).units {
		forms[u.form]++
	}
	if forms[toBlocks] != 1 || forms[toPlain] != 1 || forms[plain] != 0 {
		t.Errorf("%d units make pictures blocked, %d plain, %d work on plain ones", forms[toBlocks], forms[toPlain], forms[plain])
	}
	for _, threads := range []int{1, 2} {
		s, err := net.NewSession(SessionOptions{Batch: 2, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		dy := tensor.New(append([]int{2}, net.OutputShape()...)...)
		if a := testing.AllocsPerRun(5, func() { s.Forward(); s.Backward(dy) }); a != 0 {
			t.Errorf("%d threads: %g allocations", threads, a)
		}
	}
}
