package kernel

import "unsafe"

// A FilterGrad is the gradient of a convolution's weights: for every output o, input i and tap, the
// sum over all pixels of all pictures of
//
//	dy[o at the pixel] * x[i under the tap there]
//
// The pictures are cut in chunks, by shape alone. In each chunk the sum runs over pictures, rows
// and pixels in order, with one rounding a step. Then the chunks are added in order.
type FilterGrad struct {
	m      *Set
	f      *Filter // taps, and panels that give the place of each sum; their weights are nil
	x, dy  *Blocks
	stride [2]int
	chunks int
	works  []gradWork // of one chunk
	sums   [][]float32
	each   int // number of sums in a chunk
	starts []int
	stores []gradRows
	tiles  []gradTile // by worker
}

// gradRows is rows [r0, r1) of a panel's sums: each is one input under one tap, for all outputs.
type gradRows struct{ panel, r0, r1 int }

// gradWork is one block of inputs for one panel of outputs.
type gradWork struct {
	panel int
	runs  []gradRun
}

// A gradRun is n sums whose inputs are contiguous in memory, off floats behind a pixel.
type gradRun struct{ off, row, n int }

// gradKernels adds pixels to the sums of up to rows pairs of input and tap, each for up to blocks
// neighbouring blocks of outputs. tile takes a *gradTile.
type gradKernels struct {
	blocks, rows int
	tile         [2][14]func(t *byte) // by blocks-1 and rows-1
}

// A gradTile describes a tile; the assembly knows the offsets of its fields. With s from sums if
// add, otherwise from 0,
//
//	for every image, row and pixel: s[r][o] += x[pixel][r] * dy[pixel][o]
//
// each step rounded once; the result goes to sums.
type gradTile struct {
	x, dy, sums          *float32
	images, rows, pixels int // at least 1
	xImage, dImage       int // bytes from the end of an image's last row to the next image
	xRow, dRow           int // from the end of a row to the next
	xPixel               int // from a pixel to the next; the pixels of dy are contiguous
	dBlock, sStep        int // from block to block of dy; from row to row of sums
	add                  int
	_                    [2]int // keeps the tiles of different workers in different cache lines
}

const (
	gradTasks  = 16  // the least number of tasks for a gradient, if there are pictures enough
	gradPixels = 256 // pixels that pass all tiles while they are in the first cache
	storeRows  = 64  // rows that make one task of Store
)

// NewFilterGrad binds the gradient to x, which has the margin that the convolution needs, and to
// the gradient of its output.
func (m *Set) NewFilterGrad(s ConvShape, x, dy *Blocks, workers int) *FilterGrad {
	size, each := s.KH*s.KW, s.I/s.Groups
	f, taps := s.ahead()
	f.layout(m.grad.blocks, source{s.O, s.I, s.Groups, taps, each * size, size, each * size})
	g := &FilterGrad{m: m, f: f, x: x, dy: dy, stride: s.Stride, tiles: make([]gradTile, workers)}
	for i := range f.panels {
		p := &f.panels[i]
		g.starts = append(g.starts, g.each)
		g.each += f.rows(p) * p.blocks * Lanes
		for r := 0; r < f.rows(p); r += storeRows {
			g.stores = append(g.stores, gradRows{i, r, min(r+storeRows, f.rows(p))})
		}
		row := 0
		for b := p.first; b < p.last; b++ {
			w := gradWork{panel: i}
			for _, t := range f.taps {
				r := gradRun{b*x.Block + t[0]*x.Row + t[1]*x.Lanes, row, x.Valid(b)}
				if k := len(w.runs) - 1; k >= 0 && w.runs[k].off+w.runs[k].n == r.off {
					w.runs[k].n += r.n
				} else {
					w.runs = append(w.runs, r)
				}
				row += r.n
			}
			g.works = append(g.works, w)
		}
	}
	g.chunks = min(x.N, ceil(gradTasks, ceil(s.O, 2*Lanes)*ceil(each, Lanes))) // the same for all kernels
	g.sums = make([][]float32, g.chunks)
	for i := range g.sums {
		g.sums[i] = make([]float32, g.each)
	}
	return g
}

// Tasks returns the number of tasks. They may run at once, in any order.
func (g *FilterGrad) Tasks() int { return g.chunks * len(g.works) }

// Chunks returns how many chunks the pictures are cut in. The tasks of a chunk have consecutive
// numbers.
func (g *FilterGrad) Chunks() int { return g.chunks }

// Images returns the range [n0, n1) of pictures in a chunk.
func (g *FilterGrad) Images(chunk int) (n0, n1 int) {
	return chunk * g.dy.N / g.chunks, (chunk + 1) * g.dy.N / g.chunks
}

// Stores returns the number of tasks of Store.
func (g *FilterGrad) Stores() int { return len(g.stores) }

