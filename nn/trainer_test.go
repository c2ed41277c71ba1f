package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// single makes a network of one layer.
func single(t *testing.T, l Layer, shape []int) *Network {
	t.Helper()
	b := NewBuilder("single")
	b.Input("x", shape...)
	b.Add("layer", l, []string{"x"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func newTrainer(t *testing.T, net *Network, o TrainerOptions) *Trainer {
	t.Helper()
	tr, err := net.NewTrainer(o)
	if err != nil {
		t.Fatal(err)
	}
	spoil(tr.s.arena)
	for _, w := range tr.s.work.perWorker {
		spoil(w)
	}
	return tr
}

// A trainCase is a layer with parameters.
type trainCase struct {
	name  string
	layer Layer
	shape []int // of an example
	fill  filling
}

func trainCases(r *rand.Rand) []trainCase {
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	cases := []trainCase{
		{"InnerProduct", &InnerProduct{Weights: randomTensor(r, 7, 30), Bias: some(7)}, []int{5, 3, 2}, normal},
		{"InnerProduct without bias", &InnerProduct{Weights: randomTensor(r, 40, 9)}, []int{9}, normal},
		{"Affine", &Affine{Scale: some(18), Shift: some(18)}, []int{18, 4, 5}, normal},
		{"Affine scale", &Affine{Scale: some(5)}, []int{5}, normal},
		{"Affine shift", &Affine{Shift: some(5)}, []int{5, 3}, normal},
		{"PReLU", &PReLU{Slope: some(5)}, []int{5, 3, 4}, distinct},
		{"PReLU shared", &PReLU{Slope: []float32{0.2}}, []int{5, 3, 4}, distinct},
		{"BatchNorm", &BatchNorm{Scale: some(18), Shift: some(18), Mean: make([]float32, 18), Variance: make([]float32, 18), Eps: 0.1}, []int{18, 3, 4}, normal},
		{"BatchNorm of vectors", NewBatchNorm(7), []int{7}, normal},
		{"RBF", &RBF{Mean: randomTensor(r, 4, 6), Beta: randomTensor(r, 4, 6)}, []int{3, 2}, normal},
	}
	for i := range 24 {
		g := []int{1, 1, 2, 4}[r.IntN(4)]
		in, out := g*(1+r.IntN(20/g)), g*(1+r.IntN(40/g))
		if i%6 == 5 { // a group for every channel
			in = 1 + r.IntN(20)
			g, out = in, in
		}
		k := [2]int{1 + r.IntN(4), 1 + r.IntN(4)}
		l := &Convolution{Weights: randomTensor(r, out, in/g, k[0], k[1]), Groups: g,
			Stride: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, Dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)},
			Pad: [4]int{r.IntN(k[0]), r.IntN(k[1]), r.IntN(k[0]), r.IntN(k[1])}}
		if i%3 > 0 {
			l.Bias = some(out)
		}
		shape := []int{in, 7 + r.IntN(6), 7 + r.IntN(6)}
		name := fmt.Sprintf("Convolution %v of %v, groups %d, stride %v, dilation %v, padding %v", l.Weights.Shape, shape, g, l.Stride, l.Dilation, l.Pad)
		cases = append(cases, trainCase{name, l, shape, normal})
	}
	return cases
}

// TestParameterGradients compares the gradient of every parameter, and of the input, with
// central differences, on blocked pictures and on plain tensors.
func TestParameterGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(60, 1))
	for _, c := range trainCases(r) {
		for _, plainOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, plain %v", c.name, plainOnly), func(t *testing.T) {
				net := single(t, c.layer, c.shape)
				tr := newTrainer(t, net, TrainerOptions{Batch: 5, Threads: 2, plainOnly: plainOnly})
				fill(r, []*tensor.Tensor{tr.Input()}, c.fill)
				dy := randomTensor(r, tr.Forward().Shape...)
				loss := func() float64 {
					tr.refresh()
					return tensor.Dot(dy.Data, tr.Forward().Data)
				}
				dx := tr.Gradients(dy).Clone()
				o := gradcheck.Options{Coordinates: 12, Directions: 4}
				check := func(what string, x *tensor.Tensor, grad []float32) {
					if worst := gradcheck.Check(x, grad, loss, o); !(worst.Err <= 2e-3) {
						t.Errorf("%s of shape %v: %v", what, x.Shape, worst)
					}
				}
				check("input", tr.Input(), dx.Data)
				for _, p := range tr.Parameters() {
					check(p.Name, p.Value, p.Grad.Data)
				}
			})
		}
	}
}

