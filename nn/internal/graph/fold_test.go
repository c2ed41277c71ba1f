package graph

import (
	"slices"
	"testing"
)

// pass is a layer that keeps shapes; what it can do is up to the types that embed it.
type pass struct{}

func (*pass) Kind() string                              { return "Pass" }
func (*pass) OutShapes(in [][]int) ([][]int, error)     { return [][]int{slices.Clone(in[0])}, nil }
func (*pass) Reads() Reads                              { return Reads{} }
func (*pass) Bind(*Binding) Op                          { return Op{Forward: func() {}} }
func (*scaling) ChannelScale() (scale, shift []float32) { return []float32{2, 3}, nil }

// scaling scales its two channels.
type scaling struct{ pass }

// weighted takes scales into its weights.
type weighted struct {
	pass
	weights []float32
}

func (l *weighted) Fold(scale, shift []float32, channels int) Layer {
	m := &weighted{weights: slices.Clone(l.weights)}
	for c := range channels {
		m.weights[c] *= scale[c]
	}
	return m
}

// training is there in training alone; later another layer takes its place, or none.
type training struct {
	pass
	later Layer
}

func (l *training) Inference() Layer { return l.later }

func kinds(net *Network) (names []string) {
	for _, n := range net.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// TestContracts: Build folds a Scaler into a Folder and replaces an Inferrer, whatever their
// kinds, and changes neither layer nor the network that is for training.
func TestContracts(t *testing.T) {
	l := &weighted{weights: []float32{1, 10}}
	build := func(output string) *Network {
		b := NewBuilder("contracts")
		b.Input("x", 2, 1, 1)
		b.Add("weights", l, []string{"x"}, []string{"w"})
		b.Add("drop", &training{}, []string{"w"}, []string{"d"})
		b.Add("normalise", &training{later: &scaling{}}, []string{"d"}, []string{"n"})
		b.Add("end", &pass{}, []string{"n"}, []string{"y"})
		net, err := b.Build(output)
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	net := build("y")
	if got, want := kinds(net), []string{"weights", "end"}; !slices.Equal(got, want) {
		t.Errorf("the network has %v, want %v", got, want)
	}
	if got, want := net.Nodes[0].Layer.(*weighted).weights, []float32{2, 30}; !slices.Equal(got, want) {
		t.Errorf("folded weights are %v, want %v", got, want)
	}
	if !slices.Equal(l.weights, []float32{1, 10}) {
		t.Errorf("the layer that was added has weights %v now", l.weights)
	}
	if got, want := kinds(net.Trained), []string{"weights", "drop", "normalise", "end"}; !slices.Equal(got, want) {
		t.Errorf("the network to train has %v, want %v", got, want)
	}
	// A value that somebody reads is not folded away, nor is the output.
	if got := kinds(build("d")); !slices.Equal(got, []string{"weights"}) {
		t.Errorf("up to the dropout the network has %v", got)
	}
	b := NewBuilder("tapped")
	b.Input("x", 2, 1, 1)
	b.Add("weights", l, []string{"x"}, []string{"w"})
	b.Add("scale", &scaling{}, []string{"w"}, []string{"s"})
	b.Add("tap", &pass{}, []string{"s", "w"}, []string{"y"})
	tapped, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(tapped); !slices.Equal(got, []string{"weights", "scale", "tap"}) {
		t.Errorf("with a tap the network has %v", got)
	}
}
