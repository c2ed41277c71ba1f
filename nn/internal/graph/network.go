package graph

import (
	"slices"

	"hoodwink/tensor"
)

// A Network is a graph of layers with their weights. Nothing changes it once it is built,
// and goroutines may share it.
type Network struct {
	Name          string
	Nodes         []Node // every value is computed before it is used
	Values        []Value
	Input, Output int // values
	Shared        Shared
	Trained       *Network // the network to train, if that is a different one
}

// A Node is a layer with its place in the graph; In and Out index values.
type Node struct {
	Name    string
	Layer   Layer
	In, Out []int
}

// A Value is an edge of the graph. Its shape is that of one example; the batch of 1 is first.
type Value struct {
	Name  string
	Shape []int
}

// Shapes returns the shapes of values for one example.
func (net *Network) Shapes(ids []int) [][]int {
	s := make([][]int, len(ids))
	for i, id := range ids {
		s[i] = net.Values[id].Shape
	}
	return s
}

// Consumers returns, for every value, the nodes that use it in order.
func (net *Network) Consumers() [][]int {
	c := make([][]int, len(net.Values))
	for i, n := range net.Nodes {
		for _, v := range n.In {
			c[v] = append(c[v], i)
		}
	}
	return c
}

// Mixes reports whether some layer, given one example, does not keep axis 0 for the batch. Such a
// network runs example by example.
func (net *Network) Mixes() bool {
	return slices.ContainsFunc(net.Nodes, func(n Node) bool {
		m, ok := n.Layer.(Mixer)
		return ok && m.Mixes(net.Shapes(n.In))
	})
}

// MACs returns the multiply-adds of one example, of the layers that know their cost.
func (net *Network) MACs() (all int64) {
	for _, n := range net.Nodes {
		if c, ok := n.Layer.(Coster); ok {
			_, macs := c.Cost(net.Shapes(n.In))
			all += macs
		}
	}
	return all
}

// BatchShapes infers the shapes of all values for a batch of n examples.
func (net *Network) BatchShapes(n int) ([][]int, error) {
	shapes := make([][]int, len(net.Values))
	in := slices.Clone(net.Values[net.Input].Shape)
	in[0] = n
	shapes[net.Input] = in
	total := tensor.Size(in)
	for _, nd := range net.Nodes {
		ins := make([][]int, len(nd.In))
		for i, v := range nd.In {
			ins[i] = shapes[v]
		}
		outs, err := nd.Layer.OutShapes(ins)
		if err == nil {
			for i, s := range outs {
				if err = CheckValue(s); err != nil {
					break
				}
				total += tensor.Size(s)
				shapes[nd.Out[i]] = s
			}
		}
		if err == nil && total > MaxTotalSize {
			err = ErrTooLarge
		}
		if err != nil {
			return nil, &LayerError{nd.Name, nd.Layer.Kind(), err}
		}
	}
	return shapes, nil
}
