package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A placing gives the source of every value of a result: a place in the first input or, beyond its
// end, one in the second input.
type placing struct {
	shape  []int
	from   []int
	second int // index of the second input, or 0
}

// placed are operators that move values to known places.
var placed = map[string]func(s *site) placing{
	"GatherElements": gatherElements, "GatherND": gatherND, "ScatterND": scatterND,
	"ScatterElements": scatterElements, "Scatter": scatterElements, "Compress": compress, "ReverseSequence": reverseSequence,
}

func foldPlaced(s *site) []*constant {
	p := placed[s.node.op](s)
	c := s.constant(0)
	out := newConstant(c.typ, p.shape...)
	var more *constant
	if p.second > 0 {
		more = s.constant(p.second)
		if more.typ.floating() != c.typ.floating() {
			s.fail("it puts values of %s among those of %s", more.typ, c.typ)
		}
	}
	for i, k := range p.from {
		src := c
		if k >= c.len() {
			src, k = more, k-c.len()
		}
		out.copyAt(i, src, k)
	}
	return folded(out)
}

// buildPlaced is a Gather from all values in a row.
func buildPlaced(s *site) []*value {
	p := placed[s.node.op](s)
	if len(p.from) == 0 {
		s.fail("it takes nothing")
	}
	x := s.reshape(s.in[0], 1, s.in[0].size())
	if p.second > 0 {
		more := s.in[p.second]
		if more.size() == 0 {
			return s.in[:1]
		}
		x = s.join(1, x, s.reshape(more, 1, more.size()))
	}
	y := s.emit(&nn.Gather{Axis: 1, Indices: p.from, IndexShape: []int{len(p.from)}}, x)
	return lowered(s.view(y, p.shape...))
}

// indices returns input i, which are known integers.
func (s *site) indices(i int) *constant {
	c := s.constant(i)
	if c.typ.floating() {
		s.fail("it has indices of %s", c.typ)
	}
	return c
}

// place resolves an index along an axis to one that counts from the front.
func (s *site) place(v int64, axis int) int {
	d := int64(s.in[0].shape[axis])
	if v < -d || v >= d {
		s.fail("index %d is outside of axis %d of the shape %s", v, axis, wording.Shape(s.in[0].shape))
	}
	return int((v + d) % d)
}

// elements returns the places in the first input of values whose indices along the axis are given.
// The shape of the indices is not larger along the other axes.
func (s *site) elements(index *constant, axis int) []int {
	shape := s.in[0].shape
	if len(index.shape) != len(shape) {
		s.fail("it has indices of the shape %s into %s", wording.Shape(index.shape), wording.Shape(shape))
	}
	for a, d := range index.shape {
		if a != axis && d > shape[a] {
			s.fail("it has indices of the shape %s into %s", wording.Shape(index.shape), wording.Shape(shape))
		}
	}
	s.spend(s, index.shape, s.in[0].size())
	own, strides := contiguous(index.shape), contiguous(shape)
	from := make([]int, index.len())
	for i, v := range index.i.all() {
		at := s.place(v, axis) * strides[axis]
		for a, d := range index.shape {
			if a != axis {
				at += i / own[a] % d * strides[a]
			}
		}
		from[i] = at
	}
	return from
}

func gatherElements(s *site) placing {
	index := s.indices(1)
	axis := s.axis(s.attrInt("axis", 0), len(s.in[0].shape))
	return placing{shape: index.shape, from: s.elements(index, axis)}
}

// slots returns the beginnings, in the first input, of the slices that indices of its first axes
// name, after the given number of batch axes, and the number of values in each.
func (s *site) slots(index *constant, batch int) (from []int, inner int) {
	shape := s.in[0].shape
	last := len(index.shape) - 1
	if last < 0 || batch > last || batch+index.shape[last] > len(shape) || !slices.Equal(index.shape[:batch], shape[:batch]) {
		s.fail("it has indices of the shape %s into %s", wording.Shape(index.shape), wording.Shape(shape))
	}
	k := index.shape[last]
	strides := contiguous(shape)
	n := tensor.Size(index.shape[:last])
	each := n / max(1, tensor.Size(shape[:batch])) // slots of one element of the batch
	outer := tensor.Size(shape[batch:])
	s.spend(s, index.shape, s.in[0].size())
	for i := range n {
		at := i / max(1, each) * outer
		for a := range k {
			at += s.place(index.i.at(i*k+a), batch+a) * strides[batch+a]
		}
		from = append(from, at)
	}
	return from, tensor.Size(shape[batch+k:])
}

