package kernel

// Transpose computes dst[j*ldd+i] = src[i*lds+j] for i < rows, j < cols: the columns of
// src become the rows of dst. ldd and lds are in floats, at least rows and cols; dst and
// src must not overlap.
func Transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	Active.transpose(dst, ldd, src, lds, rows, cols)
}

// TransposeAdd is Transpose that adds to dst.
func TransposeAdd(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	Active.transposeAdd(dst, ldd, src, lds, rows, cols)
}

// squareSide is the side of the squares that vector kernels transpose.
const squareSide = 16

func (m *Set) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	_, _ = dst[(cols-1)*ldd+rows-1], src[(rows-1)*lds+cols-1]
	const side = squareSide
	if m.square == nil || rows < side || cols < side {
		if m.edge == nil || rows == 1 || cols == 1 {
			transposeGeneric(dst, ldd, src, lds, rows, cols)
			return
		}
		edges(m.edge, dst, ldd, src, lds, rows, cols)
		return
	}
	for i := 0; i < rows; i += side {
		i = min(i, rows-side) // the last squares overlap those before
		m.square(&dst[i], ldd, &src[i*lds], lds, cols/side)
		if j := cols - side; cols%side != 0 {
			m.square(&dst[j*ldd+i], ldd, &src[i*lds+j], lds, 1)
		}
	}
}

// transposeAdd treats the rest by itself: squares that overlap would be added twice.
func (m *Set) transposeAdd(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	_, _ = dst[(cols-1)*ldd+rows-1], src[(rows-1)*lds+cols-1]
	const side = squareSide
	if m.square == nil || rows < side || cols < side {
		if m.edge == nil || rows == 1 || cols == 1 {
			transposeAddGeneric(dst, ldd, src, lds, rows, cols)
			return
		}
		edges(m.edgeAdd, dst, ldd, src, lds, rows, cols)
		return
	}
	r, c := rows/side*side, cols/side*side
	for i := 0; i < r; i += side {
		m.squareAdd(&dst[i], ldd, &src[i*lds], lds, c/side)
	}
	if c < cols {
		transposeAddGeneric(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
	if r < rows {
		transposeAddGeneric(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
}

// edges works through a matrix that is narrower than a square.
func edges(
	edge func(dst *float32, ldd int, src *float32, lds, rows, cols int), dst []float32, ldd int, src []float32,
	lds, rows, cols int,
) {
	const side = squareSide
	for i := 0; i < rows; i += side {
		for j := 0; j < cols; j += side {
			edge(&dst[j*ldd+i], ldd, &src[i*lds+j], lds, min(side, rows-i), min(side, cols-j))
		}
	}
}

func transposeGeneric(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if rows == 1 && ldd == 1 {
		copy(dst, src[:cols])
		return
	}
	for j := range cols {
		to := dst[j*ldd : j*ldd+rows]
		for i := range to {
			to[i] = src[i*lds+j]
		}
	}
}

// transposeAddGeneric is transposeGeneric, but adds.
func transposeAddGeneric(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	for j := range cols {
		to := dst[j*ldd : j*ldd+rows]
		for i := range to {
			to[i] += src[i*lds+j]
		}
	}
}
