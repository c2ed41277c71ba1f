package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// OnBlocks implements graph.BlockLayer, for pictures of one size and constants by channel.
func (l *Binary) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: l.Reads(), Rectifies: true}, l.fitsBlocks(in)
}

func (l *Binary) fitsBlocks(in [][]int) bool {
	out, err := l.OutShapes(in)
	if err != nil || !isPicture(out[0]) || !tensor.SameShape(out[0], in[0]) && l.Const != nil {
		return false
	}
	if l.Const != nil {
		return len(l.Const.Data) == 1 || byChannel(l.Const.Shape, out[0])
	}
	for _, s := range in {
		if !tensor.SameShape(s, out[0]) && !(len(s) == 4 && s[0] == out[0][0] && s[1] == out[0][1] && s[2]*s[3] == 1) {
			return false
		}
	}
	return true
}

// byChannel reports whether a constant has a value for every channel of a picture.
func byChannel(c, picture []int) bool {
	n := len(c)
	return n >= 3 && c[n-3] == picture[1] && tensor.Size(c) == picture[1]
}

// BindBlocks implements graph.BlockLayer.
func (l *Binary) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	a := blockOperand{input: 0, blocks: b.In[0]}
	other := blockOperand{input: -1}
	if l.Const == nil {
		other = blockOperand{input: 1, blocks: b.In[1]}
	} else {
		other.constant = padded(l.Const.Data)
	}
	if l.ConstFirst && l.Const != nil {
		a, other = other, a
	}
	w := newBlockWork(b, l.Op.apply, a, other)
	op := graph.BlockOp{Forward: w.forward, Ahead: w.grain()}
	if b.DOut[0] == nil {
		return op
	}
	if !l.Reads().In {
		w = w.unread()
	}
	for i := range b.In {
		k := 0
		if w.operands[1].input == i {
			k = 1
		}
		run, g := w.backward(k, l.Op.partial)
		op.Backward, op.Back = append(op.Backward, run), append(op.Back, g)
	}
	return op
}

// OnBlocks implements graph.BlockLayer.
func (l *Affine) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Rectifies: true}, isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer: the scale is the second operand, and the shift is added
// to the result.
func (l *Affine) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	scale, shift := make([]float32, b.In[0].Count()*lanes), make([]float32, b.In[0].Count()*lanes)
	fill := func() {
		for c := range b.In[0].C {
			scale[c], shift[c] = float32(valueOr(l.Scale, c, 1)), float32(valueOr(l.Shift, c, 0))
		}
	}
	fill()
	b.OnUpdate(fill)
	w := newBlockWork(b, kernel.Times, blockOperand{blocks: b.In[0]}, blockOperand{input: -1, constant: scale})
	w.shift = blockOperand{input: -1, constant: shift}
	op := graph.BlockOp{Forward: w.forward, Ahead: w.grain()}
	if b.DOut[0] == nil {
		return op
	}
	run, g := w.backward(0, Mul.partial)
	op.Backward, op.Back = append(op.Backward, run), append(op.Back, g)
	if b.Grads != nil {
		l.bindBlockGradients(b, &op)
	}
	return op
}

// bindBlockGradients binds the parameters' gradients on blocked pictures. A task is a block.
func (l *Affine) bindBlockGradients(b *graph.BlockBinding, op *graph.BlockOp) {
	x, dy := b.In[0], b.DOut[0]
	sums := make([]pairs, dy.Count())
	op.GradTasks = len(sums)
	op.Grad = func(_, k int) {
		total := &sums[k]
		*total = pairs{}
		for n := range x.N {
			total.add(dy, x, n, k)
		}
		for c := range dy.Valid(k) {
			l.setGradients(b.Grads, k*lanes+c, total.dot[c], total.sum[c])
		}
	}
	op.Gradient = func() {}
}

// padded returns the single value of c, or its values with zeros for the lanes beyond.
func padded(c []float32) []float32 {
	if len(c) == 1 {
		return c
	}
	return append(c[:len(c):len(c)], make([]float32, roundUp(len(c), lanes)-len(c))...)
}

// A blockOperand is an input, with all pixels or with one that stands for all; or a constant: one
// value, or one for every lane of all blocks.
type blockOperand struct {
	input    int // or -1
	blocks   *kernel.Blocks
	constant []float32
}

// blockWork is a function of two operands bound to blocked pictures. The working memory of a worker
// is four rows: one for each operand that is a constant or has one pixel, one for the shift, and
// one for intermediate results of the way back.
type blockWork struct {
	*graph.BlockBinding
	apply    func(y, a, b []float32)
	operands [2]blockOperand
	shift    blockOperand // added to the result; without blocks and constants nothing is
	row      int          // floats
	work     func(worker int) []float32
}

// blockRows is how many rows of working memory a worker has.
const blockRows = 4

// blockWorkOf is what a blockWork on pictures of a shape works with.
func blockWorkOf(shape []int) graph.Work { return graph.Work{Scratch: blockRows * shape[3] * lanes} }

func newBlockWork(b *graph.BlockBinding, apply func(y, a, b []float32), first, second blockOperand) *blockWork {
	row := b.Out[0].W * lanes
	return &blockWork{BlockBinding: b, apply: apply, operands: [2]blockOperand{first, second}, row: row, work: b.Scratch(blockRows * row)}
}

func (w *blockWork) grain() blocks.Grain {
	return blocks.Grain{Blocks: 1, Cost: float64(w.row * unaryCost)}
}

