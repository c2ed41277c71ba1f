package onnx

import (
	"slices"

	"hoodwink/nn"
)

// buildResize changes height and width. Before opset 11 it is an Upsample, whose pixels
// have their places at their corners.
func buildResize(s *site) []*value {
	x := s.computed(0)
	s.rank(x, 4)
	mode := s.attrText("mode", "nearest")
	place, nearest := "asymmetric", "floor"
	scalesAt, sizesAt := 1, -1
	if s.node.op == "Resize" && s.opset >= 11 {
		place, nearest = s.attrText("coordinate_transformation_mode", "half_pixel"), s.attrText("nearest_mode", "round_prefer_floor")
		scalesAt, sizesAt = 2, 3
		if p := s.attrText("keep_aspect_ratio_policy", "stretch"); p != "stretch" {
			s.refuse("keep_aspect_ratio_policy %s", p)
		}
		if s.attrInt("antialias", 0) != 0 {
			s.refuse("antialias")
		}
	}
	axes := []int{0, 1, 2, 3}
	if list := s.attrInts("axes"); list != nil {
		axes = s.axes(list, 4)
	}
	scales, sizes := []float64{1, 1, 1, 1}, slices.Clone(x.shape)
	switch {
	case s.node.op == "Upsample" && s.opset < 9:
		a := s.attr("scales", attrFloats)
		if a == nil || len(a.floats) != 4 {
			s.fail("it has no scales for 4 axes")
		}
		for i, v := range a.floats {
			scales[i] = float64(v)
		}
	case s.has(scalesAt) && s.constant(scalesAt).len() > 0:
		c := s.constant(scalesAt)
		if c.len() != len(axes) {
			s.fail("scales of the shape %s are not for %d axes", shapeText(c.shape), len(axes))
		}
		for i, a := range axes {
			scales[a] = c.at(i)
		}
	case sizesAt > 0 && s.has(sizesAt):
		list := s.ints(sizesAt)
		if len(list) != len(axes) {
			s.fail("sizes of %v are not for %d axes", list, len(axes))
		}
		for i, a := range axes {
			sizes[a] = list[i]
			scales[a] = float64(list[i]) / float64(x.shape[a])
		}
		return lowered(s.resize(x, mode, place, nearest, scales, sizes, true))
	default:
		s.fail("it has neither scales nor sizes")
	}
	for a, v := range scales {
		n := v * float64(x.shape[a])
		if !(n >= 1 && n <= maxExtent) {
			s.fail("a scale of %g makes %g pixels of %d", v, n, x.shape[a])
		}
		sizes[a] = int(n)
	}
	return lowered(s.resize(x, mode, place, nearest, scales, sizes, false))
}

// resize changes height and width; scales are those of all axes, and sizes the result's.
// Where the scales are known to be quotients of sizes, exact is true.
func (s *site) resize(x *value, mode, place, nearest string, scales []float64, sizes []int, exact bool) *value {
	if slices.Equal(sizes, x.shape) && scales[2] == 1 && scales[3] == 1 {
		return x
	}
	if sizes[0] != x.shape[0] || sizes[1] != x.shape[1] || scales[0] != 1 || scales[1] != 1 {
		s.refuse("of the shape %s to %s", shapeText(x.shape), shapeText(sizes))
	}
	l := &nn.Resize{Linear: mode == "linear"}
	if !l.Linear && mode != "nearest" {
		s.refuse("mode %s", mode)
	}
	ok, known := false, false
	l.Coordinates, ok = map[string]nn.Coordinates{"half_pixel": nn.HalfPixel, "pytorch_half_pixel": nn.PyTorchHalfPixel,
		"align_corners": nn.AlignCorners, "asymmetric": nn.Asymmetric}[place]
	l.Nearest, known = map[string]nn.Rounding{"round_prefer_floor": nn.RoundPreferFloor, "round_prefer_ceil": nn.RoundPreferCeil,
		"floor": nn.RoundFloor, "ceil": nn.RoundCeil}[nearest]
	if !ok || !known {
		s.refuse("coordinates %s, rounding %s", place, nearest)
	}
	if exact {
		l.Size = [2]int{sizes[2], sizes[3]}
	} else {
		l.Scale = [2]float32{float32(scales[2]), float32(scales[3])}
	}
	return s.emit(l, x)
}
