package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// A lowering turns the nodes of a model into steps, which are layers. What is possible is evaluated
// beforehand: shapes, and everything that depends on weights and shapes alone.
type lowering struct {
	model       *Model
	input       *value
	known       bool     // its input is not a picture, but known values
	unsupported []string // nodes, with their operators
	effort

	// For a graph with a fixed number of pictures, see batch.go.
	batch  int              // that number
	shapes map[string][]int // shapes of the values, as they are found
	full   map[string][]int // the shapes for all the pictures
}

// An effort counts the work of a lowering so far, which is bounded.
type effort struct {
	visited int // nodes, inputs, outputs and attributes, those of functions and branches each time
	depth   int // of nested functions and branches
	rewrite int // of rewritings that call each other
	layers  int // number emitted; one node may need many
	grown   int // values made from nothing or from fewer values
	made    int // values evaluated beforehand, including those
	work    int // multiply-adds and values of evaluations beforehand
}

// Limits on the work that a file can cause. A model of a few bytes must not fill the memory, or
// take longer than a large one.
const (
	maxDepth   = 32
	maxRewrite = 32 // the ONNX project's tests need 4
	maxVisited = 1 << 21
	maxLayers  = 1 << 18
	maxGrown   = 1 << 23
	maxPasses  = 4 // over all weights of the file
	maxMACs    = 1 << 32
	maxStatic  = 1 << 30
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

// graph runs the nodes on which a result depends and returns its value. If copies is above 1, it is
// for that many copies of the picture.
func (l *lowering) graph(result string, in *picture, settings map[string]*value, copies int) (out *value, err error) {
	defer recovered(&err)
	m := l.model
	sc := l.start(in, settings, copies)
	m.graph.sorted = nil // for another result
	l.run(&m.graph.body, []string{result}, sc)
	out = sc.lookup(result)
	l.missed(out)
	if len(l.unsupported) > 0 {
		return nil, &Error{Err: fmt.Errorf("operators that are not supported: %s", wording.Some(l.unsupported, 100)),
			hint: "supported are " + wording.Some(supported(), len(kinds))}
	}
	if out.known != nil || out.from == nil || slices.Contains(m.graph.inputNames(), result) {
		return nil, &Error{Err: fmt.Errorf("the result %q does not depend on the input", result)}
	}
	return out, nil
}

// start returns the scope of the graph before any node has run.
func (l *lowering) start(in *picture, settings map[string]*value, copies int) *scope {
	sc := &scope{values: maps.Clone(settings), opset: l.model.Opset}
	l.constants(l.model.graph, sc)
	l.input = &value{name: in.name, typ: in.typ, shape: in.shape}
	sc.values[in.name] = l.feed(in, copies).of(in.typ)
	l.record(in.name, sc.values[in.name])
	return sc
}

// constants puts the weights of a graph into its scope.
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

// run lowers the nodes on which the wanted values depend.
func (l *lowering) run(b *body, wanted []string, sc *scope) {
	for _, n := range l.order(b, wanted, sc) {
		l.node(n, sc)
	}
}

// order returns the nodes on which the wanted values depend. It depends on the names in the scope,
// which are the same every time.
func (l *lowering) order(b *body, wanted []string, sc *scope) []*nodeProto {
	if b.sorted == nil {
		var err error
		if b.sorted, err = sortNodes(b.nodes, wanted, sc); err != nil {
			var e *Error
			errors.As(err, &e)
			fail(e)
		}
	}
	return b.sorted
}

// visit counts a visit of something that has n parts.
func (l *lowering) visit(n int) {
	if l.visited += 1 + n; l.visited > maxVisited {
		fail(&Error{Err: fmt.Errorf("more than %d nodes and inputs, counting those of functions at every call", maxVisited)})
	}
}

// node lowers one node and puts its outputs into the scope.
func (l *lowering) node(n *nodeProto, sc *scope) {
	l.visit(len(n.in) + len(n.out) + len(n.attrs))
	n = n.bound(sc.attrs)
	s := &site{lowering: l, node: n, opset: sc.opset}
	bad, static := false, true
	for _, name := range n.in {
		var v *value
		if name != "" {
			v = sc.lookup(name) // it exists, or the nodes would not have been sorted
			bad = bad || v.bad
			l.missed(v)
			if v.typ == typeString {
				s.fail("it needs %q, which holds strings", name)
			}
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
	} else if k := kindOf(n); k == nil {
		s.note(unlearnable[n.op])
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
		l.record(name, v)
	}
}

// missed reports an output of a node that is used but not made.
func (l *lowering) missed(v *value) {
	if v.missing != "" {
		l.unsupported = append(l.unsupported, v.missing)
		v.missing = ""
	}
}

// assemble makes the network of one value, which becomes a vector for each example.
func (l *lowering) assemble(out *value) (*nn.Network, error) {
	b := nn.NewBuilder(l.model.Name)
	type edge struct { // values that differ only in ONNX's shape are the same in nn
		from  *step
		index int
	}
	names := map[edge]string{}
	used := map[string]int{} // how often a name was requested
	name := func(v *value) string {
		e := edge{v.from, v.index}
		if _, ok := names[e]; !ok {
			n := v.name
			for used[n] > 0 {
				used[v.name]++
				n = fmt.Sprintf("%s@%d", v.name, used[v.name])
			}
			used[n]++
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
