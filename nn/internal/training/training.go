// Package training changes the weights of a network: a Trainer runs a copy of it whose layers take
// part in the steps of training.
package training

import (
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A Trainable is a layer whose weights a Trainer can change.
type Trainable interface {
	graph.Layer

	// ForTraining returns a copy of the layer, with the weights that belong to that copy.
	ForTraining() Copy
}

// A Copy is a layer that shares no weights with any other. The tensors are the memory that it works
// with. Their names follow the layer's name and a slash.
type Copy struct {
	Layer      graph.Layer
	Parameters []Parameter // in the order of their gradients in Workspace.Grads
	Statistics []Statistic // of the batches so far
}

// A Parameter is one weight tensor of a Trainer.
type Parameter struct {
	Name  string         // layer and role: "conv1/weights", "conv1/bias", "bn1/scale"
	Value *tensor.Tensor // change it, then call Update
	Grad  *tensor.Tensor // set by Gradients
	Decay bool           // whether weight decay is usual for it: not for biases and batch normalisation
}

// A Statistic is a tensor that training changes without a gradient: a running mean or variance.
type Statistic struct {
	Name  string // "bn1/mean", "bn1/variance"
	Value *tensor.Tensor
}

// A State is what a Trainer needs, besides the values of its parameters, to go on exactly
// where another one was.
type State struct {
	Step       uint64 // number of Updates so far
	Statistics []Statistic
}

// steps is what the layers of a Trainer share.
type steps struct {
	seed, step uint64
	updates    []func() // run when a step begins: they pack weights and draw masks
	records    []func() // run by Gradients: they update statistics
}

// nodeSteps are the steps for the layer of one node.
type nodeSteps struct {
	*steps
	node int
}

// OnUpdate implements graph.Steps.
func (s *steps) OnUpdate(f func()) { s.updates = append(s.updates, f) }

// OnRecord implements graph.Steps.
func (s *steps) OnRecord(f func()) { s.records = append(s.records, f) }

// Key implements graph.Steps: it depends on the seed, the step and the layer's place in the
// network.
func (s nodeSteps) Key() uint64 { return Scramble(Scramble(Scramble(s.seed)+s.step) + uint64(s.node)) }

// Scramble is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable
// Pseudorandom Number Generators").
func Scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
