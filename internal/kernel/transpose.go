package kernel

// transpose computes dst[j*ldd+i] = src[i*lds+j] for i < rows, j < cols.
func (m *Set) transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	const side = 16
	if m.square == nil || rows < side || cols < side {
		transposeGeneric(dst, ldd, src, lds, rows, cols)
		return
	}
	_, _ = dst[(cols-1)*ldd+rows-1], src[(rows-1)*lds+cols-1]
	for i := 0; i < rows; i += side {
		i = min(i, rows-side) // the last squares overlap those before
		m.square(&dst[i], ldd, &src[i*lds], lds, cols/side)
		if j := cols - side; cols%side != 0 {
			m.square(&dst[j*ldd+i], ldd, &src[i*lds+j], lds, 1)
		}
	}
}

func transposeGeneric(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	for j := range cols {
		to := dst[j*ldd : j*ldd+rows]
		for i := range to {
			to[i] = src[i*lds+j]
		}
	}
}
