package onnx

import (
	"math"
	"slices"

	"hoodwink/tensor"
)

// foldShape is the shape of any value, known or not.
func foldShape(s *site) []*constant {
	shape := s.in[0].shape
	lo, hi := 0, len(shape)
	if s.opset >= 15 {
		lo, hi = clampAxis(s.attrInt("start", 0), len(shape)), clampAxis(s.attrInt("end", len(shape)), len(shape))
	}
	return one(intConstant(shape[lo:max(lo, hi)]...))
}

// clampAxis makes a possibly negative place between axes one from 0 to rank.
func clampAxis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	return min(max(a, 0), rank)
}

func foldSize(s *site) []*constant {
	return one(intConstant(tensor.Size(s.in[0].shape)).reshaped())
}

func foldIdentity(s *site) []*constant { return one(s.constant(0)) }

// foldConstant is the operator that holds a constant, in one of many attributes.
func foldConstant(s *site) []*constant {
	for name, a := range s.node.attrs {
		switch name {
		case "value":
			if s.attr(name, attrTensor); a.t == nil {
				s.fail("its value is missing")
			}
			return one(a.t)
		case "value_float":
			s.attr(name, attrFloat)
			return one(&constant{typ: typeFloat, shape: []int{}, f: []float32{a.f}})
		case "value_floats":
			s.attr(name, attrFloats)
			if len(a.floats) == 0 {
				return one(newConstant(typeFloat, 0))
			}
			return one(&constant{typ: typeFloat, shape: []int{len(a.floats)}, f: a.floats})
		case "value_int":
			return one(intConstant(s.attrInt(name, 0)).reshaped())
		case "value_ints":
			return one(intConstant(s.attrInts(name)...))
		}
	}
	s.refuse("without a tensor or numbers")
	return nil
}

// foldConstantOfShape repeats one value.
func foldConstantOfShape(s *site) []*constant {
	c := newConstant(typeFloat, 1)
	if a := s.attr("value", attrTensor); a != nil && a.t != nil {
		c = a.t
	}
	if c.len() != 1 {
		s.fail("its value has the shape %s, one value is wanted", shapeText(c.shape))
	}
	shape := s.ints(0)
	s.spend(s, shape, 1)
	return one(c.reshaped().strided(shape, make([]int, len(shape)), 0))
}

// foldRange counts from a start to a limit, without it.
func foldRange(s *site) []*constant {
	start, limit, delta := s.constant(0), s.constant(1), s.constant(2)
	if start.len() != 1 || limit.len() != 1 || delta.len() != 1 {
		s.fail("it takes three numbers")
	}
	n := math.Ceil((limit.at(0) - start.at(0)) / delta.at(0))
	if !(n <= maxStatic) {
		s.fail("it counts from %g to %g in steps of %g", start.at(0), limit.at(0), delta.at(0))
	}
	shape := []int{max(0, int(n))}
	s.spend(s, shape, 3)
	out := newConstant(start.typ, shape...)
	for i := range out.f {
		out.f[i] = float32(start.at(0) + float64(i)*delta.at(0))
	}
	for i := range out.i {
		out.i[i] = start.i[0] + int64(i)*int64(delta.at(0))
	}
	return one(out)
}

// foldReshape covers all operators that give a value another shape.
func foldReshape(shape func(s *site) []int) folding {
	return func(s *site) []*constant { return one(s.constant(0).reshaped(shape(s)...)) }
}

func foldTranspose(s *site) []*constant {
	c := s.constant(0)
	perm := s.permutation(len(c.shape))
	own := contiguous(c.shape)
	shape, strides := make([]int, len(perm)), make([]int, len(perm))
	for i, p := range perm {
		shape[i], strides[i] = c.shape[p], own[p]
	}
	s.spend(s, shape, c.len())
	return one(c.strided(shape, strides, 0))
}

func foldExpand(s *site) []*constant {
	c := s.constant(0)
	shape := s.expanded()
	s.spend(s, shape, c.len())
	return one(c.strided(shape, broadcastStrides(c.shape, shape), 0))
}

// foldTile repeats the whole along every axis: (r,d) with a stride of 0 for r.
func foldTile(s *site) []*constant {
	c := s.constant(0)
	repeats := s.ints(1)
	if len(repeats) != len(c.shape) {
		s.fail("it has %d repeats for the shape %s", len(repeats), shapeText(c.shape))
	}
	var shape, strides, result []int
	own := contiguous(c.shape)
	for a, r := range repeats {
		n, ok := tensor.CheckedSize([]int{max(r, -1), c.shape[a]}, maxStatic)
		if !ok {
			s.fail("it repeats the shape %s %d times along axis %d", shapeText(c.shape), r, a)
		}
		shape, strides, result = append(shape, r, c.shape[a]), append(strides, 0, own[a]), append(result, n)
	}
	s.spend(s, result, c.len())
	return one(c.strided(shape, strides, 0).reshaped(result...))
}

