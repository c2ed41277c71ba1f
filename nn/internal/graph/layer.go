package graph

import "hoodwink/tensor"

// A Layer is one operator with its weights. It is immutable and may be shared
// by any number of sessions and goroutines; all run state lives in the buffers
// of a Binding.
//
// Shapes always start with the batch dimension: (N,C,H,W) or (N,K).
type Layer interface {
	// Kind is the operator's name in error messages and tables, e.g. "Convolution".
	Kind() string

	// OutShapes returns the shapes of the outputs for inputs of the given shapes, or an error that
	// says which shapes it got and which it wants. It must never panic: shapes and hyper-parameters
	// come from files.
	OutShapes(in [][]int) ([][]int, error)

	// Reads reports which activations Backward reads, so that the planner can reuse the memory of
	// the others.
	Reads() Reads

	// Bind prepares the layer for one session. The buffers in b stay the same for
	// the session's life, so everything that Forward and Backward need is made
	// here, and calling them allocates nothing.
	Bind(b *Binding) Op
}

// Reads says what a Backward reads besides the output gradients.
type Reads struct{ In, Out bool }

// An Op is a layer bound to the buffers of one session.
type Op struct {
	// Forward computes Out from In.
	Forward func()

	// Backward adds the vector-Jacobian product of DOut to DIn: DIn[i] += J_i^T DOut.
	// An input whose DIn is nil wants no gradient. Nil if the session is forward only.
	Backward func()

	// Gradients stores the gradients of the layer's parameters in the binding's Grads,
	// after Backward of the same DOut. Nil unless the binding has Grads.
	Gradients func()

	// NeedsBackward says that Gradients uses results of Backward.
	NeedsBackward bool
}

// A Binding is what a layer gets to work with in one session.
type Binding struct {
	In, Out   []*tensor.Tensor // activations
	DIn, DOut []*tensor.Tensor // their gradients; empty in a forward-only session
	Workspace
}

// WantsGrad reports whether any input wants a gradient.
func (b *Binding) WantsGrad() bool {
	for _, d := range b.DIn {
		if d != nil {
			return true
		}
	}
	return false
}

// A Coster is a layer that knows its cost.
type Coster interface {
	// Cost returns the number of parameters and the multiply-adds of one Forward
	// with inputs of the given shapes.
	Cost(in [][]int) (params, macs int64)
}

// A Mixer is a layer for which axis 0 may be more than a batch of independent examples.
type Mixer interface{ Mixes(in [][]int) bool }

// An Inferrer is a layer that behaves differently in training.
type Inferrer interface {
	Layer

	// Inference returns the layer that replaces it outside of training, nil if none is needed.
	Inference() Layer
}

// A Scaler is a layer of one input that may scale and shift its channels, axis 1, and do
// nothing else.
type Scaler interface {
	// ChannelScale returns the factor and the addend of every channel; nil for factors of
	// 1, or addends of 0.
	ChannelScale() (scale, shift []float32)
}

// A Folder is a layer that can fold a Scaler behind it into its weights.
type Folder interface {
	// Fold returns the layer that computes scale[c]*y+shift[c] where this one computes y, for the
	// given number of channels. A nil scale means factors of 1, a nil shift addends of 0.
	Fold(scale, shift []float32, channels int) Layer
}
