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
	return roomy(in[0], x) && roomy(out[0], dy)
}

// depthwise reports whether every channel is a group of its own.
func depthwise(s kernel.ConvShape) bool { return s.Groups > 1 && s.I == s.Groups && s.O == s.Groups }

// blockReads implements blockLayer.
func (l *Convolution) blockReads() Reads { return Reads{} }

func (l *Convolution) rectifies() bool { return true }

// adds reports whether the direct kernels can add another value to the output.
func (l *Convolution) adds() bool { return !depthwise(l.shape()) }

// filterKey is the key of a convolution's packed weights.
type filterKey struct {
	layer    *Convolution
	set      *kernel.Set
	backward bool
}

// bindBlocks implements blockLayer. A second input is added to the output.
func (l *Convolution) bindBlocks(b *blockBinding) blockOp {
	s, y := l.shape(), b.out[0]
	var bias []float32
	if l.Bias != nil {
		bias = make([]float32, y.Count()*lanes)
		copy(bias, l.Bias)
		b.onUpdate(func() { copy(bias, l.Bias) })
	}
	var op blockOp
	if depthwise(s) {
		op = l.bindDepthwise(b, bias)
	} else {
		op = l.bindDense(b, bias)
	}
	if b.grads != nil {
		l.bindBlockGradients(b, &op)
	}
	return op
}

// bindDense makes a convolution with sums over channels.
func (l *Convolution) bindDense(b *blockBinding, bias []float32) blockOp {
	m, s, x, y := kernel.Active, l.shape(), b.in[0], b.out[0]
	ahead := b.Once(filterKey{l, m, false}, func() any { return m.Forward(l.Weights.Data, s) }).(*kernel.Filter)
	b.onUpdate(func() { ahead.Repack(l.Weights.Data) })
	epilogue := kernel.Epilogue{Bias: bias, ReLU: b.relu}
	if len(b.in) > 1 {
		epilogue.Add = b.in[1]
	}
	conv := m.NewConv(ahead, x, y, epilogue, b.Team.Threads())
	single := []*kernel.Conv{conv}
	perPixel := float64(lanes * s.I / s.Groups * s.KH * s.KW)
	op := blockOp{
		forward: func(w int, p part) { runConvs(single, w, p, false) },
		ahead:   grain{conv.Wide(), perPixel * float64(y.W), keeps(s)},
	}
	if b.dout[0] == nil {
		return op
	}
	if b.narrow[0] != nil {
		l.bindNarrow(b, &op)
	} else {
		l.bindBack(b, &op, conv.Wide())
	}
	if len(b.in) > 1 {
		b.passOn(1, &op)
	}
	return op
}

// bindBack makes the way back to blocked pictures.
func (l *Convolution) bindBack(b *blockBinding, op *blockOp, wide int) {
	m, s, x := kernel.Active, l.shape(), b.in[0]
	var phases []*kernel.Conv
	for _, f := range b.Once(filterKey{l, m, true}, func() any { return m.Backward(l.Weights.Data, s) }).([]*kernel.Filter) {
		b.onUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewConv(f, b.dout[0], b.din[0], kernel.Epilogue{Mask: b.masks[0]}, b.Team.Threads()))
	}
	perPixel := float64(lanes * s.O / s.Groups * s.KH * s.KW / s.Stride[0] / s.Stride[1])
	op.backward = append(op.backward, func(w int, p part, add bool) { runConvs(phases, w, p, add) })
	op.back = append(op.back, grain{wide, perPixel * float64(x.W), keeps(s)})
}

// bindDepthwise makes a convolution in which every channel is a group of its own.
func (l *Convolution) bindDepthwise(b *blockBinding, bias []float32) blockOp {
	m, s := kernel.Active, l.shape()
	x, y := b.in[0], b.out[0]
	f := b.Once(filterKey{l, m, false}, func() any { return m.DepthwiseForward(l.Weights.Data, s) }).(*kernel.DepthwiseFilter)
	b.onUpdate(func() { f.Repack(l.Weights.Data) })
	conv := m.NewDepthwiseConv(f, x, y, bias, b.relu, nil)
	cost := float64(lanes * s.KH * s.KW * depthwiseTapCost * y.W)
	op := blockOp{ahead: grain{blocks: 1, cost: cost}, forward: func(_ int, p part) {
		for k := p.b0; k < p.b1; k++ {
			conv.Run(p.n, k, p.h0, p.h1, false)
		}
	}}
	if b.dout[0] == nil {
		return op
	}
	var phases []*kernel.DepthwiseConv
	for _, f := range b.Once(filterKey{l, m, true}, func() any { return m.DepthwiseBackward(l.Weights.Data, s) }).([]*kernel.DepthwiseFilter) {
		b.onUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewDepthwiseConv(f, b.dout[0], b.din[0], nil, false, b.masks[0]))
	}
	op.back = []grain{{blocks: 1, cost: cost}}
	op.backward = []func(int, part, bool){func(_ int, p part, add bool) {
		for k := p.b0; k < p.b1; k++ {
			for _, c := range phases {
				c.Run(p.n, k, p.h0, p.h1, add)
			}
		}
	}}
	return op
}

// depthwiseTapCost is the time of a multiply-add that reads both its factors.
const depthwiseTapCost = 8

// narrowKey is the key of the weights packed for the way back to few channels.
type narrowKey struct{ layer *Convolution }

// bindNarrow makes the way back to a plain gradient of few channels.
func (l *Convolution) bindNarrow(b *blockBinding, op *blockOp) {
	m, s, x := kernel.Active, l.shape(), b.in[0]
	var phases []*kernel.NarrowConv
	for _, f := range b.Once(narrowKey{l}, func() any { return m.NarrowBackward(l.Weights.Data, s) }).([]*kernel.NarrowFilter) {
		b.onUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewNarrowConv(f, b.dout[0], x.H, x.W, b.Team.Threads()))
	}
	dx := b.narrow[0].Data
	perPixel := float64(s.I * s.O * s.KH * s.KW / s.Stride[0] / s.Stride[1])
	op.back = []grain{{blocks: 1, cost: perPixel * float64(x.W)}}
	op.backward = []func(int, part, bool){func(w int, p part, add bool) {
		for _, c := range phases {
			c.Run(w, dx, p.n, p.h0, p.h1, add)
		}
	}}
}

// keeps reports whether all the weights fit in half of a core's cache.
func keeps(s kernel.ConvShape) bool { return s.O*s.I/s.Groups*s.KH*s.KW <= 1<<17 }

// runConvs makes a part by convolutions.
func runConvs(convs []*kernel.Conv, worker int, p part, add bool) {
	wide := convs[0].Wide()
	for b := p.b0; b < p.b1; b += wide {
		for _, c := range convs {
			c.Run(worker, p.n, b/wide, p.h0, p.h1, add)
		}
	}
}
