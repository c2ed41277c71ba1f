package nn

import "hoodwink/tensor"

// A graph is a network made ready for a session: its layers as units, each with the
// layout that suits it, its values as slots of memory.
//
// Convolutions and what lies between them work on blocked pictures (kernel.Blocks), all
// else on plain tensors; units that pack and unpack translate. A rectifier behind a
// layer that can rectify is done by that layer. Concatenated pictures are no work at all:
// the parts are written where the whole is.
type graph struct {
	net   *Network
	units []unit
	slots []slot

	input, output int // slots, both plain
	training      bool
	other         map[int]int
}

// form says how a unit works.
type form int

const (
	plain    form = iota // the layer on plain tensors
	blocked              // the layer on blocked pictures
	toBlocks             // a plain tensor made blocked
	toPlain              // blocked pictures made plain
)

// A unit is one layer's work, or a translation between layouts.
type unit struct {
	node    int // of the network, to which its time is counted
	layer   Layer
	form    form
	in, out []int // slots
	relu    bool  // the result is rectified
}

// A slot is a value in one layout.
type slot struct {
	shape    []int
	blocked  bool
	narrow   bool  // pixels have as many lanes as there are channels
	producer int   // unit; -1 for the input and for what is put together
	readers  []int // units
	parent   int   // the slot of which this is a part, or -1
	offset   int   // the block where the part begins
	parts    []int // slots that together are this one
}

// A blockLayer can work on blocked pictures.
type blockLayer interface {
	Layer

	// blocked reports whether the layer has kernels for inputs of these shapes.
	blocked(in [][]int) bool

	// blockReads is Reads for blocked pictures.
	blockReads() Reads

	// bindBlocks is Bind for blocked pictures.
	bindBlocks(b *blockBinding) blockOp
}

// A rectifier is a blockLayer that can do the work of a ReLU behind it.
type rectifier interface {
	rectifies() bool
}

// An adder is a blockLayer that can add a second input to its output.
type adder interface {
	adds() bool
}

// lower makes the graph for values of the given shapes, without blocked pictures if
// plainOnly.
func (net *Network) lower(shapes [][]int, plainOnly bool) *graph {
	g := &graph{net: net, other: map[int]int{}}
	consumers := net.consumers()
	at := make([]int, len(net.values))    // the slot of a value
	done := make([]bool, len(net.nodes))  // by another one's unit
	made := make([]bool, len(net.values)) // at[v] is known
	made[net.input] = true
	g.input = g.slot(slot{shape: shapes[net.input], producer: -1})
	at[net.input] = g.input
	for i, n := range net.nodes {
		if done[i] {
			continue
		}
		u := unit{node: i, layer: n.layer}
		ins := make([][]int, len(n.in))
		any := false
		for k, v := range n.in {
			ins[k] = shapes[v]
			any = any || g.slots[at[v]].blocked
		}
		l, ok := n.layer.(blockLayer)
		if _, conv := n.layer.(*Convolution); ok && !plainOnly && (any || conv) && l.blocked(ins) {
			u.form = blocked
		}
		for _, v := range n.in {
			u.in = append(u.in, g.as(at[v], u.form == blocked, i, net.narrow(v, consumers[v], shapes)))
		}
		outs := n.out
		if sum, other := net.summed(n, outs[0], consumers); u.form == blocked && sum >= 0 && made[other] && !done[sum] {
			// The layer adds the other one of two values, which is there already.
			u.in = append(u.in, g.as(at[other], true, i, false))
			done[sum], outs = true, net.nodes[sum].out
		}
		if r, ok := n.layer.(rectifier); ok && u.form == blocked && r.rectifies() {
			if next := net.rectified(outs[0], consumers); next >= 0 {
				u.relu, done[next], outs = true, true, net.nodes[next].out
			}
		}
		if _, ok := n.layer.(*Concat); ok && u.form == blocked {
			at[outs[0]], made[outs[0]] = g.concat(u, shapes[outs[0]]), true
			continue
		}
		for _, v := range outs {
			at[v] = g.slot(slot{shape: shapes[v], blocked: u.form == blocked, producer: len(g.units)})
			u.out = append(u.out, at[v])
			made[v] = true
		}
		g.add(u)
	}
	g.output = g.as(at[net.output], false, len(net.nodes)-1, false)
	return g
}

