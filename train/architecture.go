package train

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// ArchOptions are the settings of an architecture. A setting that an architecture does not have
// must be 0.
type ArchOptions struct {
	Width        int     // units of a hidden layer, channels of the first stage; 0 means the usual number
	Depth        int     // hidden layers, blocks of a stage; 0 means the usual number
	Dropout      float32 // rate before every layer but the first, in [0,1)
	InputDropout float32 // rate before the first, in [0,1)
	Seed         uint64  // of the weights
}

// An architecture builds a network for inputs (C,H,W).
type architecture struct {
	name         string
	about        string
	width, depth int // defaults; 0 if it has no such setting
	dropout      bool
	build        func(b *drafter, in []int, classes int) (logits string)
}

var architectures = []architecture{
	{"linear", "one weight for every value and class", 0, 0, false, buildLinear},
	{"mlp", "fully connected layers of --width (256) rectified units, --depth (2) of them", 256, 2, true, buildMLP},
	{"maxout", "layers of --width (240) maxout units of 5 pieces, --depth (2) of them", 240, 2, true, buildMaxout},
	{"cnn", "two 4x4 convolutions of stride 2 with --width (16) and twice as many channels, and a layer of 100 units", 16, 0, true, buildCNN},
	{"resnet", "residual network of three stages of --depth (1) blocks, the first with --width (16) channels", 16, 1, false, buildResNet},
	{"rbf", "one radial basis unit for every class", 0, 0, false, buildRBF},
}

// Architectures returns the names that [Architecture] knows, and a description of each.
func Architectures() (names, about []string) {
	for _, a := range architectures {
		names, about = append(names, a.name), append(about, a.about)
	}
	return names, about
}

// Limits of the settings.
const (
	maxWidth = 1 << 14
	maxDepth = 1 << 8
)

// Architecture returns a network with random weights for pictures (C,H,W) in [0,1]:
//
//   - linear: softmax regression, weights 0.
//   - mlp: Depth hidden layers of Width rectified units.
//   - maxout: Depth layers of Width units, each the largest of 5 linear pieces (Goodfellow
//     et al. 2013, "Maxout Networks", arXiv:1302.4389); 2 of 240 in arXiv:1412.6572.
//   - cnn: the network for MNIST of Wong, Rice, Kolter 2020 (arXiv:2001.03994):
//     convolutions 4x4 of stride 2 with 16 and 32 channels, then 100 units. Weights and
//     biases are uniform within 1/sqrt(fan-in), as there: fast adversarial training is more
//     likely to fail from larger ones.
//   - resnet: residual blocks with batch normalisation (He et al. 2016,
//     "Deep Residual Learning for Image Recognition", arXiv:1512.03385): a first
//     convolution, of stride 2 from 48 pixels a side on, and three stages of Depth blocks
//     with Width, 2 Width and 4 Width channels.
//   - rbf: logits -sum_i beta_ki (x_i-mu_ki)^2 (arXiv:1412.6572, section 7).
//
// Other weights are normal with variance 2/fan-in where a rectifier follows (He et al. 2015,
// arXiv:1502.01852), else 1/fan-in; biases are 0.
func Architecture(name string, in []int, classes int, o ArchOptions) (*nn.Network, error) {
	i := slices.IndexFunc(architectures, func(a architecture) bool { return a.name == name })
	if i < 0 {
		names, _ := Architectures()
		return nil, &Error{Msg: fmt.Sprintf("unknown architecture %q", name), Advice: "known are " + strings.Join(names, ", ")}
	}
	a := architectures[i]
	bad := func(hint, format string, args ...any) (*nn.Network, error) {
		return nil, &Error{Msg: fmt.Sprintf("architecture %s: ", name) + fmt.Sprintf(format, args...), Advice: hint}
	}
	switch {
	case len(in) != 3 || tensor.Size(in) < 1:
		return bad("want (channels, height, width)", "pictures of shape %v", in)
	case classes < 2:
		return bad("want 2 or more", "%d classes", classes)
	case o.Width < 0 || o.Width > maxWidth || o.Width > 0 && a.width == 0:
		return bad(fmt.Sprintf("want 1 to %d, and none for linear and rbf", maxWidth), "a width of %d", o.Width)
	case o.Depth < 0 || o.Depth > maxDepth || o.Depth > 0 && a.depth == 0:
		return bad(fmt.Sprintf("want 1 to %d, and none for linear, cnn and rbf", maxDepth), "a depth of %d", o.Depth)
	case !(o.Dropout >= 0 && o.Dropout < 1 && o.InputDropout >= 0 && o.InputDropout < 1), !a.dropout && o.Dropout+o.InputDropout > 0:
		return bad("want rates in [0,1), and none for linear, resnet and rbf", "dropout at rates of %g and %g", o.InputDropout, o.Dropout)
	case (name == "cnn" || name == "resnet") && min(in[1], in[2]) < 4:
		return bad("want at least 4 a side", "pictures of %d x %d", in[1], in[2])
	}
	b := &drafter{Builder: nn.NewBuilder(name), r: rand.New(rand.NewPCG(o.Seed, 0)), last: "pixels",
		width: cmp.Or(o.Width, a.width), depth: cmp.Or(o.Depth, a.depth), rates: [2]float32{o.InputDropout, o.Dropout}}
	b.Input("pixels", in...)
	net, err := b.Build(a.build(b, in, classes))
	if err != nil {
		return nil, &Error{Msg: "architecture " + name, Err: err}
	}
	return net, nil
}

