package nn

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hoodwink/tensor"
)

func conv1x1(r *rand.Rand, in, out int) *Convolution {
	return &Convolution{Weights: randomTensor(r, out, in, 1, 1), Bias: randomTensor(r, out).Data}
}

func TestBuildRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, c := range map[string]struct {
		make func(b *Builder)
		out  string
		want string
	}{
		"no input": {func(b *Builder) {}, "y", "no input"},
		"second input": {func(b *Builder) {
			b.Input("x", 3, 4, 4)
			b.Input("z", 3, 4, 4)
		}, "x", "second input"},
		"huge input":     {func(b *Builder) { b.Input("x", 1<<40, 1<<40) }, "x", "positive dimensions"},
		"zero dimension": {func(b *Builder) { b.Input("x", 3, 0, 4) }, "x", "positive dimensions"},
		"unknown output": {func(b *Builder) { b.Input("x", 3, 4, 4) }, "y", `no value "y"`},
		"unknown bottom": {func(b *Builder) { b.Input("x", 3, 4, 4); b.Add("a", conv1x1(r, 3, 3), []string{"q"}, []string{"y"}) }, "y", `"q"`},
		"made twice":     {func(b *Builder) { b.Input("x", 3, 4, 4); b.Add("a", conv1x1(r, 3, 3), []string{"x"}, []string{"x"}) }, "x", "exists already"},
		"wrong shape":    {func(b *Builder) { b.Input("x", 3, 4, 4); b.Add("a", conv1x1(r, 5, 3), []string{"x"}, []string{"y"}) }, "y", `layer "a" (Convolution)`},
		"too many values": {func(b *Builder) {
			b.Input("x", 3, 4, 4)
			b.Add("a", conv1x1(r, 3, 3), []string{"x"}, []string{"y", "z"})
		}, "y", "2"},
		"cycle": {func(b *Builder) {
			b.Input("x", 3, 4, 4)
			b.Add("a", &Eltwise{}, []string{"x", "c"}, []string{"b"})
			b.Add("b", conv1x1(r, 3, 3), []string{"b"}, []string{"c"})
		}, "c", "cyclic"},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBuilder("bad")
			c.make(b)
			_, err := b.Build(c.out)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestLayerErrorNamesTheLayer(t *testing.T) {
	b := NewBuilder("bad")
	b.Input("x", 3, 4, 4)
	b.Add("conv7", &Convolution{}, []string{"x"}, []string{"y"})
	_, err := b.Build("y")
	var le *LayerError
	if !errors.As(err, &le) || le.Layer != "conv7" || le.Kind != "Convolution" {
		t.Errorf("got %v, want a LayerError of conv7", err)
	}
}

// branchy builds a small, smooth network with all the planner must get right: a value
// used twice, branches, a concat, layers out of order and one that nothing needs.
func branchy(t *testing.T, r *rand.Rand) *Network {
	t.Helper()
	b := NewBuilder("branchy")
	b.Input("data", 3, 8, 8)
	b.Add("sum", &Eltwise{Op: Sum}, []string{"left", "right"}, []string{"sum"})
	b.Add("stem", conv1x1(r, 3, 6), []string{"data"}, []string{"stem"})
	b.Add("elu", &ELU{Alpha: 1}, []string{"stem"}, []string{"stem elu"})
	b.Add("left", &Convolution{Weights: randomTensor(r, 6, 6, 3, 3), Pad: [4]int{1, 1, 1, 1}}, []string{"stem elu"}, []string{"left"})
	b.Add("right", &Sigmoid{}, []string{"stem elu"}, []string{"right"})
	b.Add("unused", conv1x1(r, 6, 2), []string{"stem"}, []string{"nobody reads this"})
	b.Add("cat", &Concat{Axis: 1}, []string{"sum", "stem elu", "data"}, []string{"cat"})
	b.Add("pool", &Pooling{Method: AveragePool, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, []string{"cat"}, []string{"pool"})
	b.Add("fc", &InnerProduct{Weights: randomTensor(r, 5, 15*16), Bias: randomTensor(r, 5).Data}, []string{"pool"}, []string{"fc"})
	net, err := b.Build("fc")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func TestUnreachableLayersAreDropped(t *testing.T) {
	net := branchy(t, rand.New(rand.NewPCG(2, 2)))
	for _, row := range net.Table() {
		if row.Name == "unused" {
			t.Error("a layer that does not contribute was kept")
		}
	}
	if got := len(net.Table()); got != 8 {
		t.Errorf("%d layers, want 8", got)
	}
}

// TestSessionGradient checks a whole network by central differences in random directions.
func TestSessionGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	net := branchy(t, r)
	s, err := net.NewSession(SessionOptions{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	x := randomTensor(r, 2, 3, 8, 8)
	dy := randomTensor(r, 2, 5)
	f := func(d []float32, h float32) float64 {
		copy(s.Input().Data, x.Data)
		tensor.AddScaled(s.Input().Data, h, d)
		return tensor.Dot(s.Forward().Data, dy.Data)
	}
	f(x.Data, 0)
	dx := s.Backward(dy).Clone()
	for i := range 20 {
		d := randomTensor(r, 2, 3, 8, 8).Data
		const h = 1e-3
		got, want := tensor.Dot(dx.Data, d), (f(d, h)-f(d, -h))/(2*h)
		if diff := (got - want) / (1 + tensor.L2(dx.Data)*tensor.L2(d)); !(diff < 2e-3 && diff > -2e-3) {
			t.Errorf("direction %d: gradient gives %g, differences %g", i, got, want)
		}
	}
}

// TestBackwardRepeats: one Forward serves any number of Backwards, in any order.
func TestBackwardRepeats(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	net := branchy(t, r)
	s, _ := net.NewSession(SessionOptions{})
	copy(s.Input().Data, randomTensor(r, 1, 3, 8, 8).Data)
	s.Forward()
	rows := make([]*tensor.Tensor, 5)
	for k := range rows {
		dy := tensor.New(1, 5)
		dy.Data[k] = 1
		rows[k] = s.Backward(dy).Clone()
	}
	for k := range rows {
		dy := tensor.New(1, 5)
		dy.Data[k] = 1
		if i := firstDifference(s.Backward(dy).Data, rows[k].Data); i >= 0 {
			t.Fatalf("row %d of the Jacobian changed at %d when asked for again", k, i)
		}
	}
	if y := s.Forward().Clone(); y.Data[0] != s.Forward().Data[0] {
		t.Error("Forward after Backward changed")
	}
}

// TestSameBits: threads and batch change nothing; a forward-only session agrees.
func TestSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	net := branchy(t, r)
	x, dy := randomTensor(r, 4, 3, 8, 8), randomTensor(r, 4, 5)
	run := func(o SessionOptions, x, dy []float32) (y, dx []float32) {
		s, err := net.NewSession(o)
		if err != nil {
			t.Fatal(err)
		}
		copy(s.Input().Data, x)
		y = append([]float32(nil), s.Forward().Data...)
		if !o.ForwardOnly {
			dx = s.Backward(tensor.FromSlice(dy, o.Batch, 5)).Data
		}
		return y, dx
	}
	y, dx := run(SessionOptions{Batch: 4, Threads: 1}, x.Data, dy.Data)
	y3, dx3 := run(SessionOptions{Batch: 4, Threads: 3}, x.Data, dy.Data)
	if firstDifference(y, y3) >= 0 || firstDifference(dx, dx3) >= 0 {
		t.Error("three threads give other bits than one")
	}
	if only, _ := run(SessionOptions{Batch: 4, ForwardOnly: true}, x.Data, nil); firstDifference(y, only) >= 0 {
		t.Error("a forward-only session gives other bits")
	}
	for n := range 4 {
		y1, dx1 := run(SessionOptions{Batch: 1}, x.Image(n), dy.Image(n))
		if firstDifference(y1, y[n*5:]) >= 0 || firstDifference(dx1, dx[n*192:]) >= 0 {
			t.Errorf("example %d alone gives other bits than in its batch", n)
		}
	}
}

func TestSessionAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, threads := range []int{1, 2} {
		s, _ := branchy(t, r).NewSession(SessionOptions{Threads: threads})
		dy := randomTensor(r, 1, 5)
		if a := testing.AllocsPerRun(20, func() { s.Forward(); s.Backward(dy) }); a != 0 {
			t.Errorf("%d threads: %g allocations a step", threads, a)
		}
	}
}

// packer counts how often sessions ask for weights in the form a kernel wants them.
type packer struct {
	Flatten
	packed int
}

func (l *packer) Bind(b *Binding) Op {
	b.Once(l, func() any { l.packed++; return l })
	return l.Flatten.Bind(b)
}

// TestSessionsSharePackedWeights: weights are packed once for all sessions of a network.
func TestSessionsSharePackedWeights(t *testing.T) {
	l := &packer{Flatten: Flatten{Axis: 1, EndAxis: -1}}
	net := single(t, l, []int{3, 2, 2})
	for range 3 {
		if _, err := net.NewSession(SessionOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if l.packed != 1 {
		t.Errorf("packed %d times, want once", l.packed)
	}
}

// TestProfileRunsTheNetwork: it times every layer and computes what Forward and
// Backward compute.
func TestProfileRunsTheNetwork(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	s, err := branchy(t, r).NewSession(SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Input().Data, randomTensor(r, 1, 3, 8, 8).Data)
	dy := randomTensor(r, 1, 5)
	out, din := s.Forward(), s.Backward(dy)
	y, dx := out.Clone(), din.Clone()
	times := s.Profile(dy)
	if firstDifference(out.Data, y.Data) >= 0 || firstDifference(din.Data, dx.Data) >= 0 {
		t.Error("a profiled run computes something else")
	}
	var forward, backward time.Duration
	for i, row := range s.net.Table() {
		if times[i].Name != row.Name {
			t.Errorf("layer %q is called %q", row.Name, times[i].Name)
		}
		forward, backward = forward+times[i].Forward, backward+times[i].Backward
	}
	if forward <= 0 || backward <= 0 {
		t.Errorf("forward took %v, backward %v", forward, backward)
	}
}

// TestFold: BatchNorm and Scale after a convolution or inner product disappear and
// change nothing; where something else reads the value between, they stay.
func TestFold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	affine := func(c int) *Affine { return &Affine{Scale: randomTensor(r, c).Data, Shift: randomTensor(r, c).Data} }
	a1, a2, a3, conv := affine(4), affine(4), affine(2), conv1x1(r, 3, 4)
	fc := &InnerProduct{Weights: randomTensor(r, 2, 4)}
	build := func(tap bool) *Network {
		b := NewBuilder("fold")
		b.Input("x", 3, 1, 1)
		b.Add("conv", conv, []string{"x"}, []string{"c"})
		b.Add("bn", a1, []string{"c"}, []string{"bn"})
		b.Add("scale", a2, []string{"bn"}, []string{"scale"})
		last := "scale"
		if tap {
			b.Add("tap", &Eltwise{Op: Sum, Coeff: []float32{1, 0}}, []string{"scale", "c"}, []string{"tap"})
			last = "tap"
		}
		b.Add("fc", fc, []string{last}, []string{"fc"})
		b.Add("out", a3, []string{"fc"}, []string{"out"})
		net, err := b.Build("out")
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	folded, kept := build(false), build(true)
	if len(folded.Table()) != 2 {
		t.Errorf("%d layers after folding, want 2", len(folded.Table()))
	}
	if len(kept.Table()) != 4 {
		t.Errorf("%d layers where the convolution is read twice, want 4 (two scales merged)", len(kept.Table()))
	}
	x := randomTensor(r, 1, 3, 1, 1)
	var y [2][]float32
	for i, net := range []*Network{folded, kept} {
		s, err := net.NewSession(SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		copy(s.Input().Data, x.Data)
		y[i] = s.Forward().Data
	}
	for i := range y[0] {
		if d := y[0][i] - y[1][i]; !(d < 1e-4 && d > -1e-4) {
			t.Errorf("output %d: %g folded, %g not", i, y[0][i], y[1][i])
		}
	}
}
