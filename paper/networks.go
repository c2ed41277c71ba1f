package paper

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/nn"
	"hoodwink/tensor"
	"hoodwink/train"
)

// The paper's maxout network: two layers of 240 units, each the largest of 5 linear
// pieces (arXiv:1302.4389). A quick study has fewer.
const (
	allUnits   = 240
	quickUnits = 60
	pieces     = 5
)

// A drop is the share of values that are dropped in training.
type drop struct{ input, hidden float32 }

// maxoutNetwork returns the paper's network with fresh weights.
func maxoutNetwork(units int, d drop, seed uint64) (*nn.Network, error) {
	rng := rand.New(rand.NewPCG(seed, 1412))
	b := nn.NewBuilder("maxout")
	b.Input("pixels", 1, side, side)
	b.Add("drop0", &nn.Dropout{Rate: d.input}, []string{"pixels"}, []string{"dropped0"})
	inputs := side * side
	for i := range 2 {
		name := fmt.Sprintf("maxout%d", i+1)
		b.Add(fmt.Sprintf("linear%d", i+1), uniform(rng, pieces*units, inputs), []string{fmt.Sprintf("dropped%d", i)}, []string{name + "/in"})
		b.Maxout(name, pieces, name+"/in", name)
		b.Add(fmt.Sprintf("drop%d", i+1), &nn.Dropout{Rate: d.hidden}, []string{name}, []string{fmt.Sprintf("dropped%d", i+1)})
		inputs = units
	}
	b.Add("linear3", uniform(rng, classes, inputs), []string{"dropped2"}, []string{"logits"})
	return b.Build("logits")
}

// linearNetwork returns softmax regression as a network, from zero weights.
func linearNetwork() (*nn.Network, error) {
	b := nn.NewBuilder("linear")
	b.Input("pixels", 1, side, side)
	b.Add("linear1", &nn.InnerProduct{Weights: tensor.New(classes, side*side), Bias: make([]float32, classes)}, []string{"pixels"}, []string{"logits"})
	return b.Build("logits")
}

// spread is the range of fresh weights.
const spread = 0.01

// uniform returns a linear layer with weights uniform in ±spread.
func uniform(rng *rand.Rand, outputs, inputs int) *nn.InnerProduct {
	w := tensor.New(outputs, inputs)
	for i := range w.Data {
		w.Data[i] = spread * (2*rng.Float32() - 1)
	}
	return &nn.InnerProduct{Weights: w, Bias: make([]float32, outputs)}
}

// convNetwork returns a small convolutional network with fresh weights: 16 and 32
// filters of 4x4, each with stride 2, and 100 units, all rectified.
func convNetwork(seed uint64) (*nn.Network, error) {
	rng := rand.New(rand.NewPCG(seed, 6572))
	conv := func(outputs, inputs int) *nn.Convolution {
		return &nn.Convolution{Weights: he(rng, tensor.New(outputs, inputs, 4, 4), 16*inputs), Bias: make([]float32, outputs), Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}}
	}
	linear := func(outputs, inputs int) *nn.InnerProduct {
		return &nn.InnerProduct{Weights: he(rng, tensor.New(outputs, inputs), inputs), Bias: make([]float32, outputs)}
	}
	b := nn.NewBuilder("convolutional")
	b.Input("pixels", 1, side, side)
	last := "pixels"
	for _, l := range []struct {
		name  string
		layer nn.Layer
	}{
		{"conv1", conv(16, 1)}, {"relu1", &nn.ReLU{}}, {"conv2", conv(32, 16)}, {"relu2", &nn.ReLU{}},
		{"linear3", linear(100, 32*7*7)}, {"relu3", &nn.ReLU{}}, {"linear4", linear(classes, 100)},
	} {
		b.Add(l.name, l.layer, []string{last}, []string{l.name})
		last = l.name
	}
	return b.Build(last)
}

// he fills t with normal weights for layers of so many inputs that are rectified (He, Zhang,
// Ren, Sun 2015, "Delving Deep into Rectifiers", arXiv:1502.01852).
func he(rng *rand.Rand, t *tensor.Tensor, inputs int) *tensor.Tensor {
	scale := math.Sqrt(2 / float64(inputs))
	for i := range t.Data {
		t.Data[i] = float32(scale * rng.NormFloat64())
	}
	return t
}

// rbfNetwork returns ten radial basis units, one a class, that begin at the means of the
// classes of a training set, with the precision firstBeta for all pixels.
func rbfNetwork(images *tensor.Tensor, labels []int) (*nn.Network, error) {
	inputs := side * side
	mean, beta := tensor.New(classes, inputs), tensor.New(classes, inputs)
	sums, count := make([]float64, classes*inputs), make([]float64, classes)
	for n, k := range labels {
		count[k]++
		for i, v := range images.Image(n) {
			sums[k*inputs+i] += float64(v)
		}
	}
	for i, v := range sums {
		mean.Data[i] = float32(v / max(count[i/inputs], 1))
		beta.Data[i] = firstBeta
	}
	b := nn.NewBuilder("rbf")
	b.Input("pixels", 1, side, side)
	b.Add("rbf", &nn.RBF{Mean: mean, Beta: beta}, []string{"pixels"}, []string{"exponents"})
	return b.Build("exponents")
}

// newNetwork prepares a trained network for measurements.
func newNetwork(name string, net *nn.Network, batch, threads int) (*classified, error) {
	m, err := train.NewModel(net, batch, threads)
	if err != nil {
		return nil, err
	}
	return &classified{classifier: classifier{name, m}}, nil
}

// A classified is a network with its way to be measured.
type classified struct {
	classifier
	first *tensor.Tensor // the weights of the first layer; nil during training
}
