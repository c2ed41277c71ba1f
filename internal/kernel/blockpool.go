package kernel

// A BlockPool is a Pool laid on blocked pictures, for the maximum or the average.
type BlockPool struct {
	k     *windowKernels
	p     Pool
	max   bool
	x, y  *Blocks
	which []uint8 // taps of the maxima, laid out as y without margins; nil without a way back

	dx, dy, mask *Blocks

	ahead, back poolRows
}

// poolRows says, for every row of output pixels, which inputs they are made of. Rows with the same
// taps share their runs.
type poolRows struct {
	from  []int // by row: the first row that is read
	class []int // by row: the index of its runs
	runs  [][]poolRun
}

// A poolRun is n pixels, the first in column at, made from the same taps relative to column from.
type poolRun struct {
	at, n, from int
	taps        *Taps
	area        float32
}

// MaxTaps is the largest window of a BlockPool.
const MaxTaps = 256

// NewBlockPool prepares p for the pictures x and y. With backward, it keeps the places of the
// maxima for Grad.
func (m *Set) NewBlockPool(p Pool, max bool, x, y *Blocks, backward bool) *BlockPool {
	b := &BlockPool{k: m.window, p: p, max: max, x: x, y: y}
	if max && backward {
		b.which = make([]uint8, y.N*y.Count()*p.OH*p.OW*Lanes)
	}
	b.ahead = rowsOf(p.OH, 1, p.rowsAhead, func(rows []place) []poolRun {
		return runsOf(p.OW, 1, p.StrideW, p.colsAhead, func(cols []place) (*Taps, float32) {
			return p.taps(rows, cols, x.Row, 0)
		})
	})
	return b
}

// Backward prepares Grad: dx becomes 0 where mask, unless nil, is not positive.
func (b *BlockPool) Backward(dx, dy, mask *Blocks) {
	b.dx, b.dy, b.mask = dx, dy, mask
	p := b.p
	b.back = rowsOf(p.H, p.StrideH, p.rowsBack, func(rows []place) []poolRun {
		return runsOf(p.W, p.StrideW, 1, p.colsBack, func(cols []place) (*Taps, float32) {
			return p.taps(rows, cols, dy.Row, p.OW*Lanes)
		})
	})
}

// Run computes row oh of a block of picture n.
func (b *BlockPool) Run(n, block, oh int) {
	for _, r := range b.ahead.runs[b.ahead.class[oh]] {
		x := b.x.Data[b.x.At(n, block, b.ahead.from[oh], r.from):]
		y := b.y.Data[b.y.At(n, block, oh, r.at):]
		switch step := b.p.StrideW * Lanes; {
		case !b.max:
			b.k.averageRow(y, x, r.n, step, r.taps, r.area)
		case b.which == nil:
			b.k.maxRow(y, nil, x, r.n, step, r.taps)
		default:
			b.k.maxRow(y, b.which[b.place(n, block, oh, r.at):], x, r.n, step, r.taps)
		}
	}
}

// Grad computes row h of a block of the input's gradient, or adds to what is there.
func (b *BlockPool) Grad(n, block, h int, add bool) {
	from := b.back.from[h]
	for _, r := range b.back.runs[b.back.class[h]] {
		dx := b.dx.Data[b.dx.At(n, block, h, r.at):]
		dy := b.dy.Data[b.dy.At(n, block, from, r.from):]
		var mask []float32
		if b.mask != nil {
			mask = b.mask.Data[b.mask.At(n, block, h, r.at):]
		}
		step := b.p.StrideW * Lanes
		if b.max {
			b.k.maxGradRow(dx, dy, b.which[b.place(n, block, from, r.from):], mask, r.n, step, r.taps, add)
		} else {
			b.k.averageGradRow(dx, dy, mask, r.n, step, r.taps, add)
		}
	}
}

// place returns the index in which.
func (b *BlockPool) place(n, block, oh, ow int) int {
	return (((n*b.y.Count()+block)*b.p.OH+oh)*b.p.OW + ow) * Lanes
}

// A place describes a tap along one axis: where it leads, its number in the window, and the length
// of the window there.
type place struct {
	at, tap int
	length  float64
}

// taps combines rows and columns. A row of the values read has rowStep floats; a row of the numbers
// of the maxima has whichStep.
func (p *Pool) taps(rows, cols []place, rowStep, whichStep int) (*Taps, float32) {
	var taps []Tap
	var area float32
	for _, r := range rows {
		for _, c := range cols {
			dr, dc := r.at-rows[0].at, (c.at-cols[0].at)*Lanes
			area = float32(r.length * c.length)
			taps = append(taps, Tap{Off: dr*rowStep + dc, Which: dr*whichStep + dc, ID: uint8(r.tap*p.KW + c.tap), Scale: area})
		}
	}
	return NewTaps(taps), area
}

