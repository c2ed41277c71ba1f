package kernel

import "unsafe"

// A Factor is a matrix in memory: element (i,j) is Data[i*Row+j*Col]. One of Row and Col
// is 1: a row-major matrix, or the transpose of one.
type Factor struct {
	Data     []float32
	Row, Col int
	packed   []float32 // as PackFactor makes it, or nil
}

// RowMajor returns the matrix with rows of columns values.
func RowMajor(data []float32, columns int) Factor { return Factor{Data: data, Row: columns, Col: 1} }

// Transposed returns the transpose.
func (f Factor) Transposed() Factor { return Factor{Data: f.Data, Row: f.Col, Col: f.Row} }

// at returns the part that begins at (i,j).
func (f Factor) at(i, j int) Factor {
	return Factor{Data: f.Data[i*f.Row+j*f.Col:], Row: f.Row, Col: f.Col}
}

// A Product is the multiplication C = A B of matrices of a given size, M x K and K x N, by the
// tiles of the direct convolution. Sums run over depth values of K in order, with one rounding a
// step. The sums of such stretches are added in their order, the bias to the first. So the bits of
// a number depend on K alone, not on the rows and columns around it.
//
// Row tiles and groups of columns make the tasks. Where B is not packed, a task packs the part of
// it that it needs, unless there are too few rows for that to pay.
type Product struct {
	M, K, N int
	set     *Set
	tiles   int // of rows
	chunks  int // of tiles
	columns int // of a group, whose part of B stays in the second cache while rows pass
	groups  int // of columns
	depth   int // of the sums
	workers []productWorker
}

// A productWorker is the tile that a worker fills in for the kernels.
type productWorker struct {
	tile   convTile
	span   stretch
	direct directTile
	_      [6]int
}

const (
	groupColumns = 128
	leastTasks   = 16 // columns are cut finer to make that many
	chunkTiles   = 8  // tiles whose part of A stays in the second cache
	maxDepth     = 512
)

// NewProduct returns the multiplication for the given sizes, all positive.
func (m *Set) NewProduct(rows, k, n, workers int) *Product {
	p := &Product{M: rows, K: k, N: n, set: m, workers: make([]productWorker, workers)}
	p.tiles = ceil(rows, m.conv.pixels)
	p.chunks = ceil(p.tiles, chunkTiles)
	p.columns = groupColumns
	if rows == 1 {
		p.columns *= 2 // B is read in longer pieces
	} else {
		for p.columns > p.panel() && p.chunks*ceil(n, p.columns) < leastTasks {
			p.columns /= 2
		}
	}
	p.groups = ceil(n, p.columns)
	p.depth = ceil(ceil(k, ceil(k, maxDepth)), Lanes) * Lanes
	return p
}

func ceil(a, b int) int { return (a + b - 1) / b }

// panel returns how many columns a panel has.
func (p *Product) panel() int { return p.set.conv.blocks * Lanes }

// row returns the first row of a tile.
func (p *Product) row(tile int) int { return tile * p.M / p.tiles }

// rows returns how many rows a chunk has, at most.
func (p *Product) rows() int { return min(p.M, chunkTiles*p.set.conv.pixels) }

// Tasks returns the number of tasks. They may run at once, in any order.
func (p *Product) Tasks() int { return p.chunks * p.groups }

// Work returns how many floats of working memory Run needs.
func (p *Product) Work() int { return p.workB() + p.workA() + p.panel()*(1+p.set.conv.pixels) }

func (p *Product) workB() int { return min(p.columns, ceil(p.N, p.panel())*p.panel()) * p.depth }
func (p *Product) workA() int { return ceil(p.rows(), Lanes) * Lanes * p.stride() }

// stride is the distance of the rows of a copy of A, chosen so that no two rows of a tile compete
// for one place in the cache.
func (p *Product) stride() int { return p.depth + Lanes }

// PackedFactor returns how many floats PackFactor packs a matrix of k rows and n columns into.
func PackedFactor(k, n int) int64 { return int64(ceil(n, Lanes)*Lanes) * int64(k) }

// PackFactor returns b, K x N, in the form that Run needs, so that it does not pack it each time:
// for a matrix that many products use.
func (p *Product) PackFactor(b Factor) Factor {
	b.packed = make([]float32, PackedFactor(p.K, p.N))
	p.pack(b.packed, b, p.K, p.N)
	return b
}

// pack lays out k x n values of b as panels of one or two blocks of Lanes columns, each with all
// rows. Columns beyond n become 0.
func (p *Product) pack(dst []float32, b Factor, k, n int) {
	for j := 0; j < n; j += p.panel() {
		width := min(p.panel(), ceil(n-j, Lanes)*Lanes)
		cols := min(width, n-j)
		from := b.at(0, j)
		if b.Col == 1 {
			for i := range k {
				row := dst[i*width : (i+1)*width]
				clear(row[copy(row, from.Data[i*b.Row:i*b.Row+cols]):])
			}
		} else {
			if cols < width {
				clear(dst[:k*width])
			}
			p.set.transpose(dst, width, from.Data, b.Col, cols, k)
		}
		dst = dst[k*width:]
	}
}

