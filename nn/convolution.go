package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Convolution is the two-dimensional cross-correlation of deep learning:
//
//	y[n,o,oh,ow] = b[o] + sum over c,kh,kw of W[o,c,kh,kw] * x[n, g*I/G+c, oh*sh-top+kh*dh, ow*sw-left+kw*dw]
//
// with zeros outside the picture; g is the group of o. The sum runs in the same order for every
// output, so equal inputs give equal bits wherever they are in the picture.
type Convolution struct {
	Weights  *tensor.Tensor // (O, I/Groups, KH, KW)
	Bias     []float32      // (O), or nil
	Stride   [2]int         // vertical, horizontal; 0 means 1
	Dilation [2]int         // 0 means 1
	Pad      [4]int         // top, left, bottom, right
	Groups   int            // 0 means 1
}

// maxExtent bounds paddings, strides and kernels that come from files.
const maxExtent = 1 << 20

// Kind implements Layer.
func (l *Convolution) Kind() string { return "Convolution" }

// Reads implements Layer: the gradient with respect to x needs W and dy only.
func (l *Convolution) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,I,H,W) -> (N,O,OH,OW).
func (l *Convolution) OutShapes(in [][]int) ([][]int, error) {
	if len(in) != 1 || len(in[0]) != 4 {
		return nil, fmt.Errorf("takes one input of shape (N,C,H,W), got %v", in)
	}
	if l.Weights == nil || len(l.Weights.Shape) != 4 {
		return nil, fmt.Errorf("has no weights of shape (outputs, inputs/groups, height, width)")
	}
	w, g := l.Weights.Shape, max(l.Groups, 1)
	for _, d := range w {
		if d < 1 || d > maxExtent {
			return nil, fmt.Errorf("has weights of shape %v: want positive dimensions", w)
		}
	}
	if in[0][1] != w[1]*g {
		return nil, fmt.Errorf("has weights for %d channels in %d group(s), got input of shape %v", w[1]*g, g, in[0])
	}
	if w[0]%g != 0 {
		return nil, fmt.Errorf("has %d outputs, which %d groups do not divide", w[0], g)
	}
	if l.Bias != nil && len(l.Bias) != w[0] {
		return nil, fmt.Errorf("has %d biases for %d outputs", len(l.Bias), w[0])
	}
	out := []int{in[0][0], w[0], 0, 0}
	for a := range 2 {
		size, err := convExtent(in[0][2+a], w[2+a], l.Stride[a], l.Dilation[a], l.Pad[a], l.Pad[2+a])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", [2]string{"height", "width"}[a], err)
		}
		out[2+a] = size
	}
	return [][]int{out}, l.checkSize(in[0], out)
}

// checkSize bounds time and memory. The direct kernels compute whole blocks of outputs, and on the
// way back whole blocks of inputs, from all groups that these touch.
func (l *Convolution) checkSize(in, out []int) error {
	s := l.shape()
	perIn, perOut, taps := s.I/s.Groups, s.O/s.Groups, s.KH*s.KW
	outputs, inputs := roundUp(s.O, lanes), s.I
	back, from := roundUp(s.I, lanes), s.O
	if s.Groups > 1 {
		inputs = min(s.I, (lanes/perOut+2)*perIn+2*lanes)
		from = min(s.O, (lanes/perIn+2)*perOut+2*lanes)
	}
	if s.Depthwise() {
		inputs, from = 1, 1
	}
	for _, sizes := range [][]int{{outputs, inputs, taps}, {back, from, taps}} {
		if _, ok := tensor.CheckedSize(sizes, graph.MaxTotalSize); !ok {
			return fmt.Errorf("has weights of shape %v in %d groups: packed, they exceed %d floats", l.Weights.Shape, s.Groups, graph.MaxTotalSize)
		}
	}
	if !l.direct(in, out) {
		inputs *= plainConvWork
	}
	return checkWork(outputs, inputs, taps, out[2], out[3])
}

// plainConvWork is the factor by which a convolution by the definition is slower.
const plainConvWork = 64

// convExtent returns the number of positions of a kernel of k taps along one axis.
func convExtent(size, k, stride, dilation, before, after int) (int, error) {
	for _, v := range [...]int{stride, dilation, before, after} {
		if v < 0 || v > maxExtent {
			return 0, fmt.Errorf("stride %d, dilation %d or padding %d+%d is out of range", stride, dilation, before, after)
		}
	}
	room := size + before + after - max(dilation, 1)*(k-1) - 1
	if room < 0 {
		return 0, fmt.Errorf("a kernel of %d with dilation %d does not fit into %d pixels with padding %d+%d", k, max(dilation, 1), size, before, after)
	}
	return room/max(stride, 1) + 1, nil
}

// Fold implements graph.Folder.
func (l *Convolution) Fold(scale, shift []float32, channels int) Layer {
	m := *l
	m.Weights, m.Bias = foldWeights(l.Weights, l.Bias, scale, shift, channels)
	return &m
}

// foldWeights returns the weights and biases with their outputs scaled and shifted.
func foldWeights(w *tensor.Tensor, bias, scale, shift []float32, channels int) (*tensor.Tensor, []float32) {
	out := w.Clone()
	b := make([]float32, channels)
	for i := range channels {
		s := valueOr(scale, i, 1)
		row := out.Image(i)
		for j, v := range row {
			row[j] = float32(float64(v) * s)
		}
		b[i] = float32(float64(valueOr(bias, i, 0)*s) + valueOr(shift, i, 0))
	}
	return out, b
}

// Cost implements Coster.
func (l *Convolution) Cost(in [][]int) (params, macs int64) {
	n := int64(len(l.Weights.Data))
	out, err := l.OutShapes(in)
	if err != nil {
		return n, 0
	}
	return n + int64(len(l.Bias)), n * int64(out[0][2]) * int64(out[0][3])
}

// Bind implements Layer, by the definition. Sessions use BindBlocks where they can, which is almost
// everywhere. A task is one plane.
func (l *Convolution) Bind(b *Binding) Op {
	s, x, y := l.shape(), b.In[0], b.Out[0]
	planes := kernel.Planes{H: x.Shape[2], W: x.Shape[3], OH: y.Shape[2], OW: y.Shape[3]}
	w, size := l.Weights.Data, planes.OH*planes.OW
	forward := func(_, t int) {
		n, o := t/s.O, t%s.O
		plane := y.Data[t*size : (t+1)*size]
		bias := float32(0)
		if l.Bias != nil {
			bias = l.Bias[o]
		}
		s.Plain(plane, x.Image(n), w, planes, o, bias)
	}
	op := Op{Forward: func() { b.Team.For(x.Batch()*s.O, forward) }}
	if b.WantsGrad() {
		dx, dy, size := b.DIn[0], b.DOut[0], planes.H*planes.W
		backward := func(_, t int) {
			s.PlainGrad(dx.Data[t*size:(t+1)*size], dy.Image(t/s.I), w, planes, t%s.I)
		}
		op.Backward = func() { b.Team.For(x.Batch()*s.I, backward) }
	}
	if b.Grads != nil {
		op.Gradients = l.bindGradients(b, planes)
	}
	return op
}
