package exec

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// A unitGraph is a network prepared for a session: its layers as units, each in the layout that
// suits it, and its values as slots of memory.
//
// Layers that can, and the values between them, use blocked pictures (kernel.Blocks); the others
// use plain tensors. Units that pack and unpack translate between the two. A layer that can rectify
// does the work of a rectifier behind it. Joining pictures is no work at all: the parts are written
// to their places in the whole.
type unitGraph struct {
	net   *graph.Network
	units []unit
	slots []slot

	input, output int         // slots, both plain
	other         map[int]int // by slot: the slot with the same value in the other layout
}

// A form says how a unit works.
type form int

const (
	plain    form = iota // the layer on plain tensors
	blocked              // the layer on blocked pictures
	toBlocks             // packs a plain tensor into blocks
	toPlain              // unpacks blocked pictures
)

// A unit is one layer's work, a copy, or a translation between layouts.
type unit struct {
	node    int         // of the network; the unit's time counts as that node's
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
	producer int   // unit; -1 for the input and for a slot made of parts
	parent   int   // the slot of which this is a part, or -1
	offset   int   // the block where the part begins
	parts    []int // slots that make up this one
}

// A lowering turns a network into units.
type lowering struct {
	*unitGraph
	shapes    [][]int // of the values, for the batch
	plainOnly bool    // no blocked pictures
	consumers [][]int // by value: the nodes that use it
	at        []int   // by value: its slot, -1 until it has one
	done      []bool  // by node: the unit of another node does its work

	// What has been found out, since each of many readers of a value would ask for all of them.
	narrows map[int]bool // by value: see narrow
	takers  map[int]bool // by node: see takesNarrow
}

// lower makes the units for values of the given shapes; with plainOnly, none of them uses blocked
// pictures.
func lower(net *graph.Network, shapes [][]int, plainOnly bool) *unitGraph {
	g := &lowering{unitGraph: &unitGraph{net: net, other: map[int]int{}}, shapes: shapes, plainOnly: plainOnly,
		consumers: net.Consumers(), at: make([]int, len(net.Values)), done: make([]bool, len(net.Nodes)),
		narrows: map[int]bool{}, takers: map[int]bool{}}
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

// node makes the unit of a node. The unit also does the work of nodes behind it where the layer
// can.
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
			// The layer adds the other addend, which is complete already.
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

// anyBlocked reports whether an input of a node is already in blocks.
func (g *lowering) anyBlocked(n graph.Node) bool {
	for _, v := range n.In {
		if g.slots[g.at[v]].blocked {
			return true
		}
	}
	return false
}

// onlyConsumer returns the only layer that uses value v, and its node; nil if there are several.
func (g *lowering) onlyConsumer(v int) (graph.Layer, int) {
	if v == g.net.Output || len(g.consumers[v]) != 1 {
		return nil, -1
	}
	next := g.consumers[v][0]
	return g.net.Nodes[next].Layer, next
}

// sumOf returns the node that adds v, which nothing else uses, to one other value, and that value;
// -1 if there is none.
func (g *lowering) sumOf(v int) (sum, other int) {
	l, next := g.onlyConsumer(v)
	if s, ok := l.(graph.Summer); !ok || !s.IsSum() || len(g.net.Nodes[next].In) != 2 {
		return -1, 0
	}
	in := g.net.Nodes[next].In
	return next, in[0] + in[1] - v
}

// rectifierOf returns the plain rectifier that is the only consumer of v, or -1.
func (g *lowering) rectifierOf(v int) int {
	l, next := g.onlyConsumer(v)
	if r, ok := l.(graph.Rectifier); !ok || !r.IsRectifier() {
		return -1
	}
	return next
}

// narrow reports whether value v, when packed, should have a narrow layout: it has few channels,
// like the pictures that a network begins with, and all layers that read it accept that.
func (g *lowering) narrow(v int) bool {
	narrow, known := g.narrows[v]
	if !known {
		narrow = g.allNarrow(v)
		g.narrows[v] = narrow
	}
	return narrow
}

func (g *lowering) allNarrow(v int) bool {
	if len(g.shapes[v]) != 4 || g.shapes[v][1] > kernel.MaxNarrow {
		return false
	}
	for _, c := range g.consumers[v] {
		if !g.takesNarrow(c) {
			return false
		}
	}
	return true
}

// takesNarrow reports whether the layer of a node accepts narrow inputs.
func (g *lowering) takesNarrow(node int) bool {
	takes, known := g.takers[node]
	if !known {
		if l, ok := g.net.Nodes[node].Layer.(graph.BlockLayer); ok {
			skills, ok := l.OnBlocks(g.inShapes(g.net.Nodes[node]))
			takes = ok && skills.Narrow
		}
		g.takers[node] = takes
	}
	return takes
}

func (g *unitGraph) slot(s slot) int {
	s.parent = -1
	g.slots = append(g.slots, s)
	return len(g.slots) - 1
}

// inLayout returns slot s in the layout wanted, and adds a unit that translates if necessary.
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

// join makes the inputs of a node that joins them parts of its output's slot, and reports whether
// it could. An input that is a part of something already is copied.
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

// rectifiedParts reports whether the units that wrote a slot have rectified all of it.
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

// reads returns the activations that the unit's way back reads.
func (u *unit) reads() graph.Reads {
	switch {
	case u.layer == nil:
		return graph.Reads{}
	case u.form == blocked:
		return u.skills.Reads
	}
	return u.layer.Reads()
}
