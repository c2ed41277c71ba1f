package nn

import "slices"

// bindStep puts a step of the way back on its level.
func (b *binder) bindStep(s *gradient) {
	l := &b.back[s.level]
	if b.training != nil && b.forInput(s) {
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
		op := b.opsPlain[s.list[0].unit]
		l.before = append(l.before, whole(node, op.Backward))
		if op.Gradients != nil {
			b.learn[s.level].before = append(b.learn[s.level].before, whole(node, op.Gradients))
		}
		return
	}
	var jobs []job
	g := grain{blocks: 1}
	dx := b.grads[s.slot].blocks
	for _, c := range s.list {
		u := &b.units[c.unit]
		run, each := b.backward(c)
		g.cost += each.cost
		g.keep = g.keep || each.keep
		if each.blocks == 0 || g.blocks == 0 {
			g.blocks = 0
		} else {
			g.blocks = max(g.blocks, each.blocks)
		}
		jobs = append(jobs, job{u.node, func(w int, p part) { run(w, p, c.add) }})
		if u.form == toBlocks {
			dx = b.grads[u.out[0]].blocks
		}
	}
	if s.mask && (len(s.list) == 0 || b.units[s.list[len(s.list)-1].unit].form != blocked) {
		y := b.acts[s.slot].blocks
		jobs = append(jobs, job{node, func(_ int, p part) { maskPart(dx, y, p) }})
		g.cost += float64(dx.W * lanes)
	}
	if dx == nil { // a narrow one, plain
		shape := b.slots[s.slot].shape
		l.add(jobs, cut(shape[0], 1, shape[2], g))
		return
	}
	l.add(jobs, cut(dx.N, dx.Count(), dx.H, g))
}

// forInput reports whether a step makes nothing but the gradient of the network's input.
func (b *binder) forInput(s *gradient) bool {
	if s.slot >= 0 {
		return s.slot == b.input
	}
	u := &b.units[s.list[0].unit]
	_, records := u.layer.(recorder) // its Gradients needs its Backward
	return !records && !slices.ContainsFunc(u.in, func(s int) bool { return s != b.input })
}

// backward returns what a contribution does to a part.
func (b *binder) backward(c contribution) (func(worker int, p part, add bool), grain) {
	u := &b.units[c.unit]
	switch u.form {
	case toBlocks:
		from, to := b.grads[u.out[0]].blocks, b.grads[u.in[0]].plain.Data
		return func(_ int, p part, add bool) {
			for k := p.b0; k < p.b1; k++ {
				from.Unpack(to, p.n, k, p.h0, p.h1, add)
			}
		}, packGrain(from)
	case toPlain:
		from, to := b.grads[u.out[0]].plain.Data, b.grads[u.in[0]].blocks
		return func(_ int, p part, add bool) {
			for k := p.b0; k < p.b1; k++ {
				to.Pack(from, p.n, k, p.h0, p.h1, add)
			}
		}, packGrain(to)
	}
	return b.ops[c.unit].backward[c.input], b.ops[c.unit].back[c.input]
}
