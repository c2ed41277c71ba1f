package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// maxExtent bounds kernels, strides, dilations and paddings, in pixels.
const maxExtent = 1 << 20

// A window is the geometry of a convolution or pooling over pictures.
type window struct {
	kernel, stride, dilation [2]int
	pad                      [4]int // top, left, bottom, right
	auto                     string // auto_pad
}

// window reads the attributes; kernel is that of the weights, or nil. Sequences have one axis; the
// other is 1.
func (s *site) window(in []int, kernel []int) window {
	axes := len(in) - 2
	if axes != 1 && axes != 2 {
		s.refuse("an input of the shape %s", wording.Shape(in))
	}
	list := func(name string, n, absent int) []int {
		v := s.attrInts(name)
		if v == nil {
			v = slices.Repeat([]int{absent}, n)
		}
		if len(v) != n {
			s.fail("%s of %v is not for an input of the shape %s", name, v, wording.Shape(in))
		}
		for _, d := range v {
			if d < 0 || d > maxExtent {
				s.fail("%s of %v is out of range", name, v)
			}
		}
		return v
	}
	if given := s.attrInts("kernel_shape"); kernel == nil {
		kernel = list("kernel_shape", axes, 0)
	} else if given != nil && !slices.Equal(given, kernel) {
		s.fail("kernel_shape is %v, the weights are for %v", given, kernel)
	}
	w := window{auto: s.attrText("auto_pad", "NOTSET")}
	stride, dilation, pads := list("strides", axes, 1), list("dilations", axes, 1), list("pads", 2*axes, 0)
	at := 2 - axes // where the axes begin
	w.kernel, w.stride, w.dilation = [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1}
	for a := range axes {
		w.kernel[at+a], w.stride[at+a], w.dilation[at+a] = kernel[a], stride[a], dilation[a]
		w.pad[at+a], w.pad[2+at+a] = pads[a], pads[axes+a]
		if kernel[a] < 1 || stride[a] < 1 || dilation[a] < 1 {
			s.fail("kernels of %v, strides of %v and dilations of %v are not possible", kernel, stride, dilation)
		}
	}
	switch w.auto {
	case "NOTSET", "", "SAME_UPPER", "SAME_LOWER":
	case "VALID":
		w.pad = [4]int{}
	default:
		s.fail("auto_pad of %q is unknown", w.auto)
	}
	return w
}

// extent returns the number of pixels that the kernel spans along axis a.
func (w *window) extent(a int) int { return (w.kernel[a]-1)*w.dilation[a] + 1 }

// same sets the padding so that the output has ceil(size/stride) pixels, if auto_pad asks for it.
func (w *window) same(shape []int) {
	for a := range 2 {
		size := shape[2+a]
		w.share(a, ((size+w.stride[a]-1)/w.stride[a]-1)*w.stride[a]+w.extent(a)-size)
	}
}

// share divides padding between both sides of axis a, if auto_pad asks for it.
func (w *window) share(a, total int) {
	total = max(0, total)
	switch w.auto {
	case "SAME_UPPER":
		w.pad[a], w.pad[2+a] = total/2, total-total/2
	case "SAME_LOWER":
		w.pad[a], w.pad[2+a] = total-total/2, total/2
	}
}

// picture gives a sequence (N,C,L) the shape (N,C,1,L), and returns a function that undoes this.
func (s *site) picture(x *value) (*value, func(*value) *value) {
	if len(x.shape) != 3 {
		return x, func(v *value) *value { return v }
	}
	return s.view(x, x.shape[0], x.shape[1], 1, x.shape[2]), func(v *value) *value {
		return s.view(v, v.shape[0], v.shape[1], v.shape[3])
	}
}

// filters returns input 1 as the weights of a convolution over pictures.
func (s *site) filters(rank int) *tensor.Tensor {
	c := s.weights(1)
	if rank < 3 || len(c.shape) != rank || c.len() == 0 {
		s.fail("it has weights of the shape %s for an input of %d axes", wording.Shape(c.shape), rank)
	}
	if rank == 3 {
		return c.reshaped(c.shape[0], c.shape[1], 1, c.shape[2]).tensor()
	}
	return c.tensor()
}

// buildConv has weights (O, I/group, KH, KW). Zeros padded around its input before become padding
// of its own.
func buildConv(s *site) []*value {
	in := s.computed(0)
	filters := s.filters(len(in.shape))
	w := s.window(in.shape, s.in[1].shape[2:])
	x, back := s.picture(in)
	l := &nn.Convolution{Weights: filters, Stride: w.stride, Dilation: w.dilation, Groups: s.attrInt("group", 1)}
	if l.Groups < 1 {
		s.fail("group of %d is not possible", l.Groups)
	}
	if s.has(2) {
		l.Bias = s.vector(2, l.Weights.Shape[0])
	}
	w.same(x.shape)
	x = w.border(x)
	l.Pad = w.pad
	return lowered(back(s.emit(l, x)))
}

