package nn

import "hoodwink/nn/internal/graph"

// A Builder collects the layers of a network. Its methods record the first error,
// which Build returns.
type Builder struct{ g *graph.Builder }

// NewBuilder starts a network of the given name.
func NewBuilder(name string) *Builder { return &Builder{graph.NewBuilder(name)} }

// Input declares the network's one input and the shape of one example of it,
// without the batch dimension: (C,H,W) for pictures.
func (b *Builder) Input(name string, shape ...int) { b.g.Input(name, shape...) }

// Add appends a layer that computes the values named out from those named in.
// Values are assigned once: every out name must be new. Layers may come in any order.
func (b *Builder) Add(name string, l Layer, in, out []string) { b.g.Add(name, l, in, out) }

// Build checks the graph and returns the network whose result is the value named output. It drops
// layers that do not contribute to it, and folds per-channel scales that follow a convolution or
// inner product into its weights. Layers that behave differently in training, such as BatchNorm and
// Dropout, are replaced, for sessions, by what they are after training.
func (b *Builder) Build(output string) (*Network, error) {
	net, err := b.g.Build(output)
	if err != nil {
		return nil, err
	}
	return &Network{net}, nil
}
