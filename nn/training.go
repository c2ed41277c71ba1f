package nn

import (
	"slices"

	"hoodwink/tensor"
)

// A trainable is a layer whose weights a Trainer can change.
type trainable interface {
	Layer

	// clone returns the layer with weights of its own.
	clone() trainable

	// parameters returns the weights, as memory that the layer works with, in the order in
	// which its gradients are. Names are what stands behind the layer's.
	parameters() []Parameter
}

// A recorder is a trainable that keeps statistics of the batches it has seen.
type recorder interface {
	trainable

	// statistics returns the memory that the layer works with.
	statistics() []Statistic
}

// An inferrer is a layer that does something else in training than afterwards.
type inferrer interface {
	Layer

	// inference returns the layer that takes its place, nil if none is needed.
	inference() Layer
}

// training is what the layers of a Trainer share.
type training struct {
	seed, step uint64
	grads      [][]*tensor.Tensor // by node and parameter
	updates    []func()           // done when a step begins: weights are packed, masks drawn
	records    []func()           // done by Gradients: statistics go on
}

// onUpdate has f done whenever the weights may have changed, or the step. Outside a Trainer
// neither does.
func (b *Binding) onUpdate(f func()) {
	if b.training != nil {
		b.training.updates = append(b.training.updates, f)
	}
}

// onRecord has f done by every Gradients of a Trainer.
func (b *Binding) onRecord(f func()) {
	if b.training != nil {
		b.training.records = append(b.training.records, f)
	}
}

// trains reports whether the parameters of a unit have gradients.
func (g *graph) trains(u *unit) bool {
	_, ok := u.layer.(trainable)
	return ok && g.training
}

// inference returns the network as it is after training: without the layers that are only for
// training, with batch normalisation as scales that are folded into the weights before
// them. It returns net itself, folded, if it has no such layer.
func (net *Network) inference() *Network {
	special := func(n node) bool { _, ok := n.layer.(inferrer); return ok }
	if !slices.ContainsFunc(net.nodes, special) {
		net.fold()
		return net
	}
	out := &Network{name: net.name, values: slices.Clone(net.values), input: net.input, output: net.output, trained: net}
	instead := make([]int, len(net.values)) // of a value
	for v := range instead {
		instead[v] = v
	}
	for _, n := range net.nodes {
		n.in = slices.Clone(n.in)
		for i, v := range n.in {
			n.in[i] = instead[v]
		}
		if l, ok := n.layer.(inferrer); ok {
			if n.layer = l.inference(); n.layer == nil {
				instead[n.out[0]] = n.in[0]
				out.values[n.out[0]].shape = nil
				continue
			}
		}
		out.nodes = append(out.nodes, n)
	}
	out.output = instead[net.output]
	for v := range out.values {
		out.values[v].producer = -1
	}
	for i, n := range out.nodes {
		for _, v := range n.out {
			out.values[v].producer = i
		}
	}
	out.fold()
	return out
}
