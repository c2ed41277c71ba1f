package caffe

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"hoodwink/internal/pb"
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

// buildConvolution reads filters (O,I/group,KH,KW) and biases (O).
func buildConvolution(s *site) (nn.Layer, error) {
	p := s.ConvolutionParam
	if p == nil {
		p = &pb.ConvolutionParameter{}
	}
	if len(s.in[0]) != 4 {
		return nil, fmt.Errorf("its input has the shape %s, (N,C,H,W) is wanted", shapeText(s.in[0]))
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
	if o < 1 || g < 1 || c%g != 0 || o%g != 0 {
		return nil, fmt.Errorf("%d channels in and %d out cannot be cut into %d groups", c, o, g)
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
	if a, err := s.axis(p.GetAxis(), len(s.in[0])-1); err != nil {
		return nil, err
	} else if a != 1 {
		return nil, fmt.Errorf("a product over the axes from %d on is not supported, only from 1 on", a)
	}
	o, i := int(p.GetNumOutput()), tensor.Size(s.in[0])
	if o < 1 {
		return nil, errors.New("num_output is missing")
	}
	l := &nn.InnerProduct{}
	var err error
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
	if p.GetBiasTerm() {
		l.Bias, err = s.vector(zeros, o)
	}
	return l, err
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
	l := &nn.Affine{Scale: make([]float32, c), Shift: make([]float32, c)}
	for i := range c {
		v := float64(variance[i])*norm + float64(p.GetEps())
		scale := 1 / math.Sqrt(v)
		l.Scale[i], l.Shift[i] = float32(scale), float32(-float64(mean[i])*norm*scale)
		if _, ok := tensor.Finite([]float32{l.Scale[i], l.Shift[i]}); !ok {
			return nil, fmt.Errorf("channel %d has the mean %v and the variance %v, which nothing can be divided by: these weights are broken",
				i, float64(mean[i])*norm, v)
		}
	}
	return l, nil
}

// buildScale reads factors (C) and, with bias_term, offsets (C).
func buildScale(s *site) (nn.Layer, error) {
	p := s.ScaleParam
	if p == nil {
		p = &pb.ScaleParameter{}
	}
	l := &nn.Affine{}
	shape, err := s.perChannel(p.GetAxis(), p.GetNumAxes())
	if err != nil {
		return nil, err
	}
	if l.Scale, err = s.spread(ones, shape); err != nil {
		return nil, err
	}
	if p.GetBiasTerm() {
		l.Shift, err = s.spread(zeros, shape)
	}
	return l, err
}

// buildBias reads offsets (C).
func buildBias(s *site) (nn.Layer, error) {
	p := s.BiasParam
	if p == nil {
		p = &pb.BiasParameter{}
	}
	shape, err := s.perChannel(p.GetAxis(), p.GetNumAxes())
	if err != nil {
		return nil, err
	}
	shift, err := s.spread(zeros, shape)
	return &nn.Affine{Shift: shift}, err
}

// perChannel returns the shape of a blob that covers some axes of the input. It must have one value
// for each channel, or one for all.
func (s *site) perChannel(axis, count int32) ([]int, error) {
	c, err := s.channels()
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return []int{}, nil
	}
	from, err := s.axis(axis, len(s.in[0])-1)
	if err != nil {
		return nil, err
	}
	to := len(s.in[0])
	if count > 0 {
		to = min(to, from+int(count))
	}
	shape := s.in[0][from:to]
	if from != 1 || tensor.Size(shape) != c || count < -1 {
		return nil, fmt.Errorf("axis %d and num_axes %d are not supported: one value for each channel is wanted", axis, count)
	}
	return shape, nil
}

// spread reads a blob with one value for each channel, or with one value for all of them.
func (s *site) spread(f fill, shape []int) ([]float32, error) {
	t, err := s.blob(f, shape...)
	if err != nil {
		return nil, err
	}
	c := s.in[0][1]
	if t.Len() == c {
		return t.Data, nil
	}
	out := make([]float32, c)
	for i := range out {
		out[i] = t.Data[0]
	}
	return out, nil
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
