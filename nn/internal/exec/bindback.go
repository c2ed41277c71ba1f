package exec

import (
	"slices"

	"hoodwink/nn/internal/blocks"
)

// bindStep puts a step of the way back on its level.
func (b *binder) bindStep(s *gradient) {
	l := &b.back[s.level]
	if b.weights != nil && b.forInput(s) {
		l = &b.ends[s.level]
	}
	node := 0
	if len(s.list) > 0 {
		node = b.units[s.list[0].unit].node
	}
	for _, c := range s.clears {
		l.before = append(l.before, job{node, b.clear(c)})
	}
	if s.slot < 0 {
		ops := &b.opsPlain[s.list[0].unit]
		l.before = append(l.before, job{node, func(int, blocks.Part) { ops.ran.Backward() }})
		if op := ops.each[0]; op.Gradients != nil {
			b.learn[s.level].before = append(b.learn[s.level].before, whole(node, op.Gradients))
		}
		return
	}
	var jobs []job
	g := blocks.Grain{Blocks: 1}
	dx := b.grads[s.slot].blocks
	for _, c := range s.list {
		u := &b.units[c.unit]
		run, each := b.backward(c)
		g.Cost += each.Cost
		g.Keep = g.Keep || each.Keep
		if each.Blocks == 0 || g.Blocks == 0 {
			g.Blocks = 0
		} else {
			g.Blocks = max(g.Blocks, each.Blocks)
		}
		jobs = append(jobs, job{u.node, func(w int, p blocks.Part) { run(w, p, c.add) }})
		if u.form == toBlocks {
			dx = b.grads[u.out[0]].blocks
		}
	}
	if s.mask && (len(s.list) == 0 || b.units[s.list[len(s.list)-1].unit].form != blocked) {
		y := b.acts[s.slot].blocks
		jobs = append(jobs, job{node, func(_ int, p blocks.Part) { blocks.Mask(dx, y, p) }})
		g.Cost += float64(dx.W * blocks.Lanes)
	}
	if dx == nil { // a narrow one, which is plain
		shape := b.slots[s.slot].shape
		l.add(jobs, blocks.Cut(shape[0], 1, shape[2], g))
		return
	}
	l.add(jobs, blocks.Cut(dx.N, dx.Count(), dx.H, g))
}

// forInput reports whether a step computes only the gradient of the network's input.
func (b *binder) forInput(s *gradient) bool {
	if s.slot >= 0 {
		return s.slot == b.input
	}
	i := s.list[0].unit
	return !b.opsPlain[i].each[0].NeedsBackward && !slices.ContainsFunc(b.units[i].in, func(s int) bool { return s != b.input })
}

// backward returns the function that computes a contribution for one part.
func (b *binder) backward(c contribution) (func(worker int, p blocks.Part, add bool), blocks.Grain) {
	u := &b.units[c.unit]
	switch u.form {
	case toBlocks:
		from, to := b.grads[u.out[0]].blocks, b.grads[u.in[0]].plain.Data
		return func(_ int, p blocks.Part, add bool) { blocks.Unpack(to, from, p, add) }, blocks.PackGrain(from)
	case toPlain:
		from, to := b.grads[u.out[0]].plain.Data, b.grads[u.in[0]].blocks
		return func(_ int, p blocks.Part, add bool) { blocks.Pack(to, from, p, add) }, blocks.PackGrain(to)
	}
	return b.ops[c.unit].Backward[c.input], b.ops[c.unit].Back[c.input]
}
