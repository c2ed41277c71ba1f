package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// ConvTranspose is the adjoint of a Convolution, as a layer: every input pixel adds its weights to
// a window of the output.
//
//	y[n,o,h*sh-top+kh*dh,w*sw-left+kw*dw] += W[i,o,kh,kw] * x[n,i,h,w] for all i,h,w,kh,kw
//
// The sum begins with the bias; o counts from the first output of i's group. What falls outside the
// output is dropped. OutputPad makes the output higher and wider.
type ConvTranspose struct {
	Weights   *tensor.Tensor // (I, O/Groups, KH, KW)
	Bias      []float32      // (O), or nil
	Stride    [2]int         // vertical, horizontal; 0 means 1
	Dilation  [2]int         // 0 means 1
	Pad       [4]int         // top, left, bottom, right: cut off the output
	OutputPad [2]int         // less than the stride or the dilation
	Groups    int            // 0 means 1
}

// Kind implements Layer.
func (l *ConvTranspose) Kind() string { return "ConvTranspose" }

// Reads implements Layer: the gradient with respect to x needs W and dy only.
func (l *ConvTranspose) Reads() Reads { return Reads{} }

// convolution returns the layer whose adjoint this is.
func (l *ConvTranspose) convolution() *Convolution {
	return &Convolution{Weights: l.Weights, Stride: l.Stride, Dilation: l.Dilation, Pad: l.Pad, Groups: l.Groups}
}

// OutShapes implements Layer: (N,I,H,W) -> (N,O,OH,OW).
func (l *ConvTranspose) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 4); err != nil {
		return nil, err
	}
	if len(in[0]) != 4 {
		return nil, fmt.Errorf("takes one input of shape (N,C,H,W), got %v", in)
	}
	if l.Weights == nil || len(l.Weights.Shape) != 4 {
		return nil, fmt.Errorf("has no weights of shape (inputs, outputs/groups, height, width)")
	}
	w, g := l.Weights.Shape, max(l.Groups, 1)
	for _, d := range append([]int{g}, w...) {
		if d < 1 || d > maxExtent {
			return nil, fmt.Errorf("has weights of shape %v in %d groups: want positive dimensions", w, g)
		}
	}
	if in[0][1] != w[0] || w[0]%g != 0 {
		return nil, fmt.Errorf("has weights for %d channels in %d group(s), got input of shape %v", w[0], g, in[0])
	}
	if l.Bias != nil && len(l.Bias) != w[1]*g {
		return nil, fmt.Errorf("has %d biases for %d outputs", len(l.Bias), w[1]*g)
	}
	out := []int{in[0][0], w[1] * g, 0, 0}
	for a := range 2 {
		stride, dilation, before, after, more := l.Stride[a], l.Dilation[a], l.Pad[a], l.Pad[2+a], l.OutputPad[a]
		for _, v := range [...]int{stride, dilation, before, after, more} {
			if v < 0 || v > maxExtent {
				return nil, fmt.Errorf("stride %d, dilation %d, padding %d+%d or output padding %d is out of range", stride, dilation, before, after, more)
			}
		}
		if more >= max(stride, dilation, 1) {
			return nil, fmt.Errorf("output padding of %d: want less than the stride of %d or the dilation of %d", more, stride, dilation)
		}
		out[2+a] = (in[0][2+a]-1)*max(stride, 1) + (w[2+a]-1)*max(dilation, 1) + 1 + more - before - after
	}
	if err := checkValue(out); err != nil {
		return nil, err
	}
	return [][]int{out}, l.checkSize(in[0], out)
}

// checkSize bounds time and memory, including the memory of the blocked pictures.
func (l *ConvTranspose) checkSize(in, out []int) error {
	c := l.convolution()
	if s := c.shape(); s.Phases() > maxPhases {
		return fmt.Errorf("has strides of %d and %d: want a product of at most %d", s.Stride[0], s.Stride[1], maxPhases)
	}
	dy, x := c.margins(out, in)
	for i, room := range [][4]int{x, dy} {
		shape := [][]int{in, out}[i]
		dims := []int{roundUp(shape[1], lanes), shape[2] + room[0] + room[2], shape[3] + room[1] + room[3]}
		if _, ok := tensor.CheckedSize(dims, maxValueSize); !ok {
			return fmt.Errorf("padding of %v around %v exceeds %d floats", room, shape, maxValueSize)
		}
	}
	return c.checkSize(out, in)
}

