package exec

import (
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A batch runs its examples in several sessions, each with some of them. There are three reasons.
//
// What a level writes for many examples has left the cache when the next level reads it.
//
// A small network gives each thread so little at each level that waiting for the other threads costs
// more than a tenth of the time: each thread takes whole examples, some at a time.
//
// A network that mixes examples runs them one by one; each thread takes whole ones.
//
// Sessions of several examples that run at once, one on each thread, are dealt examples like cards, and
// copy them: so all have as many, of any number of first examples. Others have neighbours, and no
// copies.
type batch struct {
	size  int          // examples of each session; the last one may have fewer, unless they are dealt
	dealt bool         // session i has the examples i, i+used, i+2*used, ...
	used  int          // sessions that ran in the latest forward pass, if they are dealt
	rows  int          // examples that run
	team  *kernel.Team // one thread if the sessions use all of them
	each  []*Session
	ahead func(worker, i int)
	back  func(worker, i int)
}

const (
	// groupFloats is how much memory the examples of one session may take together.
	groupFloats = 1 << 24

	// smallMACs is how many multiply-adds an example of a small network takes at most. With two
	// threads, sessions of one thread took .8 of the processor time at 0.6 million, .9 at 40 million,
	// and the same at 400 million.
	smallMACs = 1 << 26

	// smallRows is how many examples of a small network a thread runs together: with 8, fully connected
	// layers pack their weights twice as often, a twentieth of the time; more than 16 gain nothing.
	smallRows = 16
)

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
	case o.Threads > 1 && o.Batch >= o.Threads && net.MACs() <= smallMACs:
		rounds := ceil(o.Batch, smallRows*o.Threads)
		return slices.Repeat([]int{ceil(o.Batch, rounds*o.Threads)}, rounds*o.Threads), 1
	default:
		size = cached(net, o)
	}
	for left := o.Batch; left > 0; left -= size {
		sizes = append(sizes, min(size, left))
	}
	return sizes, threads
}

func ceil(a, b int) int { return (a + b - 1) / b }

// dealt reports whether the groups of a plan are dealt examples.
func (p *Plan) dealt() bool { return len(p.sizes) > 1 && p.sizes[0] > 1 && p.threads < p.o.Threads }

// cached returns how many examples the cache can hold from one level to the next.
func cached(net *graph.Network, o Options) int {
	shapes, err := net.BatchShapes(1)
	if err != nil {
		return o.Batch
	}
	each := lower(net, shapes, o.PlainOnly).planMemory(o.ForwardOnly, nil).floats
	return max(1, groupFloats/max(1, each))
}

// NaturalBatch returns how many examples are best run together: as many as keep all threads busy with
// what the cache can hold. More gain nothing, and take more memory. The batch of o is ignored.
func NaturalBatch(net *graph.Network, o Options) int {
	switch {
	case net.Mixes():
		return o.Threads
	case net.MACs() <= smallMACs:
		return smallRows * o.Threads
	}
	return min(smallRows, cached(net, o))
}

// split gives a session sessions for parts of its batch instead of a plan of its own.
func (s *Session) split(p *Plan) {
	b := &batch{size: p.sizes[0], dealt: p.dealt(), team: kernel.NewTeam(p.o.Threads / p.threads)}
	at := 0
	for _, n := range p.sizes {
		var one *Session
		if b.dealt {
			o := p.o
			o.Batch = n
			one = newSession(p.net, o)
		} else {
			one = s.part(at, n)
		}
		one.run(p.plans[n], p.threads)
		b.each = append(b.each, one)
		at += n
	}
	b.ahead = func(_, i int) { b.each[i].forward(b.rowsOf(i)) }
	b.back = func(_, i int) { b.each[i].backward(b.rowsOf(i)) }
	if b.dealt {
		b.ahead = func(_, i int) {
			b.deal(i, s.in, b.each[i].in)
			b.each[i].forward(b.rowsOf(i))
			b.collect(i, s.out, b.each[i].out)
		}
		b.back = func(_, i int) {
			b.deal(i, s.dout, b.each[i].dout)
			b.each[i].backward(b.rowsOf(i))
			b.collect(i, s.din, b.each[i].din)
		}
	}
	s.batch = b
}

// part returns a session for n neighbours, from at on, which shares the ends of s.
func (s *Session) part(at, n int) *Session {
	part := func(t *tensor.Tensor) *tensor.Tensor {
		if t == nil {
			return nil
		}
		size := t.Len() / t.Batch()
		return tensor.FromSlice(t.Data[at*size:(at+n)*size], append([]int{n}, t.Shape[1:]...)...)
	}
	return &Session{net: s.net, in: part(s.in), out: part(s.out), din: part(s.din), dout: part(s.dout)}
}

// forward runs the first n examples.
func (b *batch) forward(n int) {
	b.rows, b.used = n, ceil(n, b.size)
	if b.dealt { // no thread is without
		b.used = min(len(b.each), ceil(b.used, b.team.Threads())*b.team.Threads())
	}
	b.team.For(min(n, b.used), b.ahead)
}

// backward runs the first n of the latest forward pass.
func (b *batch) backward(n int) {
	b.rows = n
	if b.dealt {
		b.team.For(min(n, b.used), b.back)
		return
	}
	b.team.For(ceil(n, b.size), b.back)
}

// rowsOf returns how many of the examples that run session i has.
func (b *batch) rowsOf(i int) int {
	if b.dealt {
		return ceil(b.rows-i, b.used)
	}
	return min(b.size, b.rows-i*b.size)
}

// deal copies the examples of session i to it, and collect copies its results back.
func (b *batch) deal(i int, all, own *tensor.Tensor) {
	for k := range b.rowsOf(i) {
		copy(own.Image(k), all.Image(i+k*b.used))
	}
}

func (b *batch) collect(i int, all, own *tensor.Tensor) {
	for k := range b.rowsOf(i) {
		copy(all.Image(i+k*b.used), own.Image(k))
	}
}