// A drafter is a builder that appends layers one after the other.
type drafter struct {
	*nn.Builder
	r            *rand.Rand
	last         string // the input of the next layer
	width, depth int
	rates        [2]float32 // of dropout: before the first layer, before the others
	dropouts     int
}

// add appends a layer whose output has the layer's name.
func (b *drafter) add(name string, l nn.Layer) {
	b.Add(name, l, []string{b.last}, []string{name})
	b.last = name
}

// drop appends dropout if there is any at this place.
func (b *drafter) drop() {
	rate := b.rates[min(b.dropouts, 1)]
	b.dropouts++
	if rate > 0 {
		b.add(fmt.Sprintf("drop%d", b.dropouts), &nn.Dropout{Rate: rate})
	}
}

// normal returns normal weights with a variance of gain divided by the fan-in.
func (b *drafter) normal(gain float64, shape ...int) *tensor.Tensor {
	w := tensor.New(shape...)
	deviation := math.Sqrt(gain / float64(tensor.Size(shape[1:])))
	for i := range w.Data {
		w.Data[i] = float32(deviation * b.r.NormFloat64())
	}
	return w
}

// The gains, by what follows a layer.
const (
	linearGain = 1
	reluGain   = 2
)

func (b *drafter) full(name string, gain float64, inputs, outputs int) {
	b.add(name, &nn.InnerProduct{Weights: b.normal(gain, outputs, inputs), Bias: make([]float32, outputs)})
}

func buildLinear(b *drafter, in []int, classes int) string {
	b.add("logits", &nn.InnerProduct{Weights: tensor.New(classes, tensor.Size(in)), Bias: make([]float32, classes)})
	return b.last
}

func buildMLP(b *drafter, in []int, classes int) string {
	n := tensor.Size(in)
	for i := range b.depth {
		b.drop()
		b.full(fmt.Sprintf("fc%d", i+1), reluGain, n, b.width)
		b.add(fmt.Sprintf("relu%d", i+1), &nn.ReLU{})
		n = b.width
	}
	b.drop()
	b.full("logits", linearGain, n, classes)
	return b.last
}

// maxoutPieces is the number of pieces of a maxout unit in arXiv:1412.6572.
const maxoutPieces = 5

