package kernel

import "unsafe"

// A Dots is the multiplication Y = X transpose(W) of row-major matrices: every number of Y is the
// dot product of a row of X and a row of W. Neither is packed, so a W that is too large for the
// caches is read once, at the speed of memory.
//
// A dot product is 16 interleaved sums, with one rounding a step, which are added pairwise at the
// end. Its bits depend on the two rows alone.
type Dots struct {
	set   *Set
	k     int
	tiles []dotTile // by worker
}

// dotKernels adds to the sums of several rows of x and of w at once. tile takes a *dotTile.
type dotKernels struct {
	rows, xrows int
	tile        [2][6]func(t *byte) // by 1 or several rows of w, and the rows of x - 1
}

// A dotTile describes a tile of dot products; the assembly knows the offsets of its fields.
type dotTile struct {
	x, w  *float32
	sums  *float32 // for every row of x and every row of w, dotSums values; the tile adds to them
	xStep int      // bytes from row to row
	wStep int
	sStep int // from the sums of one row of x to those of the next
	steps int // each of dotSums values; at least 1
	_     int
}

const (
	dotSums  = 16
	dotRows  = 16  // rows of W that share what is read of X
	dotXRows = 48  // rows of X that share what is read of W
	dotBlock = 512 // values of each row that stay in the first cache while they are read again
)

// NewDots returns the multiplication for rows of k values.
func (m *Set) NewDots(k, workers int) *Dots {
	return &Dots{set: m, k: k, tiles: make([]dotTile, workers)}
}

// Work returns how many floats of working memory Run needs for n rows of X.
func (d *Dots) Work(n int) int { return min(n, dotXRows) * dotRows * dotSums }

// Run computes n rows of Y, ldy values apart, from n rows of X and rows rows of W. Y has as many
// columns as W has rows; bias, unless nil, has a value to add to each column.
func (d *Dots) Run(worker int, y []float32, ldy int, x []float32, n int, w []float32, rows int, bias, work []float32) {
	for r := 0; r < rows; r += dotRows {
		for e := 0; e < n; e += dotXRows {
			b := dotBatch{d, &d.tiles[worker], min(dotXRows, n-e), min(dotRows, rows-r), work}
			b.run(y[e*ldy+r:], ldy, x[e*d.k:], w[r*d.k:])
			if bias != nil {
				for i := range b.n {
					Add(y[(e+i)*ldy+r:(e+i)*ldy+r+b.rows], bias[r:r+b.rows])
				}
			}
		}
	}
}

// A dotBatch is n rows of X and some of W whose sums are computed together.
type dotBatch struct {
	*Dots
	t       *dotTile
	n, rows int
	sums    []float32
}

func (b *dotBatch) run(y []float32, ldy int, x, w []float32) {
	k := b.k
	x, w, b.sums = x[:b.n*k], w[:b.rows*k], b.sums[:b.n*b.rows*dotSums]
	clear(b.sums)
	b.t.xStep, b.t.wStep, b.t.sStep = 4*k, 4*k, 4*b.rows*dotSums
	block := max(dotBlock, 8192/b.n/dotSums*dotSums)
	whole := k / dotSums * dotSums
	for k0 := 0; k0 < whole; k0 += block {
		b.t.steps = min(block, whole-k0) / dotSums
		b.tiles(x[k0:], w[k0:])
	}
	for i := range b.n {
		for j := range b.rows {
			s := (*[dotSums]float32)(b.sums[(i*b.rows+j)*dotSums:])
			for l := range k - whole {
				s[l] = fma(x[i*k+whole+l], w[j*k+whole+l], s[l])
			}
			y[i*ldy+j] = total(s)
		}
	}
}

// tiles adds to all sums what some steps of the rows contribute.
func (b *dotBatch) tiles(x, w []float32) {
	m := b.set.dots
	groups := ceil(b.n, m.xrows)
	for g := range groups {
		i, end := g*b.n/groups, (g+1)*b.n/groups
		for j := 0; j < b.rows; {
			rows, which := m.rows, 1
			if b.rows-j < m.rows {
				rows, which = 1, 0
			}
			b.t.x, b.t.w, b.t.sums = &x[i*b.k], &w[j*b.k], &b.sums[(i*b.rows+j)*dotSums]
			m.tile[which][end-i-1]((*byte)(unsafe.Pointer(b.t)))
			j += rows
		}
	}
}

// total adds the partial sums pairwise.
func total(s *[dotSums]float32) float32 {
	a := [8]float32{s[0] + s[8], s[1] + s[9], s[2] + s[10], s[3] + s[11], s[4] + s[12], s[5] + s[13], s[6] + s[14], s[7] + s[15]}
	return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
}

// dotsGeneric is the plain Go kernel: the reference for the others.
var dotsGeneric = func() *dotKernels {
	k := &dotKernels{rows: 1, xrows: 1}
	tile := func(t *byte) { (*dotTile)(unsafe.Pointer(t)).generic() }
	k.tile[0][0], k.tile[1][0] = tile, tile
	return k
}()

// generic adds to the sums of one row of x and one of w.
func (t *dotTile) generic() {
	x, w := unsafe.Slice(t.x, t.steps*dotSums), unsafe.Slice(t.w, t.steps*dotSums)
	s := (*[dotSums]float32)(unsafe.Pointer(t.sums))
	for ; len(x) > 0; x, w = x[dotSums:], w[dotSums:] {
		for l := range s {
			s[l] = fma(x[l], w[l], s[l])
		}
	}
}
