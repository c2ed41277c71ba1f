package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// shape returns the shape of the convolution for the direct kernels.
func (l *Convolution) shape() kernel.ConvShape {
	w, g := l.Weights.Shape, max(l.Groups, 1)
	return kernel.ConvShape{
		O: w[0], I: w[1] * g, Groups: g, KH: w[2], KW: w[3],
		Stride:   [2]int{max(l.Stride[0], 1), max(l.Stride[1], 1)},
		Dilation: [2]int{max(l.Dilation[0], 1), max(l.Dilation[1], 1)},
		PadTop:   l.Pad[0], PadLeft: l.Pad[1],
	}
}

// margins returns the width of the margins that the direct kernels need around the input, and
// around the output's gradient.
func (l *Convolution) margins(in, out []int) (x, dy [4]int) {
	s := l.shape()
	return s.Margins(in[2], in[3], out[2], out[3])
}

// OnBlocks implements graph.BlockLayer. Grouped channels are multiplied by all the weights of the
// blocks that they are in; most of those are 0 if the groups are small.
func (l *Convolution) OnBlocks(in [][]int) (graph.Skills, bool) {
	out, err := l.OutShapes(in)
	if err != nil {
		return graph.Skills{}, false
	}
	s := l.shape()
	x, dy := s.Margins(in[0][2], in[0][3], out[0][2], out[0][3])
	return graph.Skills{Rectifies: true, Adds: !s.Depthwise(), Begins: true, Narrow: s.Groups == 1, Margin: x, GradMargin: dy},
		l.direct(in[0], out[0])
}

// maxPhases bounds the phases of the way back, each with a filter of its own. Strides of the
// largest networks in use make 1024.
const maxPhases = 1 << 14

// direct reports whether the direct kernels suit the convolution: margins that leave the pictures at
// a reasonable size, and few phases.
func (l *Convolution) direct(in, out []int) bool {
	s := l.shape()
	x, dy := l.margins(in, out)
	return roomy(in, x) && roomy(out, dy) && s.Phases() <= maxPhases
}

// Work implements graph.Worker.
func (l *Convolution) Work(_ [][]int, u graph.Use) (w graph.Work) {
	if !u.Blocked {
		return w
	}
	m, s := kernel.Active, l.shape()
	w.Packed = floatBytes * m.Packed(s)
	w.Tables = m.TableBytes(s, false, u.Threads)
	if l.Bias != nil {
		w.Tables += floatBytes * int64(roundUp(s.O, lanes))
	}
	if u.Backward {
		packed := m.PackedBack(s)
		if u.Narrow {
			packed = kernel.PackedNarrow(s)
		}
		w.Packed += floatBytes * packed
		w.Tables += m.TableBytes(s, true, u.Threads)
	}
	return w
}

// floatBytes is the size of a value.
const floatBytes = 4

// filterKey is the key of a convolution's packed weights.
type filterKey struct {
	layer    *Convolution
	set      *kernel.Set
	backward bool
}

// BindBlocks implements graph.BlockLayer. A second input is added to the output.
func (l *Convolution) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	s, y := l.shape(), b.Out[0]
	var bias []float32
	if l.Bias != nil {
		bias = make([]float32, y.Count()*lanes)
		copy(bias, l.Bias)
		b.OnUpdate(func() { copy(bias, l.Bias) })
	}
	var op graph.BlockOp
	if s.Depthwise() {
		op = l.bindDepthwise(b, bias)
	} else {
		op = l.bindDense(b, bias)
	}
	if b.Grads != nil {
		l.bindBlockGradients(b, &op)
	}
	return op
}

// bindDense binds a convolution with sums over channels.
func (l *Convolution) bindDense(b *graph.BlockBinding, bias []float32) graph.BlockOp {
	m, s, x, y := kernel.Active, l.shape(), b.In[0], b.Out[0]
	ahead := b.Once(filterKey{l, m, false}, func() any { return m.Forward(l.Weights.Data, s) }).(*kernel.Filter)
	b.OnUpdate(func() { ahead.Repack(l.Weights.Data) })
	epilogue := kernel.Epilogue{Bias: bias, ReLU: b.ReLU}
	if len(b.In) > 1 {
		epilogue.Add = b.In[1]
	}
	conv := m.NewConv(ahead, x, y, epilogue, b.Team.Threads())
	single := []*kernel.Conv{conv}
	perPixel := float64(lanes * s.I / s.Groups * s.KH * s.KW)
	op := graph.BlockOp{
		Forward: func(w int, p blocks.Part) { runConvs(single, w, p, false) },
		Ahead:   blocks.Grain{Blocks: conv.Wide(), Cost: perPixel * float64(y.W), Keep: keeps(s)},
	}
	if b.DOut[0] == nil {
		return op
	}
	if b.Narrow[0] != nil {
		l.bindNarrow(b, &op)
	} else {
		l.bindBack(b, &op, conv.Wide())
	}
	if len(b.In) > 1 {
		b.PassOn(1, &op)
	}
	return op
}

