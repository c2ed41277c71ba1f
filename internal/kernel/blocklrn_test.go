package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBlockLRN: on blocked pictures, whatever is in the lanes without a channel, all
// kernels give the bits of Across and AcrossGrad.
func TestBlockLRN(t *testing.T) {
	r := rand.New(rand.NewPCG(60, 1))
	for _, m := range Available() {
		for _, c := range []int{1, 3, 15, 16, 17, 33, 64, 70} {
			for _, l := range []LRN{{5, 0.1, 0.75, 1}, {3, 0.7, 0.5, 2}, {5, 0.3, 1, 1}, {1, 0.2, 0.75, 1}, {3, 0.2, 0.6, 1}} {
				const n, h, w = 2, 3, 5
				x, y := newBlocks(r, n, c, h, w, Lanes, [4]int{1, 0, 0, 2}), newBlocks(r, n, c, h, w, Lanes, [4]int{})
				dx, dy := newBlocks(r, n, c, h, w, Lanes, [4]int{0, 1, 0, 0}), newBlocks(r, n, c, h, w, Lanes, [4]int{0, 0, 1, 0})
				mask := newBlocks(r, n, c, h, w, Lanes, [4]int{2, 0, 0, 0})
				yBefore, dxBefore := y.clone(), dx.clone()
				lrn := m.NewBlockLRN(l, x, y, dx, dy, mask)
				work := make([]float32, BlockLRNWork(x.Count(), x.W))
				for i := range work {
					work[i] = float32(math.NaN())
				}
				for i := range n {
					for row := range h {
						for k := range x.Count() {
							lrn.Run(i, k, row)
						}
						lrn.Grad(i, row, i == 1, work)
					}
				}
				px, pdy := planes(x), planes(dy)
				py, pdx := make([]float32, len(px)), make([]float32, len(px))
				size := c * h * w
				for i := range n {
					lo, hi := i*size, (i+1)*size
					l.Across(py[lo:hi], px[lo:hi], c, h*w, 0, h*w, make([]float32, h*w))
					l.AcrossGrad(pdx[lo:hi], pdy[lo:hi], px[lo:hi], c, h*w, 0, h*w, make([]float32, (c+2)*h*w))
				}
				compareLRN(t, m, c, &l, y, yBefore, func(n, k, row, col int) float32 { return py[((n*c+k)*h+row)*w+col] })
				compareLRN(t, m, c, &l, dx, dxBefore, func(n, k, row, col int) float32 {
					g := pdx[((n*c+k)*h+row)*w+col]
					if n == 1 {
						g += float32(dxBefore.value(n, k, row, col))
					}
					if !(mask.value(n, k, row, col) > 0) {
						g = 0
					}
					return g
				})
			}
		}
	}
}

// planes returns the values of blocked pictures without the layout.
func planes(b *Blocks) []float32 {
	p := make([]float32, b.N*b.C*b.H*b.W)
	for n := range b.N {
		for k := range b.Count() {
			b.Unpack(p, n, k, 0, b.H, false)
		}
	}
	return p
}

func compareLRN(t *testing.T, m *Set, c int, l *LRN, got, before *Blocks, want func(n, c, h, w int) float32) {
	t.Helper()
	checkBlocks(t, got, before, func(n, k, h, w int) (float64, float64) { return float64(want(n, k, h, w)), 0 })
	for n := range got.N {
		for k := range got.C {
			for h := range got.H {
				for w := range got.W {
					if v := got.Data[got.At(n, k/Lanes, h, w)+k%Lanes]; v != want(n, k, h, w) {
						t.Fatalf("%s, %d channels, %+v: channel %d is %g, want %g", m.Name, c, *l, k, v, want(n, k, h, w))
					}
				}
			}
		}
	}
}

// A lrnRowRun is random arguments of lrnKernels, the slices n pixels long. Lanes that
// hold no channel are NaN.
type lrnRowRun struct {
	l                           LRN
	n, lanes, lanesAfter        int
	x, before, after            []float32
	t, tBefore, tAfter          []float32
	dy, d, mask                 []float32
	out, out2                   []float32
	hasBefore, hasAfter, masked bool
	accumulate                  bool
}