// results are all that a step of a trainer makes, as slices.
func (t *Trainer) results(dy *tensor.Tensor) (all [][]float32) {
	all = append(all, t.Forward().Clone().Data)
	all = append(all, t.Gradients(dy).Clone().Data)
	for _, p := range t.parameters {
		all = append(all, p.Grad.Clone().Data)
	}
	for _, s := range t.statistics {
		all = append(all, s.Value.Clone().Data)
	}
	return all
}

// TestTrainerBlockedAgainstPlain: networks drawn at random train on blocked pictures as they
// do on plain tensors, with the same bits for any number of threads and on all kernels,
// and as often as one likes.
func TestTrainerBlockedAgainstPlain(t *testing.T) {
	active := kernel.Active
	defer func() { kernel.Active = active }()
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(61, seed))
		net := (&sketch{r: r, train: true}).network(t)
		const batch = 3
		x := randomTensor(r, append([]int{batch}, net.InputShape()...)...)
		dy := randomTensor(r, append([]int{batch}, net.OutputShape()...)...)
		step := func(o TrainerOptions) [][]float32 {
			o.Batch, o.Seed = batch, seed
			tr := newTrainer(t, net, o)
			copy(tr.Input().Data, x.Data)
			once := tr.results(dy)
			for _, p := range tr.parameters {
				tensor.AddScaled(p.Value.Data, -1e-3, p.Grad.Data)
			}
			tr.Update()
			return append(once, tr.results(dy)...)
		}
		kernel.Active = active
		want := step(TrainerOptions{Threads: 2, plainOnly: true})
		var first [][]float32
		for _, kernel.Active = range kernel.Available() {
			for _, threads := range []int{1, 3} {
				name := fmt.Sprintf("seed %d, %s, %d threads", seed, kernel.Active.Name, threads)
				got := step(TrainerOptions{Threads: threads})
				if first == nil {
					first = got
				}
				compareBits(t, name, got, first)
				for i := range got {
					// The gradient of what a normalisation takes away is noise around 0.
					norm := tensor.L2(want[i])
					if d := distance(got[i], want[i]) * norm; !(d <= 2e-4*(norm+1)) {
						t.Errorf("%s: result %d off by %g, its norm is %g", name, i, d, norm)
					}
				}
			}
		}
	}
}

