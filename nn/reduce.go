package nn

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A ReduceOp says what a Reduce computes of many values.
type ReduceOp int

// The operations of Reduce: the mean, the sum, the largest and smallest value, the sum of
// absolute values and the root of the sum of squares.
const (
	ReduceMean ReduceOp = iota
	ReduceSum
	ReduceMax
	ReduceMin
	ReduceL1
	ReduceL2
)

var reduceNames = [...]string{"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2"}

// Reduce combines all values along some axes, in float64 and rounded once. If several values equal
// the maximum or minimum, they share the gradient equally. NaN wins over every number, and then
// there is no gradient. The gradient of a root of 0 is 0.
type Reduce struct {
	Op       ReduceOp
	Axes     []int // negative ones count from the end; none means all
	KeepDims bool  // the axes stay, with length 1
}

// Kind implements Layer.
func (l *Reduce) Kind() string { return nameOf(reduceNames[:], int(l.Op), "Reduce") }

// Reads implements Layer: sums are linear.
func (l *Reduce) Reads() Reads {
	switch l.Op {
	case ReduceMean, ReduceSum:
		return Reads{}
	case ReduceL1:
		return Reads{In: true}
	}
	return Reads{In: true, Out: true}
}

// Mixes implements Mixer.
func (l *Reduce) Mixes(in [][]int) bool {
	kept, err := l.kept(in[0])
	return err == nil && len(kept) > 0 && !kept[0]
}

// kept returns which axes of a shape are not reduced.
func (l *Reduce) kept(shape []int) ([]bool, error) {
	kept := slices.Repeat([]bool{len(l.Axes) > 0}, len(shape))
	for _, axis := range l.Axes {
		a, err := normAxis(axis, shape)
		if err != nil {
			return nil, err
		}
		if !kept[a] {
			return nil, fmt.Errorf("reduces axis %d of shape %v twice", axis, shape)
		}
		kept[a] = false
	}
	return kept, nil
}

// aligned returns the shape of the output with all axes of the input.
func aligned(shape []int, kept []bool) []int {
	out := slices.Clone(shape)
	for a, k := range kept {
		if !k {
			out[a] = 1
		}
	}
	return out
}

// OutShapes implements Layer: the axes have length 1 or are missing. If none is left the result has
// the shape (1).
func (l *Reduce) OutShapes(in [][]int) ([][]int, error) {
	if l.Op < 0 || int(l.Op) >= len(reduceNames) {
		return nil, fmt.Errorf("has the unknown operation %d", l.Op)
	}
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	kept, err := l.kept(in[0])
	if err != nil {
		return nil, err
	}
	out := aligned(in[0], kept)
	if l.KeepDims {
		return [][]int{out}, nil
	}
	var left []int
	for a, d := range out {
		if kept[a] {
			left = append(left, d)
		}
	}
	if left == nil {
		left = []int{1}
	}
	return [][]int{left}, nil
}

// Bind implements Layer.
func (l *Reduce) Bind(b *Binding) Op {
	x, y := b.In[0], b.Out[0]
	kept, _ := l.kept(x.Shape) // checked by OutShapes
	w := newReduceWork(l.Op, x.Shape, aligned(x.Shape, kept), b.Team)
	w.x, w.y = x.Data, y.Data
	op := Op{Forward: w.run(w.forward)}
	if b.WantsGrad() {
		w.dx, w.dy = b.DIn[0].Data, b.DOut[0].Data
		op.Backward = w.run(w.backward)
	}
	return op
}

// reduceWidth is how many outputs that lie together are computed together.
const reduceWidth = 64

// reduceWork is a Reduce bound to its buffers: array 0 of the nests is the input, 1 the
// output.
type reduceWork struct {
	op           ReduceOp
	own, shared  nest // loops over outputs; loops over the inputs of one output
	wide         bool // outputs that lie together have inputs that do; otherwise the inputs of one output lie together
	width        int  // of a row: in outputs if wide, else in inputs
	count        int  // number of inputs of one output
	x, y, dx, dy []float32
	team         *kernel.Team
}

func newReduceWork(op ReduceOp, in, out []int, team *kernel.Team) *reduceWork {
	inner, outer := broadcastNest(in, in, out).inner()
	w := &reduceWork{op: op, wide: inner.steps[1] != 0, width: inner.n, team: team}
	w.own, w.shared = outer.split(1)
	w.count = w.shared.count()
	if !w.wide {
		w.count *= w.width
	}
	return w
}

