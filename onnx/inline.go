package onnx

import (
	"maps"
	"slices"

	"hoodwink/internal/wording"
)

// bound returns the node with references to attributes of the function's call replaced by their
// values.
func (n *nodeProto) bound(call map[string]*attribute) *nodeProto {
	if !slices.ContainsFunc(slices.Collect(maps.Values(n.attrs)), func(a *attribute) bool { return a.ref != "" }) {
		return n
	}
	m := *n
	m.attrs = map[string]*attribute{}
	for name, a := range n.attrs {
		if a.ref != "" {
			a = call[a.ref]
		}
		if a != nil {
			m.attrs[name] = a
		}
	}
	return &m
}

// enter counts nested functions and branches.
func (s *site) enter() func() {
	if s.depth++; s.depth > maxDepth {
		s.fail("more than %d functions and branches inside each other", maxDepth)
	}
	return func() { s.depth-- }
}

// rewrites counts nested rewritings: builders that call builders. Each of them has a measure that
// decreases. If one is wrong, the recursion ends here and not with the stack.
func (s *site) rewrites() func() {
	if s.rewrite++; s.rewrite > maxRewrite {
		s.fail("more than %d rewritings inside each other", maxRewrite)
	}
	return func() { s.rewrite-- }
}

// call lowers the body of a function.
func (l *lowering) call(f *function, s *site, sc *scope) []*value {
	defer s.enter()()
	l.visit(len(f.in) + len(f.out) + len(f.defaults) + len(s.node.attrs))
	inner := &scope{values: map[string]*value{}, attrs: map[string]*attribute{}, opset: sc.opset}
	if f.opset > 0 {
		inner.opset = f.opset
	}
	maps.Copy(inner.attrs, f.defaults)
	maps.Copy(inner.attrs, s.node.attrs)
	if len(s.in) > len(f.in) {
		s.fail("it has %d inputs, the function takes %d", len(s.in), len(f.in))
	}
	for i, name := range f.in {
		switch {
		case inner.values[name] != nil:
			s.fail("the function has two inputs %q", name)
		case i < len(s.in) && s.in[i] != nil:
			inner.values[name] = s.in[i]
		default:
			inner.values[name] = &value{name: name, bad: true}
		}
	}
	missing := f.missing(s)
	for _, n := range l.order(&f.body, f.out, inner) {
		l.node(n.without(missing), inner)
	}
	out := make([]*value, len(f.out))
	for i, name := range f.out {
		out[i] = inner.values[name]
	}
	return out
}

// missing returns the optional inputs that a call leaves out.
func (f *function) missing(s *site) map[string]bool {
	missing := map[string]bool{}
	for i, name := range f.in {
		if i >= len(s.in) || s.in[i] == nil {
			missing[name] = true
		}
	}
	return missing
}

// without returns the node without some inputs.
func (n *nodeProto) without(missing map[string]bool) *nodeProto {
	if len(missing) == 0 || !slices.ContainsFunc(n.in, func(name string) bool { return missing[name] }) {
		return n
	}
	m := *n
	m.in = slices.Clone(n.in)
	for j, name := range m.in {
		if missing[name] {
			m.in[j] = ""
		}
	}
	return &m
}

// branch lowers the branch that an If takes.
func (l *lowering) branch(s *site, sc *scope, bad bool) []*value {
	if bad {
		return nil
	}
	if len(s.in) != 1 {
		s.fail("it has %d inputs, 1 is wanted", len(s.in))
	}
	cond := s.in[0].known
	if cond == nil {
		s.note("its condition depends on the picture")
		return nil
	}
	if cond.len() != 1 {
		s.fail("its condition has the shape %s", wording.Shape(cond.shape))
	}
	name := "else_branch"
	if cond.at(0) != 0 {
		name = "then_branch"
	}
	a := s.node.attrs[name]
	if a == nil || a.g == nil {
		s.fail("it has no %s", name)
	}
	defer s.enter()()
	inner := &scope{outer: sc, values: map[string]*value{}, attrs: sc.attrs, opset: sc.opset}
	l.visit(len(a.g.inits) + len(a.g.outputs))
	l.constants(a.g, inner)
	l.run(&a.g.body, a.g.results(), inner)
	out := make([]*value, len(a.g.outputs))
	for i, v := range a.g.outputs {
		out[i] = inner.lookup(v.name)
	}
	return out
}
