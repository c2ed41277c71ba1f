//go:build amd64 && !purego

package kernel

import "unsafe"

// The assembly kernels of LRN across channels. Sizes other than 3 and 5, and exponents
// that need more than square roots, are left to plain Go.
var (
	lrnAVX2   = &lrnKernels{"avx2", lrnRowAVX2, lrnTermsAVX2, lrnGradRowAVX2}
	lrnAVX512 = &lrnKernels{"avx512", lrnRowAVX512, lrnTermsAVX512, lrnGradRowAVX512}
)

// A lrnRun holds the arguments of the assembly, which knows the offsets of its fields.
type lrnRun struct {
	n, lanes, lanesAfter             int
	y, x, before, after, dy, d, t, m *float32
	add, power                       int
	k, alpha, factor                 float32
}

// run fills in what all functions have in common. It reports false if plain Go must do the work.
func (l *LRN) run(r *lrnRun, n int) bool {
	switch l.Beta {
	case 0.75:
		r.power = 0
	case 0.5:
		r.power = 1
	case 1:
		r.power = 2
	default:
		return false
	}
	r.n, r.k, r.alpha, r.factor = n, l.K, l.Alpha, 2*l.Alpha*l.Beta
	return n > 0 && (l.Size == 3 || l.Size == 5)
}

// first returns where a row of n pixels begins, nil for none.
func first(row []float32, n int) *float32 {
	if row == nil {
		return nil
	}
	_ = row[n*Lanes-1]
	return &row[0]
}

func (r *lrnRun) byte() *byte { return (*byte)(unsafe.Pointer(r)) }

func lrnRowAVX2(l *LRN, y, x, before, after []float32, n, lanes, lanesAfter int) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnRowGeneric(l, y, x, before, after, n, lanes, lanesAfter)
		return
	}
	r.row(y, x, before, after, n, lanes, lanesAfter)
	if l.Size == 3 {
		lrnRow3AVX2(r.byte())
	} else {
		lrnRow5AVX2(r.byte())
	}
}

func lrnRowAVX512(l *LRN, y, x, before, after []float32, n, lanes, lanesAfter int) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnRowGeneric(l, y, x, before, after, n, lanes, lanesAfter)
		return
	}
	r.row(y, x, before, after, n, lanes, lanesAfter)
	if l.Size == 3 {
		lrnRow3AVX512(r.byte())
	} else {
		lrnRow5AVX512(r.byte())
	}
}

func (r *lrnRun) row(y, x, before, after []float32, n, lanes, lanesAfter int) {
	r.lanes, r.lanesAfter = lanes, lanesAfter
	r.y, r.x, r.before, r.after = first(y, n), first(x, n), first(before, n), first(after, n)
}

func lrnTermsAVX2(l *LRN, d, t, dy, x, before, after []float32, n, lanes, lanesAfter int) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnTermsGeneric(l, d, t, dy, x, before, after, n, lanes, lanesAfter)
		return
	}
	r.terms(d, t, dy, x, before, after, n, lanes, lanesAfter)
	if l.Size == 3 {
		lrnTerms3AVX2(r.byte())
	} else {
		lrnTerms5AVX2(r.byte())
	}
}

func lrnTermsAVX512(l *LRN, d, t, dy, x, before, after []float32, n, lanes, lanesAfter int) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnTermsGeneric(l, d, t, dy, x, before, after, n, lanes, lanesAfter)
		return
	}
	r.terms(d, t, dy, x, before, after, n, lanes, lanesAfter)
	if l.Size == 3 {
		lrnTerms3AVX512(r.byte())
	} else {
		lrnTerms5AVX512(r.byte())
	}
}

func (r *lrnRun) terms(d, t, dy, x, before, after []float32, n, lanes, lanesAfter int) {
	r.row(nil, x, before, after, n, lanes, lanesAfter)
	r.d, r.t, r.dy = first(d, n), first(t, n), first(dy, n)
}

func lrnGradRowAVX2(l *LRN, dx, d, x, t, before, after, mask []float32, n int, accumulate bool) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnGradRowGeneric(l, dx, d, x, t, before, after, mask, n, accumulate)
		return
	}
	r.grad(dx, d, x, t, before, after, mask, n, accumulate)
	if l.Size == 3 {
		lrnGradRow3AVX2(r.byte())
	} else {
		lrnGradRow5AVX2(r.byte())
	}
}

func lrnGradRowAVX512(l *LRN, dx, d, x, t, before, after, mask []float32, n int, accumulate bool) {
	var r lrnRun
	if !l.run(&r, n) {
		lrnGradRowGeneric(l, dx, d, x, t, before, after, mask, n, accumulate)
		return
	}
	r.grad(dx, d, x, t, before, after, mask, n, accumulate)
	if l.Size == 3 {
		lrnGradRow3AVX512(r.byte())
	} else {
		lrnGradRow5AVX512(r.byte())
	}
}

func (r *lrnRun) grad(dx, d, x, t, before, after, mask []float32, n int, accumulate bool) {
	r.y, r.d, r.x, r.t = first(dx, n), first(d, n), first(x, n), first(t, n)
	r.before, r.after, r.m = first(before, n), first(after, n), first(mask, n)
	r.add = number(accumulate)
}
