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
}

// A Session runs a Network on batches of one size. All its memory is planned and
// allocated by NewSession: Forward and Backward allocate nothing. A Session must not
// be used by two goroutines at once.
type Session struct {
	net      *Network
	ops      []Op
	clears   [][]*tensor.Tensor // gradients to zero before node i goes backward
	in, out  *tensor.Tensor
	din      *tensor.Tensor
	dout     *tensor.Tensor
	bytes    int
	forwards int
}

// NewSession plans a session.
func (net *Network) NewSession(o SessionOptions) (*Session, error) {
	batch := max(o.Batch, 1)
	shapes, err := net.batchShapes(batch)
	if err != nil {
		return nil, fmt.Errorf("batch of %d: %w", batch, err)
	}
	p := net.planMemory(shapes, o.ForwardOnly)
	arena := make([]float32, p.arena)
	view := func(b block, shape []int) *tensor.Tensor {
		if b.size == 0 {
			return nil
		}
		return tensor.FromSlice(arena[b.offset:b.offset+b.size:b.offset+b.size], shape...)
	}
	acts, grads := make([]*tensor.Tensor, len(net.values)), make([]*tensor.Tensor, len(net.values))
	for v := range net.values {
		acts[v], grads[v] = view(p.acts[v], shapes[v]), view(p.grads[v], shapes[v])
	}
	s := &Session{net: net, in: acts[net.input], out: acts[net.output], din: grads[net.input], dout: grads[net.output]}
	work := &scratch{}
	team := kernel.NewTeam(o.Threads)
	s.clears = make([][]*tensor.Tensor, len(net.nodes))
	for _, n := range net.nodes {
		b := &Binding{Team: team, scratch: work, derived: &net.derived}
		for _, v := range n.in {
			b.In = append(b.In, acts[v])
		}
		for _, v := range n.out {
			b.Out = append(b.Out, acts[v])
		}
		if !o.ForwardOnly {
			for _, v := range n.in {
				b.DIn = append(b.DIn, grads[v])
			}
			for _, v := range n.out {
				b.DOut = append(b.DOut, grads[v])
			}
		}
		s.ops = append(s.ops, n.layer.Bind(b))
	}
	if !o.ForwardOnly {
		for v, c := range net.consumers() {
			if len(c) > 0 && grads[v] != nil {
				last := c[len(c)-1]
				s.clears[last] = append(s.clears[last], grads[v])
			} else if p := net.values[v].producer; p >= 0 && v != net.output && grads[v] != nil {
				// An output that nobody uses: its gradient is zero.
				s.clears[p] = append(s.clears[p], grads[v])
			}
		}
	}
	for range team.Threads() {
		work.perWorker = append(work.perWorker, make([]float32, work.size))
	}
	s.bytes = 4 * (p.arena + team.Threads()*work.size)
	return s, nil
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (s *Session) Input() *tensor.Tensor { return s.in }

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int { return s.bytes }

// Forward runs the network on Input and returns its output, (N,K) for a classifier.
// The tensor belongs to the session and is overwritten by the next Forward.
func (s *Session) Forward() *tensor.Tensor {
	for i := range s.ops {
		s.ops[i].Forward()
	}
	s.forwards++
	return s.out
}

// Backward returns the gradient of sum(dout * output) with respect to the input at
// the latest Forward, shape (N,C,H,W). It may be called repeatedly for one Forward.
// The tensor belongs to the session and is overwritten by the next Backward.
func (s *Session) Backward(dout *tensor.Tensor) *tensor.Tensor {
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
	for i := len(s.ops) - 1; i >= 0; i-- {
		s.backward(i)
	}
	return s.din
}

// backward runs node i back, after zeroing the gradients that it is the first to add to.
func (s *Session) backward(i int) {
	for _, g := range s.clears[i] {
		clear(g.Data)
	}
	s.ops[i].Backward()
}
