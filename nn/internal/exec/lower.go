package exec

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// A unitGraph is a network made ready for a session: its layers as units, each with the
// layout that suits it, its values as slots of memory.
//
// Layers that can, and what lies between them, work on blocked pictures (kernel.Blocks), all
// else on plain tensors; units that pack and unpack translate. A rectifier behind a
// layer that can rectify is done by that layer. Joined pictures are no work at all: the
// parts are written where the whole is.
type unitGraph struct {
	net   *graph.Network
	units []unit
	slots []slot

	input, output int         // slots, both plain
	other         map[int]int // by slot: the one that holds the same in the other layout
}

// form says how a unit works.
type form int

const (
	plain    form = iota // the layer on plain tensors
	blocked              // the layer on blocked pictures
	toBlocks             // a plain tensor made blocked
	toPlain              // blocked pictures made plain
)

// A unit is one layer's work, a copy, or a translation between layouts.
type unit struct {
	node    int         // of the network, to which its time is counted
	layer   graph.Layer // nil for a copy or a translation
	form    form
	skills  graph.Skills // if blocked
	in, out []int        // slots
	relu    bool         // the result is rectified
}

// A slot is a value in one layout.
type slot struct {
	shape    []int
	blocked  bool
	narrow   bool  // pixels have as many lanes as there are channels
	producer int   // unit; -1 for the input and for what is put together
	parent   int   // the slot of which this is a part, or -1
	offset   int   // the block where the part begins
	parts    []int // slots that together are this one
}

// A lowering turns a network into units.
type lowering struct {
	*unitGraph
	shapes    [][]int // of the values, for the batch
	plainOnly bool    // no blocked pictures
	consumers [][]int // by value: the nodes that use it
	at        []int   // by value: its slot, or -1 as long as there is none
	done      []bool  // by node: another one's unit does its work
}

// lower makes the units for values of the given shapes, without blocked pictures if
// plainOnly.
func lower(net *graph.Network, shapes [][]int, plainOnly bool) *unitGraph {
	g := &lowering{unitGraph: &unitGraph{net: net, other: map[int]int{}}, shapes: shapes, plainOnly: plainOnly,
		consumers: net.Consumers(), at: make([]int, len(net.Values)), done: make([]bool, len(net.Nodes))}
	for v := range g.at {
		g.at[v] = -1
	}
	g.input = g.slot(slot{shape: shapes[net.Input], producer: -1})
	g.at[net.Input] = g.input
	for i := range net.Nodes {
		if !g.done[i] {
			g.node(i)
		}
	}
	g.output = g.inLayout(g.at[net.Output], false, len(net.Nodes)-1, false)
	return g.unitGraph
}

// node makes the unit of a node, and takes in what the layer can do of those behind it.
func (g *lowering) node(i int) {
	n := g.net.Nodes[i]
	if g.join(i) {
		return
	}
	u := unit{node: i, layer: n.Layer}
	if l, ok := n.Layer.(graph.BlockLayer); ok && !g.plainOnly {
		if skills, ok := l.OnBlocks(g.inShapes(n)); ok && (skills.Begins || g.anyBlocked(n)) {
			u.form, u.skills = blocked, skills
		}
	}
	for _, v := range n.In {
		u.in = append(u.in, g.inLayout(g.at[v], u.form == blocked, i, g.narrow(v)))
	}
	outs := n.Out
	if u.skills.Adds {
		if sum, other := g.sumOf(outs[0]); sum >= 0 && g.at[other] >= 0 && !g.done[sum] {
			// The layer adds the other one of two values, which is there already.
			u.in = append(u.in, g.inLayout(g.at[other], true, i, false))
			g.done[sum], outs = true, g.net.Nodes[sum].Out
		}
	}
	if u.skills.Rectifies {
		if next := g.rectifierOf(outs[0]); next >= 0 {
			u.relu, g.done[next], outs = true, true, g.net.Nodes[next].Out
		}
	}
	for _, v := range outs {
		g.at[v] = g.slot(slot{shape: g.shapes[v], blocked: u.form == blocked, producer: len(g.units)})
		u.out = append(u.out, g.at[v])
	}
	g.units = append(g.units, u)
}

func (g *lowering) inShapes(n graph.Node) [][]int {
	in := make([][]int, len(n.In))
	for k, v := range n.In {
		in[k] = g.shapes[v]
	}
	return in
}

// anyBlocked reports whether an input of a node is blocked as it was made.
func (g *lowering) anyBlocked(n graph.Node) bool {
	for _, v := range n.In {
		if g.slots[g.at[v]].blocked {
			return true
		}
	}
	return false
}

