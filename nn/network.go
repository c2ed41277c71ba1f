package nn

import "hoodwink/tensor"

// A Network is a graph of layers with their weights. It is immutable and may be
// shared by goroutines.
type Network struct {
	name          string
	nodes         []node // every value is made before it is used
	values        []value
	input, output int
	derived       derived
	trained       *Network // the network to train, where that is another one
}

// Name returns the network's own name, as its file gives it.
func (net *Network) Name() string { return net.name }

// InputShape returns the shape of one input example, (C,H,W) for pictures.
func (net *Network) InputShape() []int { return append([]int(nil), net.values[net.input].shape[1:]...) }

// OutputShape returns the shape of the output for one example, (K) for a classifier.
func (net *Network) OutputShape() []int {
	return append([]int(nil), net.values[net.output].shape[1:]...)
}

func (net *Network) shapes(ids []int) [][]int {
	s := make([][]int, len(ids))
	for i, id := range ids {
		s[i] = net.values[id].shape
	}
	return s
}

// consumers returns, for every value, the nodes that use it in order.
func (net *Network) consumers() [][]int {
	c := make([][]int, len(net.values))
	for i, n := range net.nodes {
		for _, v := range n.in {
			c[v] = append(c[v], i)
		}
	}
	return c
}

// A Row describes one layer of a network.
type Row struct {
	Name   string  `json:"name"`
	Kind   string  `json:"kind"`
	In     [][]int `json:"in"`     // shapes of one example
	Out    [][]int `json:"out"`    // shapes of one example
	Params int64   `json:"params"` // weights and biases
	MACs   int64   `json:"macs"`   // multiply-adds of one Forward of one example
}

// Table lists the layers in the order in which they run.
func (net *Network) Table() []Row {
	rows := make([]Row, len(net.nodes))
	for i, n := range net.nodes {
		r := Row{Name: n.name, Kind: n.layer.Kind()}
		for _, v := range n.in {
			r.In = append(r.In, append([]int(nil), net.values[v].shape[1:]...))
		}
		for _, v := range n.out {
			r.Out = append(r.Out, append([]int(nil), net.values[v].shape[1:]...))
		}
		if c, ok := n.layer.(Coster); ok {
			r.Params, r.MACs = c.Cost(net.shapes(n.in))
		}
		rows[i] = r
	}
	return rows
}

// Params returns the number of weights and biases.
func (net *Network) Params() int64 {
	var p int64
	for _, r := range net.Table() {
		p += r.Params
	}
	return p
}

// batchShapes infers the shapes of all values for a batch of n examples.
func (net *Network) batchShapes(n int) ([][]int, error) {
	shapes := make([][]int, len(net.values))
	in := append([]int(nil), net.values[net.input].shape...)
	in[0] = n
	shapes[net.input] = in
	total := tensor.Size(in)
	for _, nd := range net.nodes {
		ins := make([][]int, len(nd.in))
		for i, v := range nd.in {
			ins[i] = shapes[v]
		}
		outs, err := nd.layer.OutShapes(ins)
		if err == nil {
			for i, s := range outs {
				if err = checkValue(s); err != nil {
					break
				}
				total += tensor.Size(s)
				shapes[nd.out[i]] = s
			}
		}
		if err == nil && total > maxTotalSize {
			err = errTooLarge
		}
		if err != nil {
			return nil, &LayerError{nd.name, nd.layer.Kind(), err}
		}
	}
	return shapes, nil
}
