package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A Mixer is a layer that may treat axis 0 as more than a batch of examples.
type Mixer interface{ Mixes(in [][]int) bool }

// mixes reports whether some layer, given one example, does not keep axis 0 for the
// batch. Such a network is run example by example.
func (net *Network) mixes() bool {
	for _, n := range net.nodes {
		if m, ok := n.layer.(Mixer); ok && m.Mixes(net.shapes(n.in)) {
			return true
		}
	}
	return false
}

// A batch runs the examples of a batch each in a session of its own. With as many
// examples as threads, each thread takes whole examples.
type batch struct {
	team      *kernel.Team
	each      []*Session
	in, out   *tensor.Tensor
	din, dout *tensor.Tensor
	ahead     func(worker, i int)
	back      func(worker, i int)
}

// newBatch makes the sessions for o.Batch examples.
func (net *Network) newBatch(o SessionOptions) (*batch, error) {
	team := kernel.NewTeam(o.Threads)
	one := o
	one.Batch, one.Threads = 1, 1
	if o.Batch < team.Threads() {
		one.Threads, team = o.Threads, kernel.NewTeam(1)
	}
	b := &batch{team: team}
	for range o.Batch {
		s, err := net.NewSession(one)
		if err != nil {
			return nil, err
		}
		b.each = append(b.each, s)
	}
	many := func(t *tensor.Tensor) *tensor.Tensor {
		if t == nil {
			return nil
		}
		return tensor.New(append([]int{o.Batch}, t.Shape[1:]...)...)
	}
	s := b.each[0]
	b.in, b.out, b.din, b.dout = many(s.in), many(s.out), many(s.din), many(s.dout)
	b.ahead = func(_, i int) {
		copy(b.each[i].in.Data, b.in.Image(i))
		copy(b.out.Image(i), b.each[i].Forward().Data)
	}
	b.back = func(_, i int) {
		s := b.each[i]
		copy(s.dout.Data, b.dout.Image(i))
		s.backward()
		copy(b.din.Image(i), s.din.Data)
	}
	return b, nil
}
