package caffe

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

func buildReLU(s *site) (nn.Layer, error) {
	return &nn.ReLU{Slope: s.GetReluParam().GetNegativeSlope()}, nil
}

func buildELU(s *site) (nn.Layer, error) {
	return &nn.ELU{Alpha: s.GetEluParam().GetAlpha()}, nil
}

func buildPower(s *site) (nn.Layer, error) {
	p := s.GetPowerParam()
	return &nn.Power{Power: p.GetPower(), Scale: p.GetScale(), Shift: p.GetShift()}, nil
}

func buildSoftmax(s *site) (nn.Layer, error) {
	a, err := s.axisBehindBatch(s.GetSoftmaxParam().GetAxis())
	return &nn.Softmax{Axis: a}, err
}

// buildPooling counts windows as Caffe does: rounding up, unless asked otherwise.
func buildPooling(s *site) (nn.Layer, error) {
	p := s.PoolingParam
	if p == nil {
		p = &pb.PoolingParameter{}
	}
	l := &nn.Pooling{Global: p.GetGlobalPooling(), Ceil: p.GetRoundMode() == pb.PoolingParameter_CEIL && p.GetCeilMode()}
	switch p.GetPool() {
	case pb.PoolingParameter_MAX:
		l.Method = nn.MaxPool
	case pb.PoolingParameter_AVE:
		l.Method = nn.AveragePool
	case pb.PoolingParameter_STOCHASTIC:
	default:
		return nil, fmt.Errorf("pooling by %s is not supported", p.GetPool())
	}
	one := func(v *uint32) []uint32 {
		if v == nil {
			return nil
		}
		return []uint32{*v}
	}
	kernel, err := pair("kernel_size", one(p.KernelSize), p.KernelH, p.KernelW, 0)
	stride, err2 := pair("stride", one(p.Stride), p.StrideH, p.StrideW, 1)
	pad, err3 := pair("pad", one(p.Pad), p.PadH, p.PadW, 0)
	if err := cmp.Or(err, err2, err3, positive("stride", stride)); err != nil {
		return nil, err
	}
	l.Kernel, l.Stride, l.Pad = kernel, stride, [4]int{pad[0], pad[1], pad[0], pad[1]}
	if l.Global {
		if kernel != [2]int{} || pad != [2]int{} || stride != [2]int{1, 1} {
			return nil, errors.New("global_pooling takes no kernel_size, pad or stride")
		}
		return byMethod(s, l, p.GetPool())
	}
	if err := positive("kernel_size", kernel); err != nil {
		return nil, err
	}
	if pad[0] >= kernel[0] || pad[1] >= kernel[1] {
		return nil, fmt.Errorf("pad of %dx%d leaves windows of %dx%d empty", pad[0], pad[1], kernel[0], kernel[1])
	}
	return byMethod(s, l, p.GetPool())
}

func byMethod(s *site, l *nn.Pooling, method pb.PoolingParameter_PoolMethod) (nn.Layer, error) {
	if method == pb.PoolingParameter_STOCHASTIC {
		return buildStochastic(s, l)
	}
	return l, nil
}

// buildLRN ignores k within a channel, as Caffe does.
func buildLRN(s *site) (nn.Layer, error) {
	p := s.LrnParam
	if p == nil {
		p = &pb.LRNParameter{}
	}
	size := p.GetLocalSize()
	if size%2 == 0 || size > maxExtent {
		return nil, fmt.Errorf("local_size of %d is not possible: it must be odd", size)
	}
	return &nn.LRN{Size: int(size), Alpha: p.GetAlpha(), Beta: p.GetBeta(), K: p.GetK(),
		WithinChannel: p.GetNormRegion() == pb.LRNParameter_WITHIN_CHANNEL}, nil
}

func buildEltwise(s *site) (nn.Layer, error) {
	p := s.GetEltwiseParam()
	coeff := p.GetCoeff()
	if len(coeff) > 0 && (len(coeff) != len(s.in) || p.GetOperation() != pb.EltwiseParameter_SUM) {
		return nil, fmt.Errorf("it has %d coefficients for the %s of %d blobs", len(coeff), p.GetOperation(), len(s.in))
	}
	switch p.GetOperation() {
	case pb.EltwiseParameter_SUM:
		return &nn.Eltwise{Op: nn.Sum, Coeff: coeff}, nil
	case pb.EltwiseParameter_PROD:
		return &nn.Eltwise{Op: nn.Product}, nil
	case pb.EltwiseParameter_MAX:
		return &nn.Eltwise{Op: nn.Max}, nil
	}
	return nil, fmt.Errorf("operation %s is not supported", p.GetOperation())
}

// partAxis returns the axis of Concat and Slice, which both have an older name for it.
func (s *site) partAxis(older *uint32, newer *int32) (int, error) {
	a := int32(1)
	switch {
	case older != nil && newer != nil:
		return 0, errors.New("the axis is given twice, by its old and by its new name")
	case older != nil:
		a = int32(min(*older, maxAxes))
	case newer != nil:
		a = *newer
	}
	return s.axisBehindBatch(a)
}

