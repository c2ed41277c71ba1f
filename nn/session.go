package nn

import (
	"errors"
	"fmt"
	"runtime"

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
	in, out   *tensor.Tensor
	din, dout *tensor.Tensor // nil if forward only
	forwards  int

	team  *kernel.Team
	ahead []level
	back  []level
	arena []float32 // of all other activations and gradients
	work  *scratch

	batch *batch // instead of a plan of its own, or nil
}

// NewSession plans a session.
func (net *Network) NewSession(o SessionOptions) (*Session, error) {
	o.Batch = max(o.Batch, 1)
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if err := net.checkBatch(o.Batch); err != nil {
		return nil, fmt.Errorf("batch of %d: %w", o.Batch, err)
	}
	s := newSession(net, o)
	if sizes, threads := net.groups(o); len(sizes) > 1 {
		return s, s.split(o, sizes, threads)
	}
	return s, s.plan(o)
}

// newSession makes a session's input and output and their gradients.
func newSession(net *Network, o SessionOptions) *Session {
	many := func(v int) *tensor.Tensor {
		return tensor.New(append([]int{o.Batch}, net.values[v].shape[1:]...)...)
	}
	s := &Session{net: net, in: many(net.input), out: many(net.output)}
	if net.input == net.output {
		s.out = s.in
	}
	if !o.ForwardOnly {
		s.din, s.dout = many(net.input), many(net.output)
		if net.input == net.output {
			s.din = s.dout
		}
	}
	return s
}

// checkBatch refuses a batch that would take too much memory.
func (net *Network) checkBatch(n int) error {
	if !net.Mixes() {
		_, err := net.batchShapes(n)
		return err
	}
	shapes, err := net.batchShapes(1)
	total := 0
	for _, s := range shapes {
		total += tensor.Size(s)
	}
	if err == nil && total > maxTotalSize/n {
		err = errTooLarge
	}
	return err
}

// plan gives a session its levels.
func (s *Session) plan(o SessionOptions) error {
	shapes, err := s.net.batchShapes(o.Batch)
	if err != nil {
		return err
	}
	p := s.net.lower(shapes, o.plainOnly).planMemory(o.ForwardOnly)
	if p.floats > maxTotalSize {
		p = s.net.lower(shapes, true).planMemory(o.ForwardOnly)
	}
	s.bind(newBinder(p, kernel.NewTeam(o.Threads)))
	share(s.ahead, s.team.Threads())
	share(s.back, s.team.Threads())
	return nil
}

// bind makes the levels and the memory of a session.
func (s *Session) bind(b *binder) {
	p := b.plan
	b.acts[p.input].plain, b.acts[p.output].plain = s.in, s.out
	b.grads[p.input].plain, b.grads[p.output].plain = s.din, s.dout
	s.ahead, s.back = b.bind()
	for range b.team.Threads() {
		b.work.perWorker = append(b.work.perWorker, make([]float32, b.work.size))
	}
	s.team, s.arena, s.work = b.team, b.arena, b.work
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (s *Session) Input() *tensor.Tensor { return s.in }

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int {
	bytes := 4 * (s.in.Len() + s.out.Len())
	if s.dout != nil {
		bytes *= 2
	}
	if s.batch == nil {
		return bytes + 4*(len(s.arena)+len(s.work.perWorker)*s.work.size)
	}
	for _, one := range s.batch.each {
		bytes += 4 * (len(one.arena) + len(one.work.perWorker)*one.work.size)
	}
	return bytes
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

// backward goes from dout to din.
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
