package exec

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A batch runs its examples in several sessions, each with some of them, because what a level
// writes for many examples has left the cache when the next level reads it. If the network mixes
// examples, they run one by one, and each thread takes whole examples.
type batch struct {
	team  *kernel.Team // one thread if the sessions use all of them
	each  []*Session
	ahead func(worker, i int)
	back  func(worker, i int)
}

// groupFloats is how much memory the examples of one session may take together.
const groupFloats = 1 << 24

// groups returns how many examples each session of a batch has, and how many threads.
func groups(net *graph.Network, o Options) (sizes []int, threads int) {
	size, threads := o.Batch, o.Threads
	switch {
	case o.Batch == 1:
	case net.Mixes():
		size = 1
		if o.Batch >= o.Threads {
			threads = 1
		}
	default:
		shapes, err := net.BatchShapes(1)
		if err == nil {
			each := lower(net, shapes, o.PlainOnly).planMemory(o.ForwardOnly, nil).floats
			size = max(1, groupFloats/max(1, each))
		}
	}
	for left := o.Batch; left > 0; left -= size {
		sizes = append(sizes, min(size, left))
	}
	return sizes, threads
}

// split gives a session sessions for parts of its batch instead of a plan of its own.
func (s *Session) split(p *Plan) {
	b := &batch{team: kernel.NewTeam(p.o.Threads / p.threads)}
	b.team.StopBy(p.o.Stop)
	at := 0
	for _, n := range p.sizes {
		part := func(t *tensor.Tensor) *tensor.Tensor {
			if t == nil {
				return nil
			}
			size := t.Len() / t.Batch()
			return tensor.FromSlice(t.Data[at*size:(at+n)*size], append([]int{n}, t.Shape[1:]...)...)
		}
		one := &Session{net: s.net, in: part(s.in), out: part(s.out), din: part(s.din), dout: part(s.dout)}
		one.run(p.plans[n], p.threads, p.o.Stop)
		b.each = append(b.each, one)
		at += n
	}
	b.ahead = func(_, i int) { b.each[i].Forward() }
	b.back = func(_, i int) { b.each[i].backward() }
	s.batch = b
}
