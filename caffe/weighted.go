package caffe

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// maxExtent bounds kernels, strides and paddings, in pixels.
const maxExtent = 1 << 16

// pair resolves a setting that is given once for both directions, once for each, or by name for
// each. The result is for height and width.
func pair(what string, list []uint32, h, w *uint32, absent int) ([2]int, error) {
	out := [2]int{absent, absent}
	switch {
	case len(list) > 0 && (h != nil || w != nil):
		return out, fmt.Errorf("%s is given twice, with and without _h and _w", what)
	case len(list) > 2:
		return out, fmt.Errorf("%s has %d values: only two-dimensional pictures are supported", what, len(list))
	case len(list) > 0:
		out = [2]int{int(list[0]), int(list[len(list)-1])}
	}
	if h != nil {
		out[0] = int(*h)
	}
	if w != nil {
		out[1] = int(*w)
	}
	for _, v := range out {
		if v < 0 || v > maxExtent {
			return out, fmt.Errorf("%s of %d is out of range", what, v)
		}
	}
	return out, nil
}

// positive checks what must not be zero.
func positive(what string, p [2]int) error {
	if p[0] < 1 || p[1] < 1 {
		return fmt.Errorf("%s of %dx%d is not possible", what, p[0], p[1])
	}
	return nil
}

// buildConvolution reads filters (O,I/group,KH,KW), or (I,O/group,KH,KW) for a deconvolution,
// and biases (O).
func buildConvolution(s *site) (nn.Layer, error) {
	p := s.ConvolutionParam
	if p == nil {
		p = &pb.ConvolutionParameter{}
	}
	if len(s.in[0]) != 4 {
		return nil, fmt.Errorf("its input has the shape %s, (N,C,H,W) is wanted", wording.Shape(s.in[0]))
	}
	if a := p.GetAxis(); a != 1 && a != -3 {
		return nil, fmt.Errorf("channels on axis %d are not supported", a)
	}
	kernel, err := pair("kernel_size", p.KernelSize, p.KernelH, p.KernelW, 0)
	stride, err2 := pair("stride", p.Stride, p.StrideH, p.StrideW, 1)
	pad, err3 := pair("pad", p.Pad, p.PadH, p.PadW, 0)
	dilation, err4 := pair("dilation", p.Dilation, nil, nil, 1)
	if err := cmp.Or(err, err2, err3, err4, positive("kernel_size", kernel), positive("stride", stride), positive("dilation", dilation)); err != nil {
		return nil, err
	}
	o, c, g := int(p.GetNumOutput()), s.in[0][1], int(p.GetGroup())
	if s.GetType() == "ConvolutionDepthwise" { // which says neither
		o, g = c, c
	}
	if o < 1 || g < 1 || c%g != 0 || o%g != 0 {
		return nil, fmt.Errorf("%d channels in and %d out cannot be cut into %d groups", c, o, g)
	}
	if s.GetType() == "Deconvolution" {
		l := &nn.ConvTranspose{Stride: stride, Dilation: dilation, Pad: [4]int{pad[0], pad[1], pad[0], pad[1]}, Groups: g}
		if l.Weights, err = s.blob(heNormal, c, o/g, kernel[0], kernel[1]); err == nil && p.GetBiasTerm() {
			l.Bias, err = s.vector(zeros, o)
		}
		return l, err
	}
	l := &nn.Convolution{Stride: stride, Dilation: dilation, Pad: [4]int{pad[0], pad[1], pad[0], pad[1]}, Groups: g}
	if l.Weights, err = s.blob(heNormal, o, c/g, kernel[0], kernel[1]); err != nil {
		return nil, err
	}
	if p.GetBiasTerm() {
		l.Bias, err = s.vector(zeros, o)
	}
	return l, err
}

// vector is blob for one-dimensional blobs.
func (s *site) vector(f fill, n int) ([]float32, error) {
	t, err := s.blob(f, n)
	if err != nil {
		return nil, err
	}
	return t.Data, nil
}

