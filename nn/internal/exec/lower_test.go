package exec_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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
		dy := tensor.New(s.Forward(s.Input().Batch(), nil).Shape...)
		if a := testing.AllocsPerRun(5, func() { s.Forward(s.Input().Batch(), nil); s.Backward(dy, nil) }); a != 0 {
			t.Errorf("%d threads: %g allocations", threads, a)
		}
	}
}

// Kinds that neither this package nor any other knows: what they can do is what they inherit.
type (
	strangeConv struct{ nn.Convolution }
	strangeReLU struct{ nn.ReLU }
	strangeSum  struct{ nn.Eltwise }
	strangeJoin struct{ nn.Concat }
)

// inception builds a network whose rectifiers, sum and concatenation are done by other layers.
func inception(t *testing.T, strange bool) *graph.Network {
	t.Helper()
	r := rand.New(rand.NewPCG(72, 1))
	b := graph.NewBuilder("inception")
	b.Input("x", 3, 12, 12)
	conv := func(name, in string, outputs, inputs, k int) {
		c := nn.Convolution{Weights: randomTensor(r, outputs, inputs, k, k), Pad: [4]int{k / 2, k / 2, k / 2, k / 2}}
		var l, relu graph.Layer = &c, &nn.ReLU{}
		if strange {
			l, relu = &strangeConv{c}, &strangeReLU{}
		}
		b.Add(name, l, []string{in}, []string{name + "/sum"})
		b.Add(name+"/relu", relu, []string{name + "/sum"}, []string{name})
	}
	conv("stem", "x", 32, 3, 3)
	conv("left", "stem", 16, 32, 1)
	conv("right", "stem", 16, 32, 3)
	var join, sum graph.Layer = &nn.Concat{Axis: 1}, &nn.Eltwise{}
	if strange {
		join, sum = &strangeJoin{nn.Concat{Axis: 1}}, &strangeSum{}
	}
	b.Add("join", join, []string{"left", "right"}, []string{"joined"})
	b.Add("back", &nn.Convolution{Weights: randomTensor(r, 32, 32, 1, 1)}, []string{"joined"}, []string{"b"})
	b.Add("sum", sum, []string{"b", "stem"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestNoKindIsKnown: a layer is treated by what it can do, whatever its type: strange kinds
// work on blocked pictures, take in their neighbours, and give the same bits in as much memory.
func TestNoKindIsKnown(t *testing.T) {
	var want [2][]float32
	var bytes int
	for _, strange := range []bool{false, true} {
		net := inception(t, strange)
		packing, unpacking, onPlain, err := exec.Forms(net, 2)
		if err != nil {
			t.Fatal(err)
		}
		if packing != 1 || unpacking != 1 || onPlain != 0 {
			t.Errorf("strange %t: %d units make pictures blocked, %d plain, %d work on plain ones", strange, packing, unpacking, onPlain)
		}
		s, err := exec.NewSession(net, exec.Options{Batch: 2, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(72, 2))
		copy(s.Input().Data, randomTensor(r, s.Input().Shape...).Data)
		y := s.Forward(s.Input().Batch(), nil).Clone()
		dx := s.Backward(randomTensor(r, y.Shape...), nil).Clone()
		idle := 0
		for _, took := range s.Profile(y) {
			if took.Forward == 0 {
				idle++
			}
		}
		if idle != 4 { // three rectifiers and the concatenation; the last node is charged with unpacking
			t.Errorf("strange %t: %d layers have no work of their own, want 4", strange, idle)
		}
		if !strange {
			want, bytes = [2][]float32{y.Data, dx.Data}, s.Bytes()
			continue
		}
		if !slices.Equal(y.Data, want[0]) || !slices.Equal(dx.Data, want[1]) {
			t.Error("strange kinds give other bits")
		}
		if s.Bytes() != bytes {
			t.Errorf("strange kinds take %d bytes, want %d", s.Bytes(), bytes)
		}
	}
}

// asked is a convolution that counts how often its skills are asked for.
type asked struct {
	*nn.Convolution
	count *int
}

func (a asked) OnBlocks(in [][]int) (graph.Skills, bool) {
	*a.count++
	return a.Convolution.OnBlocks(in)
}

// TestManyReaders: what a value's readers can do is asked of each a few times, however many they are.
// When each reader asked all the others, 15,000 of them took minutes.
func TestManyReaders(t *testing.T) {
	const readers = 1000
	count := 0
	b := graph.NewBuilder("wide")
	b.Input("x", 1, 2, 2)
	weights := tensor.FromSlice([]float32{1}, 1, 1, 1, 1)
	var names []string
	for i := range readers {
		names = append(names, fmt.Sprint("y", i))
		b.Add(names[i], asked{&nn.Convolution{Weights: weights}, &count}, []string{"x"}, names[i:])
	}
	b.Add("sum", &nn.Eltwise{Op: nn.Sum}, names, []string{"s"})
	net, err := b.Build("s")
	if err != nil {
		t.Fatal(err)
	}
	count = 0
	if _, _, _, err := exec.Forms(net, 1); err != nil {
		t.Fatal(err)
	}
	if count > 4*readers {
		t.Errorf("%d readers were asked %d times", readers, count)
	}
}