// Run does one task: it computes some rows and columns of C, whose rows are ldc values apart, as A
// B + bias, or adds that to what C holds. bias has N values, or is nil. C must not overlap the
// others.
func (p *Product) Run(worker, task int, c []float32, ldc int, a, b Factor, bias []float32, add bool, work []float32) {
	chunk, group := task%p.chunks, task/p.chunks
	t0, t1 := chunk*p.tiles/p.chunks, (chunk+1)*p.tiles/p.chunks
	r0, r1 := p.row(t0), p.row(t1)
	j0, j1 := group*p.columns, min(p.N, (group+1)*p.columns)
	packedB, packedA, edge := work[:p.workB()], work[p.workB():p.workB()+p.workA()], work[p.workB()+p.workA():]
	if b.packed == nil && a.Col == 1 && b.Col == 1 {
		if j0 += p.direct(worker, c[j0:], ldc, a, b.at(0, j0), j1-j0, bias, add); j0 == j1 {
			return
		}
	}
	// compete is a distance in values: rows a multiple of it apart compete for the same places in
	// the cache.
	const compete = 512
	for k0 := 0; k0 < p.K; k0 += p.depth {
		k := min(p.depth, p.K-k0)
		rows := a.at(r0, k0)
		switch {
		case a.Col != 1:
			p.set.transpose(packedA, p.stride(), rows.Data, a.Col, k, r1-r0)
			rows = RowMajor(packedA, p.stride())
		case a.Row%compete == 0 && r1-r0 > 1:
			for r := range r1 - r0 {
				copy(packedA[r*p.stride():], rows.Data[r*a.Row:r*a.Row+k])
			}
			rows = RowMajor(packedA, p.stride())
		}
		from := packedB
		if b.packed == nil {
			p.pack(packedB, b.at(k0, j0), k, j1-j0)
		}
		for t := t0; t < t1; t++ {
			r := p.row(t)
			for j := j0; j < j1; j += p.panel() {
				width := min(p.panel(), ceil(p.N-j, Lanes)*Lanes)
				if b.packed != nil {
					from = b.packed[j*p.K+k0*width:]
				} else {
					from = packedB[(j-j0)*k:]
				}
				x := productTile{p.row(t+1) - r, k, min(width, p.N-j), width}
				var biases []float32
				if bias != nil && k0 == 0 {
					biases = bias[j : j+x.cols]
				}
				p.tile(worker, x, c[r*ldc+j:], ldc, rows.Data[(r-r0)*rows.Row:], rows.Row, from, biases, add || k0 > 0, edge)
			}
		}
	}
}

// A productTile gives the size of a tile: rows of A, k values in each, and cols columns of C; width
// is the number of columns of its panel.
type productTile struct{ rows, k, cols, width int }

// tile computes one tile. A panel that is not full is computed in scratch memory.
func (p *Product) tile(
	worker int, x productTile, c []float32, ldc int, a []float32, lda int, b, bias []float32, add bool,
	edge []float32,
) {
	w := &p.workers[worker]
	t := &w.tile
	_, _, _ = c[(x.rows-1)*ldc+x.cols-1], a[(x.rows-1)*lda+x.k-1], b[x.k*x.width-1]
	w.span.n = x.k
	t.spans, t.nspans = &w.span, 1
	t.x, t.xStep = &a[0], 4*lda
	t.w = &b[0]
	t.y, t.yStep, t.yBlock = &c[0], 4*ldc, 4*Lanes
	t.aBlock = 4 * Lanes
	t.bias = nil
	if bias != nil {
		t.bias = &bias[0]
	}
	aside := x.cols < x.width
	if aside {
		biases, values := edge[:x.width], edge[x.width:]
		if bias != nil {
			clear(biases[copy(biases, bias):])
			t.bias = &biases[0]
		}
		for r := range x.rows {
			row := values[r*x.width : (r+1)*x.width]
			if add {
				clear(row[copy(row, c[r*ldc:r*ldc+x.cols]):])
			}
		}
		t.y, t.yStep = &values[0], 4*x.width
	}
	t.add = nil
	if add {
		t.add = t.y
	}
	p.set.conv.tile[x.width/Lanes-1][x.rows-1]((*byte)(unsafe.Pointer(t)))
	if aside {
		for r := range x.rows {
			copy(c[r*ldc:r*ldc+x.cols], edge[(1+r)*x.width:])
		}
	}
}
