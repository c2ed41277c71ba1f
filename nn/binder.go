package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A buffer is the memory of a slot, in the layout it has.
type buffer struct {
	plain  *tensor.Tensor
	blocks *kernel.Blocks
}

// A binder gives the units of a plan their memory and makes the levels of a session.
type binder struct {
	*plan
	team        *kernel.Team
	arena       []float32
	work        *scratch
	acts, grads []buffer // by slot; empty where there is none
	ahead, back []level
	ops         []blockOp // by unit
	opsPlain    []Op

	training *training // of a Trainer, or nil
	learn    []level   // what the gradients of the parameters add to the levels back
	ends     []level   // in a Trainer: what only the network's input needs of them
}

func newBinder(p *plan, team *kernel.Team) *binder {
	b := &binder{plan: p, team: team, arena: make([]float32, p.floats), work: &scratch{}}
	b.acts = b.buffers(p.acts, p.actRoom)
	b.grads = make([]buffer, len(p.slots))
	if p.grads != nil {
		b.grads = b.buffers(p.grads, p.gradRoom)
	}
	return b
}

// buffers gives every slot its place in the arena.
func (b *binder) buffers(blocks []block, rooms [][4]int) []buffer {
	out := make([]buffer, len(b.slots))
	for s := range b.slots {
		root, offset := b.root(s)
		at := blocks[root]
		if at.size == 0 {
			continue
		}
		data := b.arena[at.offset : at.offset+at.size : at.offset+at.size]
		if !b.slots[s].blocked {
			out[s].plain = tensor.FromSlice(data, b.slots[s].shape...)
			continue
		}
		l := b.layout(root, rooms[root])
		l.Data, l.C = data, b.slots[s].shape[1]
		l.Origin += offset * l.Block
		out[s].blocks = l
	}
	return out
}

// bind makes the levels forward and backward.
func (b *binder) bind() (ahead, back []level) {
	b.ahead, b.back = make([]level, b.forward), make([]level, b.plan.back)
	b.learn, b.ends = make([]level, b.plan.back), make([]level, b.plan.back)
	b.ops, b.opsPlain = make([]blockOp, len(b.units)), make([]Op, len(b.units))
	masks := b.masks()
	for i := range b.units {
		switch u := &b.units[i]; u.form {
		case plain:
			b.bindPlain(i)
		case blocked:
			b.bindBlocked(i, masks)
		case toBlocks:
			b.bindPacking(i, b.acts, &b.ahead[b.levels[i]])
		case toPlain:
			b.bindUnpacking(i, b.acts, &b.ahead[b.levels[i]])
		}
	}
	for s := range b.slots {
		b.clearMargin(b.acts[s].blocks, s, b.actRoom, b.plan.acts, b.ahead, 0)
	}
	for i := range b.steps {
		b.bindStep(&b.steps[i])
	}
	if b.steps != nil {
		for s := range b.slots {
			b.clearMargin(b.grads[s].blocks, s, b.gradRoom, b.plan.grads, b.back, b.forward)
		}
	}
	return b.ahead, b.back
}

// masks returns, by unit and input, what the last contribution to a masked gradient has
// to be masked with.
func (b *binder) masks() map[contribution]*kernel.Blocks {
	masks := map[contribution]*kernel.Blocks{}
	for _, s := range b.steps {
		if n := len(s.list); s.mask && n > 0 {
			c := s.list[n-1]
			masks[contribution{unit: c.unit, input: c.input}] = b.acts[s.slot].blocks
		}
	}
	return masks
}

func (b *binder) binding(node int) *Binding {
	n := &Binding{Team: b.team, scratch: b.work, derived: &b.net.derived, node: node}
	if b.training != nil {
		n.training, n.grads = b.training, b.training.grads[node]
	}
	return n
}

func (b *binder) bindPlain(i int) {
	u := &b.units[i]
	n := b.binding(u.node)
	for _, s := range u.in {
		n.In = append(n.In, b.acts[s].plain)
		if b.steps != nil {
			n.DIn = append(n.DIn, b.grads[s].plain)
		}
	}
	for _, s := range u.out {
		n.Out = append(n.Out, b.acts[s].plain)
		if b.steps != nil {
			n.DOut = append(n.DOut, b.grads[s].plain)
		}
	}
	b.opsPlain[i] = u.layer.Bind(n)
	l := &b.ahead[b.levels[i]]
	l.before = append(l.before, whole(u.node, b.opsPlain[i].Forward))
}

