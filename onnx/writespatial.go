package onnx

import (
	"hoodwink/nn"
	"hoodwink/tensor"
)

// windowAttrs are the attributes of a window over pictures; a stride of 0 means 1.
func windowAttrs(kernel, stride [2]int, pad [4]int) attrs {
	return attrs{"kernel_shape": kernel[:], "strides": []int{max(stride[0], 1), max(stride[1], 1)}, "pads": pad[:]}
}

// filters emits a convolution, or the transpose of one.
func (p *place) filters(op string, a attrs, dilation [2]int, groups int, w *tensor.Tensor, bias []float32) string {
	a["dilations"], a["group"] = []int{max(dilation[0], 1), max(dilation[1], 1)}, max(groups, 1)
	in := []string{p.in(0), p.weights("weight", w)}
	if bias != nil {
		in = append(in, p.vector("bias", bias))
	}
	return p.emit(op, a, in...)
}

func writeConvolution(p *place, l *nn.Convolution) string {
	return p.filters("Conv", windowAttrs([2]int(l.Weights.Shape[2:]), l.Stride, l.Pad), l.Dilation, l.Groups, l.Weights, l.Bias)
}

func writeConvTranspose(p *place, l *nn.ConvTranspose) string {
	a := windowAttrs([2]int(l.Weights.Shape[2:]), l.Stride, l.Pad)
	a["output_padding"] = l.OutputPad[:]
	return p.filters("ConvTranspose", a, l.Dilation, l.Groups, l.Weights, l.Bias)
}

// writePooling ends the last windows by padding, not by rounding up, for which readers differ.
func writePooling(p *place, l *nn.Pooling) string {
	if l.Global {
		return p.emit([]string{"GlobalMaxPool", "GlobalAveragePool"}[l.Method], nil, p.in(0))
	}
	in, out := p.shape(0)[2:], p.node.Out[0].Shape[2:]
	pad, over, padded := l.Pad, false, l.Pad != [4]int{}
	if l.Ceil {
		for a := range 2 {
			pad[2+a] = max(0, (out[a]-1)*max(l.Stride[a], 1)+l.Kernel[a]-in[a]-l.Pad[a])
			over = over || pad[2+a] > l.Pad[2+a]
		}
	}
	if l.Method == nn.MaxPool {
		return p.emit("MaxPool", windowAttrs(l.Kernel, l.Stride, pad), p.in(0))
	}
	x, exclude := p.in(0), l.ExcludePad
	switch {
	case exclude || !over:
	case !padded:
		exclude = true // pixels that a window lacks do not count
	default:
		// Of the pixels beyond the picture, padding counts and the rest does not.
		for a := range 2 {
			pad[a], pad[2+a] = 0, max(0, pad[2+a]-l.Pad[2+a])
		}
		x = p.emit("Pad", nil, x, p.ints("pads", 0, 0, l.Pad[0], l.Pad[1], 0, 0, l.Pad[2], l.Pad[3]))
		exclude = true
	}
	a := windowAttrs(l.Kernel, l.Stride, pad)
	a["count_include_pad"] = 1
	if exclude {
		a["count_include_pad"] = 0
	}
	return p.emit("AveragePool", a, x)
}

// writeResize reshapes its input to pictures if it has other axes before the last two.
func writeResize(p *place, l *nn.Resize) string {
	if (l.Size[0] > 0) != (l.Size[1] > 0) {
		p.refuse("one side has a size, the other a scale")
		return ""
	}
	in, out, x := p.shape(0), p.node.Out[0].Shape, p.in(0)
	k := len(in) - 2
	planes := 1
	for _, d := range in[1:k] {
		planes *= d
	}
	if k != 2 {
		x = p.reshape("pictures", x, planes, in[k], in[k+1])
	}
	mode := "nearest"
	if l.Linear {
		mode = "linear"
	}
	a := attrs{"mode": mode,
		"coordinate_transformation_mode": []string{"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"}[l.Coordinates],
		"nearest_mode":                   []string{"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}[l.Nearest]}
	if l.Size[0] > 0 {
		x = p.emit("Resize", a, x, "", "", p.sizes("sizes", planes, l.Size[0], l.Size[1]))
	} else {
		x = p.emit("Resize", a, x, "", p.floats("scales", []float32{1, 1, l.Scale[0], l.Scale[1]}, 4))
	}
	if k != 2 {
		x = p.reshape("shape", x, out[1:]...)
	}
	return x
}

// writeResample multiplies by the matrix of the weights, with the axis at the end.
func writeResample(p *place, l *nn.Resample) string {
	in := p.shape(0)
	axis, last := l.Axis, len(in)-1
	if axis < 0 {
		axis += len(in)
	}
	n, m := in[axis], len(l.First)
	w := tensor.New(n, m)
	for i, list := range l.Weights {
		for k, v := range list {
			w.Data[(l.First[i]+k)*m+i] = v
		}
	}
	perm := make([]int, len(in))
	for a := range perm {
		perm[a] = a
	}
	perm[axis], perm[last] = last, axis
	x := p.in(0)
	if axis != last {
		x = p.emit("Transpose", attrs{"perm": perm}, x)
	}
	y := p.emit("MatMul", nil, x, p.weights("weight", w))
	if axis != last {
		y = p.emit("Transpose", attrs{"perm": perm}, y)
	}
	return y
}
