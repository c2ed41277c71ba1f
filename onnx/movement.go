package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// permutation returns the axes in the order of a Transpose, by default the reverse.
func (s *site) permutation(rank int) []int {
	perm := s.attrInts("perm")
	if perm == nil {
		for a := rank - 1; a >= 0; a-- {
			perm = append(perm, a)
		}
	}
	if len(perm) != rank {
		s.fail("perm %v is not for the shape %s", perm, wording.Shape(s.in[0].shape))
	}
	return s.axes(perm, rank)
}

func buildTranspose(s *site) []*value {
	x := s.computed(0)
	return lowered(s.transpose(x, s.permutation(len(x.shape))))
}

// transpose changes the order of axes. If only axes of length 1 move, it is a view.
func (s *site) transpose(x *value, perm []int) *value {
	if x.from != nil {
		if l, ok := x.from.layer.(*nn.Transpose); ok && len(l.Perm) == len(perm) {
			both := make([]int, len(perm))
			for i, p := range perm {
				both[i] = l.Perm[p]
			}
			x, perm = x.from.in[0], both
		}
	}
	shape := make([]int, len(perm))
	last, view := -1, true
	for i, p := range perm {
		shape[i] = x.shape[p]
		if shape[i] > 1 {
			view = view && p > last
			last = p
		}
	}
	if view {
		return s.view(x, shape...)
	}
	return s.emit(&nn.Transpose{Perm: perm}, x)
}

func buildExpand(s *site) []*value {
	x, shape := s.computed(0), s.expanded()
	x = s.ranked(x, len(shape))
	if slices.Equal(x.shape, shape) {
		return lowered(x)
	}
	return lowered(s.emitAs(shape, &nn.Expand{Shape: shape}, x))
}

func buildTile(s *site) []*value {
	x, repeats := s.computed(0), s.ints(1)
	if len(repeats) != len(x.shape) {
		s.fail("it has %d repeats for the shape %s", len(repeats), wording.Shape(x.shape))
	}
	if !slices.ContainsFunc(repeats, func(r int) bool { return r != 1 }) {
		return lowered(x)
	}
	return lowered(s.emit(&nn.Tile{Repeats: repeats}, x))
}

// A cutting is a Slice with normalised settings: the axes count from the front, and every start is
// a place.
type cutting struct {
	axes, starts, ends, steps []int
}

// count is the length of the i-th axis that is cut.
func (c *cutting) count(i int) int {
	n := c.ends[i] - c.starts[i]
	if c.steps[i] > 0 {
		return max(0, (n+c.steps[i]-1)/c.steps[i])
	}
	return max(0, (n+c.steps[i]+1)/c.steps[i])
}

// cut reads the settings of a Slice, which are attributes before opset 10.
func (s *site) cut() *cutting {
	shape := s.in[0].shape
	starts, ok1 := s.list("starts", 1, 10)
	ends, ok2 := s.list("ends", 2, 10)
	list, given := s.list("axes", 3, 10)
	if !given {
		list = make([]int, len(starts))
		for i := range list {
			list[i] = i
		}
	}
	steps, stepped := make([]int, len(starts)), false
	if s.opset >= 10 && s.has(4) {
		steps, stepped = s.ints(4), true
	}
	c := &cutting{axes: s.axes(list, len(shape))}
	if !ok1 || !ok2 || len(starts) != len(ends) || len(starts) != len(list) || len(steps) != len(list) {
		s.fail("it has %d starts, %d ends, %d axes and %d steps", len(starts), len(ends), len(list), len(steps))
	}
	for i, a := range c.axes {
		d, step := shape[a], 1
		if stepped {
			step = min(max(steps[i], -math.MaxInt32), math.MaxInt32)
		}
		if step == 0 {
			s.fail("it has a step of 0")
		}
		place := func(v, lo, hi int) int {
			if v < 0 {
				v += d
			}
			return min(max(v, lo), hi)
		}
		if step > 0 {
			c.starts, c.ends = append(c.starts, place(starts[i], 0, d)), append(c.ends, place(ends[i], 0, d))
		} else {
			c.starts, c.ends = append(c.starts, place(starts[i], 0, d-1)), append(c.ends, place(ends[i], -1, d-1))
		}
		c.steps = append(c.steps, step)
	}
	return c
}

func buildSlice(s *site) []*value {
	x, cut := s.computed(0), s.cut()
	l := &nn.Crop{}
	for i, a := range cut.axes {
		n := cut.count(i)
		if n == 0 {
			s.fail("nothing is left of axis %d of the shape %s", a, wording.Shape(x.shape))
		}
		if n == x.shape[a] && cut.steps[i] == 1 {
			continue
		}
		end := cut.ends[i]
		if end < 0 { // backwards including the first place: -1 would be the last
			end = math.MinInt32
		}
		l.Axes, l.Starts, l.Ends, l.Steps = append(l.Axes, a), append(l.Starts, cut.starts[i]), append(l.Ends, end), append(l.Steps, cut.steps[i])
	}
	if len(l.Axes) == 0 {
		return lowered(x)
	}
	return lowered(s.emit(l, x))
}

// gathered returns the axis of a Gather, and its indices as places along it.
func (s *site) gathered() (axis int, list []int) {
	shape, index := s.in[0].shape, s.constant(1)
	axis = s.axis(s.attrInt("axis", 0), len(shape))
	if index.f != nil {
		s.fail("it has indices of %s", index.typ)
	}
	for _, v := range index.i.all() {
		if v < 0 {
			v += int64(shape[axis])
		}
		if v < 0 || v >= int64(shape[axis]) {
			s.fail("index %d is outside of axis %d of the shape %s", v, axis, wording.Shape(shape))
		}
		list = append(list, int(v))
	}
	return axis, list
}

