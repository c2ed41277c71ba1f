package nn

import "slices"

// A Node is a layer in its place in a network.
type Node struct {
	Name    string
	Layer   Layer // shared with the network: not to be changed
	In, Out []Value
}

// A Value is an edge of a network's graph.
type Value struct {
	Name  string // unique in the network
	Shape []int  // for one example, with the batch dimension of 1 first
}

// Nodes returns the layers in the order in which they run: every value is made before
// it is used. Scales that Build folded into a layer before them are not among them.
func (net *Network) Nodes() []Node {
	list := func(ids []int) []Value {
		vs := make([]Value, len(ids))
		for i, id := range ids {
			vs[i] = net.value(id)
		}
		return vs
	}
	nodes := make([]Node, len(net.nodes))
	for i, n := range net.nodes {
		nodes[i] = Node{n.name, n.layer, list(n.in), list(n.out)}
	}
	return nodes
}

// Input returns the value that the network reads.
func (net *Network) Input() Value { return net.value(net.input) }

// Output returns the value that is the network's result.
func (net *Network) Output() Value { return net.value(net.output) }

func (net *Network) value(id int) Value {
	v := net.values[id]
	return Value{v.name, slices.Clone(v.shape)}
}
