package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/tensor"
)

const lanes = blocks.Lanes

// isPicture reports whether a shape is (N,C,H,W) and takes a reasonable amount of memory in blocks.
func isPicture(shape []int) bool { return len(shape) == 4 && roomy(shape, [4]int{}) }

// roomy reports whether a blocked picture of this shape, with a margin around its planes, takes a
// reasonable amount of memory compared to the plain one. Padding wider than the picture would not.
func roomy(shape []int, margin [4]int) bool {
	const more, few = 20, 1 << 16
	planes := blocks.Count(shape) * lanes
	size, ok := tensor.CheckedSize([]int{planes, shape[2] + margin[0] + margin[2], shape[3] + margin[1] + margin[3]}, maxValueSize)
	return ok && size <= more*tensor.Size(shape[1:])+few
}

// blockSize is how many values one task of an elementwise layer handles. Tasks are cut
// by shape alone.
const blockSize = 1 << 14

// overBlocks returns a function that calls f for consecutive ranges [lo, hi) that together cover
// [0, n).
func overBlocks(team *kernel.Team, n int, f func(lo, hi int)) func() {
	body := func(_, t int) { f(t*blockSize, min(n, (t+1)*blockSize)) }
	tasks := (n + blockSize - 1) / blockSize
	return func() { team.For(tasks, body) }
}

// overPlanes returns a function that calls f for every plane in [0, n), each of size values. Small
// planes share a task.
func overPlanes(team *kernel.Team, n, size int, f func(worker, plane int)) func() {
	each := max(1, blockSize/size)
	body := func(w, t int) {
		for p := t * each; p < min(n, (t+1)*each); p++ {
			f(w, p)
		}
	}
	tasks := (n + each - 1) / each
	return func() { team.For(tasks, body) }
}

// overRows returns a function that calls f for n pairs of equally long rows: row i of
// dst begins at i*dstStride, that of src at i*srcStride. Long rows are cut in parts.
func overRows(
	team *kernel.Team, n, length int, dst []float32, dstStride int, src []float32, srcStride int,
	f func(dst, src []float32),
) func() {
	parts := (length + blockSize - 1) / blockSize
	each := max(1, blockSize/length)
	body := func(_, t int) {
		part, group := t%parts, t/parts
		lo, hi := part*blockSize, min(length, (part+1)*blockSize)
		for i := group * each; i < min(n, (group+1)*each); i++ {
			f(dst[i*dstStride+lo:i*dstStride+hi], src[i*srcStride+lo:i*srcStride+hi])
		}
	}
	tasks := parts * ((n + each - 1) / each)
	return func() { team.For(tasks, body) }
}

// copyRow is the row function that stores; kernel.Add is the one that adds.
func copyRow(dst, src []float32) { copy(dst, src) }

// sequence returns a function that calls all fs in order.
func sequence(fs []func()) func() {
	return func() {
		for _, f := range fs {
			f()
		}
	}
}
