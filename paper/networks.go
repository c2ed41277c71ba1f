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

// digitShape is the shape of a digit.
var digitShape = []int{1, side, side}

// A drop gives the rates of dropout in training.
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

// spread bounds the initial weights.
const spread = 0.01

// uniform returns a linear layer with weights uniform in ±spread.
func uniform(rng *rand.Rand, outputs, inputs int) *nn.InnerProduct {
	w := tensor.New(outputs, inputs)
	for i := range w.Data {
		w.Data[i] = spread * (2*rng.Float32() - 1)
	}
	return &nn.InnerProduct{Weights: w, Bias: make([]float32, outputs)}
}

// he fills t with normal weights for rectified layers of inputs inputs (He, Zhang, Ren, Sun 2015,
// "Delving Deep into Rectifiers", arXiv:1502.01852).
func he(rng *rand.Rand, t *tensor.Tensor, inputs int) *tensor.Tensor {
	scale := math.Sqrt(2 / float64(inputs))
	for i := range t.Data {
		t.Data[i] = float32(scale * rng.NormFloat64())
	}
	return t
}

// rbfNetwork returns ten radial basis units, one for each class. They begin at the means of the
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

// A classified is a network together with the classifier that measures it.
type classified struct {
	classifier
	first *tensor.Tensor // the weights of the first layer; nil during training
}
