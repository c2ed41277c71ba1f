package onnx

import (
	"fmt"
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A place is where the operators of one layer are written.
type place struct {
	*export
	node  nn.Node
	first int // of its operators
	bad   bool
}

// refuse adds the layer to those that cannot be written.
func (p *place) refuse(format string, args ...any) {
	p.refused = append(p.refused, fmt.Sprintf("%q (%s): %s", p.node.Name, p.node.Layer.Kind(), fmt.Sprintf(format, args...)))
	p.bad = true
}

// result gives the value v, which the layer computed, the name of the layer's output.
func (p *place) result(v, name string) {
	made := false
	for _, op := range p.ops[p.first:] {
		for _, names := range [][]string{op.in, op.out} {
			for i := range names {
				if names[i] == v && (made || slices.Contains(op.out, v)) {
					names[i], made = name, true
				}
			}
		}
	}
	if !made { // an input
		p.ops = append(p.ops, &operation{op: "Identity", in: []string{v}, out: []string{name}})
	}
}

// in returns the name of input i.
func (p *place) in(i int) string { return p.node.In[i].Name }

// shape returns the shape of input i for one example.
func (p *place) shape(i int) []int { return p.node.In[i].Shape }

// emit adds an operator and returns its output.
func (p *place) emit(op string, a attrs, in ...string) string { return p.emitAll(op, a, 1, in...)[0] }

// emitAll is emit for operators with several outputs.
func (p *place) emitAll(op string, a attrs, outs int, in ...string) []string {
	n := &operation{op: op, attrs: a, in: slices.Clone(in)}
	for range outs {
		n.out = append(n.out, unique(p.used, p.node.Name+"/"+op))
	}
	p.ops = append(p.ops, n)
	return n.out
}

// constant adds a tensor and returns its name, which begins with the layer's.
func (p *place) constant(what string, c *constant) string {
	name := unique(p.used, p.node.Name+"."+what)
	p.inits = append(p.inits, namedConstant{name, c})
	return name
}

// floats adds numbers that are not weights, or too few to matter.
func (p *place) floats(what string, data []float32, shape ...int) string {
	return p.constant(what, &constant{typ: typeFloat, shape: shape, f: data})
}

// number adds one number, a scalar.
func (p *place) number(what string, v float32) string { return p.floats(what, []float32{v}) }

// ints adds a list of numbers.
func (p *place) ints(what string, v ...int) string { return p.constant(what, intConstant(v...)) }

// finite refuses the layer if its weights are not finite: such a file could not be read.
func (p *place) finite(what string, data []float32) {
	if i, ok := tensor.Finite(data); !ok {
		p.refuse("its %s has the value %v at index %d", what, data[i], i)
	}
}

// weights adds a layer's weights, in half precision if that is wanted and possible.
func (p *place) weights(what string, t *tensor.Tensor) string {
	p.finite(what, t.Data)
	c := &constant{typ: typeFloat, shape: t.Shape, f: t.Data}
	if !p.half || tensor.Linf(t.Data) > maxFloat16 {
		return p.constant(what, c)
	}
	c.typ = typeFloat16
	return p.emit("Cast", attrs{"to": int(typeFloat)}, p.constant(what, c))
}

// vector is weights for one axis, in single precision.
func (p *place) vector(what string, data []float32) string {
	p.finite(what, data)
	return p.floats(what, data, len(data))
}

// channels is vector for an operator that broadcasts it along axis 1 of input 0.
func (p *place) channels(what string, data []float32) string {
	shape := []int{len(data)}
	for range len(p.shape(0)) - 2 {
		shape = append(shape, 1)
	}
	p.finite(what, data)
	return p.floats(what, data, shape...)
}

// sizes returns a list of numbers, the first of which is the length of axis 0 of input 0.
func (p *place) sizes(what string, rest ...int) string {
	if p.fixed {
		return p.ints(what, append([]int{p.shape(0)[0]}, rest...)...)
	}
	batch := p.emit("Shape", attrs{"start": 0, "end": 1}, p.in(0))
	return p.emit("Concat", attrs{"axis": 0}, batch, p.ints(what, rest...))
}

// reshape gives the value x a shape for each example of the batch.
func (p *place) reshape(what, x string, rest ...int) string {
	return p.emit("Reshape", nil, x, p.ints(what, append([]int{0}, rest...)...))
}
