package onnx

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A lowering turns the nodes of a model into steps, which are layers. What can be worked
// out beforehand is: shapes, and whatever depends on weights and shapes alone.
type lowering struct {
	model       *Model
	input       *value
	unsupported []string // nodes, with their operators
	nodes       int      // run, those of functions each time they are called
	depth       int      // of functions and branches
	grown       int      // values made from nothing or from fewer
	made        int      // values worked out beforehand, those included
	work        int      // multiply-adds done beforehand
}

// Limits on what a file can make the lowering do. A model of a few bytes must not fill
// the memory, or take longer than a large one.
const (
	maxDepth  = 32
	maxGrown  = 1 << 26
	maxPasses = 4 // over all weights of the file
	maxMACs   = 1 << 32
	maxStatic = 1 << 30
)

// failure is what the functions of a site panic with; lower recovers it.
type failure struct{ err *Error }

// fail ends the lowering with an error.
func fail(err *Error) { panic(failure{err}) }

// recovered makes an error of a failure.
func recovered(err *error) {
	switch p := recover().(type) {
	case nil:
	case failure:
		*err = p.err
	default:
		panic(p)
	}
}

// lower runs the whole graph and returns the value of the output.
func (m *Model) lower() (l *lowering, out *value, err error) {
	defer recovered(&err)
	l = &lowering{model: m}
	sc := &scope{values: map[string]*value{}, opset: m.Opset}
	l.constants(m.graph, sc)
	if err := l.inputs(m.graph, sc); err != nil {
		return nil, nil, err
	}
	if len(m.graph.outputs) == 0 {
		return nil, nil, &Error{Err: errors.New("the graph has no outputs")}
	}
	l.run(m.graph.nodes, m.graph.outputs[:1], sc)
	out = sc.lookup(m.graph.outputs[0])
	l.missed(out)
	if len(l.unsupported) > 0 {
		return nil, nil, &Error{Err: fmt.Errorf("operators that are not supported: %s", listSome(l.unsupported, 100)),
			hint: "supported are " + listSome(supported(), len(kinds))}
	}
	if out.known != nil || out.from == nil {
		return nil, nil, &Error{Err: fmt.Errorf("the result %q does not depend on the input", m.graph.outputs[0])}
	}
	return l, out, nil
}

// constants puts the weights of a graph in its scope.
func (l *lowering) constants(g *graphProto, sc *scope) {
	for _, c := range g.inits {
		if sc.values[c.name] != nil {
			fail(&Error{Err: fmt.Errorf("two weights are called %q", c.name)})
		}
		sc.values[c.name] = knownValue(c.name, c.value)
	}
}

func knownValue(name string, c *constant) *value {
	return &value{name: name, typ: c.typ, shape: c.shape, known: c}
}

// inputs finds the one input that is no weight.
func (l *lowering) inputs(g *graphProto, sc *scope) error {
	var names []string
	var in valueInfo
	for _, v := range g.inputs {
		if c := sc.values[v.name]; c != nil && c.known != nil {
			continue // as files before IR version 4 list their weights
		}
		names = append(names, fmt.Sprintf("%q", v.name))
		in = v
	}
	switch len(names) {
	case 1:
	case 0:
		return &Error{Err: errors.New("the graph has no input")}
	default:
		return &Error{Err: fmt.Errorf("the graph has the inputs %s, but one picture is all there is", listSome(names, 10))}
	}
	shape, err := inputShape(in)
	if err != nil {
		return err
	}
	l.input = &value{name: in.name, typ: in.typ, shape: shape}
	sc.values[in.name] = l.input
	return nil
}

const fixedHint = "export the model for one picture of a fixed size; of the input's dimensions only the batch may be dynamic"

// inputShape returns the shape of one example.
func inputShape(v valueInfo) ([]int, error) {
	wrong := func(format string, args ...any) error {
		return &Error{Err: fmt.Errorf("the input %q "+format, append([]any{v.name}, args...)...), hint: fixedHint}
	}
	if !v.typ.floating() {
		return nil, &Error{Err: fmt.Errorf("the input %q holds values of %s, floating-point ones are wanted", v.name, v.typ),
			hint: "export the model without the part that converts pictures"}
	}
	if !v.hasShape {
		return nil, wrong("has no shape")
	}
	var shape []int
	text := ""
	for i, d := range v.dims {
		if i > 0 {
			text += ","
		}
		switch {
		case d.value > 0:
			text += fmt.Sprint(d.value)
		case d.param != "":
			text += d.param
		default:
			text += "?"
		}
		shape = append(shape, int(min(max(d.value, 0), math.MaxInt32)))
	}
	if len(shape) < 2 {
		return nil, wrong("has the shape (%s): the batch and the shape of a picture are wanted", text)
	}
	if shape[0] > 1 {
		return nil, wrong("has the shape (%s), for %d pictures at once", text, shape[0])
	}
	shape[0] = 1
	if slices.Contains(shape, 0) {
		return nil, wrong("has the shape (%s), which is not of a fixed size", text)
	}
	if _, ok := tensor.CheckedSize(shape, maxStatic); !ok {
		return nil, wrong("has the shape (%s), which is too large", text)
	}
	return shape, nil
}

