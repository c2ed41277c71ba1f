package nn_test

import (
	"strings"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// gain is a layer as another package may write it: y = w x, with one weight.
type gain struct{ w float32 }

func (*gain) Kind() string                          { return "Gain" }
func (*gain) OutShapes(in [][]int) ([][]int, error) { return [][]int{in[0]}, nil }
func (*gain) Reads() nn.Reads                       { return nn.Reads{} }
func (*gain) Cost([][]int) (params, macs int64)     { return 1, 1 }
func (l *gain) Bind(b *nn.Binding) nn.Op {
	op := nn.Op{Forward: func() {
		for i, v := range b.In[0].Data {
			b.Out[0].Data[i] = l.w * v
		}
	}}
	if b.WantsGrad() {
		op.Backward = func() { tensor.AddScaled(b.DIn[0].Data, l.w, b.DOut[0].Data) }
	}
	return op
}

// still is a gain without a Cost: nothing of it is to be trained.
type still struct{ g gain }

func (*still) Kind() string                          { return "Still" }
func (*still) OutShapes(in [][]int) ([][]int, error) { return [][]int{in[0]}, nil }
func (*still) Reads() nn.Reads                       { return nn.Reads{} }
func (l *still) Bind(b *nn.Binding) nn.Op            { return l.g.Bind(b) }

func around(t *testing.T, l nn.Layer) *nn.Network {
	t.Helper()
	w := tensor.New(4, 3, 1, 1)
	for i := range w.Data {
		w.Data[i] = float32(i)
	}
	b := nn.NewBuilder("foreign")
	b.Input("x", 3, 2, 2)
	b.Add("conv", &nn.Convolution{Weights: w}, []string{"x"}, []string{"c"})
	b.Add("mine", l, []string{"c"}, []string{"m"})
	b.Add("relu", &nn.ReLU{}, []string{"m"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestForeignLayer: a layer of another package runs both ways between those of this one. A
// Trainer refuses its weights by name, and passes gradients through it if it has none.
func TestForeignLayer(t *testing.T) {
	net := around(t, &gain{3})
	s, err := net.NewSession(nn.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Input().Data {
		s.Input().Data[i] = 1
	}
	y := s.Forward()
	if want := float32(3 * (9 + 10 + 11)); y.Data[len(y.Data)-1] != want {
		t.Errorf("the last output is %g, want %g", y.Data[len(y.Data)-1], want)
	}
	dy := tensor.New(y.Shape...)
	for i := range dy.Data {
		dy.Data[i] = 1
	}
	if dx := s.Backward(dy); dx.Data[0] != 3*(0+3+6+9) {
		t.Errorf("the first gradient is %g, want %g", dx.Data[0], 3.*(0+3+6+9))
	}
	if _, err := net.NewTrainer(nn.TrainerOptions{}); err == nil || !strings.Contains(err.Error(), `"mine" (Gain)`) {
		t.Errorf("training a foreign layer's weights: error %v, want one that names it", err)
	}
	tr, err := around(t, &still{gain{3}}).NewTrainer(nn.TrainerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range tr.Input().Data {
		tr.Input().Data[i] = 1
	}
	tr.Forward()
	tr.ParameterGradients(dy)
	if p := tr.Parameters(); len(p) != 1 || p[0].Grad.Data[11] != 3*4 {
		t.Errorf("the parameters are %v, want one whose last gradient is 12", p)
	}
}
