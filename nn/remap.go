package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A mapping gives, for every place along an axis of the output, the place along the input's axis
// that it is copied from, or none if it is filled. A nil mapping leaves the axis as it is.
type mapping []int32

const none = -1

// bindMappings copies values to an output whose axes are those of shape, each by its mapping.
// Places that map from none get the value fill.
func bindMappings(b *Binding, shape []int, maps []mapping, fill float32) Op {
	last, length := len(shape), 1
	for ; last > 0 && maps[last-1] == nil; last-- {
		length *= shape[last-1]
	}
	if last == 0 {
		return bindMove(b)
	}
	if length > 1 {
		return bindRows(b, sources(shape[:last], maps[:last]), wholeRow(length), fill)
	}
	last--
	return bindRows(b, sources(shape[:last], maps[:last]), maps[last].row(shape[last], fill), fill)
}

// sources returns, for every place of the output in row-major order, the place of the input from
// which the mappings of all axes copy it, or none.
func sources(shape []int, maps []mapping) []int32 {
	from := []int32{0}
	for axis, n := range shape {
		m := maps[axis]
		if m == nil {
			m = identity(n)
		}
		next := make([]int32, 0, len(from)*len(m))
		for _, outer := range from {
			for _, k := range m {
				if outer != none && k != none {
					k += outer * int32(n)
				} else {
					k = none
				}
				next = append(next, k)
			}
		}
		from = next
	}
	return from
}

func identity(n int) mapping {
	m := make(mapping, n)
	for i := range m {
		m[i] = int32(i)
	}
	return m
}

// places inverts from, whose values are below n: the indices i with from[i] = k are
// to[start[k]:start[k+1]], in ascending order.
func places(from []int32, n int) (start, to []int32) {
	start = make([]int32, n+2)
	for _, k := range from {
		if k != none {
			start[k+2]++
		}
	}
	for k := range n {
		start[k+2] += start[k+1]
	}
	to = make([]int32, start[n+1])
	for i, k := range from {
		if k != none {
			to[start[k+1]] = int32(i)
			start[k+1]++
		}
	}
	return start[:n+1], to
}

// A row says how one row of the output is computed from one row of the input. If pieces is set,
// both functions also work on pieces of rows.
type row struct {
	in, out int                      // their lengths
	move    func(dst, src []float32) // computes the output's row
	add     func(dst, src []float32) // adds the output's gradient to the input's
	pieces  bool                     // each place depends on the same place alone, so rows may be cut
}

// wholeRow copies n values.
func wholeRow(n int) row {
	return row{n, n, copyRow, func(dst, src []float32) { kernel.Add(dst, src[:len(dst)]) }, true}
}

// shortRun is the mean length of runs below which copying values one by one is faster.
const shortRun = 6

// row returns what the mapping of an axis of n values does to a row. Runs of places that map from
// neighbours are copied at once. Gradients that meet in one value are summed in float64 if they are
// neighbours.
func (m mapping) row(n int, fill float32) row {
	r := row{in: n, out: len(m)}
	type run struct{ dst, src, n int }
	runs := make([]run, 0, len(m)/shortRun+2)
	for i, k := range m {
		if len(runs)*shortRun > len(m) {
			break
		}
		if l := len(runs) - 1; l >= 0 && (k == none && m[i-1] == none || k != none && m[i-1] != none && k == m[i-1]+1) {
			runs[l].n++
		} else {
			runs = append(runs, run{i, int(k), 1})
		}
	}
	if len(runs)*shortRun <= len(m) {
		r.move = func(dst, src []float32) {
			for _, u := range runs {
				if u.src == none {
					fillRow(dst[u.dst:u.dst+u.n], fill)
				} else {
					copy(dst[u.dst:u.dst+u.n], src[u.src:])
				}
			}
		}
		r.add = func(dst, src []float32) {
			for _, u := range runs {
				if u.src != none {
					kernel.Add(dst[u.src:u.src+u.n], src[u.dst:u.dst+u.n])
				}
			}
		}
		return r
	}
	r.move = func(dst, src []float32) {
		for i, k := range m {
			if k == none {
				dst[i] = fill
			} else {
				dst[i] = src[k]
			}
		}
	}
	r.add = func(dst, src []float32) {
		for i := 0; i < len(m); {
			var sum float64
			k := m[i]
			for ; i < len(m) && m[i] == k; i++ {
				sum += float64(src[i])
			}
			if k != none {
				dst[k] += float32(sum)
			}
		}
	}
	return r
}

func fillRow(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// bindRows computes row i of the output from row from[i] of the input, or fills it.
func bindRows(b *Binding, from []int32, r row, fill float32) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: r.over(b.Team, len(from), r.out, func(i, lo, hi int) {
		dst := y[i*r.out+lo : i*r.out+hi]
		if k := int(from[i]); k == none {
			fillRow(dst, fill)
		} else {
			r.move(dst, x[k*r.in+lo:(k+1)*r.in])
		}
	})}
	if !b.WantsGrad() {
		return op
	}
	dx, dy := b.DIn[0].Data, b.DOut[0].Data
	n := len(dx) / r.in
	start, to := places(from, n)
	op.Backward = r.over(b.Team, n, r.in, func(k, lo, hi int) {
		for _, i := range to[start[k]:start[k+1]] {
			r.add(dx[k*r.in+lo:k*r.in+hi], dy[int(i)*r.out+lo:(int(i)+1)*r.out])
		}
	})
	return op
}

// over returns a function that calls f for values [lo, hi) of every one of n rows of the given
// length.
func (r row) over(team *kernel.Team, n, length int, f func(i, lo, hi int)) func() {
	part := length
	if r.pieces {
		part = blockSize
	}
	return overParts(team, n, length, part, max(1, blockSize/length), f)
}

// overParts returns a function that calls f for places [lo, hi) of every one of n rows of the given
// length, at most part places at once. A task has each rows.
func overParts(team *kernel.Team, n, length, part, each int, f func(i, lo, hi int)) func() {
	parts := (length + part - 1) / part
	body := func(_, t int) {
		lo, group := t%parts*part, t/parts
		for i := group * each; i < min(n, (group+1)*each); i++ {
			f(i, lo, min(length, lo+part))
		}
	}
	tasks := parts * ((n + each - 1) / each)
	return func() { team.For(tasks, body) }
}

// mappingTables returns the bytes of what bindMappings keeps and makes for axes of which some are
// mapped: from and to are their lengths before and after.
func mappingTables(from, to []int, mapped func(axis int) bool, backward bool) (bytes int64) {
	const indexBytes = 4
	last := len(to)
	for ; last > 0 && !mapped(last-1); last-- {
	}
	if last == 0 {
		return 0
	}
	for _, n := range to[:last] {
		bytes += 2 * indexBytes * int64(n) // of a Tile, first the places that it repeats
	}
	if tensor.Size(to[last:]) == 1 {
		const runBytes = 24
		last--
		bytes += runBytes * (int64(to[last])/shortRun + 2)
	}
	rows := int64(tensor.Size(to[:last]))
	bytes += 2 * indexBytes * rows // and those of the axes before the last
	if backward {
		bytes += indexBytes * (rows + int64(tensor.Size(from[:last])) + 2)
	}
	return bytes
}
