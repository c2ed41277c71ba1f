package training

import (
	"slices"
	"testing"

	"hoodwink/nn/internal/exec"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// gain is y = w x, with one weight and a count of the steps that it has seen.
type gain struct {
	w       *tensor.Tensor
	seen    *tensor.Tensor
	updates *int
	keys    *[]uint64
}

func newGain(w float32) *gain {
	return &gain{tensor.FromSlice([]float32{w}, 1), tensor.New(1), new(int), new([]uint64)}
}

func (*gain) Kind() string                          { return "Gain" }
func (*gain) OutShapes(in [][]int) ([][]int, error) { return [][]int{slices.Clone(in[0])}, nil }
func (*gain) Reads() graph.Reads                    { return graph.Reads{In: true} }

func (l *gain) ForTraining() Copy {
	own := &gain{l.w.Clone(), l.seen.Clone(), l.updates, l.keys}
	return Copy{Layer: own, Parameters: []Parameter{{Name: "w", Value: own.w}}, Statistics: []Statistic{{Name: "seen", Value: own.seen}}}
}

func (l *gain) Bind(b *graph.Binding) graph.Op {
	x, y := b.In[0].Data, b.Out[0].Data
	b.OnUpdate(func() { *l.updates++; *l.keys = append(*l.keys, b.Steps.Key()) })
	b.OnRecord(func() { l.seen.Data[0]++ })
	op := graph.Op{Forward: func() {
		for i, v := range x {
			y[i] = l.w.Data[0] * v
		}
	}}
	if b.WantsGrad() {
		op.Backward = func() { tensor.AddScaled(b.DIn[0].Data, l.w.Data[0], b.DOut[0].Data) }
	}
	if b.Grads != nil {
		op.Gradients = func() { b.Grads[0].Data[0] = float32(tensor.Dot(x, b.DOut[0].Data)) }
	}
	return op
}

// TestTrainer: two layers of one name are told apart; steps reach the layers; gradients are
// those of the product; the network that training began with stays as it is.
func TestTrainer(t *testing.T) {
	first, second := newGain(2), newGain(3)
	b := graph.NewBuilder("product")
	b.Input("x", 1)
	b.Add("gain", first, []string{"x"}, []string{"u"})
	b.Add("gain", second, []string{"u"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(net, Options{Options: exec.Options{Batch: 1, Threads: 1}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	p := tr.Parameters()
	if len(p) != 2 || p[0].Name != "gain/w" || p[1].Name != "gain#2/w" {
		t.Fatalf("the parameters are %v", p)
	}
	tr.Input().Data[0] = 7
	y := tr.Forward()
	dx := tr.Gradients(tensor.FromSlice([]float32{1}, 1, 1))
	if y.Data[0] != 42 || dx.Data[0] != 6 || p[0].Grad.Data[0] != 21 || p[1].Grad.Data[0] != 14 {
		t.Errorf("y %g, dx %g, gradients %g and %g: want 42, 6, 21 and 14", y.Data[0], dx.Data[0], p[0].Grad.Data[0], p[1].Grad.Data[0])
	}
	tr.ParameterGradients(tensor.FromSlice([]float32{1}, 1, 1))
	if s := tr.State(); s.Statistics[0].Name != "gain/seen" || s.Statistics[0].Value.Data[0] != 2 {
		t.Errorf("statistics after two gradients: %v", s.Statistics)
	}
	p[0].Value.Data[0] = 10
	tr.Update()
	if *first.updates != 2 || tr.State().Step != 1 {
		t.Errorf("%d updates reached the layer in step %d, want 2 in step 1", *first.updates, tr.State().Step)
	}
	keys := slices.Concat(*first.keys, *second.keys)
	slices.Sort(keys)
	if len(slices.Compact(keys)) != 4 {
		t.Errorf("layers and steps share random numbers: keys %v and %v", *first.keys, *second.keys)
	}
	after, err := tr.Network()
	if err != nil {
		t.Fatal(err)
	}
	if w := after.Nodes[0].Layer.(*gain).w.Data[0]; w != 10 {
		t.Errorf("the network that was made has the weight %g, want 10", w)
	}
	if first.w.Data[0] != 2 {
		t.Errorf("training changed the weight it began with to %g", first.w.Data[0])
	}
}
