package exec

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A buffer is the memory of a slot, in the layout it has.
type buffer struct {
	plain  *tensor.Tensor
	blocks *kernel.Blocks
}

// A binder gives the units of a plan their memory and builds the levels of a session.
type binder struct {
	*plan
	team        *kernel.Team
	arena       []float32
	scratch     *graph.Scratch
	acts, grads []buffer // by slot; empty where a slot has none
	ahead, back []level
	ops         []graph.BlockOp // by unit
	opsPlain    []plainOps      // by unit and number of examples, see rowsOf

	// If gradients of weights are wanted, the way back is three lists of as many levels.
	learn []level // these compute the gradients of weights
	ends  []level // these compute only the gradient of the network's input; back lacks that then
}

func newBinder(p *plan, team *kernel.Team) *binder {
	b := &binder{plan: p, team: team, arena: make([]float32, p.floats), scratch: &graph.Scratch{}}
	b.acts = b.buffers(p.acts, p.actRoom)
	b.grads = make([]buffer, len(p.slots))
	if p.grads != nil {
		b.grads = b.buffers(p.grads, p.gradRoom)
	}
	return b
}

// buffers gives every slot its place in the arena.
func (b *binder) buffers(lives []block, rooms [][4]int) []buffer {
	out := make([]buffer, len(b.slots))
	for s := range b.slots {
		root, offset := b.root(s)
		at := lives[root]
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

// bind builds the levels.
func (b *binder) bind() {
	b.ahead, b.back = make([]level, b.forward), make([]level, b.plan.back)
	b.learn, b.ends = make([]level, b.plan.back), make([]level, b.plan.back)
	b.ops, b.opsPlain = make([]graph.BlockOp, len(b.units)), make([]plainOps, len(b.units))
	masks := b.masks()
	for i := range b.units {
		switch u := &b.units[i]; u.form {
		case plain:
			b.bindPlain(i)
		case blocked:
			b.bindBlocked(i, masks)
		case toBlocks:
			b.bindPacking(i, &b.ahead[b.levels[i]])
		case toPlain:
			b.bindUnpacking(i, &b.ahead[b.levels[i]])
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
}

// masks returns, by unit and input, the mask that the last contribution to a masked gradient
// applies.
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

// workspace returns what the layer of a node works with besides tensors.
func (b *binder) workspace(node int) graph.Workspace {
	w := graph.NewWorkspace(b.team, b.scratch, &b.net.Shared)
	if b.weights != nil {
		w.Grads, w.Steps = b.weights.Grads[node], b.weights.Steps(node)
	}
	return w
}

// bindPlain binds a layer on plain tensors, once for each number of examples of rowsOf: what it
// computes at once cannot be cut by example afterwards.
func (b *binder) bindPlain(i int) {
	u := &b.units[i]
	for _, n := range b.rowsOf(u) {
		bound := &graph.Binding{Workspace: b.workspace(u.node)}
		first := func(of []buffer, slots []int) (list []*tensor.Tensor) {
			for _, s := range slots {
				list = append(list, b.firstRows(of[s].plain, n))
			}
			return list
		}
		bound.In, bound.Out = first(b.acts, u.in), first(b.acts, u.out)
		if b.steps != nil {
			bound.DIn, bound.DOut = first(b.grads, u.in), first(b.grads, u.out)
		}
		b.opsPlain[i].each = append(b.opsPlain[i].each, u.layer.Bind(bound))
	}
	ops := &b.opsPlain[i]
	l := &b.ahead[b.levels[i]]
	l.before = append(l.before, job{u.node, func(_ int, p blocks.Part) { ops.forward(p.N) }})
}

func (b *binder) bindBlocked(i int, masks map[contribution]*kernel.Blocks) {
	u := &b.units[i]
	n := &graph.BlockBinding{Workspace: b.workspace(u.node), ReLU: u.relu}
	for k, s := range u.in {
		n.In = append(n.In, b.acts[s].blocks)
		n.DIn = append(n.DIn, b.grads[s].blocks)
		var narrow *tensor.Tensor
		if b.slots[s].narrow {
			narrow = b.grads[b.units[b.slots[s].producer].in[0]].plain
		}
		n.Narrow = append(n.Narrow, narrow)
		n.Masks = append(n.Masks, masks[contribution{unit: i, input: k}])
	}
	n.Out = append(n.Out, b.acts[u.out[0]].blocks)
	n.DOut = append(n.DOut, b.grads[u.out[0]].blocks)
	if u.layer == nil {
		b.ops[i] = bindCopy(n)
	} else {
		b.ops[i] = u.layer.(graph.BlockLayer).BindBlocks(n)
	}
	y, op := n.Out[0], &b.ops[i]
	l := &b.ahead[b.levels[i]]
	if op.Prepare != nil {
		l.before = append(l.before, whole(u.node, op.Prepare))
	}
	l.add([]job{{u.node, op.Forward}}, blocks.Cut(y.N, y.Count(), y.H, op.Ahead))
	if op.Reduce != nil {
		l := &b.back[b.ready[i]]
		l.before = append(l.before, whole(u.node, op.Reduce))
	}
	if op.Gradient != nil && b.weights.wanted(u) {
		l := &b.learn[b.ready[i]]
		l.addTasks(u.node, op.GradTasks, op.Grad)
		l.after = append(l.after, whole(u.node, op.Gradient))
	}
}

// bindCopy binds a copy of blocked pictures.
func bindCopy(b *graph.BlockBinding) graph.BlockOp {
	x, y := b.In[0], b.Out[0]
	row := y.W * blocks.Lanes
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: float64(row)}, Forward: func(_ int, p blocks.Part) {
		blocks.EachRow(y, p, func(at, n, k, h int) { copy(y.Data[at:at+row], blocks.Row(x, n, k, h)) })
	}}
	if b.DOut[0] != nil {
		b.PassOn(0, &op)
	}
	return op
}

// bindPacking puts the work of a unit that packs blocked pictures on level l.
func (b *binder) bindPacking(i int, l *level) {
	u := &b.units[i]
	from, to := b.acts[u.in[0]].plain.Data, b.acts[u.out[0]].blocks
	l.add([]job{{u.node, func(_ int, p blocks.Part) { blocks.Pack(to, from, p, false) }}},
		blocks.Cut(to.N, to.Count(), to.H, blocks.PackGrain(to)))
}

// bindUnpacking puts the work of a unit that unpacks them on level l.
func (b *binder) bindUnpacking(i int, l *level) {
	u := &b.units[i]
	from, to := b.acts[u.in[0]].blocks, b.acts[u.out[0]].plain.Data
	l.add([]job{{u.node, func(_ int, p blocks.Part) { blocks.Unpack(to, from, p, false) }}},
		blocks.Cut(from.N, from.Count(), from.H, blocks.PackGrain(from)))
}

// clear returns the function that sets the gradient of a slot to 0, for as many examples as its part
// says. On plain tensors it clears all: layers there may work on more examples than run.
func (b *binder) clear(s int) func(int, blocks.Part) {
	if t := b.grads[s].plain; t != nil {
		return func(int, blocks.Part) { clear(t.Data) }
	}
	d := b.grads[s].blocks
	return func(_ int, p blocks.Part) {
		for n := range min(p.N, d.N) {
			blocks.EachRow(d, blocks.Part{N: n, B1: d.Count(), H1: d.H}, func(at, _, _, _ int) { clear(d.Data[at : at+d.W*blocks.Lanes]) })
		}
	}
}

// clearMargin sets the margin of a root to 0 on the level where its life begins, since other values
// used the memory before.
func (b *binder) clearMargin(x *kernel.Blocks, s int, rooms [][4]int, lives []block, levels []level, first int) {
	if x == nil || b.slots[s].parent >= 0 || rooms[s] == [4]int{} {
		return
	}
	node := 0
	if u := b.slots[s].producer; u >= 0 {
		node = b.units[u].node
	}
	clear := job{node, func(_ int, p blocks.Part) {
		for k := p.B0; k < p.B1; k++ {
			x.ClearMargin(p.N, k, rooms[s])
		}
	}}
	levels[lives[s].first-first].add([]job{clear}, blocks.Cut(x.N, x.Count(), 1, blocks.Grain{Blocks: 1, Cost: float64(x.H * marginCost)}))
}

// marginCost is the cost, in multiply-adds, of setting the margin between two rows to 0.
const marginCost = 1000
