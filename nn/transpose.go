package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Transpose permutes axes: axis i of the output is axis Perm[i] of the input.
type Transpose struct {
	Perm []int
}

// Kind implements Layer.
func (l *Transpose) Kind() string { return "Transpose" }

// Reads implements Layer: values are only moved.
func (l *Transpose) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Transpose) Mixes([][]int) bool { return len(l.Perm) > 0 && l.Perm[0] != 0 }

// OutShapes implements Layer: (N,C,H,W) -> (N,H,W,C) for 0, 2, 3, 1.
func (l *Transpose) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	seen := make([]bool, len(in[0]))
	var out []int
	for _, p := range l.Perm {
		if p < 0 || p >= len(seen) || seen[p] {
			break
		}
		seen[p] = true
		out = append(out, in[0][p])
	}
	if len(l.Perm) != len(seen) || len(out) != len(seen) {
		return nil, fmt.Errorf("permutes axes as %v, got input of shape %v: want each of its %d axes once", l.Perm, in[0], len(seen))
	}
	return [][]int{out}, nil
}

// A strided axis has n places, stride floats apart.
type strided struct{ n, stride int }

// axes returns the output's axes as they lie in the input. Axes of length 1 are left out, and axes
// that are neighbours in both are joined.
func (l *Transpose) axes(in []int) []strided {
	strides, size := make([]int, len(in)), 1
	for i := len(in) - 1; i >= 0; i-- {
		strides[i] = size
		size *= in[i]
	}
	var axes []strided
	for _, p := range l.Perm {
		a := strided{in[p], strides[p]}
		if a.n == 1 {
			continue
		}
		if k := len(axes) - 1; k >= 0 && axes[k].stride == a.n*a.stride {
			axes[k] = strided{axes[k].n * a.n, a.stride}
		} else {
			axes = append(axes, a)
		}
	}
	return axes
}

// Bind implements Layer. If the last axis stays the last, rows are copied. Otherwise the input's
// last axis and the output's last axis span matrices, which are transposed.
func (l *Transpose) Bind(b *Binding) Op {
	axes := l.axes(b.In[0].Shape)
	last := len(axes) - 1
	if last <= 0 {
		return bindMove(b)
	}
	if a := axes[last]; a.stride == 1 {
		from := offsets(axes[:last], -1)
		for i := range from {
			from[i] /= int32(a.n)
		}
		return bindRows(b, from, wholeRow(a.n), 0)
	}
	return bindMatrices(b, axes)
}

// offsets returns the offsets of the places along all axes but one, in the order of the output; if
// skip is -1, along all axes.
func offsets(axes []strided, skip int) []int32 {
	at := []int32{0}
	for i, a := range axes {
		if i == skip {
			continue
		}
		next := make([]int32, 0, len(at)*a.n)
		for _, o := range at {
			for k := range a.n {
				next = append(next, o+int32(k*a.stride))
			}
		}
		at = next
	}
	return at
}

// bindMatrices transposes, for all places along the other axes, the matrix that the input's last
// axis (the rows of the output's matrix) and the output's last axis span. A task has a part of the
// longer side.
func bindMatrices(b *Binding, axes []strided) Op {
	last := len(axes) - 1
	inner := 0
	for axes[inner].stride != 1 {
		inner++
	}
	rows, cols := axes[inner].n, axes[last].n
	inStride, outStride := axes[last].stride, cols
	for _, a := range axes[inner+1 : last] {
		outStride *= a.n
	}
	laid := make([]strided, last) // strides in the output
	for i, size := last-1, cols; i >= 0; i-- {
		laid[i] = strided{axes[i].n, size}
		size *= axes[i].n
	}
	from, to := offsets(axes[:last], inner), offsets(laid, inner)

	over := func(f func(m, r0, r1, c0, c1 int)) func() {
		each := max(1, blockSize/(rows*cols))
		if rows >= cols {
			return overParts(b.Team, len(from), rows, sidePart(cols), each, func(m, lo, hi int) { f(m, lo, hi, 0, cols) })
		}
		return overParts(b.Team, len(from), cols, sidePart(rows), each, func(m, lo, hi int) { f(m, 0, rows, lo, hi) })
	}
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: over(func(m, r0, r1, c0, c1 int) {
		kernel.Transpose(y[int(to[m])+r0*outStride+c0:], outStride, x[int(from[m])+c0*inStride+r0:], inStride, c1-c0, r1-r0)
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = over(func(m, r0, r1, c0, c1 int) {
			kernel.TransposeAdd(dx[int(from[m])+c0*inStride+r0:], inStride, dy[int(to[m])+r0*outStride+c0:], outStride, r1-r0, c1-c0)
		})
	}
	return op
}

// sidePart returns how much of a matrix's longer side a task has, given the shorter.
func sidePart(shorter int) int { return max(16, blockSize/shorter&^15) }

// Work implements graph.Worker.
func (l *Transpose) Work(in [][]int, u graph.Use) (w graph.Work) {
	axes := l.axes(in[0])
	last := len(axes) - 1
	if last <= 0 {
		return w
	}
	const indexBytes = 4
	count := int64(tensor.Size(in[0]) / axes[last].n) // of rows
	if axes[last].stride == 1 {
		w.Tables = 2 * indexBytes * count
		if u.Backward {
			w.Tables += indexBytes * (2*count + 2)
		}
		return w
	}
	for _, a := range axes[:last] {
		if a.stride == 1 {
			count /= int64(a.n)
		}
	}
	w.Tables = 4 * indexBytes * count
	return w
}