// whole reports whether an operand has all pixels.
func (w *blockWork) whole(o blockOperand) bool {
	return o.blocks != nil && o.blocks.W*o.blocks.H == w.Out[0].W*w.Out[0].H
}

// unread returns w for a way back that reads no input: by then, the memory of an input may hold
// another value.
func (w *blockWork) unread() *blockWork {
	u := *w
	for i := range u.operands {
		if o := &u.operands[i]; !u.whole(*o) {
			o.blocks = nil
		}
	}
	return &u
}

// prepare fills and returns the row that stands for all rows of a block, for an operand without
// rows of its own.
func (w *blockWork) prepare(o blockOperand, n, k int, row []float32) []float32 {
	var pixel []float32
	switch {
	case w.whole(o) || len(o.constant) == 1:
		return o.constant
	case o.blocks != nil:
		pixel = blocks.Row(o.blocks, n, k, 0)
	case o.constant != nil:
		pixel = o.constant[k*lanes : (k+1)*lanes]
	default:
		return nil
	}
	repeat(row, pixel)
	return row
}

// rowOf returns the row of an operand, prepared or its own.
func (w *blockWork) rowOf(o blockOperand, prepared []float32, n, k, h int) []float32 {
	if w.whole(o) {
		return blocks.Row(o.blocks, n, k, h)
	}
	return prepared
}

// rows calls f with every row of a block: the operands, the shift, and working memory.
func (w *blockWork) rows(worker, n, k, h0, h1 int, f func(h int, a, b, shift, t []float32)) {
	m, r := w.work(worker), w.row
	a, b := w.prepare(w.operands[0], n, k, m[:r]), w.prepare(w.operands[1], n, k, m[r:2*r])
	shift := w.prepare(w.shift, n, k, m[2*r:3*r])
	for h := h0; h < h1; h++ {
		f(h, w.rowOf(w.operands[0], a, n, k, h), w.rowOf(w.operands[1], b, n, k, h), shift, m[3*r:])
	}
}

func (w *blockWork) forward(worker int, p blocks.Part) {
	y := w.Out[0]
	for k := p.B0; k < p.B1; k++ {
		w.rows(worker, p.N, k, p.H0, p.H1, func(h int, a, b, shift, _ []float32) {
			row := blocks.Row(y, p.N, k, h)
			w.apply(row, a, b)
			if shift != nil {
				kernel.Plus(row, row, shift)
			}
			if w.ReLU {
				kernel.ReLU(row, row, 0)
			}
		})
	}
}

// partial is what BinaryOp.partial describes.
type partial func(k int, t, dy, a, b []float32) []float32

// backward returns the way back to operand k.
func (w *blockWork) backward(k int, f partial) (func(worker int, p blocks.Part, add bool), blocks.Grain) {
	o := w.operands[k]
	dx, dy, mask := w.DIn[o.input], w.DOut[0], w.Masks[o.input]
	block, g := w.backWhole(k, f), w.grain()
	if !w.whole(o) {
		block = w.backPixel(k, f)
		g.Cost *= float64(dy.H)
	}
	return func(worker int, p blocks.Part, add bool) {
		for i := p.B0; i < p.B1; i++ {
			block(worker, p, i, add)
		}
		if mask != nil {
			blocks.Mask(dx, mask, p)
		}
	}, g
}

// backWhole returns what computes the gradient of an operand with all pixels, row by row.
func (w *blockWork) backWhole(k int, f partial) func(worker int, p blocks.Part, block int, add bool) {
	dx, dy := w.DIn[w.operands[k].input], w.DOut[0]
	return func(worker int, p blocks.Part, block int, add bool) {
		w.rows(worker, p.N, block, p.H0, p.H1, func(h int, a, b, _, t []float32) {
			row := blocks.Row(dx, p.N, block, h)
			if add {
				kernel.Add(row, f(k, t, blocks.Row(dy, p.N, block, h), a, b))
			} else if d := f(k, row, blocks.Row(dy, p.N, block, h), a, b); &d[0] != &row[0] {
				copy(row, d)
			}
		})
	}
}

// backPixel returns what computes the gradient of an operand of one pixel: the sum over all pixels.
func (w *blockWork) backPixel(k int, f partial) func(worker int, p blocks.Part, block int, add bool) {
	dx, dy := w.DIn[w.operands[k].input], w.DOut[0]
	return func(worker int, p blocks.Part, block int, add bool) {
		var sums [lanes]float64
		w.rows(worker, p.N, block, 0, dy.H, func(h int, a, b, _, t []float32) {
			if d := f(k, t, blocks.Row(dy, p.N, block, h), a, b); &d[0] != &t[0] {
				copy(t, d)
			}
			addPixels(&sums, t)
		})
		pixel := blocks.Row(dx, p.N, block, 0)
		for i, s := range sums {
			if add {
				s += float64(pixel[i])
			}
			pixel[i] = float32(s)
		}
	}
}

// Work implements graph.Worker.
func (l *Binary) Work(in [][]int, u graph.Use) graph.Work {
	if !u.Blocked {
		return graph.Work{Scratch: binaryChunk}
	}
	out, err := l.OutShapes(in)
	if err != nil {
		return graph.Work{}
	}
	w := blockWorkOf(out[0])
	if l.Const != nil {
		w.Tables = floatBytes * int64(roundUp(len(l.Const.Data), lanes))
	}
	return w
}

// Work implements graph.Worker.
func (l *Affine) Work(in [][]int, u graph.Use) (w graph.Work) {
	if u.Blocked {
		w = blockWorkOf(in[0])
		w.Tables = 2 * floatBytes * int64(roundUp(in[0][1], lanes))
	}
	return w
}
