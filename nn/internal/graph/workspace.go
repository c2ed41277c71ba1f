package graph

import (
	"sync"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A Workspace is what a layer works with in one session besides activations and their
// gradients.
type Workspace struct {
	Team *kernel.Team // runs loops over output blocks

	// Grads is where to store the gradients of the layer's parameters, in their order. It is nil
	// where they are not wanted, as in every session but a Trainer's.
	Grads []*tensor.Tensor

	// Steps is how the layer takes part in the steps of training; nil in a session.
	Steps Steps

	scratch *Scratch
	shared  *Shared
}

// Steps tell a layer about the steps of training.
type Steps interface {
	// OnUpdate registers f to run when a step begins, since the weights may have changed.
	OnUpdate(f func())

	// OnRecord registers f to run after every Gradients, to keep statistics.
	OnRecord(f func())

	// Key returns the start of the layer's random numbers in the present step.
	Key() uint64
}

// NewWorkspace makes the workspace of a layer in a session with the given scratch. shared is
// the network's, or nil for a layer by itself.
func NewWorkspace(team *kernel.Team, scratch *Scratch, shared *Shared) Workspace {
	return Workspace{Team: team, scratch: scratch, shared: shared}
}

// OnUpdate registers f to run whenever the weights, or the step, may have changed. In a session,
// where they never change, it does nothing.
func (w *Workspace) OnUpdate(f func()) {
	if w.Steps != nil {
		w.Steps.OnUpdate(f)
	}
}

// OnRecord registers f to run after every Gradients of a Trainer.
func (w *Workspace) OnRecord(f func()) {
	if w.Steps != nil {
		w.Steps.OnRecord(f)
	}
}

// Once returns what make returns, and calls make only once for all sessions of the network. It is
// for weights in the form that a kernel needs. The key must be comparable and name the layer.
func (w *Workspace) Once(key any, make func() any) any {
	if w.shared == nil {
		return make()
	}
	return w.shared.once(key, make)
}

// Scratch asks for n floats of working memory for every worker and returns a function that returns
// the memory of worker i. Contents do not survive the operation: all layers of a session share the
// same memory.
func (w *Workspace) Scratch(n int) func(i int) []float32 {
	s := w.scratch
	s.size = max(s.size, n)
	return func(i int) []float32 { return s.perWorker[i][:n:n] }
}

// Scratch is the working memory of one session, allocated once every layer has been bound.
type Scratch struct {
	size      int
	perWorker [][]float32
}

// Allocate gives each of n workers the largest amount that a layer has asked for.
func (s *Scratch) Allocate(n int) {
	s.perWorker = make([][]float32, n)
	for i := range s.perWorker {
		s.perWorker[i] = make([]float32, s.size)
	}
}

// Memory returns the working memory of each worker.
func (s *Scratch) Memory() [][]float32 { return s.perWorker }

// Shared holds results computed from a network's weights that its sessions share.
type Shared struct {
	mu   sync.Mutex
	made map[any]any
}

func (d *Shared) once(key any, make func() any) any {
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
