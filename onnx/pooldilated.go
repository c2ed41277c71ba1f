package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// maxTaps bounds the pixels of a window that is split into its taps.
const maxTaps = 1 << 8

// taps returns one value for every pixel of the window: that pixel of all windows. Around the
// picture the value is outside, even if rounding up makes windows that begin inside and end beyond
// the padding.
func (s *site) taps(x *value, w window, outside float32) []*value {
	if n := w.kernel[0] * w.kernel[1]; n > maxTaps {
		s.refuse("windows of %d pixels that are not plain pooling", n)
	}
	var count [2]int
	pad := w.pad
	for a := range 2 {
		size := x.shape[2+a] + pad[a] + pad[2+a] - w.extent(a)
		if size < 0 {
			s.fail("windows of %v pixels do not fit the shape %s", w.kernel, wording.Shape(x.shape))
		}
		count[a] = size/w.stride[a] + 1
		if s.attrInt("ceil_mode", 0) != 0 && size%w.stride[a] != 0 && count[a]*w.stride[a] < x.shape[2+a]+pad[a] {
			count[a]++
		}
		pad[2+a] += max(0, (count[a]-1)*w.stride[a]-size)
	}
	if pad != [4]int{} {
		x = s.emit(&nn.Pad{Before: []int{0, 0, pad[0], pad[1]}, After: []int{0, 0, pad[2], pad[3]}, Value: outside}, x)
	}
	var list []*value
	for i := range w.kernel[0] {
		for j := range w.kernel[1] {
			top, left := i*w.dilation[0], j*w.dilation[1]
			list = append(list, s.emit(&nn.Crop{Axes: []int{2, 3}, Starts: []int{top, left}, Steps: w.stride[:],
				Ends: []int{top + (count[0]-1)*w.stride[0] + 1, left + (count[1]-1)*w.stride[1] + 1}}, x))
		}
	}
	return list
}

// poolDilated pools windows with gaps: the maximum, or the average of the pixels inside.
func (s *site) poolDilated(method nn.PoolMethod, x *value, w window) *value {
	if method == nn.MaxPool {
		return s.emit(&nn.Eltwise{Op: nn.Max}, s.taps(x, w, float32(math.Inf(-1)))...)
	}
	taps := s.taps(x, w, 0)
	sum := s.emit(&nn.Eltwise{Op: nn.Sum}, taps...)
	h, wide := sum.shape[2], sum.shape[3]
	share := newConstant(typeFloat, 1, 1, h, wide)
	low, high := [2]int{}, [2]int{x.shape[2], x.shape[3]}
	if s.attrInt("count_include_pad", 0) != 0 {
		low, high = [2]int{-w.pad[0], -w.pad[1]}, [2]int{x.shape[2] + w.pad[2], x.shape[3] + w.pad[3]}
	}
	inside := func(a, window int) (n int) {
		for k := range w.kernel[a] {
			if at := window*w.stride[a] + k*w.dilation[a] - w.pad[a]; at >= low[a] && at < high[a] {
				n++
			}
		}
		return n
	}
	for i := range share.f {
		n := inside(0, i/wide) * inside(1, i%wide)
		if n == 0 {
			s.fail("padding of %v leaves windows of %v empty", w.pad, w.kernel)
		}
		share.f[i] = 1 / float32(n)
	}
	return s.arith("Mul", sum, knownValue("", share))
}

var norms = map[int]string{1: "ReduceL1", 2: "ReduceL2"}

// norm returns the operator for the p of an LpPool, 1 or 2.
func (s *site) norm() string {
	op := norms[s.attrInt("p", 2)]
	if op == "" {
		s.refuse("with p of %d", s.attrInt("p", 2))
	}
	return op
}

// buildLpPool is the norm of every window.
func buildLpPool(s *site) []*value {
	in, op := s.computed(0), s.norm()
	w := s.window(in.shape, nil)
	x, back := s.picture(in)
	w.same(x.shape)
	taps := s.taps(x, w, 0)
	for i, v := range taps {
		taps[i] = s.view(v, v.shape[0], v.shape[1], 1, v.shape[2], v.shape[3])
	}
	return lowered(back(s.reduce(op, s.emit(&nn.Concat{Axis: 2}, taps...), []int{2}, false)))
}

// buildGlobalLpPool is the norm of every channel.
func buildGlobalLpPool(s *site) []*value {
	x := s.computed(0)
	axes := slices.Clone([]int{2, 3, 4, 5}[:max(0, min(4, len(x.shape)-2))])
	if len(axes) == 0 || len(axes) != len(x.shape)-2 {
		s.fail("its input has the shape %s, (N,C,...) is wanted", wording.Shape(x.shape))
	}
	return lowered(s.reduce(s.norm(), x, axes, true))
}
