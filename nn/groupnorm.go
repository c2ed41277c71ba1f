package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// GroupNorm shifts and scales each group of neighbouring channels of one example to mean 0 and
// variance 1 (Wu, He 2018, "Group Normalization", arXiv:1803.08494):
//
//	y = (x - mean) / sqrt(variance + Eps) * Scale[c] + Bias[c]
//
// for channel c of axis 1. With as many groups as channels it is instance normalisation.
type GroupNorm struct {
	Groups int
	Eps    float32
	Scale  []float32 // (C), or nil for 1
	Bias   []float32 // (C), or nil for 0
}

// Kind implements Layer.
func (l *GroupNorm) Kind() string { return "GroupNorm" }

// Reads implements Layer. Means and variances are kept.
func (l *GroupNorm) Reads() Reads { return Reads{In: true} }

// OutShapes implements Layer: (N,C,...), which stays.
func (l *GroupNorm) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 2)
	if err != nil {
		return nil, err
	}
	if err := checkEps(l.Eps); err != nil {
		return nil, err
	}
	c := in[0][1]
	if l.Groups < 1 || c%l.Groups != 0 {
		return nil, fmt.Errorf("has %d groups, which do not divide the %d channels of shape %v", l.Groups, c, in[0])
	}
	if l.Scale != nil && len(l.Scale) != c || l.Bias != nil && len(l.Bias) != c {
		return nil, fmt.Errorf("has %d scales and %d biases, got input of shape %v: want %d of each, or none", len(l.Scale), len(l.Bias), in[0], c)
	}
	return out, nil
}

// Cost implements Coster.
func (l *GroupNorm) Cost(in [][]int) (params, macs int64) {
	return int64(len(l.Scale) + len(l.Bias)), int64(tensor.Size(in[0]))
}

// Bind implements Layer. A task is some groups.
func (l *GroupNorm) Bind(b *Binding) Op {
	shape := b.In[0].Shape
	each, size := shape[1]/l.Groups, tensor.Size(shape[2:])
	n := normalisation{rows: shape[0] * l.Groups, size: each * size, eps: l.Eps}
	// planes calls f once for every channel that x touches, with that channel's part of x, where x
	// begins at the place at of a group.
	planes := func(x []float32, row, at int, f func(x []float32, v float32), of []float32) {
		for len(x) > 0 {
			k := min(len(x), size-at%size)
			f(x[:k], of[row%l.Groups*each+at/size])
			x, at = x[k:], at+k
		}
	}
	if l.Scale != nil {
		n.scale = func(x []float32, row, at int) { planes(x, row, at, scaleBy, l.Scale) }
	}
	if l.Bias != nil {
		n.shift = func(x []float32, row, at int) { planes(x, row, at, shiftBy, l.Bias) }
	}
	return n.bind(b)
}

func scaleBy(x []float32, v float32) { kernel.Scale(x, v, x) }
func shiftBy(x []float32, v float32) { kernel.Affine(x, x, 1, v) }

// Work implements graph.Worker.
func (l *GroupNorm) Work(in [][]int, u graph.Use) graph.Work {
	return normWork(in[0][0]*l.Groups, u)
}