// residual is a small network with all that training changes.
func residual(t *testing.T, r *rand.Rand) *Network {
	t.Helper()
	conv := func(out, in, k, stride int) *Convolution {
		w := randomTensor(r, out, in, k, k)
		tensor.AddScaled(w.Data, float32(1/math.Sqrt(float64(in*k*k)))-1, w.Data)
		return &Convolution{Weights: w, Stride: [2]int{stride, stride}, Pad: [4]int{k / 2, k / 2, k / 2, k / 2}}
	}
	b := NewBuilder("residual")
	b.Input("x", 3, 12, 12)
	b.Add("conv1", conv(20, 3, 3, 2), []string{"x"}, []string{"c1"})
	b.Add("bn1", NewBatchNorm(20), []string{"c1"}, []string{"n1"})
	b.Add("relu1", &ReLU{}, []string{"n1"}, []string{"r1"})
	b.Add("conv2", conv(20, 20, 3, 1), []string{"r1"}, []string{"c2"})
	b.Add("bn2", NewBatchNorm(20), []string{"c2"}, []string{"n2"})
	b.Add("sum", &Eltwise{}, []string{"n2", "r1"}, []string{"s"})
	b.Add("relu2", &ReLU{}, []string{"s"}, []string{"r2"})
	b.Add("drop", &Dropout{Rate: 0.2}, []string{"r2"}, []string{"d"})
	b.Add("pool", &Pooling{Method: AveragePool, Global: true}, []string{"d"}, []string{"g"})
	b.Add("hidden", &InnerProduct{Weights: randomTensor(r, 12, 20), Bias: make([]float32, 12)}, []string{"g"}, []string{"h"})
	b.Maxout("maxout", 2, "h", "m")
	b.Add("fc", &InnerProduct{Weights: randomTensor(r, 4, 6), Bias: make([]float32, 4)}, []string{"m"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// train makes some steps of gradient descent towards whatever dy says.
func train(tr *Trainer, steps int, x, dy *tensor.Tensor) {
	for range steps {
		copy(tr.Input().Data, x.Data)
		tr.Forward()
		tr.Gradients(dy)
		for _, p := range tr.Parameters() {
			tensor.AddScaled(p.Value.Data, -1e-2, p.Grad.Data)
		}
		tr.Update()
	}
}

// TestTrainerResumes: a trainer with the values and the state of another goes on as that
// one does, bit for bit.
func TestTrainerResumes(t *testing.T) {
	r := rand.New(rand.NewPCG(62, 1))
	net := residual(t, r)
	x, dy := randomTensor(r, 6, 3, 12, 12), randomTensor(r, 6, 4)
	o := TrainerOptions{Batch: 6, Threads: 2, Seed: 9}
	a, b := newTrainer(t, net, o), newTrainer(t, net, o)
	train(a, 3, x, dy)
	state := a.State()
	for i, p := range b.Parameters() {
		copy(p.Value.Data, a.Parameters()[i].Value.Data)
	}
	train(a, 2, x, dy)
	if err := b.SetState(state); err != nil {
		t.Fatal(err)
	}
	train(b, 2, x, dy)
	copy(a.Input().Data, x.Data)
	copy(b.Input().Data, x.Data)
	compareBits(t, "resumed", b.results(dy), a.results(dy))
	if a.State().Step != 5 || b.State().Step != 5 {
		t.Errorf("steps %d and %d, want 5", a.State().Step, b.State().Step)
	}
	state.Statistics[0].Name = "another"
	if err := b.SetState(state); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("a state of another network: error %v", err)
	}
}

// TestTrainerNetwork: what a trainer makes computes what the definition says for the
// running statistics, shares nothing with the trainer, and trains further.
func TestTrainerNetwork(t *testing.T) {
	r := rand.New(rand.NewPCG(63, 1))
	net := residual(t, r)
	before := outputOf(t, net, randomTensor(rand.New(rand.NewPCG(1, 1)), 6, 3, 12, 12))
	tr := newTrainer(t, net, TrainerOptions{Batch: 6, Threads: 2, Seed: 3})
	x, dy := randomTensor(r, 6, 3, 12, 12), randomTensor(r, 6, 4)
	// The running statistics come to those of the batch if nothing else changes.
	for range 400 {
		copy(tr.Input().Data, x.Data)
		tr.Forward()
		tr.Gradients(dy)
	}
	for _, s := range tr.State().Statistics {
		if strings.HasSuffix(s.Name, "/variance") { // undo the correction for few values
			count := 6. * 36
			for i := range s.Value.Data {
				s.Value.Data[i] *= float32((count - 1) / count)
			}
		}
	}
	snapshot, err := tr.Network()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range snapshot.Table() {
		if row.Kind == "BatchNorm" || row.Kind == "Dropout" || row.Kind == "Affine" {
			t.Errorf("the snapshot still has %s (%s)", row.Name, row.Kind)
		}
	}
	got := outputOf(t, snapshot, x)
	same, err := tr.source.withoutDropout().NewTrainer(TrainerOptions{Batch: 6})
	if err != nil {
		t.Fatal(err)
	}
	copy(same.Input().Data, x.Data)
	if d := distance(got, same.Forward().Data); !(d <= 2e-2) {
		t.Errorf("the snapshot's output is off by %g of what training saw", d)
	}
	train(tr, 2, x, dy)
	if i := firstDifference(outputOf(t, snapshot, x), got); i >= 0 {
		t.Error("training changed a snapshot")
	}
	if i := firstDifference(outputOf(t, net, randomTensor(rand.New(rand.NewPCG(1, 1)), 6, 3, 12, 12)), before); i >= 0 {
		t.Error("training changed the network it began with")
	}
	again := newTrainer(t, snapshot, TrainerOptions{Batch: 6, Threads: 1, Seed: 3})
	if len(again.Parameters()) != len(tr.Parameters()) || again.Parameters()[1].Name != "bn1/scale" {
		t.Errorf("a snapshot has other parameters to train")
	}
	tr.Parameters()[0].Value.Data[0] = nan32
	if _, err := tr.Network(); err == nil || !strings.Contains(err.Error(), "conv1/weights") {
		t.Errorf("weights that are no numbers: error %v", err)
	}
}

// withoutDropout returns a copy whose Dropouts drop nothing.
func (net *Network) withoutDropout() *Network {
	out := *net.withOwnWeights()
	for i, n := range out.nodes {
		if _, ok := n.layer.(*Dropout); ok {
			out.nodes[i].layer = &Dropout{}
		}
	}
	return &out
}

func outputOf(t *testing.T, net *Network, x *tensor.Tensor) []float32 {
	t.Helper()
	s, err := net.NewSession(SessionOptions{Batch: x.Batch(), ForwardOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Input().Data, x.Data)
	return s.Forward().Clone().Data
}

// TestDropout: about the right share is dropped, the same within a step, another in the
// next and for another seed, and the mean stays.
func TestDropout(t *testing.T) {
	net := single(t, &Dropout{Rate: 0.3}, []int{50, 20})
	masks := map[string]bool{}
	for seed := range uint64(2) {
		tr := newTrainer(t, net, TrainerOptions{Batch: 10, Seed: seed})
		for i := range tr.Input().Data {
			tr.Input().Data[i] = 1
		}
		for range 3 {
			y := tr.Forward().Clone().Data
			if firstDifference(tr.Forward().Data, y) >= 0 {
				t.Error("two passes of a step drop different values")
			}
			dropped, sum := 0.0, 0.0
			for _, v := range y {
				sum += float64(v)
				if v == 0 {
					dropped++
				}
			}
			n := float64(len(y))
			if !(math.Abs(dropped/n-0.3) < 0.02) || !(math.Abs(sum/n-1) < 0.03) {
				t.Errorf("%g of %g values dropped, mean %g", dropped, n, sum/n)
			}
			masks[fmt.Sprint(y[:64])] = true
			tr.Update()
		}
	}
	if len(masks) != 6 {
		t.Errorf("%d different masks, want 6", len(masks))
	}
}

func TestTrainerAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(64, 1))
	net := residual(t, r)
	x, dy := randomTensor(r, 6, 3, 12, 12), randomTensor(r, 6, 4)
	for _, threads := range []int{1, 2} {
		tr := newTrainer(t, net, TrainerOptions{Batch: 6, Threads: threads})
		parameters := tr.Parameters()
		if a := testing.AllocsPerRun(10, func() {
			copy(tr.Input().Data, x.Data)
			tr.Forward()
			tr.Backward(dy)
			tr.Gradients(dy)
			for _, p := range parameters {
				tensor.AddScaled(p.Value.Data, -1e-3, p.Grad.Data)
			}
			tr.Update()
		}); a != 0 {
			t.Errorf("%d threads: %g allocations a step", threads, a)
		}
	}
}

// TestTrainerRefuses: the error names the layers.
func TestTrainerRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(65, 1))
	b := NewBuilder("stuck")
	b.Input("x", 3, 4, 4)
	b.Add("up", &ConvTranspose{Weights: randomTensor(r, 3, 2, 2, 2)}, []string{"x"}, []string{"u"})
	b.Add("tokens", &LayerNorm{Axis: -1, Scale: make([]float32, 5)}, []string{"u"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = net.NewTrainer(TrainerOptions{}); err == nil || !strings.Contains(err.Error(), `"up" (ConvTranspose), "tokens" (LayerNorm)`) {
		t.Errorf("error %v", err)
	}
	b = NewBuilder("shared")
	b.Input("x", 3)
	l := &InnerProduct{Weights: randomTensor(r, 3, 3)}
	b.Add("one", l, []string{"x"}, []string{"u"})
	b.Add("two", l, []string{"u"}, []string{"y"})
	if net, err = b.Build("y"); err != nil {
		t.Fatal(err)
	}
	if _, err = net.NewTrainer(TrainerOptions{}); err == nil || !strings.Contains(err.Error(), `"two"`) {
		t.Errorf("error %v", err)
	}
}
