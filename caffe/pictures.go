package caffe

import (
	"errors"
	"fmt"
	"math"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// pictures returns channels, height and width of the first input, which must be pictures.
func (s *site) pictures() (c, h, w int, err error) {
	in := s.in[0]
	if len(in) != 4 {
		return 0, 0, 0, fmt.Errorf("its input has the shape %s, (N,C,H,W) is wanted", wording.Shape(in))
	}
	return in[1], in[2], in[3], nil
}

// buildStochastic is pooling by chance as it is in the phase TEST: the mean of the values of
// a window weighted by themselves (Zeiler, Fergus 2013, Stochastic Pooling for Regularization
// of Deep Convolutional Neural Networks, arXiv:1301.3557).
func buildStochastic(s *site, l *nn.Pooling) (nn.Layer, error) {
	if l.Pad != [4]int{} {
		return nil, errors.New("pooling by STOCHASTIC takes no pad")
	}
	l.Method = nn.AveragePool
	x := s.args[0]
	squares := s.step(l, s.step(&nn.Power{Power: 2, Scale: 1}, x))
	sums := s.step(&nn.Power{Power: 1, Scale: 1, Shift: leastSum}, s.step(l, x))
	s.args = []part{squares, sums}
	return &nn.Binary{Op: nn.Div}, nil
}

// leastSum keeps the division of nothing by nothing at 0. Caffe begins its sums at the least
// normal float32, whose square would be 0 in the derivative.
const leastSum = 1e-18

// buildSPP is spatial pyramid pooling (He et al. 2014, Spatial Pyramid Pooling in Deep
// Convolutional Networks for Visual Recognition, arXiv:1406.4729): level i pools the picture
// into 2^i x 2^i bins, and all bins lie one behind the other.
func buildSPP(s *site) (nn.Layer, error) {
	p := s.SppParam
	if p == nil {
		p = &pb.SPPParameter{}
	}
	_, h, w, err := s.pictures()
	if err != nil {
		return nil, err
	}
	levels := int(p.GetPyramidHeight())
	const most = 10 // 2^9 bins a side
	if levels < 1 || levels > most {
		return nil, fmt.Errorf("a pyramid_height of %d is not possible: want 1 to %d", levels, most)
	}
	x := s.args[0]
	s.args = nil
	for i := range levels {
		bins := 1 << i
		l := &nn.Pooling{Ceil: true}
		for a, size := range []int{h, w} {
			k := (size + bins - 1) / bins
			pad := (k*bins - size + 1) / 2
			l.Kernel[a], l.Stride[a], l.Pad[a], l.Pad[2+a] = k, k, pad, pad
		}
		switch p.GetPool() {
		case pb.PoolingParameter_MAX:
		case pb.PoolingParameter_AVE:
			l.Method = nn.AveragePool
		default:
			return nil, fmt.Errorf("pooling by %s is not supported", p.GetPool())
		}
		if levels == 1 {
			s.args = []part{x}
			return l, nil
		}
		s.args = append(s.args, s.step(&nn.Flatten{Axis: 1, EndAxis: -1}, s.step(l, x)))
	}
	return &nn.Concat{Axis: 1}, nil
}

// buildInterp resizes between two lines of pixels or columns as DeepLab does: the corners stay
// corners.
func buildInterp(s *site) (nn.Layer, error) {
	p := s.InterpParam
	if p == nil {
		p = &pb.InterpParameter{}
	}
	_, h, w, err := s.pictures()
	if err != nil {
		return nil, err
	}
	begin, end := int(p.GetPadBeg()), int(p.GetPadEnd())
	zoom, shrink := int(p.GetZoomFactor()), int(p.GetShrinkFactor())
	if begin > 0 || end > 0 || min(h, w)+begin+end < 1 || zoom < 1 || zoom > maxExtent || shrink < 1 {
		return nil, fmt.Errorf("pad_beg %d, pad_end %d, zoom_factor %d and shrink_factor %d are not possible for pictures of %dx%d", begin, end, zoom, shrink, h, w)
	}
	if begin < 0 || end < 0 {
		s.args[0] = s.step(&nn.Pad{Before: []int{0, 0, begin, begin}, After: []int{0, 0, end, end}}, s.args[0])
	}
	size := [2]int{h + begin + end, w + begin + end}
	for a, fixed := range []*int32{p.Height, p.Width} {
		switch n := size[a]; {
		case p.Height != nil && p.Width != nil:
			size[a] = int(*fixed)
		case p.Height != nil || p.Width != nil:
			return nil, errors.New("it has one of height and width: want both, or factors")
		default:
			n = (n-1)/shrink + 1
			size[a] = n + (n-1)*(zoom-1)
		}
	}
	if size[0] < 1 || size[1] < 1 {
		return nil, fmt.Errorf("pictures of %dx%d are not possible", size[0], size[1])
	}
	return &nn.Resize{Size: size, Linear: true, Coordinates: nn.AlignCorners}, nil
}

// buildUpsample repeats pixels.
func buildUpsample(s *site) (nn.Layer, error) {
	p := s.GetUpsampleParam()
	if len(s.in) > 1 {
		return nil, errors.New("undoing a pooling by the places of its maxima is not supported: it is for maps, not for classes")
	}
	if _, _, _, err := s.pictures(); err != nil {
		return nil, err
	}
	n := max(p.GetScale(), p.GetStride())
	if n < 1 || n > maxExtent {
		return nil, fmt.Errorf("a scale of %d is not possible", n)
	}
	return &nn.Resize{Scale: [2]float32{float32(n), float32(n)}, Coordinates: nn.Asymmetric, Nearest: nn.RoundFloor}, nil
}

// buildCrop takes of the first input, from the offset on, as much as the second has along
// axes from axis on.
func buildCrop(s *site) (nn.Layer, error) {
	p := s.CropParam
	if p == nil {
		p = &pb.CropParameter{}
	}
	if len(s.in) != 2 || len(s.in[1]) != len(s.in[0]) {
		return nil, fmt.Errorf("it reads %d blobs: two of as many axes are wanted", len(s.in))
	}
	from, err := s.axisBehindBatch(p.GetAxis())
	if err != nil {
		return nil, err
	}
	axes := len(s.in[0]) - from
	if n := len(p.Offset); n > 1 && n != axes {
		return nil, fmt.Errorf("it has %d offsets for %d axes: want one for all, or one for each", n, axes)
	}
	l := &nn.Crop{}
	for i := range axes {
		offset := 0
		if n := len(p.Offset); n > 0 {
			offset = int(min(p.Offset[min(i, n-1)], math.MaxInt32))
		}
		have, want := s.in[0][from+i], s.in[1][from+i]
		if offset+want > have {
			return nil, fmt.Errorf("%d places from %d on are wanted along axis %d, which has %d", want, offset, from+i, have)
		}
		l.Axes, l.Starts, l.Ends = append(l.Axes, from+i), append(l.Starts, offset), append(l.Ends, offset+want)
	}
	s.args = s.args[:1]
	return l, nil
}

func buildTile(s *site) (nn.Layer, error) {
	p := s.TileParam
	if p == nil {
		p = &pb.TileParameter{}
	}
	a, err := s.axisBehindBatch(p.GetAxis())
	if err != nil {
		return nil, err
	}
	repeats := make([]int, len(s.in[0]))
	for i := range repeats {
		repeats[i] = 1
	}
	repeats[a] = int(p.GetTiles())
	return &nn.Tile{Repeats: repeats}, nil
}

// buildPermute puts axes into another order; those that are not named follow.
func buildPermute(s *site) (nn.Layer, error) {
	rank := len(s.in[0])
	var perm []int
	named := make([]bool, rank)
	for _, a := range s.GetPermuteParam().GetOrder() {
		if int64(a) >= int64(rank) || named[a] {
			return nil, fmt.Errorf("the order %v is not possible for its input of shape %s", s.GetPermuteParam().GetOrder(), wording.Shape(s.in[0]))
		}
		named[a] = true
		perm = append(perm, int(a))
	}
	for a, is := range named {
		if !is {
			perm = append(perm, a)
		}
	}
	if perm[0] != 0 {
		return nil, errors.New("it moves axis 0, the batch, whose pictures have nothing to do with each other")
	}
	return &nn.Transpose{Perm: perm}, nil
}

// buildShuffleChannel deals channels out to groups (Zhang et al. 2017, ShuffleNet,
// arXiv:1707.01083): channel i of group g of n goes to place i*n + g.
func buildShuffleChannel(s *site) (nn.Layer, error) {
	c, h, w, err := s.pictures()
	if err != nil {
		return nil, err
	}
	n := int(max(s.GetShuffleChannelParam().GetGroup(), 1))
	if c%n != 0 {
		return nil, fmt.Errorf("%d channels cannot be cut into %d groups", c, n)
	}
	x := s.inShape(s.args[0], n, c/n, h, w)
	s.args[0] = s.step(&nn.Transpose{Perm: []int{0, 2, 1, 3, 4}}, x)
	return &nn.View{Dims: []int{0, c, h, w}}, nil
}
