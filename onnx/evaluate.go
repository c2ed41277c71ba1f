package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// evaluate computes a node whose inputs are all known: it runs the node's layers on the first input
// that is floating-point.
func (s *site) evaluate(k *kind) []*value {
	at := slices.IndexFunc(s.in, func(v *value) bool { return v != nil && v.typ.floating() })
	if at < 0 {
		s.refuse("it computes with integers")
	}
	return s.workOut(s.in[at], func(t *site, x *value) []*value {
		t.in[at] = x
		return k.build(t)
	})
}

// workOut runs the layers of build on the numbers of a known value, as if it were computed, and
// returns the results as known values.
func (s *site) workOut(v *value, build func(t *site, x *value) []*value) []*value {
	defer s.rewrites()()
	c := v.known
	if !c.typ.floating() {
		s.refuse("it computes with integers")
	}
	if c.len() == 0 {
		s.fail("its input has the shape %s", wording.Shape(c.shape))
	}
	sub := &lowering{model: s.model, effort: s.effort, known: true}
	sub.input = &value{name: "input", typ: typeFloat, shape: []int{1, c.len()}}
	t := &site{lowering: sub, node: s.node, opset: s.opset, in: slices.Clone(s.in)}
	x := t.view(sub.input, c.shape...)
	var made []*value
	done := t.caught(func() { made = build(t, x) })
	s.lowering.effort = sub.effort
	if !done {
		s.lowering.unsupported = append(s.lowering.unsupported, sub.unsupported...)
		panic(refusal{})
	}
	out := make([]*value, len(made))
	for i, v := range made {
		if v.typ.floating() || v.known != nil {
			out[i] = knownValue("", s.computeValue(sub, t, v, c.f))
		} else {
			out[i] = knownValue("", s.cast(s.computeValue(sub, t, t.numbers(v), c.f), v.typ))
		}
	}
	return out
}

// computeValue runs the network that ends in v on x.
func (s *site) computeValue(l *lowering, t *site, v *value, x []float32) *constant {
	s.spend(s, v.shape, len(x))
	if v.known != nil {
		return v.known
	}
	shape := v.shape
	out := t.view(v, 1, tensor.Size(shape))
	if out.from == nil { // the input itself
		return &constant{typ: typeFloat, shape: shape, f: x}
	}
	net, err := l.assemble(out)
	if err != nil {
		s.fail("%w", err)
	}
	for _, row := range net.Table() {
		s.work += int(row.MACs)
		held := 0
		for _, shape := range row.Out {
			held += tensor.Size(shape)
		}
		if s.work += held; s.work > maxMACs || held > maxGrown+maxPasses*s.model.weights {
			s.fail("working out all constants takes more than %d operations, or too much memory", maxMACs)
		}
	}
	run, err := net.NewSession(nn.SessionOptions{ForwardOnly: true})
	if err != nil {
		s.fail("%w", err)
	}
	copy(run.Input().Data, x)
	return &constant{typ: typeFloat, shape: shape, f: slices.Clone(run.Forward().Data)}
}