// bindBack binds the way back to blocked pictures.
func (l *Convolution) bindBack(b *graph.BlockBinding, op *graph.BlockOp, wide int) {
	m, s, x := kernel.Active, l.shape(), b.In[0]
	var phases []*kernel.Conv
	for _, f := range b.Once(filterKey{l, m, true}, func() any { return m.Backward(l.Weights.Data, s) }).([]*kernel.Filter) {
		b.OnUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewConv(f, b.DOut[0], b.DIn[0], kernel.Epilogue{Mask: b.Masks[0]}, b.Team.Threads()))
	}
	perPixel := float64(lanes * s.O / s.Groups * s.KH * s.KW / s.Stride[0] / s.Stride[1])
	op.Backward = append(op.Backward, func(w int, p blocks.Part, add bool) { runConvs(phases, w, p, add) })
	op.Back = append(op.Back, blocks.Grain{Blocks: wide, Cost: perPixel * float64(x.W), Keep: keeps(s)})
}

// bindDepthwise binds a convolution in which every channel is a group of its own.
func (l *Convolution) bindDepthwise(b *graph.BlockBinding, bias []float32) graph.BlockOp {
	m, s := kernel.Active, l.shape()
	x, y := b.In[0], b.Out[0]
	f := b.Once(filterKey{l, m, false}, func() any { return m.DepthwiseForward(l.Weights.Data, s) }).(*kernel.DepthwiseFilter)
	b.OnUpdate(func() { f.Repack(l.Weights.Data) })
	conv := m.NewDepthwiseConv(f, x, y, bias, b.ReLU, nil)
	cost := float64(lanes * s.KH * s.KW * depthwiseTapCost * y.W)
	op := graph.BlockOp{Ahead: blocks.Grain{Blocks: 1, Cost: cost}, Forward: func(_ int, p blocks.Part) {
		for k := p.B0; k < p.B1; k++ {
			conv.Run(p.N, k, p.H0, p.H1, false)
		}
	}}
	if b.DOut[0] == nil {
		return op
	}
	var phases []*kernel.DepthwiseConv
	for _, f := range b.Once(filterKey{l, m, true}, func() any { return m.DepthwiseBackward(l.Weights.Data, s) }).([]*kernel.DepthwiseFilter) {
		b.OnUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewDepthwiseConv(f, b.DOut[0], b.DIn[0], nil, false, b.Masks[0]))
	}
	op.Back = []blocks.Grain{{Blocks: 1, Cost: cost}}
	op.Backward = []func(int, blocks.Part, bool){func(_ int, p blocks.Part, add bool) {
		for k := p.B0; k < p.B1; k++ {
			for _, c := range phases {
				c.Run(p.N, k, p.H0, p.H1, add)
			}
		}
	}}
	return op
}

// depthwiseTapCost is the time of a multiply-add that reads both its factors.
const depthwiseTapCost = 8

// narrowKey is the key of the weights packed for the way back to few channels.
type narrowKey struct{ layer *Convolution }

// bindNarrow binds the way back to a plain gradient of few channels.
func (l *Convolution) bindNarrow(b *graph.BlockBinding, op *graph.BlockOp) {
	m, s, x := kernel.Active, l.shape(), b.In[0]
	var phases []*kernel.NarrowConv
	for _, f := range b.Once(narrowKey{l}, func() any { return m.NarrowBackward(l.Weights.Data, s) }).([]*kernel.NarrowFilter) {
		b.OnUpdate(func() { f.Repack(l.Weights.Data) })
		phases = append(phases, m.NewNarrowConv(f, b.DOut[0], x.H, x.W, b.Team.Threads()))
	}
	dx := b.Narrow[0].Data
	perPixel := float64(s.I * s.O * s.KH * s.KW / s.Stride[0] / s.Stride[1])
	op.Back = []blocks.Grain{{Blocks: 1, Cost: perPixel * float64(x.W)}}
	op.Backward = []func(int, blocks.Part, bool){func(w int, p blocks.Part, add bool) {
		for _, c := range phases {
			c.Run(w, dx, p.N, p.H0, p.H1, add)
		}
	}}
}

// keeps reports whether all the weights fit in half of a core's cache.
func keeps(s kernel.ConvShape) bool { return s.O*s.I/s.Groups*s.KH*s.KW <= 1<<17 }

// runConvs computes a part with convs.
func runConvs(convs []*kernel.Conv, worker int, p blocks.Part, add bool) {
	wide := convs[0].Wide()
	for b := p.B0; b < p.B1; b += wide {
		for _, c := range convs {
			c.Run(worker, p.N, b/wide, p.H0, p.H1, add)
		}
	}
}
