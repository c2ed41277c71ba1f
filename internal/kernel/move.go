package kernel

// moveKernels transposes matrices, each as its Generic version says. Both dimensions are
// multiples of tileSide except for the generic ones, and the matrices are within the slices.
type moveKernels struct {
	name                    string
	transpose, transposeAdd func(dst []float32, dstStride int, src []float32, srcStride, rows, cols int)
}

// tileSide is the side of the square that the vector kernels transpose in registers.
const tileSide = 8

var moveGeneric = moveKernels{"generic", transposeGeneric, transposeAddGeneric}

// move is the set that belongs to the active kernels.
var move = moveSet(Active.Name)

// moveSet returns the fastest set that is not faster than that of a name.
func moveSet(name string) *moveKernels {
	if sets := moveSets(); name != moveGeneric.name {
		return sets[len(sets)-1]
	}
	return &moveGeneric
}

// Transpose computes dst[r*dstStride+c] = src[c*srcStride+r] for r < rows and c < cols:
// the rows of dst are the columns of src. Strides are in floats; dst and src must not
// overlap, and with rows and cols above 1 strides must be at least cols and rows.
func Transpose(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	transposeTiles(dst, dstStride, src, srcStride, rows, cols, move.transpose, transposeGeneric)
}

// TransposeAdd is Transpose that adds to dst.
func TransposeAdd(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	transposeTiles(dst, dstStride, src, srcStride, rows, cols, move.transposeAdd, transposeAddGeneric)
}

// transposeTiles hands whole tiles to one function and the right and lower border to
// another.
func transposeTiles(dst []float32, dstStride int, src []float32, srcStride, rows, cols int,
	tiles, border func(dst []float32, dstStride int, src []float32, srcStride, rows, cols int)) {
	if rows <= 0 || cols <= 0 {
		return
	}
	dst, src = dst[:(rows-1)*dstStride+cols:len(dst)], src[:(cols-1)*srcStride+rows:len(src)]
	r, c := rows&^(tileSide-1), cols&^(tileSide-1)
	if r > 0 && c > 0 {
		tiles(dst, dstStride, src, srcStride, r, c)
	} else {
		c = 0
	}
	if c < cols && r > 0 {
		border(dst[c:], dstStride, src[c*srcStride:], srcStride, r, cols-c)
	}
	if r < rows {
		border(dst[r*dstStride:], dstStride, src[r:], srcStride, rows-r, cols)
	}
}

// transposeGeneric works its way along the shorter side within the longer, so that the
// few cache lines that a step touches are still there at the next.
func transposeGeneric(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	if rows < cols {
		for c := range cols {
			for r, v := range src[c*srcStride : c*srcStride+rows] {
				dst[r*dstStride+c] = v
			}
		}
		return
	}
	for r := range rows {
		row := dst[r*dstStride : r*dstStride+cols]
		for c := range row {
			row[c] = src[c*srcStride+r]
		}
	}
}

// transposeAddGeneric is transposeGeneric that adds.
func transposeAddGeneric(dst []float32, dstStride int, src []float32, srcStride, rows, cols int) {
	if rows < cols {
		for c := range cols {
			for r, v := range src[c*srcStride : c*srcStride+rows] {
				dst[r*dstStride+c] += v
			}
		}
		return
	}
	for r := range rows {
		row := dst[r*dstStride : r*dstStride+cols]
		for c := range row {
			row[c] += src[c*srcStride+r]
		}
	}
}
