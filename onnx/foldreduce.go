package onnx

import (
	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// foldReduce combines the values along axes. From version since on, the axes are an input.
func foldReduce(
	since int, start float64, f func(sum, v float64) float64, end func(sum float64, n int) float64,
) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		axes, keep := s.reduced(since)
		kept, dropped := []int{}, []int{}
		for a, d := range c.shape {
			switch {
			case !contains(axes, a):
				kept, dropped = append(kept, d), append(dropped, d)
			case keep:
				kept, dropped = append(kept, 1), append(dropped, 1)
			default:
				dropped = append(dropped, 1)
			}
		}
		s.spend(s, kept, c.len())
		s.spend(s, c.shape, c.len())
		out := newConstant(c.typ, kept...)
		sums := make([]float64, out.len())
		for i := range sums {
			sums[i] = start
		}
		i := 0
		eachStrided(c.shape, broadcastStrides(dropped, c.shape), 0, func(where int) {
			sums[where] = f(sums[where], c.at(i))
			i++
		})
		n := c.len() / max(1, out.len())
		for i, v := range sums {
			if end != nil {
				v = end(v, n)
			}
			if out.f != nil {
				out.f[i] = float32(v)
			} else {
				out.i.set(i, c.typ.clamp(v))
			}
		}
		return folded(out)
	}
}

// reduced returns the axes of a Reduce operator, and whether they stay as ones.
func (s *site) reduced(since int) (axes []int, keep bool) {
	rank := len(s.in[0].shape)
	list, _ := s.list("axes", 1, since)
	keep = s.attrInt("keepdims", 1) != 0
	if len(list) == 0 && s.attrInt("noop_with_empty_axes", 0) == 0 {
		for a := range rank {
			axes = append(axes, a)
		}
		return axes, keep
	}
	return s.axes(list, rank), keep
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// foldArg finds the first largest or smallest value along an axis.
func foldArg(better func(v, best float64) bool) folding {
	return func(s *site) []*constant {
		c := s.constant(0)
		last := s.attrInt("select_last_index", 0) != 0
		axis := s.axis(s.attrInt("axis", 0), len(c.shape))
		if c.len() == 0 {
			s.fail("its input has the shape %s", wording.Shape(c.shape))
		}
		n, inner := c.shape[axis], tensor.Size(c.shape[axis+1:])
		shape := append([]int{}, c.shape[:axis]...)
		if s.attrInt("keepdims", 1) != 0 {
			shape = append(shape, 1)
		}
		shape = append(shape, c.shape[axis+1:]...)
		s.spend(s, c.shape, c.len())
		out := newConstant(typeInt64, shape...)
		for i := range out.i.len() {
			first, best := i/inner*inner*n+i%inner, 0
			for k := 1; k < n; k++ {
				v, w := c.at(first+k*inner), c.at(first+best*inner)
				if better(v, w) || last && v == w {
					best = k
				}
			}
			out.i.set(i, int64(best))
		}
		return folded(out)
	}
}

// foldCumSum adds up along an axis: from its end if reverse, without the value itself if exclusive.
func foldCumSum(s *site) []*constant {
	c, axis := s.constant(0), s.cumulated()
	exclusive, reverse := s.attrInt("exclusive", 0) != 0, s.attrInt("reverse", 0) != 0
	s.spend(s, c.shape, c.len())
	n, inner := c.shape[axis], tensor.Size(c.shape[axis+1:])
	out := newConstant(c.typ, c.shape...)
	if out.len() == 0 {
		return folded(out)
	}
	for row := range out.len() / n {
		at, step := row/inner*inner*n+row%inner, inner
		if reverse {
			at, step = at+(n-1)*inner, -inner
		}
		var f float64
		var k int64
		for range n {
			before, was := f, k
			if c.f != nil {
				f += float64(c.f[at])
			} else {
				k += c.i.at(at)
			}
			if exclusive {
				before, f, was, k = f, before, k, was
			}
			if out.f != nil {
				out.f[at] = float32(f)
			} else {
				out.i.set(at, k)
			}
			if exclusive {
				f, k = before, was
			}
			at += step
		}
	}
	return folded(out)
}