// summed returns the node that does nothing but add value v, made by n and used by no
// other, to another value, and that value; or -1.
func (net *Network) summed(n node, v int, consumers [][]int) (sum, other int) {
	l, ok := n.layer.(adder)
	if !ok || !l.adds() || v == net.output || len(consumers[v]) != 1 {
		return -1, 0
	}
	s := net.nodes[consumers[v][0]]
	if e, ok := s.layer.(*Eltwise); !ok || e.Op != Sum || e.Coeff != nil || len(s.in) != 2 {
		return -1, 0
	}
	return consumers[v][0], s.in[0] + s.in[1] - v
}

// rectified returns the plain ReLU that alone uses value v, or -1.
func (net *Network) rectified(v int, consumers [][]int) int {
	if v == net.output || len(consumers[v]) != 1 {
		return -1
	}
	next := consumers[v][0]
	if r, ok := net.nodes[next].layer.(*ReLU); !ok || r.Slope != 0 {
		return -1
	}
	return next
}

// maxNarrow is the most channels for which pixels without spare lanes pay: those of the
// pictures that a network begins with.
const maxNarrow = 4

// narrow reports whether value v, when packed, is to be narrow: few channels and read by
// nothing but convolutions.
func (net *Network) narrow(v int, consumers []int, shapes [][]int) bool {
	if len(shapes[v]) != 4 || shapes[v][1] > maxNarrow {
		return false
	}
	for _, c := range consumers {
		if l, ok := net.nodes[c].layer.(*Convolution); !ok || l.Groups > 1 || !l.blocked([][]int{shapes[v]}) {
			return false
		}
	}
	return true
}

func (g *graph) slot(s slot) int {
	s.parent = -1
	g.slots = append(g.slots, s)
	return len(g.slots) - 1
}

func (g *graph) add(u unit) {
	for _, s := range u.in {
		g.slots[s].readers = append(g.slots[s].readers, len(g.units))
	}
	g.units = append(g.units, u)
}

// as returns slot s in the layout wanted.
func (g *graph) as(s int, wantBlocks bool, node int, narrow bool) int {
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
	g.add(u)
	g.other[s] = o
	return o
}

// concat makes the slot of which the inputs of u are parts. An input that is part of
// something already is copied.
func (g *graph) concat(u unit, shape []int) int {
	whole := g.slot(slot{shape: shape, blocked: true, producer: -1})
	offset := 0
	for _, s := range u.in {
		if g.slots[s].parent >= 0 || g.slots[s].narrow {
			c := g.slot(slot{shape: g.slots[s].shape, blocked: true, producer: len(g.units)})
			g.add(unit{node: u.node, layer: &Eltwise{}, form: blocked, in: []int{s}, out: []int{c}})
			s = c
		}
		g.slots[s].parent, g.slots[s].offset = whole, offset
		g.slots[whole].parts = append(g.slots[whole].parts, s)
		offset += g.blocks(s)
	}
	return whole
}

// blocks returns how many blocks of channels a slot has, 1 if it is plain.
func (g *graph) blocks(s int) int {
	if sl := &g.slots[s]; sl.blocked && !sl.narrow {
		return blockCount(sl.shape)
	}
	return 1
}

// root returns the slot whose memory s is in, and the block where it begins.
func (g *graph) root(s int) (root, offset int) {
	for g.slots[s].parent >= 0 {
		offset += g.slots[s].offset
		s = g.slots[s].parent
	}
	return s, offset
}

// rectifiedParts reports whether everything that a slot holds has been rectified by the
// units that made it.
func (g *graph) rectifiedParts(s int) bool {
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

// roomy reports whether a blocked picture of this shape, with a margin around its planes,
// takes not absurdly more memory than the plain one, as with padding wider than the
// picture.
func roomy(shape []int, margin [4]int) bool {
	const more, few = 20, 1 << 16
	planes := blockCount(shape) * lanes
	size, ok := tensor.CheckedSize([]int{planes, shape[2] + margin[0] + margin[2], shape[3] + margin[1] + margin[3]}, maxValueSize)
	return ok && size <= more*tensor.Size(shape[1:])+few
}

// reads returns which activations the unit's way back looks at.
func (u *unit) reads() Reads {
	if u.form == blocked {
		return u.layer.(blockLayer).blockReads()
	}
	return u.layer.Reads()
}
