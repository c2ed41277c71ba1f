package nn

import (
	"math"
	"path/filepath"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/tensor"
)

// golden reads a tensor that bench/peers/traingolden.py made with PyTorch.
func golden(t *testing.T, name string) *tensor.Tensor {
	t.Helper()
	shape, data, err := npy.ReadFile(filepath.Join("testdata", "training", name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	return tensor.FromSlice(data, shape...)
}

// goldenNetwork is the network of traingolden.py, with zeros for weights.
func goldenNetwork(t *testing.T) *Network {
	t.Helper()
	pad := [4]int{1, 1, 1, 1}
	b := NewBuilder("golden")
	b.Input("x", 3, 10, 10)
	b.Add("conv1", &Convolution{Weights: tensor.New(18, 3, 3, 3), Pad: pad}, []string{"x"}, []string{"c1"})
	b.Add("bn1", NewBatchNorm(18), []string{"c1"}, []string{"n1"})
	b.Add("relu1", &ReLU{}, []string{"n1"}, []string{"r1"})
	b.Add("pool", &Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, []string{"r1"}, []string{"p"})
	b.Add("conv2", &Convolution{Weights: tensor.New(18, 18, 3, 3), Pad: pad}, []string{"p"}, []string{"c2"})
	b.Add("bn2", NewBatchNorm(18), []string{"c2"}, []string{"n2"})
	b.Add("relu2", &ReLU{}, []string{"n2"}, []string{"r2"})
	b.Add("sum", &Eltwise{}, []string{"r2", "p"}, []string{"s"})
	b.Add("average", &Pooling{Method: AveragePool, Global: true}, []string{"s"}, []string{"g"})
	b.Add("fc", &InnerProduct{Weights: tensor.New(5, 18), Bias: make([]float32, 5)}, []string{"g"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// crossEntropy returns the mean loss of a batch and stores its gradient.
func crossEntropy(dlogits, logits *tensor.Tensor, labels []float32) (loss float64) {
	n := float64(logits.Batch())
	for i, label := range labels {
		sum := 0.0
		for _, v := range logits.Image(i) {
			sum += math.Exp(float64(v))
		}
		for k, v := range logits.Image(i) {
			p := math.Exp(float64(v)) / sum
			if k == int(label) {
				loss -= math.Log(p) / n
				p--
			}
			dlogits.Image(i)[k] = float32(p / n)
		}
	}
	return loss
}

// TestTrainingAgainstPyTorch makes ten steps of stochastic gradient descent with momentum
// and comes to PyTorch's weights, statistics and losses.
func TestTrainingAgainstPyTorch(t *testing.T) {
	const rate, momentum = 0.1, 0.9
	for _, plainOnly := range []bool{false, true} {
		x, labels, losses := golden(t, "pictures"), golden(t, "labels"), golden(t, "losses")
		tr := newTrainer(t, goldenNetwork(t), TrainerOptions{Batch: 6, Threads: 2, plainOnly: plainOnly})
		parameters := tr.Parameters()
		values := golden(t, "before").Data
		var velocity [][]float32
		for _, p := range parameters {
			values = values[copy(p.Value.Data, values):]
			velocity = append(velocity, make([]float32, p.Value.Len()))
		}
		if len(values) != 0 {
			t.Fatalf("%d values too many", len(values))
		}
		if err := tr.SetState(tr.State()); err != nil { // takes the values in
			t.Fatal(err)
		}
		dlogits := tensor.New(6, 5)
		for step := range x.Batch() {
			copy(tr.Input().Data, x.Image(step))
			loss := crossEntropy(dlogits, tr.Forward(), labels.Image(step))
			if want := float64(losses.Data[step]); !(math.Abs(loss-want) <= 1e-4) {
				t.Errorf("plain %v: loss of step %d is %g, PyTorch's %g", plainOnly, step, loss, want)
			}
			tr.Gradients(dlogits)
			for i, p := range parameters {
				for j, g := range p.Grad.Data {
					velocity[i][j] = momentum*velocity[i][j] + g
					p.Value.Data[j] -= rate * velocity[i][j]
				}
			}
			tr.Update()
		}
		compare := func(name string, got, want []float32) []float32 {
			worst := 0.0
			for i, v := range got {
				worst = max(worst, math.Abs(float64(v)-float64(want[i])))
			}
			if !(worst <= 1e-4) {
				t.Errorf("plain %v: %s differs by up to %g", plainOnly, name, worst)
			}
			t.Logf("plain %v: %s differs by up to %.2g", plainOnly, name, worst)
			return want[len(got):]
		}
		after, statistics := golden(t, "after").Data, golden(t, "statistics").Data
		for _, p := range parameters {
			after = compare(p.Name, p.Value.Data, after)
		}
		for _, s := range tr.State().Statistics {
			statistics = compare(s.Name, s.Value.Data, statistics)
		}
		net, err := tr.Network()
		if err != nil {
			t.Fatal(err)
		}
		compare("output", outputOf(t, net, tensor.FromSlice(x.Image(0), 6, 3, 10, 10)), golden(t, "logits").Data)
	}
}
