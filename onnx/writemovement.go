package onnx

import (
	"math"
	"slices"

	"hoodwink/nn"
)

// writeConcat repeats constants for every example of the batch.
func writeConcat(p *place, l *nn.Concat) string {
	axis := l.Axis
	if axis < 0 {
		axis += len(p.shape(0))
	}
	var in []string
	for _, v := range p.node.In {
		in = append(in, v.Name)
	}
	for i, c := range l.Const {
		if c == nil {
			continue
		}
		v := p.floats("part", c.Data, c.Shape...)
		if batch := p.shape(0)[0]; axis != 0 && c.Shape[0] == 1 && !(p.fixed && batch == 1) {
			v = p.emit("Expand", nil, v, p.sizes("shape", c.Shape[1:]...))
		}
		in = slices.Insert(in, i, v)
	}
	return p.emit("Concat", attrs{"axis": axis}, in...)
}

func writeCrop(p *place, l *nn.Crop) string {
	axes, steps := slices.Clone(l.Axes), slices.Clone(l.Steps)
	for i := len(axes); i < len(l.Starts); i++ {
		axes = append(axes, i)
	}
	for len(steps) < len(l.Starts) {
		steps = append(steps, 1)
	}
	return p.slice(p.in(0), l.Starts, l.Ends, axes, steps)
}

func (p *place) slice(x string, starts, ends, axes, steps []int) string {
	if len(starts) == 0 {
		return x
	}
	return p.emit("Slice", nil, x, p.ints("starts", starts...), p.ints("ends", ends...), p.ints("axes", axes...), p.ints("steps", steps...))
}

func writeExpand(p *place, l *nn.Expand) string {
	return p.emit("Expand", nil, p.in(0), p.ints("shape", l.Shape...))
}

// writeFlatten uses the operator if the result is a vector.
func writeFlatten(p *place, l *nn.Flatten) string {
	in, out := p.shape(0), p.node.Out[0].Shape
	if len(out) == 2 && len(in) > 2 {
		return p.emit("Flatten", attrs{"axis": 1}, p.in(0))
	}
	return p.reshape("shape", p.in(0), out[1:]...)
}

func writeReshape(p *place, _ *nn.Reshape) string {
	return p.reshape("shape", p.in(0), p.node.Out[0].Shape[1:]...)
}

func writeView(p *place, l *nn.View) string {
	out := p.node.Out[0].Shape
	if l.Mixes([][]int{p.shape(0)}) {
		return p.emit("Reshape", nil, p.in(0), p.ints("shape", out...))
	}
	return p.reshape("shape", p.in(0), out[1:]...)
}

// writeGather keeps one place of the only axis as a vector.
func writeGather(p *place, l *nn.Gather) string {
	shape := l.IndexShape
	if len(shape) == 0 && len(p.shape(0)) == 1 {
		shape = []int{1}
	}
	return p.emit("Gather", attrs{"axis": l.Axis}, p.in(0), p.constant("indices", intConstant(l.Indices...).reshaped(shape...)))
}

// writePad cuts off places with another operator, since readers differ about negative padding.
func writePad(p *place, l *nn.Pad) string {
	x := p.in(0)
	var starts, ends, axes, steps []int
	var pads []int
	for _, list := range [][]int{l.Before, l.After} {
		for _, n := range list {
			pads = append(pads, max(n, 0))
		}
	}
	for a := range l.Before {
		if before, after := max(-l.Before[a], 0), max(-l.After[a], 0); before+after > 0 {
			end := math.MaxInt32
			if after > 0 {
				end = -after
			}
			starts, ends, axes, steps = append(starts, before), append(ends, end), append(axes, a), append(steps, 1)
		}
	}
	x = p.slice(x, starts, ends, axes, steps)
	in := []string{x, p.ints("pads", pads...)}
	if l.Mode == nn.PadConstant {
		in = append(in, p.number("value", l.Value))
	}
	return p.emit("Pad", attrs{"mode": []string{"constant", "reflect", "edge"}[l.Mode]}, in...)
}

func writeSlice(p *place, l *nn.Slice) []string {
	if len(p.node.Out) == 1 {
		return []string{p.in(0)}
	}
	axis := l.Axis
	if axis < 0 {
		axis += len(p.shape(0))
	}
	var lengths []int
	for _, v := range p.node.Out {
		lengths = append(lengths, v.Shape[axis])
	}
	return p.emitAll("Split", attrs{"axis": axis}, len(lengths), p.in(0), p.ints("split", lengths...))
}
