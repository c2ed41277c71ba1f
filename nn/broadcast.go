package nn

import "hoodwink/internal/kernel"

// binaryChunk is how many values the way back of a Binary computes before it adds them to the
// gradient.
const binaryChunk = 1 << 11

// binaryWork is a Binary bound to its operands a and b: array 0 of the nest is the
// output, 1 is a, 2 is b.
type binaryWork struct {
	op      BinaryOp
	nest    nest
	y, a, b []float32 // y is the output's gradient on the way back
	team    *kernel.Team
	scratch func(worker int) []float32
}

// operand returns the values lo to hi of an array that begins at at, or, if step is 0, the one
// value that stands for them.
func operand(x []float32, at, lo, hi, step int) []float32 {
	if step == 0 {
		return x[at : at+1]
	}
	return x[at+lo : at+hi]
}

// forward works through the rows of the innermost loop.
func (w binaryWork) forward() func() {
	inner, outer := w.nest.inner()
	return overRuns(w.team, outer.count(), inner.n, func(_, i, lo, hi int) {
		at := outer.offsets(i)
		w.op.apply(w.y[at[0]+lo:at[0]+hi], operand(w.a, at[1], lo, hi, inner.steps[1]), operand(w.b, at[2], lo, hi, inner.steps[2]))
	})
}

// backward returns the function that adds the gradient of operand k to dx. A task owns some values
// of dx, and for each of them sums over all outputs that depend on it.
func (w binaryWork) backward(k int, dx []float32) func() {
	inner, outer := w.nest.inner()
	own, shared := outer.split(k + 1)
	repeats := shared.count()
	if inner.steps[k+1] == 0 {
		// One value of dx belongs to the whole innermost loop.
		return overPlanes(w.team, own.count(), repeats*inner.n, func(worker, i int) {
			t, first := w.scratch(worker), own.offsets(i)
			var sum float64
			for j := range repeats {
				at := together(first, shared.offsets(j))
				for lo := 0; lo < inner.n; lo += binaryChunk {
					sum += kernel.SumWide(w.partial(k, t, at, lo, min(lo+binaryChunk, inner.n)))
				}
			}
			dx[first[k+1]] += float32(sum)
		})
	}
	return overRuns(w.team, own.count(), inner.n, func(worker, i, from, to int) {
		t, first := w.scratch(worker), own.offsets(i)
		for lo := from; lo < to; lo += binaryChunk {
			hi := min(lo+binaryChunk, to)
			d := dx[first[k+1]+lo : first[k+1]+hi]
			for j := range repeats {
				kernel.Add(d, w.partial(k, t, together(first, shared.offsets(j)), lo, hi))
			}
		}
	})
}

// partial returns the gradient of operand k for the values [lo, hi) of the innermost loop, with the
// arrays at the given places.
func (w *binaryWork) partial(k int, t []float32, at [3]int, lo, hi int) []float32 {
	inner, _ := w.nest.inner()
	a, b := operand(w.a, at[1], lo, hi, inner.steps[1]), operand(w.b, at[2], lo, hi, inner.steps[2])
	return w.op.partial(k, t[:hi-lo], w.y[at[0]+lo:at[0]+hi], a, b)
}

func together(a, b [3]int) [3]int { return [3]int{a[0] + b[0], a[1] + b[1], a[2] + b[2]} }

// overRuns returns a function that calls f for parts [lo, hi) of n rows of the given length. Long
// rows are cut; short rows share a task.
func overRuns(team *kernel.Team, n, length int, f func(worker, row, lo, hi int)) func() {
	parts := (length + blockSize - 1) / blockSize
	each := max(1, blockSize/length)
	body := func(w, t int) {
		part, group := t%parts, t/parts
		for i := group * each; i < min(n, (group+1)*each); i++ {
			f(w, i, part*blockSize, min(length, (part+1)*blockSize))
		}
	}
	tasks := parts * ((n + each - 1) / each)
	return func() { team.For(tasks, body) }
}
