package nn

import "hoodwink/internal/kernel"

// shape returns the form of the convolution for the direct kernels.
func (l *Convolution) shape() kernel.ConvShape {
	w, g := l.Weights.Shape, max(l.Groups, 1)
	return kernel.ConvShape{
		O: w[0], I: w[1] * g, Groups: g, KH: w[2], KW: w[3],
		Stride:   [2]int{max(l.Stride[0], 1), max(l.Stride[1], 1)},
		Dilation: [2]int{max(l.Dilation[0], 1), max(l.Dilation[1], 1)},
		PadTop:   l.Pad[0], PadLeft: l.Pad[1],
	}
}

// margins returns how much room the direct kernels need around the input, and around the
// output's gradient.
func (l *Convolution) margins(in, out []int) (x, dy [4]int) {
	s := l.shape()
	k, pad := [2]int{s.KH, s.KW}, [2]int{s.PadTop, s.PadLeft}
	for a := range 2 {
		reach := (k[a] - 1) * s.Dilation[a]
		x[a] = pad[a]
		x[2+a] = max(0, (out[2+a]-1)*s.Stride[a]+reach-pad[a]-(in[2+a]-1))
		dy[a] = max(0, (reach-pad[a]+s.Stride[a]-1)/s.Stride[a])
		dy[2+a] = max(0, (in[2+a]-1+pad[a])/s.Stride[a]-(out[2+a]-1))
	}
	return x, dy
}

// blocked implements blockLayer. Channels in groups are multiplied by all the weights of
// the blocks they are in, most of them 0 if the groups are small.
func (l *Convolution) blocked(in [][]int) bool {
	out, err := l.OutShapes(in)
	if err != nil {
		return false
	}
	x, dy := l.margins(in[0], out[0])
	if !(in[0][1] <= maxNarrow || roomy(in[0], x)) || !roomy(out[0], dy) {
		return false
	}
	s := l.shape()
	return s.Groups == 1 || s.I/s.Groups >= 4 && s.O/s.Groups >= 4
}

// blockReads implements blockLayer.
func (l *Convolution) blockReads() Reads { return Reads{} }

func (l *Convolution) rectifies() bool { return true }

// filterKey is the key of a convolution's packed weights.
type filterKey struct {
	layer    *Convolution
	micro    *kernel.Micro
	backward bool
}

// bindBlocks implements blockLayer.
func (l *Convolution) bindBlocks(b *blockBinding) blockOp {
	m, s := kernel.Active, l.shape()
	ahead := b.Once(filterKey{l, m, false}, func() any { return m.Forward(l.Weights.Data, s) }).(*kernel.Filter)
	x, y := b.in[0], b.out[0]
	var bias []float32
	if l.Bias != nil {
		bias = make([]float32, y.Count()*lanes)
		copy(bias, l.Bias)
	}
	conv := m.NewConv(ahead, x, y, bias, b.relu, nil, b.Team.Threads())
	single := []*kernel.Conv{conv}
	perPixel := float64(lanes * s.I / s.Groups * s.KH * s.KW)
	op := blockOp{
		forward: func(w int, p part) { runConvs(single, w, p, false) },
		ahead:   grain{conv.Wide(), perPixel * float64(y.W)},
	}
	if b.dout[0] == nil {
		return op
	}
	if b.din[0] == nil {
		return op
	}
	var phases []*kernel.Conv
	for _, f := range b.Once(filterKey{l, m, true}, func() any { return m.Backward(l.Weights.Data, s) }).([]*kernel.Filter) {
		phases = append(phases, m.NewConv(f, b.dout[0], b.din[0], nil, false, b.masks[0], b.Team.Threads()))
	}
	perPixel = float64(lanes * s.O / s.Groups * s.KH * s.KW / s.Stride[0] / s.Stride[1])
	op.backward = append(op.backward, func(w int, p part, add bool) { runConvs(phases, w, p, add) })
	op.back = append(op.back, grain{conv.Wide(), perPixel * float64(x.W)})
	return op
}

// runConvs makes a part by convolutions.
func runConvs(convs []*kernel.Conv, worker int, p part, add bool) {
	wide := convs[0].Wide()
	for b := p.b0; b < p.b1; b += wide {
		for _, c := range convs {
			c.Run(worker, p.n, b/wide, p.h0, p.h1, add)
		}
	}
}
