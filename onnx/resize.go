package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// A resizing is a Resize with normalised settings, for all axes of its input.
type resizing struct {
	mode, place, nearest string
	scales               []float64
	sizes                []int
	exact                bool // the scales are quotients of sizes
	antialias            bool
	cubic                float64 // the coefficient of the cubic kernel
	exclude              bool    // places outside have no weight; otherwise the edge continues
	roi                  [][2]float64
	outside              float32 // the value beyond a region of interest
}

// buildResize changes the lengths of axes. Before opset 11 it is an Upsample, which maps
// coordinates from the corners of pixels.
func buildResize(s *site) []*value {
	x := s.computed(0)
	r := s.resizing(x)
	if r.exact && slices.Equal(r.sizes, x.shape) && r.roi == nil {
		return lowered(x)
	}
	if r.plain(x) {
		return lowered(s.resize(x, r))
	}
	for a := range x.shape {
		if r.sizes[a] == x.shape[a] && r.scales[a] == 1 && r.roi == nil {
			continue
		}
		x = s.resample(x, r, a)
	}
	return lowered(x)
}

// resizing reads the settings.
func (s *site) resizing(x *value) *resizing {
	rank := len(x.shape)
	r := &resizing{mode: s.attrText("mode", "nearest"), place: "asymmetric", nearest: "floor", sizes: slices.Clone(x.shape), scales: make([]float64, rank)}
	axes := make([]int, rank)
	for a := range rank {
		r.scales[a], axes[a] = 1, a
	}
	if list := s.attrInts("axes"); list != nil {
		axes = s.axes(list, rank)
	}
	scalesAt, sizesAt := 1, -1
	if s.node.op == "Resize" && s.opset >= 11 {
		r.place, r.nearest = s.attrText("coordinate_transformation_mode", "half_pixel"), s.attrText("nearest_mode", "round_prefer_floor")
		r.antialias, r.exclude = s.attrInt("antialias", 0) != 0, s.attrInt("exclude_outside", 0) != 0
		r.cubic = float64(s.attrFloat("cubic_coeff_a", -0.75))
		scalesAt, sizesAt = 2, 3
	}
	switch r.mode {
	case "nearest", "linear", "cubic":
	default:
		s.refuse("mode %s", r.mode)
	}
	if r.place == "tf_crop_and_resize" {
		s.region(r, axes, rank)
	}
	switch {
	case s.node.op == "Upsample" && s.opset < 9:
		a := s.attr("scales", attrFloats)
		if a == nil || len(a.floats) != rank {
			s.fail("it has no scales for %d axes", rank)
		}
		for i, v := range a.floats {
			r.scales[i] = float64(v)
		}
	case s.has(scalesAt) && s.constant(scalesAt).len() > 0:
		c := s.constant(scalesAt)
		if c.len() != len(axes) {
			s.fail("scales of the shape %s are not for %d axes", wording.Shape(c.shape), len(axes))
		}
		for i, a := range axes {
			r.scales[a] = c.at(i)
		}
	case sizesAt > 0 && s.has(sizesAt):
		s.sized(r, x, axes, s.ints(sizesAt))
		return r
	default:
		s.fail("it has neither scales nor sizes")
	}
	for a, v := range r.scales {
		n := float32(v) * float32(x.shape[a]) // as ONNX Runtime, which rounds the product before it cuts off
		if !(n >= 1 && n <= maxExtent) {
			s.fail("a scale of %g makes %g pixels of %d", v, n, x.shape[a])
		}
		r.sizes[a] = int(n)
	}
	return r
}

// sized takes the wanted sizes, or one scale for all axes that makes none larger, or smaller, than
// wanted.
func (s *site) sized(r *resizing, x *value, axes, list []int) {
	if len(list) != len(axes) || len(list) == 0 {
		s.fail("sizes of %v are not for %d axes", list, len(axes))
	}
	for i, a := range axes {
		if list[i] < 1 || list[i] > maxExtent {
			s.fail("sizes of %v are out of range", list)
		}
		r.sizes[a], r.scales[a] = list[i], float64(list[i])/float64(x.shape[a])
	}
	one := r.scales[axes[0]]
	switch policy := s.attrText("keep_aspect_ratio_policy", "stretch"); policy {
	case "stretch":
		r.exact = true
		return
	case "not_larger":
		for _, a := range axes {
			one = min(one, r.scales[a])
		}
	case "not_smaller":
		for _, a := range axes {
			one = max(one, r.scales[a])
		}
	default:
		s.fail("keep_aspect_ratio_policy is %q", policy)
	}
	for _, a := range axes {
		n := math.Floor(one*float64(x.shape[a]) + 0.5)
		if !(n >= 1 && n <= maxExtent) {
			s.fail("a scale of %g makes %g pixels of %d", one, n, x.shape[a])
		}
		r.scales[a], r.sizes[a] = one, int(n)
	}
}

// region reads which part of every axis is resized, from 0 to 1.
func (s *site) region(r *resizing, axes []int, rank int) {
	c := s.weights(1)
	if c.len() != 2*len(axes) {
		s.fail("a region of the shape %s is not for %d axes", wording.Shape(c.shape), len(axes))
	}
	r.roi = slices.Repeat([][2]float64{{0, 1}}, rank)
	for i, a := range axes {
		r.roi[a] = [2]float64{c.at(i), c.at(len(axes) + i)}
	}
	r.outside = s.attrFloat("extrapolation_value", 0)
}

var (
	coordinates = map[string]nn.Coordinates{"half_pixel": nn.HalfPixel, "pytorch_half_pixel": nn.PyTorchHalfPixel,
		"align_corners": nn.AlignCorners, "asymmetric": nn.Asymmetric}
	roundings = map[string]nn.Rounding{"round_prefer_floor": nn.RoundPreferFloor, "round_prefer_ceil": nn.RoundPreferCeil,
		"floor": nn.RoundFloor, "ceil": nn.RoundCeil}
)

// plain reports whether only height and width change, in a way that nn.Resize supports.
func (r *resizing) plain(x *value) bool {
	_, known := coordinates[r.place]
	shrinks := slices.ContainsFunc(r.scales, func(v float64) bool { return v < 1 })
	aspect := !r.exact && len(r.sizes) == 4 && (r.sizes[2] != int(float32(x.shape[2])*float32(r.scales[2])) || r.sizes[3] != int(float32(x.shape[3])*float32(r.scales[3])))
	return known && len(x.shape) == 4 && slices.Equal(r.sizes[:2], x.shape[:2]) && r.mode != "cubic" && !aspect && !(r.antialias && shrinks && r.mode == "linear")
}

// resize changes height and width.
func (s *site) resize(x *value, r *resizing) *value {
	l := &nn.Resize{Linear: r.mode == "linear", Coordinates: coordinates[r.place]}
	known := false
	if l.Nearest, known = roundings[r.nearest]; !known {
		s.refuse("rounding %s", r.nearest)
	}
	if r.exact {
		l.Size = [2]int{r.sizes[2], r.sizes[3]}
	} else {
		l.Scale = [2]float32{float32(r.scales[2]), float32(r.scales[3])}
	}
	return s.emit(l, x)
}