// buildGather takes places along an axis; neighbours, and a single place, are a slice.
func buildGather(s *site) []*value {
	x := s.computed(0)
	index := s.constant(1).shape
	axis, list := s.gathered()
	if len(list) == 0 {
		s.fail("it takes nothing")
	}
	shape := append(append(slices.Clone(x.shape[:axis]), index...), x.shape[axis+1:]...)
	neighbours := true
	for i, v := range list {
		neighbours = neighbours && v == list[0]+i
	}
	if neighbours {
		if len(list) < x.shape[axis] {
			x = s.emit(&nn.Crop{Starts: list[:1], Ends: []int{list[0] + len(list)}, Axes: []int{axis}, Steps: []int{1}}, x)
		}
		return lowered(s.view(x, shape...))
	}
	return lowered(s.emitAs(shape, &nn.Gather{Axis: axis, Indices: list, IndexShape: index}, x))
}

// splits returns the axis of a Split and the lengths of its parts.
func (s *site) splits() (axis int, sizes []int) {
	shape := s.in[0].shape
	axis = s.axis(s.attrInt("axis", 0), len(shape))
	d := shape[axis]
	sizes, given := s.list("split", 1, 13)
	if !given {
		parts := len(s.node.out)
		if s.opset >= 18 {
			parts = s.attrInt("num_outputs", parts)
		}
		if parts < 1 || parts > max(d, 1) || parts != len(s.node.out) {
			s.fail("axis %d of the shape %s cannot be split into %d parts for %d outputs", axis, wording.Shape(shape), parts, len(s.node.out))
		}
		each := (d + parts - 1) / parts
		for i := range parts {
			sizes = append(sizes, min(each, d-i*each))
		}
	}
	sum := 0
	for _, n := range sizes {
		if n < 0 || n > d {
			s.fail("parts of %v do not fill axis %d of the shape %s", sizes, axis, wording.Shape(shape))
		}
		sum += n
	}
	if sum != d || len(sizes) > maxParts {
		s.fail("parts of %v do not fill axis %d of the shape %s", sizes, axis, wording.Shape(shape))
	}
	return axis, sizes
}

func buildSplit(s *site) []*value {
	x := s.computed(0)
	axis, sizes := s.splits()
	if slices.Contains(sizes, 0) {
		s.refuse("a part of length 0")
	}
	if len(sizes) == 1 {
		return lowered(x)
	}
	if axis > 0 {
		l := &nn.Slice{Axis: axis}
		at := 0
		for _, n := range sizes[:len(sizes)-1] {
			at += n
			l.Points = append(l.Points, at)
		}
		return s.emitAll(l, x)
	}
	var out []*value
	at := 0
	for _, n := range sizes {
		out = append(out, s.emit(&nn.Crop{Starts: []int{at}, Ends: []int{at + n}, Axes: []int{axis}, Steps: []int{1}}, x))
		at += n
	}
	return out
}

// buildConcat joins values, some of which may be known.
func buildConcat(s *site) []*value {
	var in []*value
	var parts []*tensor.Tensor // nil for a computed one
	constants := false
	for _, v := range s.in {
		switch {
		case v.known == nil:
			in, parts = append(in, v), append(parts, nil)
		case v.known.len() > 0:
			parts, constants = append(parts, s.operand(v).known.tensor()), true
		}
	}
	axis := s.axis(s.attrInt("axis", 1), len(in[0].shape))
	if len(parts) == 1 {
		return lowered(in[0])
	}
	l := &nn.Concat{Axis: axis}
	if constants {
		l.Const = parts
	}
	return lowered(s.emit(l, in...))
}

// buildDepthToSpace distributes blocks of channels over pixels.
func buildDepthToSpace(s *site) []*value {
	x := s.computed(0)
	s.rank(x, 4)
	b := s.attrInt("blocksize", 0)
	n, c, h, w := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	if b < 1 || b > c || c%(b*b) != 0 {
		s.fail("%d channels are not blocks of %dx%d", c, b, b)
	}
	switch mode := s.attrText("mode", "DCR"); mode {
	case "DCR":
		x = s.transpose(s.view(x, n, b, b, c/(b*b), h, w), []int{0, 3, 4, 1, 5, 2})
	case "CRD":
		x = s.transpose(s.view(x, n, c/(b*b), b, b, h, w), []int{0, 1, 4, 2, 5, 3})
	default:
		s.refuse("mode %s", mode)
	}
	return lowered(s.view(x, n, c/(b*b), h*b, w*b))
}

// buildSpaceToDepth is the inverse.
func buildSpaceToDepth(s *site) []*value {
	x := s.computed(0)
	s.rank(x, 4)
	b := s.attrInt("blocksize", 0)
	n, c, h, w := x.shape[0], x.shape[1], x.shape[2], x.shape[3]
	if b < 1 || h%b != 0 || w%b != 0 {
		s.fail("%dx%d pixels are not blocks of %dx%d", h, w, b, b)
	}
	order := []int{0, 3, 5, 1, 2, 4}
	switch mode := s.attrText("mode", "DCR"); mode {
	case "DCR":
	case "CRD":
		order = []int{0, 1, 3, 5, 2, 4}
	default:
		s.refuse("mode %s", mode)
	}
	x = s.transpose(s.view(x, n, c, h/b, b, w/b, b), order)
	return lowered(s.view(x, n, c*b*b, h/b, w/b))
}
