package nn

import (
	"math"
	"slices"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A Network is a graph of layers with their weights. It is immutable and may be
// shared by goroutines.
type Network struct{ g *graph.Network }

// Name returns the name of the network in its file.
func (net *Network) Name() string { return net.g.Name }

// InputShape returns the shape of one input example, (C,H,W) for pictures.
func (net *Network) InputShape() []int { return net.Input().Shape[1:] }

// OutputShape returns the shape of the output for one example, (K) for a classifier.
func (net *Network) OutputShape() []int { return net.Output().Shape[1:] }

// Mixes reports whether some layer, given one example, does not keep axis 0 for the batch. Such a
// network runs example by example.
func (net *Network) Mixes() bool { return net.g.Mixes() }

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
	shapes := func(ids []int) (all [][]int) {
		for _, s := range net.g.Shapes(ids) {
			all = append(all, slices.Clone(s[1:]))
		}
		return all
	}
	rows := make([]Row, len(net.g.Nodes))
	for i, n := range net.g.Nodes {
		rows[i] = Row{Name: n.Name, Kind: n.Layer.Kind(), In: shapes(n.In), Out: shapes(n.Out)}
		if c, ok := n.Layer.(Coster); ok {
			rows[i].Params, rows[i].MACs = c.Cost(net.g.Shapes(n.In))
		}
	}
	return rows
}

// Work returns what one Forward of one example takes: its multiply-adds, or, of a layer that says none,
// the values that it reads and writes.
func (net *Network) Work() (total int64) {
	for _, r := range net.Table() {
		work := r.MACs
		if work == 0 {
			for _, s := range slices.Concat(r.In, r.Out) {
				work += int64(tensor.Size(s))
			}
		}
		if total += work; total < 0 {
			return math.MaxInt64
		}
	}
	return total
}

// Params returns the number of weights and biases.
func (net *Network) Params() int64 {
	var p int64
	for _, r := range net.Table() {
		p += r.Params
	}
	return p
}
