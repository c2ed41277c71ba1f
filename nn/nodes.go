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

// Nodes returns the layers in the order in which they run: every value is computed before it is
// used. Scales that Build folded into a layer before them are not among them.
func (net *Network) Nodes() []Node {
	list := func(ids []int) []Value {
		vs := make([]Value, len(ids))
		for i, id := range ids {
			vs[i] = net.value(id)
		}
		return vs
	}
	nodes := make([]Node, len(net.g.Nodes))
	for i, n := range net.g.Nodes {
		nodes[i] = Node{n.Name, n.Layer, list(n.In), list(n.Out)}
	}
	return nodes
}

// Input returns the value that the network reads.
func (net *Network) Input() Value { return net.value(net.g.Input) }

// Output returns the value that is the network's result.
func (net *Network) Output() Value { return net.value(net.g.Output) }

func (net *Network) value(id int) Value {
	v := net.g.Values[id]
	return Value{v.Name, slices.Clone(v.Shape)}
}
