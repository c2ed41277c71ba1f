package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// Convolution is the two-dimensional cross-correlation of deep learning:
//
//	y[n,o,oh,ow] = b[o] + sum over c,kh,kw of W[o,c,kh,kw] * x[n, g*I/G+c, oh*sh-top+kh*dh, ow*sw-left+kw*dw]
//
// with zeros outside the picture; g is the group of o. The sum runs in the same order
// for every output, so equal inputs give equal bits wherever in the picture they stand.
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
	return [][]int{out}, l.checkSize(g, out)
}

// maxField bounds the values of one receptive field: every worker holds some of them.
const maxField = 1 << 19

// checkSize bounds time and memory. Weights are packed in tiles of up to eight outputs
// forward and inputs backward, which are multiplied as a whole even if there are fewer.
func (l *Convolution) checkSize(groups int, out []int) error {
	const tile = 8
	w := l.Weights.Shape
	field, ok := tensor.CheckedSize(w[1:], maxField)
	if !ok {
		return fmt.Errorf("has weights of shape %v: at most %d are possible for one output", w, maxField)
	}
	outputs := roundUp(w[0]/groups, tile)
	if _, ok := tensor.CheckedSize([]int{groups, outputs, roundUp(field, tile)}, maxTotalSize); !ok {
		return fmt.Errorf("has weights of shape %v in %d groups: packed, they exceed %d floats", w, groups, maxTotalSize)
	}
	return checkWork(groups, outputs, field, out[2], out[3])
}

// convExtent is the number of places a kernel of k taps has along one axis.
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

// Cost implements Coster.
func (l *Convolution) Cost(in [][]int) (params, macs int64) {
	n := int64(len(l.Weights.Data))
	out, err := l.OutShapes(in)
	if err != nil {
		return n, 0
	}
	return n + int64(len(l.Bias)), n * int64(out[0][2]) * int64(out[0][3])
}

// window returns how one group's receptive fields lie on one example.
func (l *Convolution) window(x, y *tensor.Tensor) *kernel.Window {
	w := l.Weights.Shape
	return &kernel.Window{
		C: w[1], H: x.Shape[2], W: x.Shape[3], KH: w[2], KW: w[3],
		StrideH: max(l.Stride[0], 1), StrideW: max(l.Stride[1], 1),
		DilationH: max(l.Dilation[0], 1), DilationW: max(l.Dilation[1], 1),
		PadTop: l.Pad[0], PadLeft: l.Pad[1], OH: y.Shape[2], OW: y.Shape[3],
	}
}

// Output pixels and channels that one task of a convolution computes. Tasks are cut
// by shape alone, never by the number of threads.
const (
	convPixels   = 128
	convChannels = 64
)

// pixelBlock is the number of pixels of a task that packs columns of the given depth:
// fewer than usual if a worker had to hold more than 4M floats, but a whole tile.
func pixelBlock(depth int) int {
	const tile = 32
	return max(tile, min(convPixels, (1<<22)/depth/tile*tile))
}

// Bind implements Layer.
func (l *Convolution) Bind(b *Binding) Op {
	op := Op{Forward: l.bindForward(b)}
	if b.WantsGrad() {
		op.Backward = l.bindBackward(b)
	}
	return op
}

// bindForward makes the forward pass: for each block of output pixels the receptive
// fields are packed as columns and multiplied by the packed weights.
func (l *Convolution) bindForward(b *Binding) func() {
	m := kernel.Active
	x, y := b.In[0], b.Out[0]
	win := l.window(x, y)
	groups := max(l.Groups, 1)
	o, depth, pixels := l.Weights.Shape[0]/groups, win.Depth(), win.OH*win.OW
	block := pixelBlock(depth)
	weights := b.Once(packing{l, m, false}, func() any {
		return packGroups(reorder(l.Weights.Data, win.Order()), groups, o, depth, depth, 1, convChannels, m.MR)
	}).([]kernel.Panels)
	cols := kernel.PanelsSize(min(block, pixels), depth, m.NR)
	scratch := b.Scratch(cols + m.MR*m.NR)
	pixelBlocks, channelBlocks := (pixels+block-1)/block, (o+convChannels-1)/convChannels
	body := func(w, t int) {
		cb, t := t%channelBlocks, t/channelBlocks
		pb, t := t%pixelBlocks, t/pixelBlocks
		g, n := t%groups, t/groups
		p0, p1 := pb*block, min(pixels, (pb+1)*block)
		buf := scratch(w)
		in := x.Image(n)[g*win.C*win.H*win.W:]
		var panels kernel.Panels
		if win.Pointwise() {
			panels = kernel.PackRows(buf[:cols], in[p0:], p1-p0, depth, 1, pixels, m.NR)
		} else {
			panels = win.Im2col(buf[:cols], in, p0, p1, m.NR)
		}
		rows := weights[g*channelBlocks+cb]
		first := g*o + cb*convChannels
		out := y.Image(n)[first*pixels+p0:]
		m.Gemm(out, pixels, rows, panels, false, buf[cols:])
		if l.Bias == nil {
			return
		}
		for r := range rows.N {
			bias, row := l.Bias[first+r], out[r*pixels:r*pixels+p1-p0]
			for i := range row {
				row[i] += bias
			}
		}
	}
	tasks := x.Batch() * groups * pixelBlocks * channelBlocks
	return func() { b.Team.For(tasks, body) }
}

