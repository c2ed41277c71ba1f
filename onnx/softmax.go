package onnx

import (
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// buildSoftmax runs along one axis; before opset 13 over all axes from there on.
func buildSoftmax(log bool) builder {
	return func(s *site) []*value {
		x := s.computed(0)
		absent := -1
		if s.opset < 13 {
			absent = 1
		}
		rank := len(x.shape)
		axis := s.axis(s.attrInt("axis", absent), rank)
		// A single axis is enough, and easier, if all other axes have length 1.
		if s.opset < 13 && tensor.Size(x.shape[axis+1:]) > 1 {
			flat := s.view(x, append(slices.Clone(x.shape[:axis]), tensor.Size(x.shape[axis:]))...)
			return lowered(s.view(s.softmax(flat, axis, log), x.shape...))
		}
		return lowered(s.softmax(x, axis, log))
	}
}

func (s *site) softmax(x *value, axis int, log bool) *value {
	y := s.emit(&nn.Softmax{Axis: axis, Log: log}, x)
	y.ending = softmaxOf(x, axis, log)
	return y
}
