package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// A border is what a Pad adds to every axis.
type border struct {
	mode          string
	before, after []int
	value         float32
}

// padding reads the settings of a Pad, which are attributes before opset 11.
func (s *site) padding() border {
	rank := len(s.in[0].shape)
	b := border{mode: s.attrText("mode", "constant"), before: make([]int, rank), after: make([]int, rank)}
	list, ok := s.list("pads", 1, 11)
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	if s.has(3) {
		axes = s.axes(s.ints(3), rank)
	}
	if !ok || len(list) != 2*len(axes) {
		s.fail("pads of %v are not for %d axes", list, len(axes))
	}
	for i, a := range axes {
		b.before[a], b.after[a] = list[i], list[len(axes)+i]
	}
	if s.opset < 11 {
		b.value = s.attrFloat("value", 0)
	} else if s.has(2) {
		c := s.constant(2)
		if c.len() > 1 {
			s.fail("it pads with a constant of shape %s", wording.Shape(c.shape))
		}
		if c.len() == 1 {
			b.value = float32(c.at(0))
		}
	}
	return b
}

func buildPad(s *site) []*value {
	x, p := s.computed(0), s.padding()
	mode, ok := map[string]nn.PadMode{"constant": nn.PadConstant, "reflect": nn.PadReflect, "edge": nn.PadEdge}[p.mode]
	if !ok {
		s.refuse("mode %s", p.mode)
	}
	if !slices.ContainsFunc(append(slices.Clone(p.before), p.after...), func(n int) bool { return n != 0 }) {
		return lowered(x)
	}
	l := &nn.Pad{Mode: mode, Before: p.before, After: p.after}
	if p.mode == "constant" {
		l.Value = p.value
	}
	return lowered(s.emit(l, x))
}
