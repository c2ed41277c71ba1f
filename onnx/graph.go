package onnx

import (
	"fmt"
	"slices"
	"strings"

	"hoodwink/nn"
)

// A value is a tensor of the graph: known, or computed by the network from its input.
type value struct {
	name  string
	typ   elemType
	shape []int     // as in ONNX: none for a scalar, which is (1) in nn
	known *constant // nil if it is computed
	from  *step     // what computes it; nil for the input
	index int       // which of the outputs of that step it is
	bad   bool      // it cannot be computed; this has been reported

	missing string // the error if it is used, or ""

	ending *ending // the logits of which it is a softmax or sigmoid; nil if it is neither

	// quantized says how integers were made from this value. It is nil if there are none, or if the
	// value holds the integers themselves. With it, the layer computes the numbers that the
	// integers stand for.
	quantized *quantization
}

// A step is a layer of the network to be built.
type step struct {
	node  *nodeProto
	layer nn.Layer
	in    []*value
	out   *value   // the first of
	outs  []*value // all of its outputs

	// The operation in ONNX's terms, for the recognition of patterns.
	op   string
	args []*value // known or computed
}

// A scope is where names are looked up: a graph, a branch of an If in it, or the body of a
// function.
type scope struct {
	outer  *scope
	values map[string]*value
	attrs  map[string]*attribute // of the call, in a function
	opset  int
}

func (s *scope) lookup(name string) *value {
	for ; s != nil; s = s.outer {
		if v := s.values[name]; v != nil {
			return v
		}
	}
	return nil
}

// mentions calls each for all names that a node reads, including those in its branches.
func (n *nodeProto) mentions(each func(string)) {
	for _, name := range n.in {
		if name != "" {
			each(name)
		}
	}
	for _, a := range n.attrs {
		if a.g != nil {
			for _, inner := range a.g.nodes {
				inner.mentions(each)
			}
			for _, v := range a.g.outputs {
				each(v.name)
			}
		}
	}
}

// sortNodes returns the nodes on which the wanted values depend, each after those it reads from.
// Every name must be made once, by a node or by the scope.
func sortNodes(nodes []*nodeProto, wanted []string, sc *scope) ([]*nodeProto, error) {
	producer := map[string]int{}
	for i, n := range nodes {
		for _, name := range n.out {
			if name == "" {
				continue
			}
			if _, ok := producer[name]; ok || sc.values[name] != nil {
				return nil, &Error{Node: n.label(), Op: n.op, Err: fmt.Errorf("it makes %q, which is made already", name)}
			}
			producer[name] = i
		}
	}
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(nodes))
	type frame struct {
		node int
		next int
		deps []string
	}
	var stack []frame
	var order []*nodeProto
	path := func(p int) string {
		names := []string{nodes[p].label()}
		for i := len(stack) - 1; i >= 0; i-- {
			names = append(names, nodes[stack[i].node].label())
			if stack[i].node == p {
				break
			}
		}
		slices.Reverse(names)
		for i, n := range names {
			names[i] = fmt.Sprintf("%q", n)
		}
		if n := len(names); n > 10 {
			names = append(names[:9:9], "...", names[n-1])
		}
		return strings.Join(names, " -> ")
	}
	push := func(name string, user *nodeProto) error {
		p, ok := producer[name]
		switch {
		case !ok && sc.lookup(name) != nil:
			return nil
		case !ok && user == nil:
			return &Error{Err: fmt.Errorf("no node makes the result %q", name)}
		case !ok:
			return &Error{Node: user.label(), Op: user.op, Err: fmt.Errorf("it reads %q, which is neither an input nor a weight, and which no node makes", name),
				hint: "is the file complete?"}
		case state[p] == open:
			return &Error{Err: fmt.Errorf("the graph is cyclic through the nodes %s", path(p))}
		case state[p] == unseen:
			state[p] = open
			var deps []string
			nodes[p].mentions(func(name string) { deps = append(deps, name) })
			stack = append(stack, frame{node: p, deps: deps})
		}
		return nil
	}
	// Names that only the branches of an If make are not available here.
	inner := map[string]bool{}
	for _, n := range nodes {
		for _, a := range n.attrs {
			if a.g != nil {
				a.g.makes(inner)
			}
		}
	}
	for _, name := range wanted {
		if err := push(name, nil); err != nil {
			return nil, err
		}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next < len(top.deps) {
				top.next++
				name := top.deps[top.next-1]
				if _, ok := producer[name]; !ok && inner[name] {
					continue
				}
				if err := push(name, nodes[top.node]); err != nil {
					return nil, err
				}
				continue
			}
			state[top.node] = done
			order = append(order, nodes[top.node])
			stack = stack[:len(stack)-1]
		}
	}
	return order, nil
}

// makes collects the names that belong to a branch: its inputs and weights, and the outputs of its
// nodes.
func (g *graphProto) makes(names map[string]bool) {
	for _, v := range g.inputs {
		names[v.name] = true
	}
	for _, c := range g.inits {
		names[c.name] = true
	}
	for _, n := range g.nodes {
		for _, name := range n.out {
			names[name] = true
		}
		for _, a := range n.attrs {
			if a.g != nil {
				a.g.makes(names)
			}
		}
	}
}