// border moves zeros that were padded around pictures into the padding of the window, and returns
// the pictures without them.
func (w *window) border(x *value) *value {
	if x.from == nil {
		return x
	}
	p, ok := x.from.layer.(*nn.Pad)
	if !ok || p.Mode != nn.PadConstant || p.Value != 0 || len(p.Before) != 4 {
		return x
	}
	for a := range 4 {
		if p.Before[a] < 0 || p.After[a] < 0 || a < 2 && p.Before[a]+p.After[a] > 0 {
			return x
		}
	}
	for i, n := range []int{p.Before[2], p.Before[3], p.After[2], p.After[3]} {
		w.pad[i] += n
	}
	return x.from.in[0]
}

// buildConvTranspose has weights (I, O/group, KH, KW).
func buildConvTranspose(s *site) []*value {
	in := s.computed(0)
	filters := s.filters(len(in.shape))
	w := s.window(in.shape, s.in[1].shape[2:])
	x, back := s.picture(in)
	axes, at := len(in.shape)-2, 4-len(in.shape)
	l := &nn.ConvTranspose{Weights: filters, Stride: w.stride, Dilation: w.dilation, Groups: s.attrInt("group", 1)}
	if l.Groups < 1 || l.Groups > maxExtent {
		s.fail("group of %d is not possible", l.Groups)
	}
	if s.has(2) {
		l.Bias = s.vector(2, l.Weights.Shape[1]*l.Groups)
	}
	extra, shape := s.attrInts("output_padding"), s.attrInts("output_shape")
	if extra != nil && len(extra) != axes || shape != nil && len(shape) != axes {
		s.fail("output_padding of %v and output_shape of %v are not for an input of the shape %s", extra, shape, wording.Shape(in.shape))
	}
	for a := range axes {
		more := 0
		if extra != nil {
			more = min(max(extra[a], -1), maxExtent)
		}
		l.OutputPad[at+a] = more
		full := (x.shape[2+at+a]-1)*w.stride[at+a] + more + w.extent(at+a)
		switch {
		case shape != nil:
			total := full - min(max(shape[a], 0), maxStatic)
			if total < 0 {
				l.OutputPad[at+a] -= total
			}
			if w.auto != "SAME_UPPER" {
				w.auto = "SAME_LOWER"
			}
			w.share(at+a, total)
		case w.auto == "SAME_UPPER" || w.auto == "SAME_LOWER":
			w.share(at+a, full-x.shape[2+at+a]*w.stride[at+a])
		}
	}
	l.Pad = w.pad
	return lowered(back(s.emit(l, x)))
}

// buildPool reduces windows to their maximum or average. In an average, zeros padded around its
// input before are padding that counts.
func buildPool(method nn.PoolMethod) builder {
	return func(s *site) []*value {
		in := s.computed(0)
		w := s.window(in.shape, nil)
		x, back := s.picture(in)
		w.same(x.shape)
		if w.dilation != [2]int{1, 1} {
			return lowered(back(s.poolDilated(method, x, w)))
		}
		l := &nn.Pooling{Method: method, Kernel: w.kernel, Stride: w.stride, Ceil: s.attrInt("ceil_mode", 0) != 0}
		l.ExcludePad = method == nn.AveragePool && s.attrInt("count_include_pad", 0) == 0
		if method == nn.AveragePool && w.pad == [4]int{} && !l.Ceil {
			around := w
			y := around.border(x)
			if p := around.pad; p != w.pad && max(p[0], p[2]) < w.kernel[0] && max(p[1], p[3]) < w.kernel[1] {
				x, w, l.ExcludePad = y, around, false
			}
		}
		for a := range 2 {
			if w.pad[a] >= w.kernel[a] || w.pad[2+a] >= w.kernel[a] {
				s.fail("padding of %v leaves windows of %dx%d empty", w.pad, w.kernel[0], w.kernel[1])
			}
		}
		l.Pad = w.pad
		return lowered(back(s.emit(l, x)))
	}
}

// buildGlobal reduces every channel to one value.
func buildGlobal(method nn.PoolMethod, op string) builder {
	return func(s *site) []*value {
		x := s.computed(0)
		if len(x.shape) < 3 {
			s.fail("its input has the shape %s, (N,C,...) is wanted", wording.Shape(x.shape))
		}
		if len(x.shape) == 4 {
			return lowered(s.emit(&nn.Pooling{Method: method, Global: true}, x))
		}
		var axes []int
		for a := 2; a < len(x.shape); a++ {
			axes = append(axes, a)
		}
		return lowered(s.reduce(op, x, axes, true))
	}
}

func buildLRN(s *site) []*value {
	l := &nn.LRN{Size: s.attrInt("size", 0), Alpha: s.attrFloat("alpha", 0.0001), Beta: s.attrFloat("beta", 0.75), K: s.attrFloat("bias", 1)}
	return lowered(s.emit(l, s.computed(0)))
}