// buildInnerProduct reads a matrix (O,I), or (I,O) if transposed, and biases (O).
func buildInnerProduct(s *site) (nn.Layer, error) {
	p := s.InnerProductParam
	if p == nil {
		p = &pb.InnerProductParameter{}
	}
	a, err := s.axisBehindBatch(p.GetAxis())
	if err != nil {
		return nil, err
	}
	o, i := int(p.GetNumOutput()), tensor.Size(s.in[0][a:])
	if o < 1 {
		return nil, errors.New("num_output is missing")
	}
	l := &nn.InnerProduct{}
	if p.GetTranspose() {
		// Random weights are drawn in the order in which they are stored.
		t, err := s.blob(heNormal, i, o)
		if err != nil {
			return nil, err
		}
		l.Weights = tensor.New(o, i)
		for r := range i {
			for c := range o {
				l.Weights.Data[c*i+r] = t.Data[r*o+c]
			}
		}
	} else if l.Weights, err = s.blob(heNormal, o, i); err != nil {
		return nil, err
	}
	if err == nil && p.GetBiasTerm() {
		l.Bias, err = s.vector(zeros, o)
	}
	if err != nil || a == 1 {
		return l, err
	}
	return s.rowwise(l, a)
}

// rowwise applies a product to all that lies along the axes from one on, for every place
// along those before.
func (s *site) rowwise(l *nn.InnerProduct, axis int) (nn.Layer, error) {
	o, i := l.Weights.Shape[0], l.Weights.Shape[1]
	turned := tensor.New(i, o)
	for r := range o {
		for c := range i {
			turned.Data[c*o+r] = l.Weights.Data[r*i+c]
		}
	}
	if axis < len(s.in[0])-1 {
		s.args[0] = s.inShape(s.args[0], append(slices.Clone(s.in[0][1:axis]), i)...)
	}
	if l.Bias == nil {
		return &nn.MatMul{Const: turned}, nil
	}
	s.args[0] = s.step(&nn.MatMul{Const: turned}, s.args[0])
	return &nn.Binary{Op: nn.Add, Const: tensor.FromSlice(l.Bias, o)}, nil
}

// buildBatchNorm reads sums of the means (C) and of the variances (C), and the number (1) by which
// they must be divided: y = (x - mean) / sqrt(variance + eps).
func buildBatchNorm(s *site) (nn.Layer, error) {
	p := s.BatchNormParam
	if p == nil {
		p = &pb.BatchNormParameter{}
	}
	if p.UseGlobalStats != nil && !p.GetUseGlobalStats() {
		return nil, errors.New("use_global_stats: false makes a prediction depend on the other pictures of its batch: set it to true, or leave it out")
	}
	c, err := s.channels()
	if err != nil {
		return nil, err
	}
	mean, err := s.vector(zeros, c)
	if err != nil {
		return nil, err
	}
	variance, err := s.vector(ones, c)
	if err != nil {
		return nil, err
	}
	factor, err := s.vector(ones, 1)
	if err != nil {
		return nil, err
	}
	var norm float64
	if factor[0] != 0 {
		norm = 1 / float64(factor[0])
	}
	var scale, bias []float32
	says := p.GetScaleBias() || p.ScaleFiller != nil || p.BiasFiller != nil
	if left := s.left(); left > 0 || left < 0 && says {
		if scale, err = s.vector(ones, c); err == nil {
			bias, err = s.vector(zeros, c)
		}
		if err != nil {
			return nil, err
		}
	}
	return normalised(mean, variance, norm, p.GetEps(), scale, bias)
}

// normalised is (x - mean*norm) / sqrt(variance*norm + eps) * scale + bias, where scale and
// bias may be nil.
func normalised(mean, variance []float32, norm float64, eps float32, scale, bias []float32) (nn.Layer, error) {
	c := len(mean)
	l := &nn.Affine{Scale: make([]float32, c), Shift: make([]float32, c)}
	for i := range c {
		v := float64(variance[i])*norm + float64(eps)
		by := 1 / math.Sqrt(v)
		if scale != nil {
			by *= float64(scale[i])
		}
		shift := -float64(mean[i]) * norm * by
		if bias != nil {
			shift += float64(bias[i])
		}
		l.Scale[i], l.Shift[i] = float32(by), float32(shift)
		if _, ok := tensor.Finite([]float32{l.Scale[i], l.Shift[i]}); !ok {
			return nil, fmt.Errorf("channel %d has the mean %v and the variance %v, which nothing can be divided by: these weights are broken",
				i, float64(mean[i])*norm, v)
		}
	}
	return l, nil
}

