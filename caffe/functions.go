package caffe

import (
	"fmt"
	"math"

	"hoodwink/internal/pb"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// unary builds a function of one value without parameters.
func unary(op nn.UnaryOp) func(*site) (nn.Layer, error) {
	return func(*site) (nn.Layer, error) { return &nn.Unary{Op: op}, nil }
}

// buildExp: y = base^(shift + scale*x), where -1 stands for e.
func buildExp(s *site) (nn.Layer, error) {
	p := s.GetExpParam()
	base, err := logOfBase(p.GetBase())
	if err != nil {
		return nil, err
	}
	s.args[0] = s.step(&nn.Power{Power: 1, Scale: float32(base * float64(p.GetScale())), Shift: float32(base * float64(p.GetShift()))}, s.args[0])
	return &nn.Unary{Op: nn.Exp}, nil
}

// buildLog: y = log_base(shift + scale*x), where -1 stands for e.
func buildLog(s *site) (nn.Layer, error) {
	p := s.GetLogParam()
	base, err := logOfBase(p.GetBase())
	if err != nil {
		return nil, err
	}
	x := s.step(&nn.Power{Power: 1, Scale: p.GetScale(), Shift: p.GetShift()}, s.args[0])
	s.args[0] = s.step(&nn.Unary{Op: nn.Log}, x)
	return &nn.Power{Power: 1, Scale: float32(1 / base)}, nil
}

// logOfBase returns the natural logarithm of a base.
func logOfBase(base float32) (float64, error) {
	if base == -1 {
		return 1, nil
	}
	l := math.Log(float64(base))
	if !(base > 0) || l-l != 0 || l == 0 {
		return 0, fmt.Errorf("a base of %v is not possible: want a positive number other than 1, or -1 for e", base)
	}
	return l, nil
}

func buildClip(s *site) (nn.Layer, error) {
	p := s.ClipParam
	if p == nil || p.Min == nil || p.Max == nil {
		return nil, fmt.Errorf("min or max is missing")
	}
	if p.GetMin() > p.GetMax() {
		return nil, fmt.Errorf("a min of %v is above the max of %v", p.GetMin(), p.GetMax())
	}
	return &nn.Unary{Op: nn.Clip, A: p.GetMin(), B: p.GetMax()}, nil
}

func buildReLU6(s *site) (nn.Layer, error) {
	return &nn.Unary{Op: nn.Clip, B: s.GetRelu6Param().GetThreshold()}, nil
}

func buildSwish(s *site) (nn.Layer, error) {
	return &nn.Unary{Op: nn.Swish, A: s.GetSwishParam().GetBeta()}, nil
}

// buildThreshold: 1 above the threshold, else 0. No gradient passes.
func buildThreshold(s *site) (nn.Layer, error) {
	return &nn.Binary{Op: nn.Greater, Const: tensor.FromSlice([]float32{s.GetThresholdParam().GetThreshold()}, 1)}, nil
}

// buildCReLU puts the rectified input before the rectified input with the sign turned (Shang
// et al. 2016, Understanding and Improving Convolutional Neural Networks via Concatenated
// Rectified Linear Units, arXiv:1603.05201).
func buildCReLU(s *site) (nn.Layer, error) {
	p := s.CreluParam
	if p == nil {
		p = &pb.CReLUParameter{}
	}
	a, err := s.axisBehindBatch(p.GetConcatAxis())
	if err != nil {
		return nil, err
	}
	turned := s.step(&nn.Power{Power: 1, Scale: -1}, s.args[0])
	s.args = []part{s.step(&nn.Concat{Axis: a}, s.args[0], turned)}
	return &nn.ReLU{Slope: p.GetNegativeSlope()}, nil
}