// onlyConsumer returns the layer that alone uses value v, and its node; or nil.
func (g *lowering) onlyConsumer(v int) (graph.Layer, int) {
	if v == g.net.Output || len(g.consumers[v]) != 1 {
		return nil, -1
	}
	next := g.consumers[v][0]
	return g.net.Nodes[next].Layer, next
}

// sumOf returns the node that does nothing but add value v, which no other uses, to another
// value, and that value; or -1.
func (g *lowering) sumOf(v int) (sum, other int) {
	l, next := g.onlyConsumer(v)
	if s, ok := l.(graph.Summer); !ok || !s.IsSum() || len(g.net.Nodes[next].In) != 2 {
		return -1, 0
	}
	in := g.net.Nodes[next].In
	return next, in[0] + in[1] - v
}

// rectifierOf returns the plain rectifier that alone uses value v, or -1.
func (g *lowering) rectifierOf(v int) int {
	l, next := g.onlyConsumer(v)
	if r, ok := l.(graph.Rectifier); !ok || !r.IsRectifier() {
		return -1
	}
	return next
}

// narrow reports whether value v, when packed, is to be narrow: few channels, as in the
// pictures that a network begins with, and read by nothing but layers that can take that.
func (g *lowering) narrow(v int) bool {
	if len(g.shapes[v]) != 4 || g.shapes[v][1] > kernel.MaxNarrow {
		return false
	}
	for _, c := range g.consumers[v] {
		l, ok := g.net.Nodes[c].Layer.(graph.BlockLayer)
		if !ok {
			return false
		}
		if skills, ok := l.OnBlocks(g.inShapes(g.net.Nodes[c])); !ok || !skills.Narrow {
			return false
		}
	}
	return true
}

func (g *unitGraph) slot(s slot) int {
	s.parent = -1
	g.slots = append(g.slots, s)
	return len(g.slots) - 1
}

// inLayout returns slot s in the layout wanted, by a unit that translates if need be.
func (g *unitGraph) inLayout(s int, wantBlocks bool, node int, narrow bool) int {
	if g.slots[s].blocked == wantBlocks {
		return s
	}
	if o, ok := g.other[s]; ok {
		return o
	}
	u := unit{node: node, form: toPlain, in: []int{s}}
	if wantBlocks {
		u.form = toBlocks
	}
	o := g.slot(slot{shape: g.slots[s].shape, blocked: wantBlocks, narrow: wantBlocks && narrow, producer: len(g.units)})
	u.out = []int{o}
	g.units = append(g.units, u)
	g.other[s] = o
	return o
}

// join makes the output of a node that joins its inputs a slot of which these are parts, and
// reports whether it has. An input that is part of something already is copied.
func (g *lowering) join(i int) bool {
	n := g.net.Nodes[i]
	if l, ok := n.Layer.(graph.Joiner); !ok || g.plainOnly || !g.anyBlocked(n) || !l.Joins(g.inShapes(n)) {
		return false
	}
	var in []int
	for _, v := range n.In {
		in = append(in, g.inLayout(g.at[v], true, i, false))
	}
	whole := g.slot(slot{shape: g.shapes[n.Out[0]], blocked: true, producer: -1})
	offset := 0
	for _, s := range in {
		if g.slots[s].parent >= 0 {
			c := g.slot(slot{shape: g.slots[s].shape, blocked: true, producer: len(g.units)})
			g.units = append(g.units, unit{node: i, form: blocked, in: []int{s}, out: []int{c}})
			s = c
		}
		g.slots[s].parent, g.slots[s].offset = whole, offset
		g.slots[whole].parts = append(g.slots[whole].parts, s)
		offset += g.blocks(s)
	}
	g.at[n.Out[0]] = whole
	return true
}

// blocks returns how many blocks of channels a slot has, 1 if it is plain.
func (g *unitGraph) blocks(s int) int {
	if sl := &g.slots[s]; sl.blocked && !sl.narrow {
		return blocks.Count(sl.shape)
	}
	return 1
}

// root returns the slot whose memory s is in, and the block where it begins.
func (g *unitGraph) root(s int) (root, offset int) {
	for g.slots[s].parent >= 0 {
		offset += g.slots[s].offset
		s = g.slots[s].parent
	}
	return s, offset
}

// rectifiedParts reports whether everything that a slot holds has been rectified by the
// units that made it.
func (g *unitGraph) rectifiedParts(s int) bool {
	if parts := g.slots[s].parts; len(parts) > 0 {
		for _, p := range parts {
			if !g.rectifiedParts(p) {
				return false
			}
		}
		return true
	}
	p := g.slots[s].producer
	return p >= 0 && g.units[p].relu
}

// reads returns which activations the unit's way back looks at.
func (u *unit) reads() graph.Reads {
	switch {
	case u.layer == nil:
		return graph.Reads{}
	case u.form == blocked:
		return u.skills.Reads
	}
	return u.layer.Reads()
}