func gatherND(s *site) placing {
	index, batch := s.indices(1), s.attrInt("batch_dims", 0)
	if batch < 0 || batch > maxAxes {
		s.fail("batch_dims is %d", batch)
	}
	slots, inner := s.slots(index, batch)
	last := len(index.shape) - 1
	p := placing{shape: append(slices.Clone(index.shape[:last]), s.in[0].shape[batch+index.shape[last]:]...)}
	s.spend(s, p.shape, s.in[0].size())
	for _, at := range slots {
		for i := range inner {
			p.from = append(p.from, at+i)
		}
	}
	return p
}

// itself takes every value from its own place.
func (s *site) itself() placing {
	shape := s.in[0].shape
	s.spend(s, shape, s.in[0].size())
	p := placing{shape: shape, from: make([]int, s.in[0].size()), second: 2}
	for i := range p.from {
		p.from[i] = i
	}
	return p
}

// put takes value k of the updates to place to[k]. If a place occurs twice, the last one counts.
func (s *site) put(p placing, to []int) placing {
	if r := s.attrText("reduction", "none"); r != "none" {
		s.refuse("reduction %s", r)
	}
	n := len(p.from)
	for k, at := range to {
		p.from[at] = n + k
	}
	return p
}

func scatterND(s *site) placing {
	index := s.indices(1)
	slots, inner := s.slots(index, 0)
	last := len(index.shape) - 1
	want := append(slices.Clone(index.shape[:last]), s.in[0].shape[index.shape[last]:]...)
	if !slices.Equal(s.in[2].shape, want) {
		s.fail("it has updates of the shape %s, wanted are %s", wording.Shape(s.in[2].shape), wording.Shape(want))
	}
	var to []int
	s.spend(s, want, s.in[0].size())
	for _, at := range slots {
		for i := range inner {
			to = append(to, at+i)
		}
	}
	return s.put(s.itself(), to)
}

func scatterElements(s *site) placing {
	index := s.indices(1)
	if !slices.Equal(index.shape, s.in[2].shape) {
		s.fail("it has indices of the shape %s for updates of %s", wording.Shape(index.shape), wording.Shape(s.in[2].shape))
	}
	return s.put(s.itself(), s.elements(index, s.axis(s.attrInt("axis", 0), len(s.in[0].shape))))
}

// compress keeps the slices along an axis, or the values in a row, for which a condition
// holds.
func compress(s *site) placing {
	shape := s.in[0].shape
	axis := 0
	if s.attr("axis", attrInt) == nil {
		shape = []int{s.in[0].size()}
	} else {
		axis = s.axis(s.attrInt("axis", 0), len(shape))
	}
	cond := s.indices(1)
	if len(cond.shape) != 1 || cond.len() > shape[axis] {
		s.fail("it has conditions of the shape %s for axis %d of %s", wording.Shape(cond.shape), axis, wording.Shape(shape))
	}
	var kept []int
	for i, v := range cond.i.all() {
		if v != 0 {
			kept = append(kept, i)
		}
	}
	p := placing{shape: slices.Clone(shape)}
	p.shape[axis] = len(kept)
	s.spend(s, p.shape, s.in[0].size())
	inner := tensor.Size(shape[axis+1:])
	for outer := range tensor.Size(shape[:axis]) {
		for _, k := range kept {
			for i := range inner {
				p.from = append(p.from, (outer*shape[axis]+k)*inner+i)
			}
		}
	}
	return p
}

// reverseSequence reverses the first places along the time axis; the number of places is given for
// each element of the batch.
func reverseSequence(s *site) placing {
	shape, lengths := s.in[0].shape, s.ints(1)
	time, batch := s.axis(s.attrInt("time_axis", 0), len(shape)), s.axis(s.attrInt("batch_axis", 1), len(shape))
	if len(lengths) != shape[batch] || time == batch {
		s.fail("it has %d lengths for the shape %s", len(lengths), wording.Shape(shape))
	}
	p := s.itself()
	p.second = 0
	strides := contiguous(shape)
	for i := range p.from {
		t, n := i/strides[time]%shape[time], lengths[i/strides[batch]%shape[batch]]
		if n < 0 || n > shape[time] {
			s.fail("a length of %d is not for the shape %s", n, wording.Shape(shape))
		}
		if t < n {
			p.from[i] += (n - 1 - 2*t) * strides[time]
		}
	}
	return p
}
