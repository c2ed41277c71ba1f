package exec

// A contribution is what a unit adds to the gradient of one of its inputs.
type contribution struct {
	unit, input int
	add         bool // adds to what is there
}

// A gradient is a step of the way back at one level: the contributions of several units in a row to
// one slot, or all contributions of a plain unit. At the end, if mask is set, the gradient becomes
// 0 where a rectifier's output is 0.
type gradient struct {
	level  int
	slot   int // whose gradient this is; -1 for a plain unit
	list   []contribution
	clears []int // slots whose gradient is set to 0 first
	mask   bool
}

// backward orders the way back. It goes through the units from the last to the first and gives each
// step the first level on which all that it needs is complete. Steps that write to the same memory
// are never on the same level. ready[i] is the first level on which the gradient of unit i's output
// is complete.
func (g *unitGraph) backward() (steps []gradient, ready []int) {
	b := &ordering{unitGraph: g, last: make([][]int, len(g.slots)), ready: make([]int, len(g.units))}
	for s := range g.slots {
		if g.slots[s].parent < 0 {
			b.last[s] = make([]int, g.blocks(s))
			for i := range b.last[s] {
				b.last[s][i] = -1
			}
		}
	}
	for u := len(g.units) - 1; u >= 0; u-- {
		b.unit(u)
	}
	return b.steps, b.ready
}

// ordering is the state of backward.
type ordering struct {
	*unitGraph
	steps []gradient
	last  [][]int // by root and block: the last step that wrote there, or -1
	ready []int   // by unit: the first level on which the output's gradient is complete
}

// writers returns the last steps that wrote the blocks of slot s.
func (b *ordering) writers(s int) []int {
	root, offset := b.root(s)
	return b.last[root][offset : offset+b.blocks(s)]
}

// after returns the first level after those of the given steps.
func (b *ordering) after(steps []int) int {
	level := 0
	for _, i := range steps {
		if i >= 0 {
			level = max(level, b.steps[i].level+1)
		}
	}
	return level
}

// append adds a step, which writes the given slots.
func (b *ordering) append(step gradient, slots ...int) {
	b.steps = append(b.steps, step)
	for _, s := range slots {
		w := b.writers(s)
		for i := range w {
			w[i] = len(b.steps) - 1
		}
	}
}

// unit adds the steps of a unit's way back.
func (b *ordering) unit(i int) {
	u := &b.units[i]
	if u.relu {
		b.cutOff(u.out[0])
	}
	ready := 0
	for _, s := range u.out {
		ready = max(ready, b.after(b.writers(s)))
	}
	b.ready[i] = ready
	if u.form == plain {
		b.plain(i, ready)
		return
	}
	for k, s := range u.in {
		if b.slots[s].narrow {
			s = b.units[b.slots[s].producer].in[0] // straight to the input that it was copied from
		}
		if u.form == toBlocks && b.slots[u.out[0]].narrow {
			continue
		}
		b.contribute(contribution{unit: i, input: k}, s, ready)
	}
}

// cutOff masks the gradient of a rectifier's output s: in the step that completes it if that
// step writes nothing else, otherwise in a step of its own.
func (b *ordering) cutOff(s int) {
	w := b.writers(s)
	if step := w[0]; step >= 0 && b.steps[step].slot >= 0 && same(w) && b.rectifiedParts(b.steps[step].slot) {
		b.steps[step].mask = true
		return
	}
	b.append(gradient{level: b.after(w), slot: s, mask: true}, s)
}

func same(x []int) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// plain adds the step of a plain unit, which adds to the gradients of all its inputs.
func (b *ordering) plain(i, level int) {
	u := &b.units[i]
	step := gradient{slot: -1, list: []contribution{{unit: i}}}
	for _, s := range u.in {
		w := b.writers(s)
		level = max(level, b.after(w))
		if w[0] < 0 {
			step.clears = append(step.clears, s)
		}
	}
	for _, s := range u.out {
		if b.writers(s)[0] < 0 && s != b.output {
			step.clears = append(step.clears, s) // nobody uses it
		}
	}
	step.level = level
	b.append(step, u.in...)
}

// contribute adds a contribution to the gradient of slot s: to the step before, if that has the
// same slot.
func (b *ordering) contribute(c contribution, s, level int) {
	w := b.writers(s)
	if i := w[0]; i >= 0 && b.slots[s].blocked && same(w) && b.steps[i].slot == s && !b.steps[i].mask {
		c.add = true
		b.steps[i].list = append(b.steps[i].list, c)
		b.steps[i].level = max(b.steps[i].level, level)
		return
	}
	step := gradient{level: max(level, b.after(w)), slot: s}
	for _, i := range w {
		c.add = c.add || i >= 0
	}
	for _, i := range w {
		if c.add && i < 0 {
			// Only some of the blocks have been written: the others start from 0.
			step.clears = b.unwritten(s, step.clears)
			break
		}
	}
	step.list = []contribution{c}
	b.append(step, s)
}

// unwritten appends the parts of slot s that no step has written.
func (b *ordering) unwritten(s int, to []int) []int {
	w := b.writers(s)
	if same(w) && w[0] < 0 {
		return append(to, s)
	}
	for _, p := range b.slots[s].parts {
		to = b.unwritten(p, to)
	}
	return to
}
