package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/attack"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// Network returns l as a network for pictures (C,H,W): one fully connected layer, whose outputs are
// the logits.
func (l *Linear) Network() (*nn.Network, error) {
	k := l.Classes()
	b := nn.NewBuilder("linear")
	b.Input("pixels", l.Weights.Shape[1:]...)
	b.Add("linear", &nn.InnerProduct{Weights: l.Weights.Reshape(k, l.Weights.Len()/k), Bias: l.Bias}, []string{"pixels"}, []string{"logits"})
	return b.Build("logits")
}

// ErrNotLinear is the error of ReadLinear for a model whose logits are not a linear function of its
// input.
var ErrNotLinear = errors.New("the model is not linear: its logits are not a linear function of its pixels")

// ReadLinear reads the weights of a linear classifier from a model, by asking it: the bias is its
// logits at zero, the weights of class k are the gradient of logit k. If the logits at random
// inputs between 0 and 1 are not what these weights give, it returns ErrNotLinear.
func ReadLinear(ctx context.Context, m attack.Model) (*Linear, error) {
	shape := append([]int{1}, m.Shape()...)
	x := tensor.New(shape...)
	bias, err := logitsAt(ctx, m, x)
	if err != nil {
		return nil, err
	}
	k := len(bias)
	if _, ok := tensor.CheckedSize([]int{k, x.Len()}, maxLinear); !ok {
		return nil, fmt.Errorf("train: %d classes times %d values are too many weights to look at", k, x.Len())
	}
	const probes = 3
	r := rand.New(rand.NewPCG(1, 19))
	inputs := tensor.New(append([]int{probes}, shape[1:]...)...)
	logits := make([][]float32, probes)
	for n := range probes {
		for i := range inputs.Image(n) {
			inputs.Image(n)[i] = r.Float32()
		}
		if n == 2 { // half-way between the others; this test needs no weights
			for i := range inputs.Image(n) {
				inputs.Image(n)[i] = (inputs.Image(0)[i] + inputs.Image(1)[i]) / 2
			}
		}
		copy(x.Data, inputs.Image(n))
		if logits[n], err = logitsAt(ctx, m, x); err != nil {
			return nil, err
		}
	}
	for _, l := range append(logits, bias) {
		if i, ok := tensor.Finite(l); !ok {
			return nil, attack.NotFinite("the model's logit of class %d is %g", i, l[i])
		}
	}
	for i, v := range logits[2] {
		if !alike(float64(v), (float64(logits[0][i])+float64(logits[1][i]))/2, logits[0], logits[1], bias) {
			return nil, ErrNotLinear
		}
	}
	l := &Linear{Weights: tensor.New(append([]int{k}, shape[1:]...)...), Bias: bias}
	clear(x.Data)
	if _, err := m.Ask(ctx, x, []uint64{0}); err != nil {
		return nil, err
	}
	one := tensor.New(1, k)
	for class := range k {
		clear(one.Data)
		one.Data[class] = 1
		dx, err := m.Pull(ctx, one)
		if err != nil {
			return nil, err
		}
		copy(l.Weights.Image(class), dx.Data)
	}
	got := make([]float32, k)
	for n, want := range logits {
		l.Logits(got, inputs.Image(n))
		for i, v := range got {
			if !alike(float64(v), float64(want[i]), want, bias) {
				return nil, ErrNotLinear
			}
		}
	}
	return l, nil
}

// logitsAt returns the logits of one input.
func logitsAt(ctx context.Context, m attack.Model, x *tensor.Tensor) ([]float32, error) {
	z, err := m.Ask(ctx, x, []uint64{0})
	if err != nil {
		return nil, err
	}
	return append([]float32(nil), z.Data...), nil
}

// maxLinear bounds the weights that ReadLinear reads: 1 GiB.
const maxLinear = 1 << 28

// alike reports whether two logits are equal except for rounding, whose size depends on all of
// scale.
func alike(a, b float64, scale ...[]float32) bool {
	size := 0.
	for _, s := range scale {
		size = max(size, tensor.Linf(s))
	}
	return math.Abs(a-b) <= 1e-4*size
}