// run lowers the nodes that the wanted values depend on.
func (l *lowering) run(nodes []*nodeProto, wanted []string, sc *scope) {
	order, err := sortNodes(nodes, wanted, sc)
	if err != nil {
		var e *Error
		errors.As(err, &e)
		fail(e)
	}
	for _, n := range order {
		if l.nodes++; l.nodes > maxNodes {
			fail(&Error{Err: fmt.Errorf("more than %d nodes, counting those of functions", maxNodes)})
		}
		l.node(n, sc)
	}
}

// node lowers one node and puts what it makes in the scope.
func (l *lowering) node(n *nodeProto, sc *scope) {
	n = n.bound(sc.attrs)
	s := &site{lowering: l, node: n, opset: sc.opset}
	bad, static := false, true
	for _, name := range n.in {
		var v *value
		if name != "" {
			v = sc.lookup(name) // there, or the nodes would not have been sorted
			bad = bad || v.bad
			l.missed(v)
			static = static && v.known != nil
		}
		s.in = append(s.in, v)
	}
	for len(s.in) > 0 && s.in[len(s.in)-1] == nil {
		s.in = s.in[:len(s.in)-1] // optional inputs at the end
	}
	var out []*value
	if f := l.model.functions[functionID{n.domain, n.op, n.overload}]; f != nil {
		out = l.call(f, s, sc)
	} else if k := kinds[n.op]; k == nil || !standard(n.domain) {
		s.note("")
	} else if n.op == "If" {
		out = l.branch(s, sc, bad)
	} else if !bad {
		s.caught(func() { out = s.apply(k, static) })
	}
	for i, name := range n.out {
		if name == "" {
			continue
		}
		v := &value{name: name, bad: true}
		if i < len(out) && out[i] != nil {
			v = out[i]
		} else if len(out) > 0 {
			v.missing = fmt.Sprintf("%s: output %d", s.title(), i+1)
		}
		if v.name == "" {
			v.name = name
		}
		sc.values[name] = v
	}
}

// missed reports an output of a node that is used but not made.
func (l *lowering) missed(v *value) {
	if v.missing != "" {
		l.unsupported = append(l.unsupported, v.missing)
		v.missing = ""
	}
}

// bound returns the node with the attributes that are those of the function's call in
// place.
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

// enter counts functions and branches inside each other.
func (s *site) enter() func() {
	if s.depth++; s.depth > maxDepth {
		s.fail("more than %d functions and branches inside each other", maxDepth)
	}
	return func() { s.depth-- }
}

// call lowers the body of a function.
func (l *lowering) call(f *function, s *site, sc *scope) []*value {
	defer s.enter()()
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
	l.run(f.absent(s), f.out, inner)
	out := make([]*value, len(f.out))
	for i, name := range f.out {
		out[i] = inner.values[name]
	}
	return out
}

// absent returns the function's nodes without the optional inputs that the call leaves out.
func (f *function) absent(s *site) []*nodeProto {
	missing := map[string]bool{}
	for i, name := range f.in {
		if i >= len(s.in) || s.in[i] == nil {
			missing[name] = true
		}
	}
	if len(missing) == 0 {
		return f.nodes
	}
	nodes := slices.Clone(f.nodes)
	for i, n := range nodes {
		if slices.ContainsFunc(n.in, func(name string) bool { return missing[name] }) {
			m := *n
			m.in = slices.Clone(n.in)
			for j, name := range m.in {
				if missing[name] {
					m.in[j] = ""
				}
			}
			nodes[i] = &m
		}
	}
	return nodes
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
		s.fail("its condition has the shape %s", shapeText(cond.shape))
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
	l.constants(a.g, inner)
	l.run(a.g.nodes, a.g.outputs, inner)
	out := make([]*value, len(a.g.outputs))
	for i, name := range a.g.outputs {
		out[i] = inner.lookup(name)
	}
	return out
}

// assemble makes the network of one value, which becomes a vector for each example.
func (l *lowering) assemble(out *value) (*nn.Network, error) {
	b := nn.NewBuilder(l.model.Name)
	type edge struct { // values that differ in ONNX's shape alone are one in nn
		from  *step
		index int
	}
	names := map[edge]string{}
	used := map[string]int{}
	name := func(v *value) string {
		e := edge{v.from, v.index}
		if _, ok := names[e]; !ok {
			n := v.name
			if used[v.name]++; used[v.name] > 1 {
				n = fmt.Sprintf("%s@%d", n, used[v.name])
			}
			names[e] = n
		}
		return names[e]
	}
	b.Input(name(l.input), l.input.shape[1:]...)
	list := func(vs []*value) []string {
		s := make([]string, len(vs))
		for i, v := range vs {
			s[i] = name(v)
		}
		return s
	}
	done := map[*step]bool{}
	stack := []*value{out}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.from == nil || done[v.from] {
			continue
		}
		done[v.from] = true
		b.Add(v.from.node.label(), v.from.layer, list(v.from.in), list(v.from.outs))
		stack = append(stack, v.from.in...)
	}
	net, err := b.Build(name(out))
	var wrong *nn.LayerError
	if errors.As(err, &wrong) {
		return nil, &Error{Node: wrong.Layer, Op: wrong.Kind, Err: wrong.Err}
	}
	if err != nil {
		return nil, &Error{Err: err}
	}
	return net, nil
}