func (p *Pool) rowsAhead(oh int) []place {
	return ahead(oh, p.StrideH, p.PadTop, p.KH, p.H, p.PadBottom, p.ExcludePad)
}

func (p *Pool) colsAhead(ow int) []place {
	return ahead(ow, p.StrideW, p.PadLeft, p.KW, p.W, p.PadRight, p.ExcludePad)
}

func (p *Pool) rowsBack(h int) []place {
	return back(h, p.StrideH, p.PadTop, p.KH, p.H, p.PadBottom, p.OH, p.ExcludePad)
}

func (p *Pool) colsBack(w int) []place {
	return back(w, p.StrideW, p.PadLeft, p.KW, p.W, p.PadRight, p.OW, p.ExcludePad)
}

// ahead lists the places of the input that window o covers along an axis.
func ahead(o, stride, pad, k, size, after int, exclude bool) (places []place) {
	lo, hi := span(o, stride, pad, k, size)
	for at := lo; at < hi; at++ {
		places = append(places, place{at, at - (o*stride - pad), length(o, stride, pad, k, size, after, exclude)})
	}
	return places
}

// back lists the windows that cover place i of the input.
func back(i, stride, pad, k, size, after, windows int, exclude bool) (places []place) {
	first := max(0, (i+pad-k+stride)/stride)
	for o := first; o < windows && o*stride-pad <= i; o++ {
		if tap := i - (o*stride - pad); tap < k {
			places = append(places, place{o, tap, length(o, stride, pad, k, size, after, exclude)})
		}
	}
	return places
}

// length returns the factor that an axis contributes to an area: see Pool.area.
func length(o, stride, pad, k, size, after int, exclude bool) float64 {
	at := o*stride - pad
	if exclude {
		return float64(min(at+k, size) - max(at, 0))
	}
	return float64(min(at+k, size+after) - at)
}

// sameTaps reports whether b is a, shifted.
func sameTaps(a, b []place) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].at-a[0].at != b[i].at-b[0].at || a[i].tap != b[i].tap || a[i].length != b[i].length {
			return false
		}
	}
	return true
}

// rowsOf groups n rows by their taps. Rows stride apart are likely to have the same.
func rowsOf(n, stride int, places func(i int) []place, runs func(rows []place) []poolRun) poolRows {
	out := poolRows{from: make([]int, n), class: make([]int, n)}
	var classes [][]place
	for i := range n {
		p := places(i)
		if len(p) > 0 {
			out.from[i] = p[0].at
		}
		if i >= stride && sameTaps(classes[out.class[i-stride]], p) {
			out.class[i] = out.class[i-stride]
			continue
		}
		out.class[i] = len(classes)
		classes = append(classes, p)
		out.runs = append(out.runs, runs(p))
	}
	return out
}

// runsOf groups n columns in runs: columns stride apart that have the same taps, each move places
// behind the one before.
func runsOf(
	n, stride, move int, places func(i int) []place, taps func(cols []place) (*Taps, float32),
) (runs []poolRun) {
	for phase := range min(stride, n) {
		var before []place
		for i := phase; i < n; i += stride {
			p := places(i)
			if i > phase && sameTaps(before, p) && (len(p) == 0 || p[0].at == before[0].at+move) {
				runs[len(runs)-1].n++
			} else {
				r := poolRun{at: i, n: 1}
				if len(p) > 0 {
					r.from = p[0].at
				}
				r.taps, r.area = taps(p)
				runs = append(runs, r)
			}
			before = p
		}
	}
	return runs
}

// TableBytes bounds what a BlockPool holds, without the places of the maxima: a list of taps for
// every kind of row and of column. Rows are of a kind if their windows lie alike; those at the
// edges, and the first of each phase, do not.
func (p *Pool) TableBytes(backward bool) int64 {
	const (
		rowBytes   = 2 * 8
		placeBytes = 3 * 24    // while the list of them grows
		runBytes   = 3*40 + 64 // and its Taps
		tapBytes   = 3 * 32
	)
	// of an axis of n rows, of which windows of k begin at every step and go back to the same phase
	tables := func(h, w, phaseH, phaseW, tapsH, tapsW int) int64 {
		kinds := func(n, phase, k int) int64 { return int64(min(n, phase+2*k+2)) }
		rows, cols := kinds(h, phaseH, p.KH), kinds(w, phaseW, p.KW)
		taps := int64(tapsH) * int64(tapsW)
		return int64(h)*rowBytes + rows*int64(tapsH)*placeBytes + rows*cols*(runBytes+int64(tapsW)*placeBytes+taps*tapBytes)
	}
	kh, kw := min(p.KH, p.H), min(p.KW, p.W)
	bytes := tables(p.OH, p.OW, 1, 1, kh, kw)
	if backward {
		bytes += tables(p.H, p.W, p.StrideH, p.StrideW, ceil(kh, p.StrideH), ceil(kw, p.StrideW))
	}
	return bytes
}