// run calls f for every output, or for every group of at most reduceWidth outputs that lie
// together, with their place and number.
func (w *reduceWork) run(f func(at [3]int, n int)) func() {
	if !w.wide {
		return overPlanes(w.team, w.own.count(), w.count, func(_, i int) { f(w.own.offsets(i), 1) })
	}
	groups := (w.width + reduceWidth - 1) / reduceWidth
	return overPlanes(w.team, w.own.count()*groups, w.count*min(w.width, reduceWidth), func(_, i int) {
		at, lo := w.own.offsets(i/groups), i%groups*reduceWidth
		at[0] += lo
		at[1] += lo
		f(at, min(reduceWidth, w.width-lo))
	})
}

// forward computes n outputs.
func (w *reduceWork) forward(at [3]int, n int) {
	var sums [reduceWidth]float64
	acc := sums[:n]
	for i := range acc {
		acc[i] = ofNothing[w.op]
	}
	for j := range w.shared.count() {
		from := at[0] + w.shared.offsets(j)[0]
		if w.wide {
			w.op.foldWide(acc, w.x[from:])
		} else {
			acc[0] = w.op.foldRow(acc[0], w.x[from:from+w.width])
		}
	}
	for i, s := range acc {
		switch w.op {
		case ReduceMean:
			s /= float64(w.count)
		case ReduceL2:
			s = math.Sqrt(s)
		}
		w.y[at[1]+i] = float32(s)
	}
}

// ofNothing is the result of each operation for no values.
var ofNothing = [...]float64{ReduceMax: math.Inf(-1), ReduceMin: math.Inf(1), ReduceL2: 0}

// fold combines acc with one more value.
func (op ReduceOp) fold(acc, v float64) float64 {
	switch op {
	case ReduceMax:
		return max(acc, v)
	case ReduceMin:
		return min(acc, v)
	case ReduceL1:
		return acc + math.Abs(v)
	case ReduceL2:
		return acc + float64(v*v)
	}
	return acc + v
}

// foldWide combines each of acc with the value of the row in its place.
func (op ReduceOp) foldWide(acc []float64, row []float32) {
	row = row[:len(acc)]
	if op == ReduceMean || op == ReduceSum {
		for i, v := range row {
			acc[i] += float64(v)
		}
		return
	}
	for i, v := range row {
		acc[i] = op.fold(acc[i], float64(v))
	}
}

// foldRow combines acc with all values of a row.
func (op ReduceOp) foldRow(acc float64, row []float32) float64 {
	switch op {
	case ReduceMean, ReduceSum:
		return acc + kernel.SumWide(row)
	case ReduceL2:
		return acc + kernel.DotWide(row, row)
	}
	for _, v := range row {
		acc = op.fold(acc, float64(v))
	}
	return acc
}

// backward adds the gradients of the inputs of n outputs: a factor for each output times a function
// of each input.
func (w *reduceWork) backward(at [3]int, n int) {
	var work [reduceWidth]float32
	factors := work[:n]
	y := w.y[at[1] : at[1]+n]
	if w.op == ReduceMax || w.op == ReduceMin {
		w.ties(factors, at, n)
	}
	for i, d := range w.dy[at[1] : at[1]+n] {
		switch w.op {
		case ReduceMean:
			d /= float32(w.count)
		case ReduceMax, ReduceMin:
			d /= factors[i]
		case ReduceL2:
			if d != 0 && y[i] != 0 {
				d /= y[i]
			} else {
				d = 0
			}
		}
		factors[i] = d
	}
	for j := range w.shared.count() {
		from := at[0] + w.shared.offsets(j)[0]
		switch {
		case w.wide:
			w.op.spread(w.dx[from:from+n], w.x[from:], factors, y)
		case w.op == ReduceMean || w.op == ReduceSum:
			d := w.dx[from : from+w.width]
			kernel.Affine(d, d, 1, factors[0])
		case w.op == ReduceL2:
			if factors[0] != 0 {
				kernel.Axpy(w.dx[from:from+w.width], factors[0], w.x[from:])
			}
		default:
			for i := from; i < from+w.width; i++ {
				w.op.spread(w.dx[i:i+1], w.x[i:], factors, y)
			}
		}
	}
}

// ties counts the inputs that are equal to their output.
func (w *reduceWork) ties(count []float32, at [3]int, n int) {
	step := 0
	length := w.width
	if w.wide {
		step, length = 1, n
	}
	for j := range w.shared.count() {
		from := at[0] + w.shared.offsets(j)[0]
		for i, v := range w.x[from : from+length] {
			if k := i * step; v == w.y[at[1]+k] {
				count[k]++
			}
		}
	}
}

// spread adds to dx[i] the gradient of an input that belongs to output y[i].
func (op ReduceOp) spread(dx, x, factors, y []float32) {
	for i := range dx {
		d := factors[i]
		if d == 0 {
			continue
		}
		switch v := x[i]; op {
		case ReduceMax, ReduceMin:
			if v != y[i] {
				continue
			}
		case ReduceL1:
			d *= tensor.Sign(v)
		case ReduceL2:
			d = float32(d * v)
		}
		dx[i] += d
	}
}