// Run does one task.
func (g *FilterGrad) Run(worker, task int) {
	w, chunk := &g.works[task%len(g.works)], task/len(g.works)
	n0, n1 := g.Images(chunk)
	images, rows := max(1, gradPixels/(g.dy.H*g.dy.W)), min(g.dy.H, ceil(gradPixels, g.dy.W))
	for n := n0; n < n1; n += images {
		for h := 0; h < g.dy.H; h += rows {
			g.pixels(worker, w, chunk, n, min(images, n1-n), h, min(rows, g.dy.H-h), n > n0 || h > 0)
		}
	}
}

// pixels adds some rows of some images to the sums of a task.
func (g *FilterGrad) pixels(worker int, w *gradWork, chunk, n, images, h, rows int, add bool) {
	p := &g.f.panels[w.panel]
	x, dy, width := g.x, g.dy, p.blocks*Lanes
	at, from := x.At(n, 0, h*g.stride[0], 0), dy.At(n, p.block, h, 0)
	xRow, xEnd := g.stride[0]*x.Row, (rows-1)*g.stride[0]*x.Row+(dy.W-1)*g.stride[1]*x.Lanes
	dEnd := (rows-1)*dy.Row + (dy.W-1)*Lanes
	t := &g.tiles[worker]
	*t = gradTile{
		images: images, rows: rows, pixels: dy.W,
		xPixel: 4 * g.stride[1] * x.Lanes,
		xRow:   4 * (xRow - dy.W*g.stride[1]*x.Lanes), dRow: 4 * (dy.Row - dy.W*Lanes),
		xImage: 4 * (x.Image - rows*xRow), dImage: 4 * (dy.Image - rows*dy.Row),
		dBlock: 4 * dy.Block, sStep: 4 * width, add: number(add),
	}
	_ = dy.Data[from+(images-1)*dy.Image+(p.blocks-1)*dy.Block+dEnd+Lanes-1]
	t.dy = &dy.Data[from]
	sums := g.sums[chunk][g.starts[w.panel]:]
	for _, r := range w.runs {
		tiles := ceil(r.n, g.m.grad.rows)
		for k := range tiles {
			r0, r1 := k*r.n/tiles, (k+1)*r.n/tiles
			first := at + r.off + r0
			_, _ = x.Data[first+(images-1)*x.Image+xEnd+r1-r0-1], sums[(r.row+r1)*width-1]
			t.x, t.sums = &x.Data[first], &sums[(r.row+r0)*width]
			g.m.grad.tile[p.blocks-1][r1-r0-1]((*byte)(unsafe.Pointer(t)))
		}
	}
}

// Store adds up the chunks of some sums and puts the totals into dw, which has the shape of the
// weights. All tasks of Run must be finished; those of Store may run at once.
func (g *FilterGrad) Store(dw []float32, task int) {
	rows := &g.stores[task]
	p := &g.f.panels[rows.panel]
	start, width := g.starts[rows.panel], p.blocks*Lanes
	sums := g.sums[0][start+rows.r0*width : start+rows.r1*width]
	for _, s := range g.sums[1:] {
		Add(sums, s[start+rows.r0*width:start+rows.r1*width])
	}
	g.f.eachRow(p, rows.r0, rows.r1, func(row, lane, n, at int) {
		for _, v := range sums[(row-rows.r0)*width+lane:][:n] {
			dw[at] = v
			at += g.f.source.perOutput
		}
	})
}

// gradGeneric is the plain Go kernel: the reference for the others.
var gradGeneric = func() *gradKernels {
	k := &gradKernels{blocks: 1, rows: 4}
	for r := range k.rows {
		k.tile[0][r] = func(t *byte) { (*gradTile)(unsafe.Pointer(t)).generic(r + 1) }
	}
	return k
}()

// generic computes a tile of one block.
func (t *gradTile) generic(rows int) {
	x, dy := 0, 0 // bytes from t.x and t.dy
	for image := range t.images {
		for row := range t.rows {
			for pixel := range t.pixels {
				d := (*[Lanes]float32)(unsafe.Add(unsafe.Pointer(t.dy), dy))
				for r := range rows {
					s := (*[Lanes]float32)(unsafe.Add(unsafe.Pointer(t.sums), r*t.sStep))
					if t.add == 0 && image+row+pixel == 0 {
						clear(s[:])
					}
					v := *(*float32)(unsafe.Add(unsafe.Pointer(t.x), x+4*r))
					for l := range s {
						s[l] = fma(v, d[l], s[l])
					}
				}
				x, dy = x+t.xPixel, dy+4*Lanes
			}
			x, dy = x+t.xRow, dy+t.dRow
		}
		x, dy = x+t.xImage, dy+t.dImage
	}
}
