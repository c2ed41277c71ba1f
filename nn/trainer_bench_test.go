package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// scaled draws weights as He et al. do (arXiv:1502.01852).
func scaled(r *rand.Rand, shape ...int) *tensor.Tensor {
	w := randomTensor(r, shape...)
	for i := range w.Data {
		w.Data[i] *= float32(math.Sqrt(2 / float64(tensor.Size(shape[1:]))))
	}
	return w
}

// A chain builds a network layer by layer.
type chain struct {
	b     *Builder
	r     *rand.Rand
	count int
}

func newChain(input ...int) *chain {
	c := &chain{b: NewBuilder("chain"), r: rand.New(rand.NewPCG(66, 1))}
	c.b.Input("x", input...)
	return c
}

func (c *chain) add(l Layer, in ...string) string {
	c.count++
	out := fmt.Sprintf("v%d", c.count)
	c.b.Add(out, l, in, []string{out})
	return out
}

func (c *chain) conv(in string, outputs, inputs, kernel, stride int, bias bool) string {
	p := (kernel - 1) / 2
	l := &Convolution{Weights: scaled(c.r, outputs, inputs, kernel, kernel), Stride: [2]int{stride, stride}, Pad: [4]int{p, p, p, p}}
	if bias {
		l.Bias = make([]float32, outputs)
	}
	return c.add(l, in)
}

func (c *chain) linear(in string, outputs, inputs int) string {
	return c.add(&InnerProduct{Weights: scaled(c.r, outputs, inputs), Bias: make([]float32, outputs)}, in)
}

// mnistNetwork is that of Wong, Rice, Kolter 2020, "Fast is better than free"
// (arXiv:2001.03994).
func mnistNetwork() (*Network, error) {
	c := newChain(1, 28, 28)
	v := c.add(&ReLU{}, c.conv("x", 16, 1, 4, 2, true))
	v = c.add(&ReLU{}, c.conv(v, 32, 16, 4, 2, true))
	v = c.add(&ReLU{}, c.linear(v, 100, 1568))
	return c.b.Build(c.linear(v, 10, 100))
}

// residualNetwork has three residual blocks of 16, 32 and 64 channels on 64x64 pictures.
func residualNetwork() (*Network, error) {
	c := newChain(3, 64, 64)
	normalised := func(v string, outputs, inputs, kernel, stride int) string {
		return c.add(NewBatchNorm(outputs), c.conv(v, outputs, inputs, kernel, stride, false))
	}
	v := c.add(&ReLU{}, normalised("x", 16, 3, 3, 1))
	inputs := 16
	for _, outputs := range []int{16, 32, 64} {
		stride, short := outputs/inputs, v
		if stride > 1 {
			short = normalised(v, outputs, inputs, 1, stride)
		}
		y := c.add(&ReLU{}, normalised(v, outputs, inputs, 3, stride))
		v = c.add(&ReLU{}, c.add(&Eltwise{}, normalised(y, outputs, outputs, 3, 1), short))
		inputs = outputs
	}
	return c.b.Build(c.linear(c.add(&Pooling{Method: AveragePool, Global: true}, v), 17, 64))
}

// BenchmarkTraining is one step of gradient descent. bench/peers/trainstep.py is the same in
// PyTorch.
func BenchmarkTraining(b *testing.B) {
	for _, c := range []struct {
		name  string
		build func() (*Network, error)
		batch int
	}{{"mnist", mnistNetwork, 128}, {"residual", residualNetwork, 64}} {
		b.Run(fmt.Sprintf("%s-%d", c.name, c.batch), func(b *testing.B) {
			net, err := c.build()
			if err != nil {
				b.Fatal(err)
			}
			tr, err := net.NewTrainer(TrainerOptions{Batch: c.batch})
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(66, 2))
			normal(r, tr.Input().Data)
			labels := make([]float32, c.batch)
			for i := range labels {
				labels[i] = float32(r.IntN(10))
			}
			dlogits := tensor.New(tr.Forward().Shape...)
			parameters := tr.Parameters()
			for b.Loop() {
				crossEntropy(dlogits, tr.Forward(), labels)
				tr.ParameterGradients(dlogits)
				for _, p := range parameters {
					tensor.AddScaled(p.Value.Data, -1e-2, p.Grad.Data)
				}
				tr.Update()
			}
		})
	}
}
