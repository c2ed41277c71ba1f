package onnx

import (
	"math"

	"hoodwink/nn"
)

// resample changes the size of one axis: every place of the result is a weighted sum of neighbours.
func (s *site) resample(x *value, r *resizing, axis int) *value {
	n, m := x.shape[axis], r.sizes[axis]
	l := &nn.Resample{Axis: axis}
	beyond := newConstant(typeBool, m)
	some := false
	for i := range m {
		at := s.coordinate(r, axis, i, n, m)
		if r.roi != nil && (at < 0 || at > float64(n-1)) {
			some = true
			beyond.i.set(i, 1)
			l.First, l.Weights = append(l.First, 0), append(l.Weights, nil)
			continue
		}
		first, weights := s.neighbours(r, axis, at, n)
		s.spend(s, []int{len(weights)}, 0)
		l.First, l.Weights = append(l.First, first), append(l.Weights, weights)
	}
	y := s.emit(l, x)
	if !some || r.outside == 0 {
		return y
	}
	shape := ones(len(x.shape))
	shape[axis] = m
	return s.do("Where", nil, knownValue("", beyond.reshaped(shape...)), number(float64(r.outside)), y)
}

// coordinate returns the coordinate among n places of place i of m.
func (s *site) coordinate(r *resizing, axis, i, n, m int) float64 {
	scale := r.scales[axis]
	half := func() float64 { return (float64(i)+0.5)/scale - 0.5 }
	switch r.place {
	case "half_pixel":
		return half()
	case "pytorch_half_pixel":
		if m == 1 {
			return 0
		}
		return half()
	case "half_pixel_symmetric":
		whole := float64(m) / (float64(n) * scale)
		return float64(n)/2*(1-whole) + half()
	case "align_corners":
		if m == 1 {
			return 0
		}
		return float64(i) * float64(n-1) / float64(m-1)
	case "asymmetric":
		return float64(i) / scale
	case "tf_crop_and_resize":
		start, end := r.roi[axis][0], r.roi[axis][1]
		if m == 1 {
			return (start + end) / 2 * float64(n-1)
		}
		return start*float64(n-1) + float64(i)*(end-start)*float64(n-1)/float64(m-1)
	}
	s.refuse("coordinates %s", r.place)
	return 0
}

// neighbours returns the first of the places around a coordinate that have a weight, and the
// weights.
func (s *site) neighbours(r *resizing, axis int, at float64, n int) (first int, weights []float32) {
	if r.mode == "nearest" {
		return s.nextPlace(r, at, n), []float32{1}
	}
	// The width of the kernel is the distance of places: of the result's if it shrinks with
	// antialiasing, otherwise of the input's.
	wide := 1.0
	if r.antialias {
		wide = min(1, r.scales[axis])
	}
	kernel, reach := hat, 1.0
	if r.mode == "cubic" {
		kernel, reach = func(x float64) float64 { return cubic(x, r.cubic) }, 2
	}
	low, high := int(math.Floor(at-reach/wide)), int(math.Ceil(at+reach/wide))
	clamp := func(k int) int { return min(max(k, 0), n-1) }
	first = clamp(low)
	sums := make([]float64, clamp(high)-first+1)
	// Beyond the edges the values continue: all places there count as the edge.
	total := 0.0
	for k := low; k <= high; k++ {
		if r.exclude && (k < 0 || k >= n) {
			continue
		}
		w := kernel((float64(k) - at) * wide)
		sums[clamp(k)-first] += w
		total += w
	}
	for _, v := range sums {
		weights = append(weights, float32(v/total))
	}
	return first, weights
}

// nextPlace returns the place nearest to a coordinate.
func (s *site) nextPlace(r *resizing, at float64, n int) int {
	switch r.nearest {
	case "round_prefer_floor":
		at = math.Ceil(at - 0.5)
	case "round_prefer_ceil":
		at = math.Floor(at + 0.5)
	case "floor":
		at = math.Floor(at)
	case "ceil":
		at = math.Ceil(at)
	default:
		s.refuse("rounding %s", r.nearest)
	}
	return int(min(max(at, 0), float64(n-1)))
}

// hat is the kernel of linear interpolation.
func hat(x float64) float64 { return max(0, 1-math.Abs(x)) }

// cubic is the kernel of cubic convolution with the coefficient a (Keys 1981, Cubic
// convolution interpolation for digital image processing).
func cubic(x, a float64) float64 {
	switch x = math.Abs(x); {
	case x <= 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return ((a*x-5*a)*x+8*a)*x - 4*a
	}
	return 0
}
