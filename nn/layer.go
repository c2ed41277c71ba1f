package nn

import (
	"hoodwink/nn/internal/graph"
	"hoodwink/nn/internal/training"
)

// A Layer is one operator with its weights. It is immutable and may be shared
// by any number of sessions and goroutines; all run state lives in the buffers
// of a Binding. Shapes always start with the batch dimension: (N,C,H,W) or (N,K).
//
//	// Kind is the operator's name in error messages and tables, e.g. "Convolution".
//	Kind() string
//
//	// OutShapes returns the shapes of the outputs for inputs of the given shapes,
//	// or an error that says what was got and what is wanted. It must never panic:
//	// shapes and hyper-parameters come from files.
//	OutShapes(in [][]int) ([][]int, error)
//
//	// Reads reports which activations Backward looks at, so that the planner can
//	// give the memory of the others away.
//	Reads() Reads
//
//	// Bind prepares the layer for one session. The buffers in b stay the same for
//	// the session's life, so everything that Forward and Backward need is made
//	// here, and calling them allocates nothing.
//	Bind(b *Binding) Op
//
// A type of another package may be a layer: it runs forward and back, on plain tensors. The
// contracts by which this package's layers are faster, are folded, and are trained lie in its
// internal packages, so such a layer's weights stay as they are, and a Trainer refuses it if
// its Cost names any. A type that embeds a layer of this package inherits these contracts:
// sessions may then use its fast half in place of an own Bind.
type Layer = graph.Layer

// Reads says what a Backward reads besides the output gradients:
//
//	In, Out bool
type Reads = graph.Reads

// An Op is a layer bound to the buffers of one session.
//
//	Forward  func() // computes Out from In
//	Backward func() // adds the vector-Jacobian product of DOut to DIn: DIn[i] += J_i^T DOut
//
// An input whose DIn is nil wants no gradient. Backward is nil if the session is forward only.
type Op = graph.Op

// A Binding is what a layer gets to work with in one session.
//
//	In, Out   []*tensor.Tensor // activations
//	DIn, DOut []*tensor.Tensor // their gradients; empty in a forward-only session
//
//	// WantsGrad reports whether any input wants a gradient.
//	WantsGrad() bool
//
//	// Scratch asks for n floats of working memory for every worker and returns a function
//	// that gives worker i its own. Contents do not survive the operation: all layers of a
//	// session share the same memory.
//	Scratch(n int) func(i int) []float32
//
//	// Once returns what make returns, made once for all sessions of the network: weights in
//	// the form a kernel wants them. The key must be comparable and name the layer.
//	Once(key any, make func() any) any
//
// Its Team runs loops over parts of the output: Team.For(n, func(worker, i int)).
type Binding = graph.Binding

// A Coster is a layer that knows its cost, for Network.Table: the number of parameters, and the
// multiply-adds of one Forward with inputs of the given shapes.
//
//	Cost(in [][]int) (params, macs int64)
type Coster = graph.Coster

// A Mixer is a layer for which axis 0 may be more than a batch of independent examples.
//
//	Mixes(in [][]int) bool
type Mixer = graph.Mixer

// A LayerError says which layer of a network is wrong, and why.
//
//	Layer string // name in the model file
//	Kind  string // operator
//	Err   error
type LayerError = graph.LayerError

// A Parameter is one weight tensor of a Trainer.
//
//	Name  string         // layer and role: "conv1/weights", "conv1/bias", "bn1/scale"
//	Value *tensor.Tensor // change it, then call Update
//	Grad  *tensor.Tensor // set by Gradients
//	Decay bool           // whether weight decay is usual for it: not for biases and batch normalisation
type Parameter = training.Parameter

// A Statistic is a tensor that training changes without a gradient: a running mean or variance.
//
//	Name  string // "bn1/mean", "bn1/variance"
//	Value *tensor.Tensor
type Statistic = training.Statistic

// A State is what a Trainer needs, besides the values of its parameters, to go on exactly where
// another one was.
//
//	Step       uint64 // number of Updates so far
//	Statistics []Statistic
type State = training.State