func buildMaxout(b *drafter, in []int, classes int) string {
	n := tensor.Size(in)
	for i := range b.depth {
		b.drop()
		b.full(fmt.Sprintf("fc%d", i+1), linearGain, n, maxoutPieces*b.width)
		name := fmt.Sprintf("maxout%d", i+1)
		b.Maxout(name, maxoutPieces, b.last, name)
		b.last, n = name, b.width
	}
	b.drop()
	b.full("logits", linearGain, n, classes)
	return b.last
}

// cnnUnits is the width of cnn's last hidden layer.
const cnnUnits = 100

func buildCNN(b *drafter, in []int, classes int) string {
	channels, h, w := in[0], in[1], in[2]
	for i, out := range []int{b.width, 2 * b.width} {
		b.drop()
		weights, bias := b.uniform(out, channels, 4, 4)
		b.add(fmt.Sprintf("conv%d", i+1), &nn.Convolution{Weights: weights, Bias: bias, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}})
		b.add(fmt.Sprintf("relu%d", i+1), &nn.ReLU{})
		channels, h, w = out, h/2, w/2
	}
	b.drop()
	weights, bias := b.uniform(cnnUnits, channels*h*w)
	b.add("fc", &nn.InnerProduct{Weights: weights, Bias: bias})
	b.add("relu3", &nn.ReLU{})
	b.drop()
	weights, bias = b.uniform(classes, cnnUnits)
	b.add("logits", &nn.InnerProduct{Weights: weights, Bias: bias})
	return b.last
}

// uniform returns weights and biases between -1 and 1 divided by the square root of the fan-in.
func (b *drafter) uniform(shape ...int) (weights *tensor.Tensor, bias []float32) {
	weights, bias = tensor.New(shape...), make([]float32, shape[0])
	limit := 1 / math.Sqrt(float64(tensor.Size(shape[1:])))
	uniform(weights.Data, limit, b.r)
	uniform(bias, limit, b.r)
	return weights, bias
}

// largeSide is the side from which on resnet begins with a stride of 2.
const largeSide = 48

// normed appends a convolution k x k without bias, and batch normalisation.
func (b *drafter) normed(name string, k, stride, in, out int) {
	pad := k / 2
	b.add(name, &nn.Convolution{Weights: b.normal(reluGain, out, in, k, k), Stride: [2]int{stride, stride}, Pad: [4]int{pad, pad, pad, pad}})
	b.add(name+"/bn", nn.NewBatchNorm(out))
}

func buildResNet(b *drafter, in []int, classes int) string {
	stride := 1
	if min(in[1], in[2]) >= largeSide {
		stride = 2
	}
	b.normed("stem", 3, stride, in[0], b.width)
	b.add("stem/relu", &nn.ReLU{})
	channels := b.width
	for stage := range 3 {
		for block := range b.depth {
			name := fmt.Sprintf("stage%d/block%d", stage+1, block+1)
			out, stride := b.width<<stage, 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			from := b.last
			b.normed(name+"/conv1", 3, stride, channels, out)
			b.add(name+"/relu1", &nn.ReLU{})
			b.normed(name+"/conv2", 3, 1, out, out)
			main := b.last
			if stride != 1 || channels != out {
				b.last = from
				b.normed(name+"/shortcut", 1, stride, channels, out)
				from = b.last
			}
			b.Add(name+"/sum", &nn.Eltwise{}, []string{main, from}, []string{name + "/sum"})
			b.last = name + "/sum"
			b.add(name+"/relu2", &nn.ReLU{})
			channels = out
		}
	}
	b.add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true})
	b.full("logits", linearGain, channels, classes)
	return b.last
}

func buildRBF(b *drafter, in []int, classes int) string {
	n := tensor.Size(in)
	mean, beta := b.normal(0.01*float64(n), classes, n), tensor.New(classes, n)
	for i := range beta.Data {
		mean.Data[i] += 0.5
		beta.Data[i] = float32(10 / float64(n))
	}
	b.add("logits", &nn.RBF{Mean: mean, Beta: beta})
	return b.last
}
