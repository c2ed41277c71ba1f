package onnx

import (
	"slices"

	"hoodwink/nn"
)

// buildReduce lowers the mean, sum, ... along axes. From version since on, the axes are an input.
func buildReduce(op string, since int) builder {
	return func(s *site) []*value {
		x := s.computed(0)
		axes, keep := s.reduced(since)
		return lowered(s.reduce(op, x, axes, keep))
	}
}

var reduceOps = map[string]nn.ReduceOp{
	"ReduceMean": nn.ReduceMean, "ReduceSum": nn.ReduceSum, "ReduceMax": nn.ReduceMax, "ReduceMin": nn.ReduceMin, "ReduceL1": nn.ReduceL1, "ReduceL2": nn.ReduceL2,
}

func (s *site) reduce(op string, x *value, axes []int, keep bool) *value {
	defer s.rewrites()()
	if len(axes) == 0 {
		return x
	}
	var shape []int
	for a, d := range x.shape {
		if !contains(axes, a) {
			shape = append(shape, d)
		} else if keep {
			shape = append(shape, 1)
		}
	}
	switch op {
	case "ReduceSumSquare":
		return s.reduce("ReduceSum", s.emitAs(x.shape, &nn.Power{Power: 2, Scale: 1}, x), axes, keep)
	case "ReduceLogSum":
		return s.unary("Log", s.reduce("ReduceSum", x, axes, keep))
	}
	sorted := slices.Sorted(slices.Values(axes))
	if op == "ReduceMean" && len(x.shape) == 4 && slices.Equal(sorted, []int{2, 3}) {
		return s.view(s.emit(&nn.Pooling{Method: nn.AveragePool, Global: true}, x), shape...)
	}
	v := s.emitAs(shape, &nn.Reduce{Op: reduceOps[op], Axes: sorted, KeepDims: keep}, x)
	v.from.op, v.from.args = op, []*value{x}
	return v
}