func foldSlice(s *site) []*constant {
	c := s.constant(0)
	cut := s.cut()
	shape, strides, offset := slices.Clone(c.shape), contiguous(c.shape), 0
	for i, a := range cut.axes {
		shape[a] = cut.count(i)
		offset += cut.starts[i] * strides[a]
		strides[a] *= cut.steps[i]
	}
	s.spend(s, shape, c.len())
	return one(c.strided(shape, strides, offset))
}

// foldGather takes slices along an axis by their indices.
func foldGather(s *site) []*constant {
	c, index := s.constant(0), s.constant(1)
	axis, list := s.gathered()
	shape := append(append(slices.Clone(c.shape[:axis]), index.shape...), c.shape[axis+1:]...)
	s.spend(s, shape, c.len())
	inner := tensor.Size(c.shape[axis+1:])
	out := newConstant(c.typ, shape...)
	if out.len() == 0 {
		return one(out)
	}
	at := 0
	for outer := range tensor.Size(c.shape[:axis]) {
		for _, i := range list {
			from := (outer*c.shape[axis] + i) * inner
			if c.f != nil {
				copy(out.f[at:at+inner], c.f[from:])
			} else {
				copy(out.i[at:at+inner], c.i[from:])
			}
			at += inner
		}
	}
	return one(out)
}

// foldGatherElements takes single values, whose place along one axis is in the indices.
func foldGatherElements(s *site) []*constant {
	c, index := s.constant(0), s.constant(1)
	axis := s.axis(s.attrInt("axis", 0), len(c.shape))
	if index.f != nil || len(index.shape) != len(c.shape) {
		s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
	}
	for a, d := range index.shape {
		if a != axis && d > c.shape[a] {
			s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
		}
	}
	s.spend(s, index.shape, c.len())
	places := newConstant(typeInt64, c.shape...)
	for i := range places.i {
		places.i[i] = int64(i)
	}
	strides := contiguous(c.shape)
	along := strides[axis]
	strides[axis] = 0
	base := places.strided(index.shape, strides, 0)
	out := newConstant(c.typ, index.shape...)
	for i, v := range index.i {
		if v < 0 {
			v += int64(c.shape[axis])
		}
		if v < 0 || v >= int64(c.shape[axis]) {
			s.fail("index %d is outside of axis %d of the shape %s", index.i[i], axis, shapeText(c.shape))
		}
		p := int(base.i[i]) + int(v)*along
		if c.f != nil {
			out.f[i] = c.f[p]
		} else {
			out.i[i] = c.i[p]
		}
	}
	return one(out)
}

func foldConcat(s *site) []*constant {
	first := s.constant(0)
	axis := s.axis(s.attrInt("axis", 1), len(first.shape))
	shape := slices.Clone(first.shape)
	n, largest := first.len(), first.len()
	for i := range s.in[1:] {
		c := s.constant(i + 1)
		if c.typ.floating() != first.typ.floating() || len(c.shape) != len(shape) ||
			!slices.Equal(c.shape[:axis], shape[:axis]) || !slices.Equal(c.shape[axis+1:], shape[axis+1:]) {
			s.fail("constants of the shapes %s and %s cannot be joined along axis %d", shapeText(first.shape), shapeText(c.shape), axis)
		}
		shape[axis] += c.shape[axis]
		n, largest = n+c.len(), max(largest, c.len())
	}
	s.spend(s, shape, largest)
	if n == 0 {
		return one(newConstant(first.typ, shape...))
	}
	out := &constant{typ: first.typ, shape: shape}
	for outer := range tensor.Size(shape[:axis]) {
		for i := range s.in {
			c := s.in[i].known
			row := tensor.Size(c.shape[axis:])
			if first.typ.floating() {
				out.f = append(out.f, c.f[outer*row:(outer+1)*row]...)
			} else {
				out.i = append(out.i, c.i[outer*row:(outer+1)*row]...)
			}
		}
	}
	return one(out)
}

func foldSplit(s *site) []*constant {
	c := s.constant(0)
	axis, sizes := s.splits()
	s.spend(s, c.shape, c.len())
	strides := contiguous(c.shape)
	var out []*constant
	offset := 0
	for _, n := range sizes {
		shape := slices.Clone(c.shape)
		shape[axis] = n
		out = append(out, c.strided(shape, strides, offset))
		offset += n * strides[axis]
	}
	return out
}

func foldWhere(s *site) []*constant {
	cond, a, b := s.constant(0), s.constant(1), s.constant(2)
	shape, ok := broadcastShape(a.shape, b.shape)
	if ok {
		shape, ok = broadcastShape(shape, cond.shape)
	}
	if !ok || a.typ.floating() != b.typ.floating() {
		s.fail("constants of the shapes %s, %s and %s do not fit together", shapeText(cond.shape), shapeText(a.shape), shapeText(b.shape))
	}
	s.spend(s, shape, max(cond.len(), a.len(), b.len()))
	wide := func(c *constant) *constant { return c.strided(shape, broadcastStrides(c.shape, shape), 0) }
	cond, a, b = wide(cond), wide(a), wide(b)
	for i := range cond.len() {
		if cond.at(i) == 0 {
			if a.f != nil {
				a.f[i] = b.f[i]
			} else {
				a.i[i] = b.i[i]
			}
		}
	}
	return one(a)
}

