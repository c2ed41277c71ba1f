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
	shape []int     // as ONNX has it: none for a scalar, which is (1) in nn
	known *constant // nil if it is computed
	from  *step     // what computes it; nil for the input
	index int       // which of the outputs of that step it is
	bad   bool      // it cannot be computed, which has been reported

	missing string // what is to be reported if it is used, or ""

	ending *ending // of what logits it is a softmax or sigmoid; nil if it is none

	// quantized is how integers were made of this, or nil if it is none or holds the
	// integers themselves. With it, the layer makes what they stand for.
	quantized *quantization
}

// A step is a layer of the network to be built.
type step struct {
	node  *nodeProto
	layer nn.Layer
	in    []*value
	out   *value   // the first of
	outs  []*value // all it makes

	// Arithmetic, in the terms of ONNX, for those who look for patterns.
	op   string
	args []*value // known or computed
}

// A scope is where names are looked up: a graph, a branch of an If in one, or the body
// of a function.
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

// mentions calls each for all names that a node reads, those in its branches included.
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

// sortNodes returns the nodes that the wanted values depend on, each behind those it
// reads from. Every name must be made once, by a node or by the scope.
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
			return &Error{Node: user.label(), Op: user.op, Err: fmt.Errorf("it reads %q, which is no input, no weight, and made by no node", name),
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
	// Names that only the branches of an If make are not to be had here.
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

// makes collects the names that belong to a branch: its inputs and weights, and what its
// nodes make.
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
