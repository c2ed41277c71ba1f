package onnx

import (
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// foldShape is the shape of any value, known or not.
func foldShape(s *site) []*constant {
	shape := s.in[0].shape
	lo, hi := 0, len(shape)
	if s.opset >= 15 {
		lo, hi = clampAxis(s.attrInt("start", 0), len(shape)), clampAxis(s.attrInt("end", len(shape)), len(shape))
	}
	return folded(intConstant(shape[lo:max(lo, hi)]...))
}

// clampAxis resolves a place between axes, which may count from the end, to one from 0 to rank.
func clampAxis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	return min(max(a, 0), rank)
}

func foldSize(s *site) []*constant {
	return folded(intConstant(tensor.Size(s.in[0].shape)).reshaped())
}

func foldIdentity(s *site) []*constant { return folded(s.constant(0)) }

// foldConstant is the operator that holds a constant, in one of many attributes.
func foldConstant(s *site) []*constant {
	for name, a := range s.node.attrs {
		switch name {
		case "value":
			if s.attr(name, attrTensor); a.t == nil {
				s.fail("its value is missing")
			}
			return folded(a.t)
		case "value_float":
			s.attr(name, attrFloat)
			return folded(&constant{typ: typeFloat, shape: []int{}, f: []float32{a.f}})
		case "value_floats":
			s.attr(name, attrFloats)
			if len(a.floats) == 0 {
				return folded(newConstant(typeFloat, 0))
			}
			return folded(&constant{typ: typeFloat, shape: []int{len(a.floats)}, f: a.floats})
		case "value_int":
			return folded(intConstant(s.attrInt(name, 0)).reshaped())
		case "value_ints":
			return folded(intConstant(s.attrInts(name)...))
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
	if c.len() != 1 || c.typ == typeString {
		s.fail("its value is of %s and has the shape %s, one number is wanted", c.typ, wording.Shape(c.shape))
	}
	shape := s.ints(0)
	s.spend(s, shape, 1)
	return folded(c.reshaped().strided(shape, make([]int, len(shape)), 0))
}

// foldRange counts from a start to a limit, excluding the limit.
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
	for i := range out.i.len() {
		out.i.set(i, start.i.at(0)+int64(i)*int64(delta.at(0)))
	}
	return folded(out)
}

// foldReshape is for all operators that give a value another shape.
func foldReshape(shape func(s *site) []int) folding {
	return func(s *site) []*constant { return folded(s.constant(0).reshaped(shape(s)...)) }
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
	return folded(c.strided(shape, strides, 0))
}

func foldExpand(s *site) []*constant {
	c := s.constant(0)
	shape := s.expanded()
	s.spend(s, shape, c.len())
	return folded(c.strided(shape, broadcastStrides(c.shape, shape), 0))
}

// foldTile repeats the whole along every axis: (r,d) with a stride of 0 for r.
func foldTile(s *site) []*constant {
	c := s.constant(0)
	repeats := s.ints(1)
	if len(repeats) != len(c.shape) {
		s.fail("it has %d repeats for the shape %s", len(repeats), wording.Shape(c.shape))
	}
	var shape, strides, result []int
	own := contiguous(c.shape)
	for a, r := range repeats {
		n, ok := tensor.CheckedSize([]int{max(r, -1), c.shape[a]}, maxStatic)
		if !ok {
			s.fail("it repeats the shape %s %d times along axis %d", wording.Shape(c.shape), r, a)
		}
		shape, strides, result = append(shape, r, c.shape[a]), append(strides, 0, own[a]), append(result, n)
	}
	s.spend(s, result, c.len())
	return folded(c.strided(shape, strides, 0).reshaped(result...))
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
	return folded(c.strided(shape, strides, offset))
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
			s.fail("constants of the shapes %s and %s cannot be joined along axis %d", wording.Shape(first.shape), wording.Shape(c.shape), axis)
		}
		shape[axis] += c.shape[axis]
		n, largest = n+c.len(), max(largest, c.len())
	}
	s.spend(s, shape, largest)
	if n == 0 {
		return folded(newConstant(first.typ, shape...))
	}
	out := newConstant(first.typ, shape...)
	out.f, out.i.data = out.f[:0], out.i.data[:0]
	for outer := range tensor.Size(shape[:axis]) {
		for i := range s.in {
			c := s.in[i].known
			row := tensor.Size(c.shape[axis:])
			if first.typ.floating() {
				out.f = append(out.f, c.f[outer*row:(outer+1)*row]...)
			} else {
				out.i.data = append(out.i.data, c.i.part(outer*row, (outer+1)*row).data...)
			}
		}
	}
	return folded(out)
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

// foldPad pads a constant with a value. Other modes, and cutting off, are left to the layer.
func foldPad(s *site) []*constant {
	c := s.constant(0)
	p := s.padding()
	if p.mode != "constant" {
		return nil
	}
	shape := slices.Clone(c.shape)
	for a := range shape {
		if p.before[a] < 0 || p.after[a] < 0 {
			return nil
		}
		if max(p.before[a], p.after[a]) > maxStatic {
			s.fail("it pads axis %d by %d and %d", a, p.before[a], p.after[a])
		}
		shape[a] += p.before[a] + p.after[a]
	}
	s.spend(s, shape, c.len())
	out := newConstant(c.typ, shape...)
	for i := range out.f {
		out.f[i] = p.value
	}
	for i := range out.i.len() {
		out.i.set(i, int64(p.value))
	}
	strides, offset := contiguous(shape), 0
	for a, n := range p.before {
		offset += n * strides[a]
	}
	i := 0
	eachStrided(c.shape, strides, offset, func(to int) {
		out.copyAt(to, c, i)
		i++
	})
	return folded(out)
}