// foldNonZero returns the places of values that are not zero, one in each column.
func foldNonZero(s *site) []*constant {
	c := s.constant(0)
	var found []int
	for i := range c.len() {
		if c.at(i) != 0 {
			found = append(found, i)
		}
	}
	shape := []int{len(c.shape), len(found)}
	s.spend(s, shape, c.len())
	out := newConstant(typeInt64, shape...)
	for a, stride := range contiguous(c.shape) {
		for k, i := range found {
			out.i[a*len(found)+k] = int64(i / stride % c.shape[a])
		}
	}
	return one(out)
}

// foldScatterND puts slices into a copy of the data, at indices of its first axes.
func foldScatterND(s *site) []*constant {
	c, index, updates := s.constant(0), s.constant(1), s.constant(2)
	if s.attrText("reduction", "none") != "none" {
		s.refuse("reduction %s", s.attrText("reduction", ""))
	}
	last := len(index.shape) - 1
	if last < 0 || index.f != nil || index.shape[last] > len(c.shape) || updates.typ.floating() != c.typ.floating() {
		s.fail("it has indices of the shape %s into %s", shapeText(index.shape), shapeText(c.shape))
	}
	k := index.shape[last]
	inner, strides := tensor.Size(c.shape[k:]), contiguous(c.shape)
	if want := append(slices.Clone(index.shape[:last]), c.shape[k:]...); !slices.Equal(updates.shape, want) {
		s.fail("it has updates of the shape %s, wanted are %s", shapeText(updates.shape), shapeText(want))
	}
	s.spend(s, c.shape, c.len())
	out := c.strided(c.shape, strides, 0)
	if updates.len() == 0 {
		return one(out)
	}
	for n := range tensor.Size(index.shape[:last]) {
		to := 0
		for a := range k {
			v := int(index.i[n*k+a])
			if v < 0 {
				v += c.shape[a]
			}
			if v < 0 || v >= c.shape[a] {
				s.fail("index %d is outside of axis %d of the shape %s", index.i[n*k+a], a, shapeText(c.shape))
			}
			to += v * strides[a]
		}
		if c.f != nil {
			copy(out.f[to:to+inner], updates.f[n*inner:])
		} else {
			copy(out.i[to:to+inner], updates.i[n*inner:])
		}
	}
	return one(out)
}

// foldPad extends a constant by a value; other modes are left to the layer.
func foldPad(s *site) []*constant {
	c := s.constant(0)
	p := s.padding()
	if p.mode != "constant" {
		s.refuse("mode %s for a constant", p.mode)
	}
	shape := slices.Clone(c.shape)
	for a := range shape {
		if p.before[a] < 0 || p.after[a] < 0 || p.before[a]+p.after[a] > maxStatic {
			s.refuse("padding of %d and %d", p.before[a], p.after[a])
		}
		shape[a] += p.before[a] + p.after[a]
	}
	s.spend(s, shape, c.len())
	out := newConstant(c.typ, shape...)
	for i := range out.f {
		out.f[i] = p.value
	}
	for i := range out.i {
		out.i[i] = int64(p.value)
	}
	places := newConstant(typeInt64, shape...)
	for i := range places.i {
		places.i[i] = int64(i)
	}
	strides, offset := contiguous(shape), 0
	for a, n := range p.before {
		offset += n * strides[a]
	}
	for i, to := range places.strided(c.shape, strides, offset).i {
		if c.f != nil {
			out.f[to] = c.f[i]
		} else {
			out.i[to] = c.i[i]
		}
	}
	return one(out)
}

// foldTrilu keeps one triangle of matrices.
func foldTrilu(s *site) []*constant {
	c := s.constant(0)
	s.spend(s, c.shape, c.len())
	mask := s.triangle()
	out := c.strided(c.shape, contiguous(c.shape), 0)
	for i := range out.len() {
		if mask.f[i%mask.len()] == 0 {
			if out.f != nil {
				out.f[i] = 0
			} else {
				out.i[i] = 0
			}
		}
	}
	return one(out)
}

// triangle returns ones in the part of a matrix that a Trilu keeps.
func (s *site) triangle() *constant {
	shape := s.in[0].shape
	if len(shape) < 2 {
		s.fail("its input has the shape %s, matrices are wanted", shapeText(shape))
	}
	k := 0
	if s.has(1) {
		if list := s.ints(1); len(list) == 1 {
			k = min(max(list[0], -maxStatic), maxStatic)
		}
	}
	upper := s.attrInt("upper", 1) != 0
	rows, cols := shape[len(shape)-2], shape[len(shape)-1]
	s.spend(s, []int{rows, cols}, 1)
	mask := newConstant(typeFloat, rows, cols)
	for i := range mask.f {
		if above := i%cols-i/cols-k >= 0; above == upper || i%cols-i/cols == k {
			mask.f[i] = 1
		}
	}
	return mask
}