func newLRNRowRun(r *rand.Rand, l LRN, n int) *lrnRowRun {
	a := &lrnRowRun{l: l, n: n, lanes: 1 + r.IntN(Lanes)}
	flags := r.Uint32()
	a.hasBefore, a.hasAfter, a.masked, a.accumulate = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	if a.hasAfter {
		a.lanes, a.lanesAfter = Lanes, 1+r.IntN(Lanes)
	}
	for _, p := range []*[]float32{&a.x, &a.before, &a.after, &a.t, &a.tBefore, &a.tAfter, &a.dy, &a.d, &a.mask, &a.out, &a.out2} {
		*p = values(r, n*Lanes)
	}
	for i := range n * Lanes {
		if i%Lanes >= a.lanes {
			a.x[i], a.dy[i] = float32(math.NaN()), float32(math.NaN())
		}
		if i%Lanes >= a.lanesAfter {
			a.after[i] = float32(math.NaN())
		}
	}
	return a
}

// at returns channel c of pixel i, counted in the middle block.
func at(before, x, after []float32, i, c int) float32 {
	blocks := [3][]float32{before, x, after}
	return blocks[(c+Lanes)/Lanes][i*Lanes+(c+Lanes)%Lanes]
}

// scale is the definition of s.
func (a *lrnRowRun) scale(i, c int) float32 {
	first, end := 0, a.lanes
	if a.hasBefore {
		first = -Lanes
	}
	if a.hasAfter {
		end = Lanes + a.lanesAfter
	}
	var sum float32
	from := c - (a.l.Size-1)/2
	for j := max(first, from); j < min(end, from+a.l.Size); j++ {
		v := at(a.before, a.x, a.after, i, j)
		sum += float32(v * v)
	}
	return a.l.K + float32(a.l.Alpha*sum)
}

func (a *lrnRowRun) power(s float32) float32 {
	p := []float32{s}
	negativePower(p, a.l.Beta)
	return p[0]
}

// lrnCases names every kernel, how it is called and the definition of one value: of out
// and of out2.
var lrnCases = []struct {
	name string
	call func(k *lrnKernels, a *lrnRowRun)
	want func(a *lrnRowRun, i, c int) (float32, float32)
}{
	{"row",
		func(k *lrnKernels, a *lrnRowRun) {
			k.row(&a.l, a.out, a.x, optional(a.hasBefore, a.before), optional(a.hasAfter, a.after), a.n, a.lanes, a.lanesAfter)
		},
		func(a *lrnRowRun, i, c int) (float32, float32) {
			return a.x[i*Lanes+c] * a.power(a.scale(i, c)), a.out2[i*Lanes+c]
		}},
	{"terms",
		func(k *lrnKernels, a *lrnRowRun) {
			k.terms(&a.l, a.out, a.out2, a.dy, a.x, optional(a.hasBefore, a.before), optional(a.hasAfter, a.after), a.n, a.lanes, a.lanesAfter)
		},
		func(a *lrnRowRun, i, c int) (d, t float32) {
			s := a.scale(i, c)
			d = a.dy[i*Lanes+c] * a.power(s)
			if c < a.lanes {
				t = float32(d*a.x[i*Lanes+c]) / s
			}
			return d, t
		}},
	{"gradRow",
		func(k *lrnKernels, a *lrnRowRun) {
			k.gradRow(&a.l, a.out, a.d, a.x, a.t, optional(a.hasBefore, a.tBefore), optional(a.hasAfter, a.tAfter),
				optional(a.masked, a.mask), a.n, a.accumulate)
		},
		func(a *lrnRowRun, i, c int) (float32, float32) {
			var sum float32
			for j := -Lanes; j < 2*Lanes; j++ {
				from := j - (a.l.Size-1)/2
				if c >= from && c < from+a.l.Size && (j >= 0 || a.hasBefore) && (j < Lanes || a.hasAfter) {
					sum += at(a.tBefore, a.t, a.tAfter, i, j)
				}
			}
			k := i*Lanes + c
			factor := 2 * a.l.Alpha * a.l.Beta
			g := a.d[k] - float32(float32(factor*a.x[k])*sum)
			if a.accumulate {
				g += a.out[k]
			}
			if a.masked && !(a.mask[k] > 0) {
				g = 0
			}
			return g, a.out2[k]
		}},
}

