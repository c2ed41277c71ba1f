package kernel

// A Micro is a matrix-multiply micro-kernel together with the tile it computes.
// It is the seam for faster kernels: everything above works in packed panels of
// Micro.MR rows of A and Micro.NR columns of B and asks for one tile at a time.
type Micro struct {
	Name   string
	MR, NR int

	// Tile computes c[i*ldc+j] = sum over p < k of a[p*MR+i] * b[p*NR+j] for a whole
	// tile; c += if accumulate. The sum runs in the order of p with one rounding a step
	// (a fused multiply-add), whatever the tile, so that all kernels agree and an element
	// has the same bits wherever in the matrix it stands. k is positive.
	Tile func(k int, a, b, c []float32, ldc int, accumulate bool)

	// Kernels for blocked pictures.
	conv   *convKernels
	window *windowKernels

	// rounds runs n rounds of multiply-adds on registers, each of flops operations, for
	// Peak; nil if there is no such loop.
	rounds func(n int)
	flops  int
}

// Generic is the plain Go micro-kernel: the reference for every faster one.
var Generic = &Micro{Name: "generic", MR: 4, NR: 2, Tile: tileGeneric, conv: convGeneric, window: windowGeneric}

func tileGeneric(k int, a, b, c []float32, ldc int, accumulate bool) {
	var c00, c01, c10, c11, c20, c21, c30, c31 float32
	a, b = a[:4*k], b[:2*k]
	for len(a) >= 4 && len(b) >= 2 {
		b0, b1 := b[0], b[1]
		v := a[0]
		c00, c01 = fma(v, b0, c00), fma(v, b1, c01)
		v = a[1]
		c10, c11 = fma(v, b0, c10), fma(v, b1, c11)
		v = a[2]
		c20, c21 = fma(v, b0, c20), fma(v, b1, c21)
		v = a[3]
		c30, c31 = fma(v, b0, c30), fma(v, b1, c31)
		a, b = a[4:], b[2:]
	}
	r0, r1, r2, r3 := c[:2], c[ldc:ldc+2], c[2*ldc:2*ldc+2], c[3*ldc:3*ldc+2]
	if accumulate {
		c00, c01 = c00+r0[0], c01+r0[1]
		c10, c11 = c10+r1[0], c11+r1[1]
		c20, c21 = c20+r2[0], c21+r2[1]
		c30, c31 = c30+r3[0], c31+r3[1]
	}
	r0[0], r0[1] = c00, c01
	r1[0], r1[1] = c10, c11
	r2[0], r2[1] = c20, c21
	r3[0], r3[1] = c30, c31
}

// Panels is a matrix packed for a Micro: rows (of A) or columns (of B) in panels
// of the tile's width, each panel holding K steps of one tile edge, the last panel
// padded with zeros.
type Panels struct {
	N, K, Width int // rows or columns, depth, panel width
	Data        []float32
}

// PanelsSize is the number of floats that n rows or columns of depth k take in
// panels of the given width.
func PanelsSize(n, k, width int) int { return (n + width - 1) / width * width * k }

// PackRows packs the m x k matrix A, element (i,p) at a[i*rs+p*ps], as panels of rows.
// B is packed by the same function: its columns are the rows of its transpose.
func PackRows(dst []float32, a []float32, m, k, rs, ps, width int) Panels {
	out := Panels{N: m, K: k, Width: width, Data: dst[:PanelsSize(m, k, width)]}
	for i0 := 0; i0 < m; i0 += width {
		panel := out.Data[i0*k : (i0+width)*k]
		rows := min(width, m-i0)
		if rs == 1 {
			for p := range k {
				dst := panel[p*width : (p+1)*width]
				copy(dst[:rows], a[i0+p*ps:])
				clear(dst[rows:])
			}
			continue
		}
		for r := range width {
			if r >= rows {
				for p := range k {
					panel[p*width+r] = 0
				}
				continue
			}
			src := (i0 + r) * rs
			for p := range k {
				panel[p*width+r] = a[src+p*ps]
			}
		}
	}
	return out
}

// Gemm computes C = A B, or C += A B, from packed operands: C is a.N x b.N with
// row stride ldc. tile is working memory of at least MR*NR floats.
func (m *Micro) Gemm(c []float32, ldc int, a, b Panels, accumulate bool, tile []float32) {
	k := a.K
	for j := 0; j < b.N; j += m.NR {
		bp := b.Data[j*k : (j+m.NR)*k]
		cols := min(m.NR, b.N-j)
		for i := 0; i < a.N; i += m.MR {
			ap := a.Data[i*k : (i+m.MR)*k]
			rows := min(m.MR, a.N-i)
			if rows == m.MR && cols == m.NR {
				m.Tile(k, ap, bp, c[i*ldc+j:], ldc, accumulate)
				continue
			}
			// A tile that sticks out goes through a buffer, so that its elements are
			// summed by the very same instructions as all others.
			m.Tile(k, ap, bp, tile, m.NR, false)
			for r := range rows {
				dst := c[(i+r)*ldc+j : (i+r)*ldc+j+cols]
				src := tile[r*m.NR : r*m.NR+cols]
				if accumulate {
					for x := range dst {
						dst[x] += src[x]
					}
				} else {
					copy(dst, src)
				}
			}
		}
	}
}
