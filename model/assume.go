package model

import (
	"fmt"
	"path/filepath"
	"strings"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// layoutOf returns the layout of a network's input by its shape for one picture; "" if the shape is
// not that of a picture.
func layoutOf(in []int) preprocess.Layout {
	colours := func(n int) bool { return n == 1 || n == 3 }
	switch {
	case len(in) != 3:
		return ""
	case colours(in[0]):
		return preprocess.NCHW
	case colours(in[2]):
		return preprocess.NHWC
	}
	return ""
}

// contract completes the source's spec and checks it against the network.
func (s Source) contract(m *Model) (preprocess.Spec, error) {
	in := m.Network.InputShape()
	layout := layoutOf(in)
	channels, height, width := in[0], in[1], in[2]
	if layout == preprocess.NHWC {
		channels, height, width = in[2], in[0], in[1]
	}
	spec := s.Spec
	if spec.Layout == "" && layout != preprocess.NCHW {
		spec.Layout = layout
	}
	if spec.Order == "" || spec.Scale == 0 || spec.Resize == "" {
		if spec.Width == 0 && spec.Height == 0 {
			spec.Width, spec.Height = width, height
		}
		base, err := s.base(m, spec, channels)
		if err != nil {
			return spec, err
		}
		spec = spec.Over(base)
		if spec.Resize == preprocess.ShorterSide && spec.ResizeTo == 0 {
			spec.ResizeTo = (max(spec.Width, spec.Height)*256 + 112) / 224 // as in preset torchvision
		}
	}
	if err := spec.Validate(); err != nil {
		return spec, err
	}
	if got := spec.InputShape(); !tensor.SameShape(got, in) {
		axes := "(channels, height, width)"
		if layout == preprocess.NHWC {
			axes = "(height, width, channels)"
		}
		return spec, fmt.Errorf("pictures are prepared as %v but the network wants %s = %v", got, axes, in)
	}
	return spec, nil
}

// base returns the spec whose fields apply where the given spec is zero: its preset, what
// other files of the model say, or an assumption.
func (s Source) base(m *Model, spec preprocess.Spec, channels int) (preprocess.Spec, error) {
	if spec.Preset != "" {
		base, err := preprocess.Preset(spec.Preset, spec.Width, spec.Height)
		if err == nil && channels == 1 {
			if len(base.Mean) > 0 && len(spec.Mean) == 0 {
				return base, &Error{Msg: fmt.Sprintf("preset %s is for pictures in colour, and the network's input is gray", spec.Preset),
					Advice: "use preset raw (0 to 1) or caffe (0 to 255), with a mean and a std of one value if need be"}
			}
			base.Order = "gray"
		}
		return base, err
	}
	if m.prepared != nil {
		base, err := m.prepared.spec(spec.Height, spec.Width, channels)
		m.Notes = append(m.Notes, m.prepared.notes...)
		return base, err
	}
	onnx := strings.EqualFold(filepath.Ext(s.Weights), ".onnx")
	name, says := "caffe-mean", "preset caffe-mean (BGR, 0 to 255, minus the mean 104, 117, 123)"
	switch {
	case onnx && m.integers():
		return s.integerPixels(m, spec, channels)
	case channels == 1 && onnx:
		name, says = "raw", "gray pictures from 0 (black) to 1 (white)"
	case channels == 1:
		return spec, &Error{Msg: "the network's input is gray, and nothing says how its values relate to pixels",
			Advice: "write a " + ContractName + " with a preprocess section, order gray"}
	case onnx && spec.Layout == preprocess.NHWC:
		name, says = "raw", "preset raw (RGB, 0 to 1)"
	case onnx:
		name, says = "torchvision", "preset torchvision (RGB, 0 to 1, mean .485 .456 .406, std .229 .224 .225)"
	}
	base, err := preprocess.Preset(name, spec.Width, spec.Height)
	if err != nil {
		return base, err
	}
	if channels == 1 {
		base.Order = "gray"
	}
	if base.Resize == preprocess.ShorterSide && max(base.Width, base.Height) < smallInput {
		base.Resize, base.ResizeTo = preprocess.Stretch, 0
		says += ", without a crop as the input is small"
	}
	m.Notes = append(m.Notes, fmt.Sprintf("nothing says how %s wants its pictures: assuming %s", s.Name, says))
	return base, nil
}

// integers reports whether the network's input holds integers in its file.
func (m *Model) integers() bool { return strings.Contains(m.input, "int") }

// integerPixels returns the spec for an input of integers. These can only be the values of picture
// files: 0 to 255, or 128 less where they must fit into int8.
func (s Source) integerPixels(m *Model, spec preprocess.Spec, channels int) (preprocess.Spec, error) {
	base, err := preprocess.Preset("raw", spec.Width, spec.Height)
	base.Preset, base.Scale = "", 255
	says := "0 to 255"
	if m.input == "int8" {
		says = "-128 to 127"
		for range channels {
			base.Mean = append(base.Mean, 128)
		}
	}
	order := "RGB"
	if channels == 1 {
		base.Order, order = "gray", "gray"
	}
	m.Notes = append(m.Notes, fmt.Sprintf("nothing says how %s wants its pictures: assuming pixel values %s (%s), for its input holds values of %s", s.Name, says, order, m.input))
	return base, err
}

// smallInput is the side below which networks get whole pictures, as those for CIFAR do; by
// convention, larger ones get centre crops.
const smallInput = 128
