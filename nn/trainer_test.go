package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

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
	for _, m := range tr.t.Memory() {
		spoil(m)
	}
	return tr
}

// residual is a small network with all that training changes.
func residual(t *testing.T, r *rand.Rand) *Network {
	t.Helper()
	return residualDropping(t, r, 0.2)
}

func residualDropping(t *testing.T, r *rand.Rand, rate float32) *Network {
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
	b.Add("drop", &Dropout{Rate: rate}, []string{"r2"}, []string{"d"})
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
	copy(tr.Input().Data, x.Data)
	tr.Forward()
	tr.Backward(dy)
	if s := tr.State().Statistics[1]; s.Name != "bn1/variance" || s.Value.Data[0] != 1 {
		t.Errorf("before the first Gradients %s is %v, want bn1/variance of 1", s.Name, s.Value)
	}
	// The running statistics come to those of the batch if nothing else changes.
	for range 400 {
		tr.ParameterGradients(dy)
	}
	state := tr.State()
	for _, s := range state.Statistics {
		if strings.HasSuffix(s.Name, "/variance") { // undo the correction for few values
			count := 6. * 36
			for i := range s.Value.Data {
				s.Value.Data[i] *= float32((count - 1) / count)
			}
		}
	}
	if err := tr.SetState(state); err != nil {
		t.Fatal(err)
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
	same := newTrainer(t, residualDropping(t, rand.New(rand.NewPCG(63, 1)), 0), TrainerOptions{Batch: 6})
	copy(same.Input().Data, x.Data)
	if d := distance(got, same.Forward().Data); !(d <= 1e-5) {
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