// Cost implements Coster.
func (l *ConvTranspose) Cost(in [][]int) (params, macs int64) {
	n := int64(len(l.Weights.Data))
	return n + int64(len(l.Bias)), n * int64(in[0][2]) * int64(in[0][3])
}

// transposeKey is the key of the weights packed for one direction.
type transposeKey struct {
	layer    *ConvTranspose
	set      *kernel.Set
	backward bool
}

// Bind implements Layer, with the convolution's kernels on blocked copies of inputs and outputs.
func (l *ConvTranspose) Bind(b *Binding) Op {
	m, c := kernel.Active, l.convolution()
	s := c.shape()
	margin, room := c.margins(b.Out[0].Shape, b.In[0].Shape)
	filters := b.Once(transposeKey{l, m, false}, func() any { return m.Backward(l.Weights.Data, s) }).([]*kernel.Filter)
	var bias []float32
	if l.Bias != nil {
		bias = make([]float32, roundUp(s.I, lanes))
		copy(bias, l.Bias)
	}
	taps := float64(lanes * s.KH * s.KW / s.Groups)
	forward := blockwise(b, b.In[0], b.Out[0], room, false, filters, bias, taps*float64(s.O)/float64(s.Stride[0]*s.Stride[1]))
	op := Op{Forward: forward}
	if b.WantsGrad() {
		filter := b.Once(transposeKey{l, m, true}, func() any { return m.Forward(l.Weights.Data, s) }).(*kernel.Filter)
		op.Backward = blockwise(b, b.DOut[0], b.DIn[0], margin, true, []*kernel.Filter{filter}, nil, taps*float64(s.I))
	}
	return op
}

// blockwise returns a function that applies filters to x, in blocks with a margin, and stores the
// result in y or adds it. perPixel is the cost of a block's pixel in multiply-adds.
func blockwise(
	b *Binding, x, y *tensor.Tensor, margin [4]int, add bool, filters []*kernel.Filter, bias []float32,
	perPixel float64,
) func() {
	bx, by := newBlocks(x.Shape, margin), newBlocks(y.Shape, [4]int{})
	var convs []*kernel.Conv
	for _, f := range filters {
		convs = append(convs, kernel.Active.NewConv(f, bx, by, kernel.Epilogue{Bias: bias}, b.Team.Threads()))
	}
	over := func(s *kernel.Blocks, g blocks.Grain, f func(worker int, p blocks.Part)) func() {
		parts := blocks.Cut(s.N, s.Count(), s.H, g)
		body := func(w, i int) { f(w, parts[i]) }
		return func() { b.Team.For(len(parts), body) }
	}
	wide := blocks.Grain{Blocks: convs[0].Wide(), Cost: perPixel * float64(by.W)}
	return sequence([]func(){
		over(bx, blocks.PackGrain(bx), func(_ int, p blocks.Part) { blocks.Pack(bx, x.Data, p, false) }),
		over(by, wide, func(w int, p blocks.Part) { runConvs(convs, w, p, false) }),
		over(by, blocks.PackGrain(by), func(_ int, p blocks.Part) { blocks.Unpack(y.Data, by, p, add) }),
	})
}

// newBlocks returns blocked pictures of a shape (N,C,H,W), with a margin of zeros.
func newBlocks(shape []int, margin [4]int) *kernel.Blocks {
	b := kernel.Layout(shape, margin, false)
	b.Data = make([]float32, b.N*b.Image)
	return b
}

// Work implements graph.Worker. Inputs and outputs are copied to blocked pictures.
func (l *ConvTranspose) Work(in [][]int, u graph.Use) (w graph.Work) {
	out, err := l.OutShapes(in)
	if err != nil {
		return w
	}
	m, c := kernel.Active, l.convolution()
	s := c.shape()
	margin, room := c.margins(out[0], in[0])
	copies := func(x, y []int, margin [4]int) int64 {
		from, to := kernel.Layout(x, margin, false), kernel.Layout(y, [4]int{}, false)
		return floatBytes * int64(from.N*from.Image+to.N*to.Image)
	}
	w.Packed = floatBytes * m.PackedBack(s)
	w.Tables = copies(in[0], out[0], room) + m.TableBytes(s, true, u.Threads)
	if l.Bias != nil {
		w.Tables += floatBytes * int64(roundUp(s.I, lanes))
	}
	if u.Backward {
		w.Packed += floatBytes * m.Packed(s)
		w.Tables += copies(out[0], in[0], margin) + m.TableBytes(s, false, u.Threads)
	}
	return w
}
