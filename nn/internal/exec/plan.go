package exec

import (
	"math"
	"slices"
	"sort"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// A block is a buffer of the plan. It is live from step first to step last, both included. Steps
// number the levels forward, then those backward.
type block struct {
	size, first, last int
	offset            int
}

// use extends the life of the block to a step.
func (b *block) use(step int) {
	b.first, b.last = min(b.first, step), max(b.last, step)
}

// A plan gives every activation and gradient of a network a place in one arena. Buffers that are
// live at the same time do not overlap.
type plan struct {
	*unitGraph
	weights     *Weights   // whose gradients are wanted, or nil
	steps       []gradient // nil if there is no way back
	levels      []int      // by unit: its level forward
	ready       []int      // by unit: the level backward from which on the output's gradient is complete
	forward     int        // number of levels forward
	back        int        // number of levels backward
	acts, grads []block    // by root; size 0 where there is none
	actRoom     [][4]int   // margins, by root
	gradRoom    [][4]int
	floats      int // of the arena
}

// planMemory computes levels, margins and lifetimes. What a Backward reads lives to the end, so
// that Backward may be called repeatedly for one Forward (a Jacobian, row by row). Other memory is
// free again after its last reader.
func (g *unitGraph) planMemory(forwardOnly bool, w *Weights) *plan {
	p := &plan{unitGraph: g, weights: w, levels: make([]int, len(g.units))}
	p.actRoom, p.gradRoom = make([][4]int, len(g.slots)), make([][4]int, len(g.slots))
	for i := range g.units {
		for _, s := range g.units[i].in {
			p.levels[i] = max(p.levels[i], p.madeAt(s)+1)
		}
		p.forward = max(p.forward, p.levels[i]+1)
	}
	if !forwardOnly {
		p.steps, p.ready = g.backward()
		for _, s := range p.steps {
			p.back = max(p.back, s.level+1)
		}
	}
	p.margins()
	p.activations()
	if !forwardOnly {
		p.gradients()
	}
	for _, blocks := range [][]block{p.acts, p.grads} {
		if blocks != nil { // these have memory of their own
			blocks[p.input], blocks[p.output] = block{}, block{}
		}
	}
	p.floats = place(p.acts, p.grads)
	return p
}

// madeAt returns the level on which a slot is complete, -1 for the input.
func (p *plan) madeAt(s int) int {
	level := -1
	for _, part := range p.slots[s].parts {
		level = max(level, p.madeAt(part))
	}
	if u := p.slots[s].producer; u >= 0 {
		level = p.levels[u]
	}
	return level
}

// margins finds the margins that layers need around their inputs.
func (p *plan) margins() {
	widen := func(rooms [][4]int, s int, m [4]int) {
		root, _ := p.root(s)
		for i := range m {
			rooms[root][i] = max(rooms[root][i], m[i])
		}
	}
	for i := range p.units {
		u := &p.units[i]
		widen(p.actRoom, u.in[0], u.skills.Margin)
		widen(p.gradRoom, u.out[0], u.skills.GradMargin)
	}
}

// layout returns the layout of a root's memory, without the memory.
func (p *plan) layout(s int, room [4]int) *kernel.Blocks {
	return kernel.Layout(p.slots[s].shape, room, p.slots[s].narrow)
}

// size returns how many floats a root takes.
func (p *plan) size(s int, room [4]int) int {
	if !p.slots[s].blocked {
		return tensor.Size(p.slots[s].shape)
	}
	b := p.layout(s, room)
	return b.N * b.Image
}

// buffers returns a block for every root, not live yet.
func (p *plan) buffers(rooms [][4]int) []block {
	blocks := make([]block, len(p.slots))
	for s := range blocks {
		if p.slots[s].parent < 0 {
			blocks[s] = block{size: p.size(s, rooms[s]), first: math.MaxInt, last: -1}
		}
	}
	return blocks
}

func (p *plan) activations() {
	p.acts = p.buffers(p.actRoom)
	use := func(s, step int) {
		root, _ := p.root(s)
		p.acts[root].use(step)
	}
	end := p.forward + p.back
	for i := range p.units {
		u := &p.units[i]
		var reads graph.Reads
		if p.steps != nil {
			reads = u.reads()
		}
		for k, s := range u.in {
			use(s, p.levels[i])
			if reads.In || k == 0 && p.weights.wanted(u) {
				use(s, end)
			}
		}
		for _, s := range u.out {
			use(s, p.levels[i])
			if reads.Out || u.relu && p.steps != nil {
				use(s, end)
			}
		}
	}
}

func (p *plan) gradients() {
	p.grads = p.buffers(p.gradRoom)
	use := func(s, level int) {
		root, _ := p.root(s)
		p.grads[root].use(p.forward + level)
	}
	for _, step := range p.steps {
		if step.slot >= 0 {
			use(step.slot, step.level)
		}
		for _, s := range step.clears {
			use(s, step.level)
		}
		for _, c := range step.list {
			u := &p.units[c.unit]
			for _, s := range u.out {
				use(s, step.level)
			}
			if step.slot < 0 {
				for _, s := range u.in {
					use(s, step.level)
				}
			}
		}
	}
	for i := range p.units {
		if u := &p.units[i]; p.weights.wanted(u) {
			use(u.out[0], p.ready[i])
		}
	}
	for s := range p.grads {
		if p.grads[s].last < 0 {
			p.grads[s] = block{} // nobody reads it
		}
	}
}

// mostSearched is how many blocks look for the lowest free offset, each among all that have one.
// The largest networks in use have some thousand blocks; a chain of a hundred thousand layers would
// take minutes.
const mostSearched = 1 << 13

// line is the number of floats in a cache line.
const line = 16

// place gives every block an offset that is free during its life, and returns the size of the
// arena; if that is more than an int can say, nearly the largest one, and the offsets are void.
// Large blocks come first and get the lowest offset. Beyond mostSearched, blocks only share memory
// with others of the same size.
func place(lists ...[]block) int {
	var todo []*block
	for _, l := range lists {
		for i := range l {
			if l[i].size > 0 {
				todo = append(todo, &l[i])
			}
		}
	}
	sort.SliceStable(todo, func(i, j int) bool { return todo[i].size > todo[j].size })
	arena := 0
	end := func(at, size int) int {
		if at > math.MaxInt-line-size {
			return math.MaxInt - line
		}
		return at + size
	}
	n := min(len(todo), mostSearched)
	var placed []*block // by offset
	for _, b := range todo[:n] {
		at := 0
		for _, q := range placed {
			if q.last < b.first || b.last < q.first {
				continue
			}
			if q.offset-at >= b.size {
				break
			}
			at = max(at, aligned(q.offset+q.size))
		}
		b.offset = at
		i := sort.Search(len(placed), func(i int) bool { return placed[i].offset > at })
		placed = slices.Insert(placed, i, b)
		arena = max(arena, end(at, b.size))
	}
	for rest := todo[n:]; len(rest) > 0; {
		k := sort.Search(len(rest), func(i int) bool { return rest[i].size < rest[0].size })
		arena = end(aligned(arena), alike(rest[:k], aligned(arena)))
		rest = rest[k:]
	}
	return arena
}

func aligned(at int) int { return (at + line - 1) / line * line }

// alike gives blocks of one size offsets from at on, as few as there are blocks live at the same
// time, and returns how much room they take.
func alike(blocks []*block, at int) int {
	begins, ends := slices.Clone(blocks), slices.Clone(blocks)
	slices.SortStableFunc(begins, func(a, b *block) int { return a.first - b.first })
	slices.SortStableFunc(ends, func(a, b *block) int { return a.last - b.last })
	step, room := aligned(blocks[0].size), 0
	var free []int
	for _, b := range begins {
		for ; ends[0].last < b.first; ends = ends[1:] {
			free = append(free, ends[0].offset)
		}
		if k := len(free) - 1; k >= 0 {
			b.offset, free = free[k], free[:k]
			continue
		}
		b.offset = at + room
		if room += step; room > math.MaxInt-step-at-line {
			return math.MaxInt - line - at
		}
	}
	return room
}
