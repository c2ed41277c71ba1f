package nn

import (
	"sync"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A Layer is one operator with its weights. It is immutable and may be shared
// by any number of sessions and goroutines; all run state lives in the buffers
// of a Binding.
//
// Shapes always start with the batch dimension: (N,C,H,W) or (N,K).
type Layer interface {
	// Kind is the operator's name in error messages and tables, e.g. "Convolution".
	Kind() string

	// OutShapes returns the shapes of the outputs for inputs of the given shapes,
	// or an error that says what was got and what is wanted. It must never panic:
	// shapes and hyper-parameters come from files.
	OutShapes(in [][]int) ([][]int, error)

	// Reads reports which activations Backward looks at, so that the planner can
	// give the memory of the others away.
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

	// Gradients stores the gradients of the layer's parameters, after Backward of the
	// same DOut. Nil unless the binding is a Trainer's and the layer has parameters.
	Gradients func()
}

// A Binding is what a layer gets to work with in one session.
type Binding struct {
	In, Out   []*tensor.Tensor // activations
	DIn, DOut []*tensor.Tensor // their gradients; empty in a forward-only session
	Team      *kernel.Team     // runs loops over output blocks
	scratch   *scratch
	derived   *derived // of the network; nil in tests of a layer by itself

	training *training        // of a Trainer; nil in a session
	node     int              // the layer's place in the network
	grads    []*tensor.Tensor // of its parameters, in a Trainer
}

// Once returns what make returns, made once for all sessions of the network: weights
// in the form a kernel wants them. The key must be comparable and name the layer.
func (b *Binding) Once(key any, make func() any) any {
	if b.derived == nil {
		return make()
	}
	return b.derived.once(key, make)
}

// derived holds what is worked out from a network's weights and shared by its sessions.
type derived struct {
	mu   sync.Mutex
	made map[any]any
}

func (d *derived) once(key any, make func() any) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, ok := d.made[key]
	if !ok {
		v = make()
		if d.made == nil {
			d.made = map[any]any{}
		}
		d.made[key] = v
	}
	return v
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

// Scratch asks for n floats of working memory for every worker and returns a
// function that gives worker w its own. Contents do not survive the operation:
// all layers of a session share the same memory.
func (b *Binding) Scratch(n int) func(w int) []float32 {
	s := b.scratch
	s.size = max(s.size, n)
	return func(w int) []float32 { return s.perWorker[w][:n:n] }
}

// scratch is the working memory of one session, sized once every layer has been bound.
type scratch struct {
	size      int
	perWorker [][]float32
}

// A Coster tells the price of a layer for Network.Table.
type Coster interface {
	// Cost returns the number of parameters and the multiply-adds of one Forward
	// with inputs of the given shapes.
	Cost(in [][]int) (params, macs int64)
}
