package nn

import (
	"math"
	"sort"

	"hoodwink/tensor"
)

// A block is a buffer of the plan: alive from step first to step last, both included.
//
// Steps count the forward operations 0..L-1, then the backward ones: node i goes
// backward at step 2L-1-i.
type block struct {
	size, first, last int
	offset            int
}

// plan assigns every activation and gradient its place in one arena, such that
// buffers alive at the same time do not overlap.
type plan struct {
	acts, grads []block // by value; size 0 where there is none
	arena       int     // floats
}

// planMemory works out lifetimes. What a Backward reads lives to the end, so that
// Backward may be called repeatedly for one Forward (a Jacobian, row by row); the
// rest makes room as soon as its last reader is done.
func (net *Network) planMemory(shapes [][]int, forwardOnly bool) *plan {
	steps := len(net.nodes)
	end := 2 * steps
	if forwardOnly {
		end = steps
	}
	p := &plan{acts: make([]block, len(net.values)), grads: make([]block, len(net.values))}
	consumers := net.consumers()
	for v := range net.values {
		if shapes[v] == nil {
			continue
		}
		b := block{size: tensor.Size(shapes[v]), first: net.values[v].producer, last: net.values[v].producer}
		for _, c := range consumers[v] {
			b.last = max(b.last, c)
		}
		if v == net.input || v == net.output || !forwardOnly && net.readBackward(v, consumers[v]) {
			b.last = end
		}
		p.acts[v] = b
		if forwardOnly {
			continue
		}
		g := block{size: b.size, first: steps, last: 2*steps - 1 - net.values[v].producer}
		if len(consumers[v]) > 0 {
			g.first = 2*steps - 1 - consumers[v][len(consumers[v])-1]
		}
		if v == net.input {
			g.last = end
		}
		p.grads[v] = g
	}
	p.arena = place(p.acts, p.grads)
	return p
}

// readBackward reports whether some Backward reads the activation v.
func (net *Network) readBackward(v int, consumers []int) bool {
	if p := net.values[v].producer; p >= 0 && net.nodes[p].layer.Reads().Out {
		return true
	}
	for _, c := range consumers {
		if net.nodes[c].layer.Reads().In {
			return true
		}
	}
	return false
}

// place gives every block the lowest offset that is free during its life, large
// blocks first, and returns the extent of the arena.
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
	const line = 16 // floats in a cache line
	arena := 0
	var placed []*block // by offset
	for _, b := range todo {
		at := 0
		for _, q := range placed {
			if q.last < b.first || b.last < q.first {
				continue
			}
			if q.offset-at >= b.size {
				break
			}
			at = max(at, (q.offset+q.size+line-1)/line*line)
		}
		b.offset = at
		i := sort.Search(len(placed), func(i int) bool { return placed[i].offset > at })
		placed = append(placed, nil)
		copy(placed[i+1:], placed[i:])
		placed[i] = b
		if at > math.MaxInt-b.size {
			panic("nn: memory plan overflows")
		}
		arena = max(arena, at+b.size)
	}
	return arena
}