// axisBehindBatch resolves an axis and refuses that of the batch.
func (s *site) axisBehindBatch(a int32) (int, error) {
	at, err := s.axis(a, len(s.in[0])-1)
	if err == nil && at == 0 {
		err = errors.New("axis 0 is the batch, whose pictures have nothing to do with each other")
	}
	return at, err
}

func buildConcat(s *site) (nn.Layer, error) {
	p := s.ConcatParam
	if p == nil {
		p = &pb.ConcatParameter{}
	}
	a, err := s.partAxis(p.ConcatDim, p.Axis)
	return &nn.Concat{Axis: a}, err
}

// buildSlice cuts at the points given, or into equal parts.
func buildSlice(s *site) (nn.Layer, error) {
	p := s.SliceParam
	if p == nil {
		p = &pb.SliceParameter{}
	}
	a, err := s.partAxis(p.SliceDim, p.Axis)
	if err != nil {
		return nil, err
	}
	l := &nn.Slice{Axis: a}
	size, parts := s.in[0][a], len(s.out)
	if parts == 0 || len(p.SlicePoint) > 0 && len(p.SlicePoint) != parts-1 {
		return nil, fmt.Errorf("it has %d slice points for %d tops", len(p.SlicePoint), parts)
	}
	for _, at := range p.SlicePoint {
		l.Points = append(l.Points, int(at))
	}
	if len(p.SlicePoint) == 0 {
		if size%parts != 0 {
			return nil, fmt.Errorf("%d values along axis %d cannot be cut into %d equal parts", size, a, parts)
		}
		for i := 1; i < parts; i++ {
			l.Points = append(l.Points, i*size/parts)
		}
	}
	last := 0
	for _, at := range append(slices.Clone(l.Points), size) {
		if at <= last {
			return nil, fmt.Errorf("slice points %v do not rise within the %d values along axis %d", p.SlicePoint, size, a)
		}
		last = at
	}
	return l, nil
}

func buildFlatten(s *site) (nn.Layer, error) {
	p := s.FlattenParam
	if p == nil {
		p = &pb.FlattenParameter{}
	}
	from, err := s.axis(p.GetAxis(), len(s.in[0])-1)
	to, err2 := s.axis(p.GetEndAxis(), len(s.in[0])-1)
	if err := cmp.Or(err, err2); err != nil {
		return nil, err
	}
	if from == 0 || to < from {
		return nil, fmt.Errorf("axes %d to %d cannot be flattened", from, to)
	}
	return &nn.Flatten{Axis: from, EndAxis: to}, nil
}

// buildReshape computes the dimensions with the batch size of the file: that shows whether the
// batch stays as it is.
func buildReshape(s *site) (nn.Layer, error) {
	p := s.ReshapeParam
	if p == nil {
		p = &pb.ReshapeParameter{}
	}
	rank := len(s.in[0])
	full := slices.Clone(s.in[0])
	full[0] = s.batch
	from := int(p.GetAxis())
	if from < 0 {
		from += rank + 1 // -1 begins after the last axis
	}
	if from < 0 || from > rank {
		return nil, fmt.Errorf("axis %d is outside its input of shape %s", p.GetAxis(), wording.Shape(full))
	}
	to := rank
	if n := int(p.GetNumAxes()); n < -1 || n > rank-from {
		return nil, fmt.Errorf("num_axes %d is outside its input of shape %s", n, wording.Shape(full))
	} else if n >= 0 {
		to = from + n
	}
	dims := p.GetShape().GetDim()
	if len(dims) > maxAxes {
		return nil, fmt.Errorf("%d dimensions are too many", len(dims))
	}
	out := slices.Clone(full[:from])
	free := -1
	for i, d := range dims {
		switch {
		case d == 0 && from+i < rank:
			out = append(out, full[from+i])
		case d == -1 && free < 0:
			free = len(out)
			out = append(out, 1)
		case d > 0 && d <= maxValues:
			out = append(out, int(d))
		default:
			return nil, fmt.Errorf("dimensions %v are not possible for its input of shape %s", dims, wording.Shape(full))
		}
	}
	out = append(out, full[to:]...)
	return reshaped(full, out, free)
}

// reshaped returns the layer that reshapes from to to. Dimension free, if not -1, is inferred from
// the size.
func reshaped(from, to []int, free int) (nn.Layer, error) {
	const most = 1 << 60
	have, ok := tensor.CheckedSize(from, most)
	want, ok2 := tensor.CheckedSize(to, most)
	if ok && ok2 && free >= 0 && want > 0 && have%want == 0 {
		to[free] = have / want
		want = have
	}
	if !ok || !ok2 || have != want {
		return nil, fmt.Errorf("its input of shape %s cannot take the shape %s", wording.Shape(from), wording.Shape(to))
	}
	if len(to) == 0 || to[0] != from[0] {
		return nil, fmt.Errorf("from %s to %s mixes the pictures of a batch", wording.Shape(from), wording.Shape(to))
	}
	to[0] = 0 // whatever the batch
	return &nn.Reshape{Dims: to, NumAxes: -1}, nil
}
