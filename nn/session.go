package nn

import (
	"errors"
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

var errTooLarge = errors.New("the values of the batch exceed the memory limit: use a smaller batch")

// SessionOptions say what a session is for.
type SessionOptions struct {
	Batch       int  // examples run together; 0 means 1
	Threads     int  // goroutines used; 0 means GOMAXPROCS. The result does not depend on it
	ForwardOnly bool // plan no gradients: less memory, Backward panics

	plainOnly bool // no blocked pictures: every layer as its Bind makes it
}

// A Session runs a Network on batches of one size. All its memory is planned and
// allocated by NewSession: Forward and Backward allocate nothing. A Session must not
// be used by two goroutines at once.
type Session struct {
	net       *Network
	team      *kernel.Team
	ahead     []level
	back      []level
	in, out   *tensor.Tensor
	din, dout *tensor.Tensor
	arena     []float32 // of all activations and gradients
	work      *scratch
	forwards  int

	batch *batch // instead of all the above but in, out, din and dout, or nil
}

// NewSession plans a session.
func (net *Network) NewSession(o SessionOptions) (*Session, error) {
	o.Batch = max(o.Batch, 1)
	if o.Batch > 1 && net.mixes() {
		b, err := net.newBatch(o)
		if err != nil {
			return nil, err
		}
		return &Session{net: net, in: b.in, out: b.out, din: b.din, dout: b.dout, batch: b}, nil
	}
	shapes, err := net.batchShapes(o.Batch)
	if err != nil {
		return nil, fmt.Errorf("batch of %d: %w", o.Batch, err)
	}
	p := net.lower(shapes, o.plainOnly).planMemory(o.ForwardOnly)
	if p.floats > maxTotalSize {
		p = net.lower(shapes, true).planMemory(o.ForwardOnly)
	}
	b := newBinder(p, kernel.NewTeam(o.Threads))
	s := &Session{net: net, team: b.team, arena: b.arena, work: b.work, in: b.acts[p.input].plain, out: b.acts[p.output].plain}
	if !o.ForwardOnly {
		s.din, s.dout = b.grads[p.input].plain, b.grads[p.output].plain
	}
	s.ahead, s.back = b.bind()
	for range b.team.Threads() {
		b.work.perWorker = append(b.work.perWorker, make([]float32, b.work.size))
	}
	return s, nil
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (s *Session) Input() *tensor.Tensor { return s.in }

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int {
	if s.batch != nil {
		return len(s.batch.each) * s.batch.each[0].Bytes()
	}
	return 4 * (len(s.arena) + len(s.work.perWorker)*s.work.size)
}

// Forward runs the network on Input and returns its output, (N,K) for a classifier.
// The tensor belongs to the session and is overwritten by the next Forward.
func (s *Session) Forward() *tensor.Tensor {
	s.forwards++
	if s.batch != nil {
		s.batch.team.For(len(s.batch.each), s.batch.ahead)
		return s.out
	}
	for i := range s.ahead {
		s.ahead[i].do(s.team)
	}
	return s.out
}

// Backward returns the gradient of sum(dout * output) with respect to the input at
// the latest Forward, shape (N,C,H,W). It may be called repeatedly for one Forward.
// The tensor belongs to the session and is overwritten by the next Backward.
func (s *Session) Backward(dout *tensor.Tensor) *tensor.Tensor {
	s.begin(dout)
	s.backward()
	return s.din
}

// backward runs from dout to din.
func (s *Session) backward() {
	if s.batch != nil {
		s.batch.team.For(len(s.batch.each), s.batch.back)
		return
	}
	for i := range s.back {
		s.back[i].do(s.team)
	}
}

// begin takes in the gradient of the output.
func (s *Session) begin(dout *tensor.Tensor) {
	if s.dout == nil {
		panic("nn: Backward of a forward-only session")
	}
	if s.forwards == 0 {
		panic("nn: Backward before the first Forward")
	}
	if len(dout.Data) != len(s.dout.Data) {
		panic(fmt.Sprintf("nn: Backward of shape %v, the output has shape %v", dout.Shape, s.out.Shape))
	}
	copy(s.dout.Data, dout.Data)
}