// TestLRNRows compares every kernel with its definition, value by value, on rows of all
// lengths to 20, with values that are infinite or not numbers; what is around them stays.
func TestLRNRows(t *testing.T) {
	for _, m := range Available() {
		for _, test := range lrnCases {
			r := rand.New(rand.NewPCG(61, 1))
			for _, size := range []int{1, 2, 3, 4, 5} {
				for _, beta := range []float32{0.75, 0.5, 1, 0.6} {
					for n := range 21 {
						a := newLRNRowRun(r, LRN{size, r.Float32(), beta, 1 + r.Float32()}, n)
						all, all2 := surrounded(&a.out, guard), surrounded(&a.out2, guard)
						want, want2 := append([]float32(nil), all...), append([]float32(nil), all2...)
						for i := range n * Lanes {
							want[Lanes+i], want2[Lanes+i] = test.want(a, i/Lanes, i%Lanes)
						}
						test.call(m.lrn, a)
						for i := range all {
							if !sameFloat(all[i], want[i]) || !sameFloat(all2[i], want2[i]) {
								t.Fatalf("%s, %s, %+v: n=%d lanes=%d,%d: value %d is %g, %g, want %g, %g",
									m.Name, test.name, a.l, n, a.lanes, a.lanesAfter, i-Lanes, all[i], all2[i], want[i], want2[i])
							}
						}
					}
				}
			}
		}
	}
}

// TestLRNBounds: a row with a pixel too few panics.
func TestLRNBounds(t *testing.T) {
	slices := map[string][]func(a *lrnRowRun) *[]float32{
		"row": {
			func(a *lrnRowRun) *[]float32 { return &a.out }, func(a *lrnRowRun) *[]float32 { return &a.x },
			func(a *lrnRowRun) *[]float32 { return &a.before }, func(a *lrnRowRun) *[]float32 { return &a.after },
		},
		"gradRow": {
			func(a *lrnRowRun) *[]float32 { return &a.out }, func(a *lrnRowRun) *[]float32 { return &a.d },
			func(a *lrnRowRun) *[]float32 { return &a.x }, func(a *lrnRowRun) *[]float32 { return &a.t },
			func(a *lrnRowRun) *[]float32 { return &a.tBefore }, func(a *lrnRowRun) *[]float32 { return &a.tAfter },
			func(a *lrnRowRun) *[]float32 { return &a.mask },
		},
	}
	slices["terms"] = append(slices["row"], func(a *lrnRowRun) *[]float32 { return &a.out2 }, func(a *lrnRowRun) *[]float32 { return &a.dy })
	for _, m := range Available() {
		for _, test := range lrnCases {
			run := func(spoil func(a *lrnRowRun)) (panicked bool) {
				a := newLRNRowRun(rand.New(rand.NewPCG(62, 1)), LRN{5, 0.1, 0.75, 1}, 7)
				a.hasBefore, a.hasAfter, a.masked, a.lanes, a.lanesAfter = true, true, true, Lanes, Lanes
				spoil(a)
				defer func() { panicked = recover() != nil }()
				test.call(m.lrn, a)
				return false
			}
			if run(func(*lrnRowRun) {}) {
				t.Errorf("%s, %s: a row that fits panics", m.Name, test.name)
			}
			for i, slice := range slices[test.name] {
				if !run(func(a *lrnRowRun) { s := slice(a); *s = (*s)[:len(*s)-Lanes] }) {
					t.Errorf("%s, %s: slice %d is too short, but nothing panics", m.Name, test.name, i)
				}
			}
		}
	}
}
