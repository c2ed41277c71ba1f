package kernel

import "unsafe"

// directKernels computes products of 1, 2 or 3 rows with a matrix that is not packed, columns
// columns at once. tile takes a *directTile.
type directKernels struct {
	columns [3]int // by rows-1; 0 where there is no kernel
	tile    [3]func(t *byte)
}

// A directTile describes such a tile; the assembly knows the offsets of its fields. It is c = sum
// over depth of a times b, + c if add, in the order and with the rounding of convTile.
type directTile struct {
	a, b, c *float32
	aStep   int // bytes from row to row
	bStep   int
	cStep   int
	depth   int
	add     int
}

// direct computes as many of the first n columns as the kernels can, and returns how many.
func (p *Product) direct(worker int, c []float32, ldc int, a, b Factor, n int, bias []float32, add bool) int {
	m := p.set.direct
	if m == nil || bias != nil || p.M > len(m.columns) || m.columns[p.M-1] == 0 {
		return 0
	}
	each := m.columns[p.M-1]
	n = n / each * each
	if n == 0 {
		return 0
	}
	_, _, _ = c[(p.M-1)*ldc+n-1], a.Data[(p.M-1)*a.Row+p.K-1], b.Data[(p.K-1)*b.Row+n-1]
	t := &p.workers[worker].direct
	t.aStep, t.bStep, t.cStep = 4*a.Row, 4*b.Row, 4*ldc
	for k := 0; k < p.K; k += p.depth {
		t.depth, t.add = min(p.depth, p.K-k), number(add || k > 0)
		t.a = &a.Data[k]
		for j := 0; j < n; j += each {
			t.b, t.c = &b.Data[k*b.Row+j], &c[j]
			m.tile[p.M-1]((*byte)(unsafe.Pointer(t)))
		}
	}
	return n
}
