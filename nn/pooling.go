package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
)

// A PoolMethod says what a Pooling computes of a window.
type PoolMethod int

// The methods of Pooling.
const (
	MaxPool PoolMethod = iota
	AveragePool
)

// Pooling reduces every window of every channel to its largest value or its average.
//
// The number of windows is (size + padding - kernel)/stride + 1, rounded down, or up if Ceil is
// set. With Ceil, the last window may reach beyond the padded picture by less than the stride; a
// last window that would begin after the picture is left out. This is Caffe's rule, except that
// Caffe keeps such an empty window if there is no padding.
//
// Padding never wins a maximum. In an average it counts as zeros, up to where the padding ends;
// with ExcludePad it does not count. If several values of a window are the largest, the gradient
// goes to the first in row-major order. NaN wins over every number.
type Pooling struct {
	Method     PoolMethod
	Kernel     [2]int // height, width
	Stride     [2]int // vertical, horizontal; 0 means 1
	Pad        [4]int // top, left, bottom, right; each smaller than the kernel
	Global     bool   // one window, the whole plane; Kernel, Stride and Pad stay unset
	Ceil       bool
	ExcludePad bool
}

// Kind implements Layer.
func (l *Pooling) Kind() string { return "Pooling" }

// Reads implements Layer. Backward searches for the maxima again instead of keeping their places.
// That takes no extra memory where the input is kept anyway, as behind a ReLU, and elsewhere no
// more than the places would.
func (l *Pooling) Reads() Reads { return Reads{In: l.Method == MaxPool} }

// OutShapes implements Layer: (N,C,H,W) -> (N,C,OH,OW).
func (l *Pooling) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 4); err != nil {
		return nil, err
	}
	if len(in[0]) != 4 {
		return nil, fmt.Errorf("takes one input of shape (N,C,H,W), got %v", in[0])
	}
	if l.Method != MaxPool && l.Method != AveragePool {
		return nil, fmt.Errorf("has the unknown method %d", l.Method)
	}
	if l.Method == MaxPool && in[0][3] > maxExtent {
		return nil, fmt.Errorf("takes the maximum over rows of at most %d pixels, got input of shape %v", maxExtent, in[0])
	}
	out := []int{in[0][0], in[0][1], 1, 1}
	if l.Global {
		if l.Kernel != [2]int{} || l.Pad != [4]int{} || l.Stride[0]|l.Stride[1]|1 != 1 {
			return nil, fmt.Errorf("is global and has a kernel of %v, strides %v, padding %v: want none", l.Kernel, l.Stride, l.Pad)
		}
		return [][]int{out}, nil
	}
	for a := range 2 {
		n, err := poolExtent(in[0][2+a], l.Kernel[a], l.Stride[a], l.Pad[a], l.Pad[2+a], l.Ceil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", [2]string{"height", "width"}[a], err)
		}
		out[2+a] = n
	}
	kh, kw := min(l.Kernel[0], in[0][2]), min(l.Kernel[1], in[0][3])
	if l.Method == MaxPool { // the kernel takes maxima down all columns first, whether a window reads them or not
		if err := checkWork(poolWork, out[1], out[2], kh, in[0][3]); err != nil {
			return nil, err
		}
	}
	return [][]int{out}, checkWork(poolWork, out[1], out[2], out[3], kh, kw)
}

// poolWork is the cost of one value of a window, in multiply-adds of a convolution: values are
// ranked, or added, one at a time.
const poolWork = 8

// poolExtent returns the number of windows along one axis. Each of them covers at least one pixel.
func poolExtent(size, kernel, stride, before, after int, ceil bool) (int, error) {
	if kernel < 1 || kernel > maxExtent {
		return 0, fmt.Errorf("a kernel of %d is out of range: want 1 to %d", kernel, maxExtent)
	}
	if stride < 0 || stride > maxExtent {
		return 0, fmt.Errorf("a stride of %d is out of range: want 1 to %d", stride, maxExtent)
	}
	if before < 0 || before >= kernel || after < 0 || after >= kernel {
		return 0, fmt.Errorf("padding of %d+%d is out of range: want 0 or more, and less than the kernel of %d", before, after, kernel)
	}
	stride = max(stride, 1)
	room := size + before + after - kernel
	if !ceil {
		if room < 0 {
			return 0, fmt.Errorf("a kernel of %d does not fit into %d pixels with padding %d+%d", kernel, size, before, after)
		}
		return room/stride + 1, nil
	}
	n := room/stride + 1 // division truncates, which rounds a negative quotient up
	if room > 0 && room%stride != 0 {
		n++
	}
	if (n-1)*stride >= size+before {
		n--
	}
	if n < 1 {
		return 0, fmt.Errorf("a kernel of %d with stride %d has no window on %d pixels with padding %d+%d", kernel, stride, size, before, after)
	}
	return n, nil
}

// window returns how the windows lie on one plane.
func (l *Pooling) window(in, out []int) *kernel.Pool {
	p := &kernel.Pool{
		H: in[2], W: in[3], KH: l.Kernel[0], KW: l.Kernel[1],
		StrideH: max(l.Stride[0], 1), StrideW: max(l.Stride[1], 1),
		PadTop: l.Pad[0], PadLeft: l.Pad[1], PadBottom: l.Pad[2], PadRight: l.Pad[3],
		OH: out[2], OW: out[3], ExcludePad: l.ExcludePad,
	}
	if l.Global {
		p.KH, p.KW = p.H, p.W
	}
	return p
}

// Bind implements Layer. A task is some planes.
func (l *Pooling) Bind(b *Binding) Op {
	p := l.window(b.In[0].Shape, b.Out[0].Shape)
	in, out := p.H*p.W, p.OH*p.OW
	planes := b.In[0].Batch() * b.In[0].Shape[1]
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{}
	if l.Method == AveragePool {
		op.Forward = overPlanes(b.Team, planes, in, func(_, i int) { p.Average(y[i*out:], x[i*in:]) })
	} else {
		row := b.Scratch(p.W)
		op.Forward = overPlanes(b.Team, planes, in, func(w, i int) { p.Max(y[i*out:], x[i*in:], row(w)) })
	}
	if !b.WantsGrad() {
		return op
	}
	dx, dy := b.DIn[0].Data, b.DOut[0].Data
	if l.Method == AveragePool {
		op.Backward = overPlanes(b.Team, planes, in, func(_, i int) { p.AverageGrad(dx[i*in:(i+1)*in], dy[i*out:]) })
		return op
	}
	rows := make([][]int64, b.Team.Threads())
	for w := range rows {
		rows[w] = make([]int64, p.W)
	}
	op.Backward = overPlanes(b.Team, planes, in, func(w, i int) {
		p.MaxGrad(dx[i*in:(i+1)*in], dy[i*out:], x[i*in:], rows[w])
	})
	return op
}

// Work implements graph.Worker.
func (l *Pooling) Work(in [][]int, u graph.Use) (w graph.Work) {
	out, err := l.OutShapes(in)
	if err != nil {
		return w
	}
	if u.Blocked {
		return l.blockWork(in[0], out[0], u)
	}
	if l.Method == MaxPool {
		w.Scratch = in[0][3]
		if u.Backward {
			w.Tables = 8 * int64(in[0][3]) * int64(u.Threads)
		}
	}
	return w
}
