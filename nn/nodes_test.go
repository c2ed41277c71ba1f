package nn

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestNodes: what a network is made of, in the order in which it runs; a scale that was
// folded is gone, and its value is made by the layer before.
func TestNodes(t *testing.T) {
	b := NewBuilder("net")
	b.Input("x", 2, 4, 4)
	b.Add("join", &Concat{Axis: 1}, []string{"scaled", "x"}, []string{"joined"})
	b.Add("scale", &Affine{Scale: []float32{2, 2, 2}}, []string{"maps"}, []string{"scaled"})
	b.Add("conv", &Convolution{Weights: randomTensor(rand.New(rand.NewPCG(1, 1)), 3, 2, 1, 1)}, []string{"x"}, []string{"maps"})
	b.Add("unused", &ReLU{}, []string{"x"}, []string{"nothing"})
	net, err := b.Build("joined")
	if err != nil {
		t.Fatal(err)
	}
	x, scaled, joined := Value{"x", []int{1, 2, 4, 4}}, Value{"scaled", []int{1, 3, 4, 4}}, Value{"joined", []int{1, 5, 4, 4}}
	if !reflect.DeepEqual(net.Input(), x) || !reflect.DeepEqual(net.Output(), joined) {
		t.Errorf("from %v to %v", net.Input(), net.Output())
	}
	want := []Node{{"conv", nil, []Value{x}, []Value{scaled}}, {"join", nil, []Value{scaled, x}, []Value{joined}}}
	nodes := net.Nodes()
	for i := range nodes {
		if nodes[i].Layer == nil {
			t.Errorf("node %d has no layer", i)
		}
		nodes[i].Layer = nil
	}
	if !reflect.DeepEqual(nodes, want) {
		t.Errorf("nodes %v, want %v", nodes, want)
	}
	nodes[0].In[0].Shape[1] = 7
	if net.Input().Shape[1] != 2 {
		t.Error("shapes are not copies")
	}
}