func (b *binder) bindBlocked(i int, masks map[contribution]*kernel.Blocks) {
	u := &b.units[i]
	n := &blockBinding{Binding: b.binding(u.node), relu: u.relu}
	for k, s := range u.in {
		n.in = append(n.in, b.acts[s].blocks)
		n.din = append(n.din, b.grads[s].blocks)
		var narrow *tensor.Tensor
		if b.slots[s].narrow {
			narrow = b.grads[b.units[b.slots[s].producer].in[0]].plain
		}
		n.narrow = append(n.narrow, narrow)
		n.masks = append(n.masks, masks[contribution{unit: i, input: k}])
	}
	n.out = append(n.out, b.acts[u.out[0]].blocks)
	n.dout = append(n.dout, b.grads[u.out[0]].blocks)
	b.ops[i] = u.layer.(blockLayer).bindBlocks(n)
	y, op := n.out[0], &b.ops[i]
	l := &b.ahead[b.levels[i]]
	if op.prepare != nil {
		l.before = append(l.before, whole(u.node, op.prepare))
	}
	l.add([]job{{u.node, op.forward}}, cut(y.N, y.Count(), y.H, op.ahead))
	if b.training == nil {
		return
	}
	if op.reduce != nil {
		l := &b.back[b.ready[i]]
		l.before = append(l.before, whole(u.node, op.reduce))
	}
	if op.gradient != nil {
		l := &b.learn[b.ready[i]]
		l.addTasks(u.node, op.gradTasks, op.grad)
		l.after = append(l.after, whole(u.node, op.gradient))
	}
}

// packCost is what moving a row of a block between the layouts costs for each pixel.
const packCost = 400

func packGrain(x *kernel.Blocks) grain { return grain{blocks: 1, cost: float64(packCost * x.W)} }

// bindPacking puts on level l the work of a unit that makes blocked pictures.
func (b *binder) bindPacking(i int, bufs []buffer, l *level) {
	u := &b.units[i]
	from, to := bufs[u.in[0]].plain.Data, bufs[u.out[0]].blocks
	l.add([]job{{u.node, func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			to.Pack(from, p.n, k, p.h0, p.h1, false)
		}
	}}}, cut(to.N, to.Count(), to.H, packGrain(to)))
}

// bindUnpacking puts on level l the work of a unit that makes them plain.
func (b *binder) bindUnpacking(i int, bufs []buffer, l *level) {
	u := &b.units[i]
	from, to := bufs[u.in[0]].blocks, bufs[u.out[0]].plain.Data
	l.add([]job{{u.node, func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			from.Unpack(to, p.n, k, p.h0, p.h1, false)
		}
	}}}, cut(from.N, from.Count(), from.H, packGrain(from)))
}

// clear returns what sets the gradient of a slot to 0.
func (b *binder) clear(s int) func(int, part) {
	if t := b.grads[s].plain; t != nil {
		return func(int, part) { clear(t.Data) }
	}
	d := b.grads[s].blocks
	return func(int, part) {
		for n := range d.N {
			eachRow(d, part{n: n, b1: d.Count(), h1: d.H}, func(at, _, _, _ int) { clear(d.Data[at : at+d.W*lanes]) })
		}
	}
}

// clearMargin has the margin of a root set to 0 on the level where its life begins: the
// memory has been something else before.
func (b *binder) clearMargin(x *kernel.Blocks, s int, rooms [][4]int, blocks []block, levels []level, first int) {
	if x == nil || b.slots[s].parent >= 0 || rooms[s] == [4]int{} {
		return
	}
	node := 0
	if u := b.slots[s].producer; u >= 0 {
		node = b.units[u].node
	}
	clear := job{node, func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			x.ClearMargin(p.n, k, rooms[s])
		}
	}}
	levels[blocks[s].first-first].add([]job{clear}, cut(x.N, x.Count(), 1, grain{blocks: 1, cost: float64(x.H * marginCost)}))
}

// marginCost is what setting the margin between two rows to 0 takes, in multiply-adds.
const marginCost = 1000