// buildBN reads scales, biases, means and variances (1,C,1,1), as BN-Inception's fork has them, or
// only scales and biases, as SegNet has them for use.
func buildBN(s *site) (nn.Layer, error) {
	p := s.BnParam
	if p == nil {
		p = &pb.BNParameter{}
	}
	c, err := s.channels()
	if err != nil {
		return nil, err
	}
	var v [4][]float32
	n := 4
	if s.left() == 2 || s.left() < 0 && p.GetBnMode() == pb.BNParameter_INFERENCE {
		n = 2
	}
	for i := range n {
		t, err := s.blob([]fill{ones, zeros, zeros, ones}[i], 1, c, 1, 1)
		if err != nil {
			return nil, err
		}
		v[i] = t.Data
	}
	if n == 2 {
		return &nn.Affine{Scale: v[0], Shift: v[1]}, nil
	}
	return normalised(v[2], v[3], 1, p.GetEps(), v[0], v[1])
}

// buildScale multiplies by learned factors or by a second input, and with bias_term adds
// learned offsets.
func buildScale(s *site) (nn.Layer, error) {
	p := s.ScaleParam
	if p == nil {
		p = &pb.ScaleParameter{}
	}
	if len(s.in) == 1 {
		from, shape, err := s.covering(p.GetAxis(), p.GetNumAxes())
		if err != nil {
			return nil, err
		}
		return s.scaled(from, shape, true, p.GetBiasTerm())
	}
	factors, err := s.second(p.GetAxis())
	if err != nil {
		return nil, err
	}
	s.args[1] = factors
	if !p.GetBiasTerm() {
		return &nn.Binary{Op: nn.Mul}, nil
	}
	s.args = []part{s.step(&nn.Binary{Op: nn.Mul}, s.args...)}
	return s.scaled(0, s.in[1], false, true)
}

// buildBias adds learned offsets or a second input.
func buildBias(s *site) (nn.Layer, error) {
	p := s.BiasParam
	if p == nil {
		p = &pb.BiasParameter{}
	}
	if len(s.in) == 1 {
		from, shape, err := s.covering(p.GetAxis(), p.GetNumAxes())
		if err != nil {
			return nil, err
		}
		return s.scaled(from, shape, false, true)
	}
	offsets, err := s.second(p.GetAxis())
	s.args[1] = offsets
	return &nn.Binary{Op: nn.Add}, err
}

// scaled reads factors and offsets of the given shape, which covers the axes of the input
// from one on, and applies them.
func (s *site) scaled(from int, shape []int, scale, shift bool) (nn.Layer, error) {
	read := func(f fill, wanted bool) (t *tensor.Tensor, err error) {
		if wanted {
			t, err = s.blob(f, shape...)
		}
		return t, err
	}
	factors, err := read(ones, scale)
	if err != nil {
		return nil, err
	}
	offsets, err := read(zeros, shift)
	if err != nil {
		return nil, err
	}
	c, n := 0, tensor.Size(shape)
	if len(s.in[0]) > 1 {
		c = s.in[0][1]
	}
	if n == 1 && c > 0 || from == 1 && n == c {
		l := &nn.Affine{}
		if l.Scale, err = s.perChannel(factors, c); err == nil {
			l.Shift, err = s.perChannel(offsets, c)
		}
		return l, err
	}
	switch {
	case offsets == nil:
		return &nn.Binary{Op: nn.Mul, Const: s.spanned(factors, from)}, nil
	case factors != nil:
		s.args[0] = s.step(&nn.Binary{Op: nn.Mul, Const: s.spanned(factors, from)}, s.args[0])
	}
	return &nn.Binary{Op: nn.Add, Const: s.spanned(offsets, from)}, nil
}

// perChannel returns the values of a blob of one value a channel, or of one for all; nil of
// none.
func (s *site) perChannel(t *tensor.Tensor, channels int) ([]float32, error) {
	switch {
	case t == nil:
		return nil, nil
	case t.Len() == channels:
		return t.Data, nil
	}
	return s.repeated(t.Data[0], channels)
}

// maxRepeated bounds the values of a network that are in no file: one value in the weights for as many
// channels as the definition says.
const maxRepeated = 1 << 22

// repeated returns a value n times.
func (s *site) repeated(v float32, n int) ([]float32, error) {
	if n > *s.spare {
		return nil, fmt.Errorf("one weight for each of %d channels exceeds the limit on such weights of the whole network, %d", n, maxRepeated)
	}
	*s.spare -= n
	return slices.Repeat([]float32{v}, n), nil
}

// buildPReLU reads slopes (C), or one for all channels.
func buildPReLU(s *site) (nn.Layer, error) {
	c, err := s.channels()
	if err != nil {
		return nil, err
	}
	if s.GetPreluParam().GetChannelShared() {
		c = 1
	}
	slope, err := s.vector(quarter, c)
	return &nn.PReLU{Slope: slope}, err
}
