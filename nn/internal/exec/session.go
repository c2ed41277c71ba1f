// Package exec runs networks: forward, backward to their input, and, where that is wanted, to their
// weights.
//
// A session is made in five steps, one file each. lower.go turns the network into units of work,
// each on blocked pictures or on plain tensors; gradients.go orders the way back; plan.go gives
// every activation and gradient a place in one arena; memory.go says what all of it takes, and
// refuses what is too much; binder.go allocates the arena and binds the layers to it. The result is
// a list of levels (level.go): work that may run at once. batch.go runs large batches in groups that
// fit in the cache.
//
// Nothing here knows a kind of layer. The interfaces of package graph tell what layers can do.
package exec

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Options say what a session is for.
type Options struct {
	Batch       int  // examples run together, at least 1
	Threads     int  // goroutines used, at least 1. The result does not depend on it
	ForwardOnly bool // plan no gradients: less memory, Backward panics
	PlainOnly   bool // no blocked pictures: every layer as its Bind makes it

	Limit int64           // bytes that all of it may take
	Done  <-chan struct{} // or nil: once it is closed, what is running ends soon, with void results
}

// A Session runs a network on batches of up to one size. All its memory is planned and
// allocated by NewSession: Forward and Backward allocate nothing. A Session must not
// be used by two goroutines at once.
type Session struct {
	net       *graph.Network
	in, out   *tensor.Tensor
	din, dout *tensor.Tensor // nil if forward only
	done      <-chan struct{}
	rows      int // of the latest Forward; 0 before it, and if it was stopped

	team    *kernel.Team
	ahead   []level
	back    []level
	arena   []float32 // of all other activations and gradients
	scratch *graph.Scratch

	batch *batch // instead of a plan of its own, or nil
}

// NewSession plans a session and allocates its memory.
func NewSession(net *graph.Network, o Options) (*Session, error) {
	p, err := NewPlan(net, o)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.session(), nil
}

// newSession makes a session's input and output and their gradients.
func newSession(net *graph.Network, o Options) *Session {
	many := func(v int) *tensor.Tensor {
		return tensor.New(append([]int{o.Batch}, net.Values[v].Shape[1:]...)...)
	}
	s := &Session{net: net, in: many(net.Input), out: many(net.Output), done: o.Done}
	if net.Input == net.Output {
		s.out = s.in
	}
	if !o.ForwardOnly {
		s.din, s.dout = many(net.Input), many(net.Output)
		if net.Input == net.Output {
			s.din = s.dout
		}
	}
	return s
}

// bind builds the levels and allocates the memory of a session.
func (s *Session) bind(p *plan, threads int) *binder {
	b := newBinder(p, kernel.NewTeam(threads))
	b.acts[p.input].plain, b.acts[p.output].plain = s.in, s.out
	b.grads[p.input].plain, b.grads[p.output].plain = s.din, s.dout
	b.bind()
	b.scratch.Allocate(b.team.Threads())
	s.team, s.ahead, s.back, s.arena, s.scratch = b.team, b.ahead, b.back, b.arena, b.scratch
	return b
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (s *Session) Input() *tensor.Tensor { return s.in }

// Output returns what Forward returns.
func (s *Session) Output() *tensor.Tensor { return s.out }

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int {
	bytes := s.ends()
	for _, m := range s.Memory() {
		bytes += 4 * len(m)
	}
	if s.batch != nil && s.batch.dealt {
		for _, one := range s.batch.each {
			bytes += one.ends()
		}
	}
	return bytes
}

// ends returns the bytes of input and output and their gradients.
func (s *Session) ends() int {
	bytes := 4 * (s.in.Len() + s.out.Len())
	if s.dout != nil {
		bytes *= 2
	}
	return bytes
}

// Memory returns all memory of the session except its input and output and their gradients. Nothing
// in it has to survive from one Backward to the next Forward.
func (s *Session) Memory() (all [][]float32) {
	if s.batch == nil {
		return append(slices.Clip(s.scratch.Memory()), s.arena)
	}
	for _, one := range s.batch.each {
		all = append(all, one.Memory()...)
	}
	return all
}

// Forward runs the network on the first n examples of Input, and returns its output, of which the
// first n are theirs. It stops soon after done is closed, or, if that is nil, the session's own
// Options.Done; then the result is void. The tensor belongs to the session and is overwritten by the
// next Forward.
//
// Work on blocked pictures, which is nearly all of most networks, is done for n examples; layers on
// plain tensors compute as many as the next power of two. An example has the same bits whatever n is.
func (s *Session) Forward(n int, done <-chan struct{}) *tensor.Tensor {
	if n < 1 || n > s.in.Batch() {
		panic(fmt.Sprintf("nn: Forward of %d examples in a session for %d", n, s.in.Batch()))
	}
	s.stopBy(done)
	s.forward(n)
	return s.out
}

// Rows returns the number of examples of the latest Forward.
func (s *Session) Rows() int { return s.rows }

// Forget makes a Forward come next: the latest one was stopped.
func (s *Session) Forget() { s.rows = 0 }

// stopBy makes the teams stop when done is closed.
func (s *Session) stopBy(done <-chan struct{}) {
	if done == nil {
		done = s.done
	}
	if s.batch == nil {
		s.team.StopBy(done)
		return
	}
	s.batch.team.StopBy(done)
	for _, one := range s.batch.each {
		one.team.StopBy(done)
	}
}

func (s *Session) forward(n int) {
	s.rows = n
	if s.batch != nil {
		s.batch.forward(n)
		return
	}
	for i := range s.ahead {
		s.ahead[i].do(s.team, n)
	}
}

// Backward returns the gradient of sum(dout * output) with respect to the input, for as many of the
// first examples of the latest Forward as dout is for. It may be called repeatedly for one Forward,
// and stops as that does. The tensor belongs to the session and is overwritten by the next Backward.
func (s *Session) Backward(dout *tensor.Tensor, done <-chan struct{}) *tensor.Tensor {
	n := s.begin(dout)
	s.stopBy(done)
	s.backward(n)
	return s.din
}

// backward runs the way back from dout to din.
func (s *Session) backward(n int) {
	if s.batch != nil {
		s.batch.backward(n)
		return
	}
	for i := range s.back {
		s.back[i].do(s.team, n)
	}
}

// begin checks the gradient of the output, copies it to dout, and returns for how many examples it is.
func (s *Session) begin(dout *tensor.Tensor) (n int) {
	if s.dout == nil {
		panic("nn: Backward of a forward-only session")
	}
	if s.rows == 0 {
		panic("nn: Backward before the first Forward")
	}
	each := s.out.Len() / s.out.Batch()
	n = len(dout.Data) / each
	if n < 1 || n > s.rows || len(dout.Data) != n*each {
		panic(fmt.Sprintf("nn: Backward of shape %v, the output has shape %v", dout.Shape, append([]int{s.rows}, s.out.Shape[1:]...)))
	}
	copy(s.dout.Data, dout.Data)
	return n
}