// bindBackward makes the pass back to the input: for each block of input channels
// the transposed weights times the output gradient give the gradient of every value
// of the receptive fields, which is added where it came from. A task owns its input
// channels, so nothing is added across tasks.
func (l *Convolution) bindBackward(b *Binding) func() {
	m := kernel.Active
	dx, dy := b.DIn[0], b.DOut[0]
	win := l.window(dx, dy)
	groups, taps := max(l.Groups, 1), win.KH*win.KW
	o, depth, pixels := l.Weights.Shape[0]/groups, win.Depth(), win.OH*win.OW
	block := pixelBlock(max(o, taps))
	perTask := min(win.C, max(1, convChannels/taps))
	weights := b.Once(packing{l, m, true}, func() any {
		return packGroups(l.Weights.Data, groups, depth, o, 1, depth, perTask*taps, m.MR)
	}).([]kernel.Panels)
	blocks := (win.C + perTask - 1) / perTask
	dyPanels := kernel.PanelsSize(min(block, pixels), o, m.NR)
	scratch := b.Scratch(dyPanels + m.MR*m.NR + perTask*taps*block)
	body := func(w, t int) {
		cb, t := t%blocks, t/blocks
		g, n := t%groups, t/groups
		c0, c1 := cb*perTask, min(win.C, (cb+1)*perTask)
		buf := scratch(w)
		tile, cols := buf[dyPanels:dyPanels+m.MR*m.NR], buf[dyPanels+m.MR*m.NR:]
		grad := dy.Image(n)[g*o*pixels : (g+1)*o*pixels]
		into := dx.Image(n)[g*win.C*win.H*win.W:]
		rows := weights[g*blocks+cb]
		for p0 := 0; p0 < pixels; p0 += block {
			p1 := min(pixels, p0+block)
			panels := kernel.PackRows(buf[:dyPanels], grad[p0:], p1-p0, o, 1, pixels, m.NR)
			if win.Pointwise() {
				m.Gemm(into[c0*pixels+p0:], pixels, rows, panels, true, tile)
				continue
			}
			m.Gemm(cols, p1-p0, rows, panels, false, tile)
			win.Col2im(into, cols, c0, c1, p0, p1)
		}
	}
	tasks := dx.Batch() * groups * blocks
	return func() { b.Team.For(tasks, body) }
}

// packing is the key of a convolution's packed weights, which depend on nothing else.
type packing struct {
	layer    *Convolution
	micro    *kernel.Micro
	backward bool
}

// reorder returns the rows of w with their elements in the given order.
func reorder(w []float32, order []int) []float32 {
	out := make([]float32, 0, len(w))
	for r := 0; r < len(w); r += len(order) {
		for _, i := range order {
			out = append(out, w[r+i])
		}
	}
	return out
}

// packGroups packs, for every group, a rows x depth matrix with element (i,p) at
// i*rs+p*ps in blocks of at most block rows: result [group*blocks+block].
func packGroups(w []float32, groups, rows, depth, rs, ps, block, width int) []kernel.Panels {
	var out []kernel.Panels
	for g := range groups {
		m := w[g*rows*depth : (g+1)*rows*depth]
		for r := 0; r < rows; r += block {
			n := min(block, rows-r)
			buf := make([]float32, kernel.PanelsSize(n, depth, width))
			out = append(out, kernel.PackRows(buf, m[r*rs:], n, depth, rs, ps, width))
		}
	}
	return out
}
