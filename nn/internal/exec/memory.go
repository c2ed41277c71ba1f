package exec

import (
	"fmt"
	"math"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A Plan is a session before it takes memory.
type Plan struct {
	net     *graph.Network
	o       Options
	sizes   []int         // examples of each group
	threads int           // of each group
	plans   map[int]*plan // by number of examples
}

// NewPlan plans a session.
func NewPlan(net *graph.Network, o Options) (*Plan, error) {
	if err := checkBatch(net, o.Batch); err != nil {
		return nil, fmt.Errorf("batch of %d: %w", o.Batch, err)
	}
	p := &Plan{net: net, o: o, plans: map[int]*plan{}}
	p.sizes, p.threads = groups(net, o)
	for _, n := range p.sizes {
		if p.plans[n] != nil {
			continue
		}
		shapes, err := net.BatchShapes(n)
		if err != nil {
			return nil, err
		}
		one := lower(net, shapes, o.PlainOnly).planMemory(o.ForwardOnly, nil)
		if one.floats > graph.MaxTotalSize {
			one = lower(net, shapes, true).planMemory(o.ForwardOnly, nil)
		}
		p.plans[n] = one
	}
	return p, nil
}

// checkBatch refuses a batch that would take too much memory.
func checkBatch(net *graph.Network, n int) error {
	if !net.Mixes() {
		_, err := net.BatchShapes(n)
		return err
	}
	shapes, err := net.BatchShapes(1)
	total := 0
	for _, s := range shapes {
		total += tensor.Size(s)
	}
	if err == nil && total > graph.MaxTotalSize/n {
		err = graph.ErrTooLarge
	}
	return err
}

// session allocates the memory of the plan and binds the layers to it.
func (p *Plan) session() *Session {
	s := newSession(p.net, p.o)
	if len(p.sizes) > 1 {
		s.split(p)
	} else {
		s.run(p.plans[p.sizes[0]], p.threads)
	}
	return s
}

// run gives a session its levels.
func (s *Session) run(p *plan, threads int) {
	s.bind(p, threads)
	share(s.ahead, s.team.Threads())
	share(s.back, s.team.Threads())
}

// Memory is what a session takes, in bytes. Numbers too large for an int64 are its largest.
type Memory struct {
	Session int64 // activations, gradients and working memory: Session.Bytes
	Tables  int64 // what levels and bound layers hold besides, at most
	Packed  int64 // weights in the form of the kernels, at most; all sessions of the network share them
}

// Total returns what a session takes, packed weights included.
func (m Memory) Total() int64 { return add(add(m.Session, m.Tables), m.Packed) }

// unitBytes is what a unit takes for itself: its description, closures and tasks.
const unitBytes = 6 << 10

// Memory returns what a session of the plan takes.
func (p *Plan) Memory() Memory {
	ends := int64(tensor.Size(p.net.Values[p.net.Input].Shape) + tensor.Size(p.net.Values[p.net.Output].Shape))
	if !p.o.ForwardOnly {
		ends *= 2
	}
	m := Memory{Session: times(4*ends, int64(p.o.Batch))}
	if p.dealt() { // each group has examples of its own
		m.Session = add(m.Session, times(4*ends, int64(p.sizes[0]*len(p.sizes))))
	}
	for n, count := range p.groups() {
		each := p.plans[n].memory(p.threads)
		m.Session = add(m.Session, times(count, each.Session))
		m.Tables = add(m.Tables, times(count, each.Tables))
		m.Packed = max(m.Packed, each.Packed)
	}
	return m
}

// groups returns how many groups there are of each number of examples.
func (p *Plan) groups() map[int]int64 {
	counts := map[int]int64{}
	for _, n := range p.sizes {
		counts[n]++
	}
	return counts
}

// memory returns what a plan takes without the network's input and output.
func (p *plan) memory(threads int) (m Memory) {
	scratch := 0
	for i := range p.units {
		packed := int64(0)
		for _, n := range p.rowsOf(&p.units[i]) {
			w := p.work(&p.units[i], n, threads)
			scratch = max(scratch, w.Scratch)
			m.Tables = add(m.Tables, add(unitBytes, w.Tables))
			packed = max(packed, w.Packed)
		}
		m.Packed = add(m.Packed, packed)
	}
	m.Session = times(4, add(int64(p.floats), times(int64(scratch), int64(threads))))
	return m
}

// largest returns the node that takes the most, and how much: its outputs and their gradients,
// tables and packed weights, for all groups.
func (p *Plan) largest() (node int, most int64) {
	nodes := make([]int64, len(p.net.Nodes))
	for n, count := range p.groups() {
		one := p.plans[n]
		for i := range one.units {
			u := &one.units[i]
			w := one.work(u, n, p.threads)
			bytes := w.Tables
			for _, s := range u.out {
				bytes = add(bytes, one.slotBytes(s))
			}
			nodes[u.node] = add(nodes[u.node], add(times(count, bytes), w.Packed))
		}
	}
	for i, bytes := range nodes {
		if bytes > most {
			node, most = i, bytes
		}
	}
	return node, most
}

// work returns what the layer of a unit works with besides tensors, bound for n examples.
func (p *plan) work(u *unit, n, threads int) graph.Work {
	l, ok := u.layer.(graph.Worker)
	if !ok {
		return graph.Work{}
	}
	in := make([][]int, len(p.net.Nodes[u.node].In)) // without an addend
	for k := range in {
		in[k] = p.withBatch(p.slots[u.in[k]].shape, n)
	}
	return l.Work(in, graph.Use{Threads: threads, Backward: p.steps != nil, Blocked: u.form == blocked, Narrow: p.slots[u.in[0]].narrow})
}

// slotBytes returns what a value and its gradient take, with the share of margins of what it is a
// part of.
func (p *plan) slotBytes(s int) int64 {
	room := func(rooms [][4]int) int64 {
		root, _ := p.root(s)
		return times(4, int64(p.size(s, rooms[root])))
	}
	bytes := room(p.actRoom)
	if p.steps != nil {
		bytes = add(bytes, room(p.gradRoom))
	}
	return bytes
}

// add returns a+b, or the largest number if that is more; neither is negative.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// times returns a*b, or the largest number if that is more; neither is negative.
func times(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// A MemoryError says that a session would take more memory than it may.
type MemoryError struct {
	Need, Limit int64 // bytes
	Batch       int
	Layer, Kind string // the layer that takes the most
	Most        int64  // its bytes
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("running the network on %d example(s) at a time takes %s, more than the limit of %s; its layer %q (%s) takes the most, %s",
		e.Batch, megabytes(e.Need), megabytes(e.Limit), e.Layer, e.Kind, megabytes(e.Most))
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", (n-1)>>20+1) }

// check returns a MemoryError if the session would take more than its limit.
func (p *Plan) check() error {
	if p.o.Limit <= 0 {
		return nil
	}
	m := p.Memory()
	if m.Total() <= p.o.Limit {
		return nil
	}
	e := &MemoryError{Need: m.Total(), Limit: p.o.Limit, Batch: p.o.Batch}
	if len(p.net.Nodes) > 0 {
		node, most := p.largest()
		e.Layer, e.Kind, e.Most = p.net.Nodes[node].Name, p.net.Nodes[node].Layer.Kind(), most
	}
	return e
}
