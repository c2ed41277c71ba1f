package graph

import (
	"fmt"
	"slices"
	"strings"

	"hoodwink/tensor"
)

// A Builder collects the layers of a network. Its methods record the first error,
// which Build returns.
type Builder struct {
	name     string
	nodes    []Node
	values   []Value
	producer []int // by value: the node that computes it, -1 for the input or if there is none
	byName   map[string]int
	input    int
	err      error
}

// NewBuilder starts a network of the given name.
func NewBuilder(name string) *Builder {
	return &Builder{name: name, byName: map[string]int{}, input: -1}
}

// Input declares the network's one input and the shape of one example of it,
// without the batch dimension: (C,H,W) for pictures.
func (b *Builder) Input(name string, shape ...int) {
	if b.err != nil {
		return
	}
	if b.input >= 0 {
		b.err = fmt.Errorf("second input %q: a network has one input, this one has %q already", name, b.values[b.input].Name)
		return
	}
	full := append([]int{1}, shape...)
	if err := CheckValue(full); err != nil || len(shape) == 0 {
		b.err = fmt.Errorf("input %q of shape %v: want positive dimensions of at most %d values", name, shape, MaxValueSize)
		return
	}
	b.input = b.value(name)
	b.values[b.input].Shape = full
}

// Add appends a layer that computes the values named out from those named in.
// Values are assigned once: every out name must be new. Layers may come in any order.
func (b *Builder) Add(name string, l Layer, in, out []string) {
	if b.err != nil {
		return
	}
	n := Node{Name: name, Layer: l}
	for _, v := range in {
		n.In = append(n.In, b.value(v))
	}
	for _, v := range out {
		id := b.value(v)
		if b.producer[id] >= 0 || id == b.input {
			b.err = &LayerError{name, l.Kind(), fmt.Errorf("output %q exists already", v)}
			return
		}
		b.producer[id] = len(b.nodes)
		n.Out = append(n.Out, id)
	}
	b.nodes = append(b.nodes, n)
}

// value returns the index of a named value, which it adds on first mention.
func (b *Builder) value(name string) int {
	id, ok := b.byName[name]
	if !ok {
		id = len(b.values)
		b.byName[name] = id
		b.values, b.producer = append(b.values, Value{Name: name}), append(b.producer, -1)
	}
	return id
}

// Fail records an error, unless there is one already.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Build checks the graph and returns the network whose result is the value named output. It drops
// layers that do not contribute to it, and folds per-channel scales that follow a convolution or
// inner product into its weights. Layers that behave differently in training, such as BatchNorm and
// Dropout, are replaced, for sessions, by what they are after training.
func (b *Builder) Build(output string) (*Network, error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.input < 0 {
		return nil, fmt.Errorf("network %q has no input", b.name)
	}
	out, ok := b.byName[output]
	if !ok {
		return nil, fmt.Errorf("network %q has no value %q to use as output", b.name, output)
	}
	order, err := b.sort(out)
	if err != nil {
		return nil, err
	}
	net := &Network{Name: b.name, Values: slices.Clone(b.values), Input: b.input, Output: out}
	total := tensor.Size(net.Values[b.input].Shape)
	for _, i := range order {
		n := b.nodes[i]
		if err := net.infer(n, &total); err != nil {
			return nil, &LayerError{n.Name, n.Layer.Kind(), err}
		}
		net.Nodes = append(net.Nodes, n)
	}
	if s := net.Values[out].Shape; s[0] != 1 {
		return nil, fmt.Errorf("the output of network %q has shape %v for one example: want 1 first", b.name, s)
	}
	return net.Inference(), nil
}

// infer fills in the shapes of a node's outputs.
func (net *Network) infer(n Node, total *int) error {
	shapes, err := n.Layer.OutShapes(net.Shapes(n.In))
	if err != nil {
		return err
	}
	if len(shapes) != len(n.Out) {
		return fmt.Errorf("makes %d outputs, the graph names %d", len(shapes), len(n.Out))
	}
	for i, s := range shapes {
		if err := CheckValue(s); err != nil {
			return err
		}
		if _, ok := n.Layer.(Mixer); !ok && s[0] != net.Values[n.In[0]].Shape[0] {
			return fmt.Errorf("output shape %v does not keep the batch dimension first", s)
		}
		if *total += tensor.Size(s); *total > MaxTotalSize {
			return fmt.Errorf("the network's values exceed %d floats in all", MaxTotalSize)
		}
		net.Values[n.Out[i]].Shape = s
	}
	return nil
}

// sort returns the nodes that output depends on, in an order in which every value is computed
// before it is used. It keeps the file's order where it can.
func (b *Builder) sort(output int) ([]int, error) {
	const (
		unseen = iota
		open
		done
	)
	state := make([]int, len(b.nodes))
	var order []int
	type frame struct{ node, next int }
	var stack []frame
	push := func(v int, user string) error {
		p := b.producer[v]
		if p < 0 {
			if v == b.input {
				return nil
			}
			return fmt.Errorf("%s uses %q, which no layer makes and which is not the input", user, b.values[v].Name)
		}
		switch state[p] {
		case open:
			var names []string
			for i := len(stack) - 1; i >= 0; i-- {
				names = append(names, b.nodes[stack[i].node].Name)
				if stack[i].node == p {
					break
				}
			}
			return fmt.Errorf("the graph is cyclic through the layers %s", strings.Join(names, " <- "))
		case unseen:
			state[p] = open
			stack = append(stack, frame{node: p})
		}
		return nil
	}
	if err := push(output, "the output"); err != nil {
		return nil, err
	}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := b.nodes[top.node]
		if top.next < len(n.In) {
			top.next++
			if err := push(n.In[top.next-1], fmt.Sprintf("layer %q", n.Name)); err != nil {
				return nil, err
			}
			continue
		}
		state[top.node] = done
		order = append(order, top.node)
		stack = stack[:len(stack)-1]
	}
	return order, nil
}
