package caffe

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// behind lists the axes from one on.
func behind(axis, rank int) (axes []int) {
	for a := axis; a < rank; a++ {
		axes = append(axes, a)
	}
	return axes
}

// buildMVN: y = (x - mean) / (deviation + eps), of each channel or of all together. Unlike
// batch normalisation, eps is outside the root.
func buildMVN(s *site) (nn.Layer, error) {
	p := s.MvnParam
	if p == nil {
		p = &pb.MVNParameter{}
	}
	axes := behind(2, len(s.in[0]))
	if p.GetAcrossChannels() {
		axes = behind(1, len(s.in[0]))
	}
	n := 1
	for _, a := range axes {
		n *= s.in[0][a]
	}
	if len(axes) == 0 || n == 1 {
		return nil, fmt.Errorf("of its input of shape %s, only single values would be normalised", wording.Shape(s.in[0]))
	}
	if eps := p.GetEps(); !(eps >= 0) || math.IsInf(float64(eps), 0) {
		return nil, fmt.Errorf("an eps of %v is not possible", eps)
	}
	x := s.args[0]
	s.args = []part{x, s.step(&nn.Reduce{Op: nn.ReduceMean, Axes: axes, KeepDims: true}, x)}
	if !p.GetNormalizeVariance() {
		return &nn.Binary{Op: nn.Sub}, nil
	}
	centred := s.step(&nn.Binary{Op: nn.Sub}, s.args...)
	length := s.step(&nn.Reduce{Op: nn.ReduceL2, Axes: axes, KeepDims: true}, centred)
	s.args = []part{centred, s.step(&nn.Power{Power: 1, Scale: float32(1 / math.Sqrt(float64(n))), Shift: p.GetEps()}, length)}
	return &nn.Binary{Op: nn.Div}, nil
}

// buildReduction makes one value of all that lie along the axes from axis on.
func buildReduction(s *site) (nn.Layer, error) {
	p := s.ReductionParam
	if p == nil {
		p = &pb.ReductionParameter{}
	}
	from, err := s.axisBehindBatch(p.GetAxis())
	if err != nil {
		return nil, err
	}
	l := &nn.Reduce{Axes: behind(from, len(s.in[0]))}
	switch p.GetOperation() {
	case pb.ReductionParameter_SUM:
		l.Op = nn.ReduceSum
	case pb.ReductionParameter_ASUM:
		l.Op = nn.ReduceL1
	case pb.ReductionParameter_MEAN:
		l.Op = nn.ReduceMean
	case pb.ReductionParameter_SUMSQ:
		l.Op = nn.ReduceSum
		s.args[0] = s.step(&nn.Power{Power: 2, Scale: 1}, s.args[0])
	default:
		return nil, fmt.Errorf("operation %s is not supported", p.GetOperation())
	}
	s.args[0] = s.step(l, s.args[0])
	return &nn.Power{Power: 1, Scale: p.GetCoeff()}, nil
}

// buildNormalize divides each picture, or the channels at each pixel, by their length, and
// multiplies by learned factors (Liu et al. 2015, ParseNet, arXiv:1506.04579).
func buildNormalize(s *site) (nn.Layer, error) {
	p := s.NormParam
	if p == nil {
		p = &pb.NormalizeParameter{}
	}
	c, _, _, err := s.pictures()
	if err != nil {
		return nil, err
	}
	if eps := p.GetEps(); !(eps > 0) || math.IsInf(float64(eps), 0) {
		return nil, fmt.Errorf("an eps of %v is not possible", eps)
	}
	n := c
	if p.GetChannelShared() {
		n = 1
	}
	scale, err := s.vector(ones, n)
	if err != nil {
		return nil, err
	}
	if n == 1 {
		if scale, err = s.repeated(scale[0], c); err != nil {
			return nil, err
		}
	}
	axes := []int{1}
	if p.GetAcrossSpatial() {
		axes = []int{1, 2, 3}
	}
	x := s.args[0]
	squares := s.step(&nn.Reduce{Op: nn.ReduceSum, Axes: axes, KeepDims: true}, s.step(&nn.Power{Power: 2, Scale: 1}, x))
	length := s.step(&nn.Power{Power: 0.5, Scale: 1, Shift: p.GetEps()}, squares)
	s.args[0] = s.step(&nn.Binary{Op: nn.Div}, x, length)
	return &nn.Affine{Scale: scale}, nil
}

// buildAxpy: y = a*x + b with a factor for each channel (Hu et al. 2017, Squeeze-and-Excitation
// Networks, arXiv:1709.01507).
func buildAxpy(s *site) (nn.Layer, error) {
	if len(s.in) != 3 {
		return nil, fmt.Errorf("it reads %d blobs, 3 are wanted", len(s.in))
	}
	c, x := tensor.Size(s.in[0]), s.in[1]
	if len(x) != 4 || c != x[1] || !slices.Equal(x, s.in[2]) {
		return nil, fmt.Errorf("its inputs have the shapes %s, %s and %s: a factor for each channel of two equal ones is wanted",
			wording.Shape(s.in[0]), wording.Shape(x), wording.Shape(s.in[2]))
	}
	s.args = []part{s.step(&nn.Binary{Op: nn.Mul}, s.args[1], s.inShape(s.args[0], c, 1, 1)), s.args[2]}
	return &nn.Eltwise{Op: nn.Sum}, nil
}

// covering returns the shape of the axes of the input that a factor or offset covers: count
// of them from axis on, -1 for all.
func (s *site) covering(axis, count int32) (from int, shape []int, err error) {
	if from, err = s.axis(axis, len(s.in[0])-1); err != nil {
		return 0, nil, err
	}
	rest := s.in[0][from:]
	switch {
	case count < -1 || int64(count) > int64(len(rest)):
		return 0, nil, fmt.Errorf("num_axes %d from axis %d on is outside its input of shape %s", count, axis, wording.Shape(s.in[0]))
	case count >= 0:
		rest = rest[:count]
	}
	if from == 0 && len(rest) > 0 {
		return 0, nil, fmt.Errorf("axis %d is the batch, whose pictures have nothing to do with each other", axis)
	}
	return from, slices.Clone(rest), nil
}

// spanned gives a blob that covers the axes of the input from one on the axes behind it, of
// one place each, so that it is repeated along them.
func (s *site) spanned(t *tensor.Tensor, from int) *tensor.Tensor {
	shape := slices.Clone(t.Shape)
	for len(shape) < len(s.in[0])-from {
		shape = append(shape, 1)
	}
	return t.Reshape(shape...)
}

// second gives the second input, which covers axes of the first from axis on, the shape in
// which it is repeated along the others. The batch must be its first axis.
func (s *site) second(axis int32) (part, error) {
	x, y := s.in[0], s.in[1]
	from, err := s.axis(axis, len(x)-1)
	if err != nil {
		return part{}, err
	}
	if from != 0 || len(y) > len(x) || !slices.Equal(y, x[:len(y)]) {
		return part{}, fmt.Errorf("its second input of shape %s does not fit the first of shape %s from axis %d on: want the batch and the axes behind it",
			wording.Shape(y), wording.Shape(x), axis)
	}
	dims := slices.Clone(y[1:])
	for len(dims) < len(x)-1 {
		dims = append(dims, 1)
	}
	return s.inShape(s.args[1], dims...), nil
}
