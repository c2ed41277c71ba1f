package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"hoodwink/tensor"
)

// inputs finds the one input that is no weight.
func (l *lowering) inputs(g *graphProto, sc *scope) error {
	var names []string
	var in valueInfo
	for _, v := range g.inputs {
		if c := sc.values[v.name]; c != nil && c.known != nil {
			continue // as files before IR version 4 list their weights
		}
		names = append(names, fmt.Sprintf("%q", v.name))
		in = v
	}
	switch len(names) {
	case 1:
	case 0:
		return &Error{Err: errors.New("the graph has no input")}
	default:
		return &Error{Err: fmt.Errorf("the graph has the inputs %s, but one picture is all there is", listSome(names, 10))}
	}
	shape, err := inputShape(in)
	if err != nil {
		return err
	}
	l.input = &value{name: in.name, typ: in.typ, shape: shape}
	sc.values[in.name] = l.input
	return nil
}

const fixedHint = "export the model for one picture of a fixed size; of the input's dimensions only the batch may be dynamic"

// inputShape returns the shape of one example.
func inputShape(v valueInfo) ([]int, error) {
	wrong := func(format string, args ...any) error {
		return &Error{Err: fmt.Errorf("the input %q "+format, append([]any{v.name}, args...)...), hint: fixedHint}
	}
	if !v.typ.floating() {
		return nil, &Error{Err: fmt.Errorf("the input %q holds values of %s, floating-point ones are wanted", v.name, v.typ),
			hint: "export the model without the part that converts pictures"}
	}
	if !v.hasShape {
		return nil, wrong("has no shape")
	}
	var shape []int
	text := ""
	for i, d := range v.dims {
		if i > 0 {
			text += ","
		}
		switch {
		case d.value > 0:
			text += fmt.Sprint(d.value)
		case d.param != "":
			text += d.param
		default:
			text += "?"
		}
		shape = append(shape, int(min(max(d.value, 0), math.MaxInt32)))
	}
	if len(shape) < 2 {
		return nil, wrong("has the shape (%s): the batch and the shape of a picture are wanted", text)
	}
	if shape[0] > 1 {
		return nil, wrong("has the shape (%s), for %d pictures at once", text, shape[0])
	}
	shape[0] = 1
	if slices.Contains(shape, 0) {
		return nil, wrong("has the shape (%s), which is not of a fixed size", text)
	}
	if _, ok := tensor.CheckedSize(shape, maxStatic); !ok {
		return nil, wrong("has the shape (%s), which is too large", text)
	}
	return shape, nil
}
