package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A matrixCase is a product of matrices that lie in memory with gaps: what lies between
// rows is NaN in the factors and the guard in the result.
type matrixCase struct {
	m, k, n    int
	a, b       []float32 // row-major, without gaps
	bias       []float32
	ldc        int
	add        bool
	turnA      bool
	turnB      bool
	packB      bool
	fa, fb     Factor
	biasInUse  []float32
	resultInit []float32
}

func newMatrixCase(r *rand.Rand, m, k, n, kind int) *matrixCase {
	x := &matrixCase{m: m, k: k, n: n, a: random(r, m*k), b: random(r, k*n), bias: random(r, n), ldc: n + r.IntN(4)}
	x.turnA, x.turnB, x.packB, x.add = kind&1 != 0, kind&2 != 0, kind&4 != 0, kind&8 != 0
	if kind&16 != 0 {
		x.biasInUse = x.bias
	}
	x.fa = scattered(x.a, m, k, x.turnA, r.IntN(4))
	x.fb = scattered(x.b, k, n, x.turnB, r.IntN(4))
	x.resultInit = slices.Repeat([]float32{guard}, m*x.ldc+3)
	for i := range m {
		for j := range n {
			x.resultInit[i*x.ldc+j] = float32(r.NormFloat64())
			if !x.add {
				x.resultInit[i*x.ldc+j] = float32(math.NaN())
			}
		}
	}
	return x
}

// scattered lays a matrix out in memory, transposed or not, with gaps.
func scattered(x []float32, rows, cols int, turned bool, gap int) Factor {
	f := Factor{Row: cols + gap, Col: 1}
	size := (rows-1)*f.Row + cols
	if turned {
		f = Factor{Row: 1, Col: rows + gap}
		size = (cols-1)*f.Col + rows
	}
	f.Data = slices.Repeat([]float32{float32(math.NaN())}, size)
	for i := range rows {
		for j := range cols {
			f.Data[i*f.Row+j*f.Col] = x[i*cols+j]
		}
	}
	return f
}

// run computes the product by the kernels of s, the tasks in order or reversed.
func (x *matrixCase) run(s *Set, reversed bool) []float32 {
	p := s.NewProduct(x.m, x.k, x.n, 2)
	c := slices.Clone(x.resultInit)
	work := slices.Repeat([]float32{float32(math.NaN())}, p.Work())
	fb := x.fb
	if x.packB {
		fb = p.PackFactor(fb)
	}
	for t := range p.Tasks() {
		if reversed {
			t = p.Tasks() - 1 - t
		}
		p.Run(t%2, t, c, x.ldc, x.fa, fb, x.biasInUse, x.add, work)
	}
	return c
}

// check compares with a sum in float64, and checks the guards.
func (x *matrixCase) check(t *testing.T, c []float32) {
	t.Helper()
	for at, v := range c {
		i, j := at/x.ldc, at%x.ldc
		if i >= x.m || j >= x.n {
			if v != guard {
				t.Fatalf("wrote at %d,%d", i, j)
			}
			continue
		}
		var want, scale float64
		for p := range x.k {
			w := float64(x.a[i*x.k+p]) * float64(x.b[p*x.n+j])
			want, scale = want+w, scale+math.Abs(w)
		}
		if x.biasInUse != nil {
			want += float64(x.bias[j])
		}
		if x.add {
			want += float64(x.resultInit[at])
		}
		if diff := math.Abs(float64(v) - want); !(diff <= 1e-6*(3+scale)) {
			t.Fatalf("value at %d,%d is %g, want %g", i, j, v, want)
		}
	}
}

// TestProduct: all forms of both factors, by all kernels, with tasks in any order, within
// the rows of larger matrices.
func TestProduct(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 1))
	sizes := [][3]int{{1, 1, 1}, {15, 16, 17}, {16, 17, 15}, {33, 31, 100}, {3, 100, 1}, {1, 33, 128}, {113, 20, 129}, {29, 513, 47}, {2, 1030, 16}, {14, 512, 32}, {1, 600, 530}, {2, 520, 260}, {3, 7, 129}}
	for range 20 {
		sizes = append(sizes, [3]int{1 + r.IntN(40), 1 + r.IntN(60), 1 + r.IntN(140)})
	}
	for i, s := range sizes {
		for kind := range 32 {
			if kind%4 != i%4 && i > 2 {
				continue
			}
			t.Run(fmt.Sprint(s, kind), func(t *testing.T) {
				x := newMatrixCase(r, s[0], s[1], s[2], kind)
				want := x.run(Generic, false)
				x.check(t, want)
				for _, m := range Available()[1:] {
					for _, reversed := range []bool{false, true} {
						got := x.run(m, reversed)
						for i, v := range got {
							if math.Float32bits(v) != math.Float32bits(want[i]) {
								t.Fatalf("%s, reversed %t: value %d is %g, want %g", m.Name, reversed, i, v, want[i])
							}
						}
					}
				}
			})
		}
	}
}

// TestProductCompetingRows: rows a multiple of the cache's reach apart give the same bits
// as others.
func TestProductCompetingRows(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 2))
	x := newMatrixCase(r, 30, 700, 40, 0)
	want := x.run(Active, false)
	x.fa = scattered(x.a, x.m, x.k, false, 1024-x.k)
	if got := x.run(Active, false); !slices.Equal(got, want) {
		t.Error("the result depends on the distance of rows")
	}
}

// TestProductRowsAlone: the bits of a row do not depend on the rows around it.
func TestProductRowsAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 3))
	const m, k, n = 31, 800, 50
	x := newMatrixCase(r, m, k, n, 0)
	all := x.run(Active, false)
	for i := range m {
		one := *x
		one.m, one.fa.Data = 1, x.fa.Data[i*x.fa.Row:]
		one.resultInit = x.resultInit[:n]
		if got := one.run(Active, false); !slices.Equal(got, all[i*x.ldc:i*x.ldc+n]) {
			t.Fatalf("row %d alone differs", i)
		}
	}
}

// TestProductNotFinite: NaN and infinities reach what they are part of, nothing else.
func TestProductNotFinite(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 4))
	for _, m := range Available() {
		for _, v := range []float64{math.NaN(), math.Inf(1)} {
			x := newMatrixCase(r, 20, 40, 37, 0)
			x.fa.Data[7*x.fa.Row+5] = float32(v)
			x.fb.Data[11*x.fb.Row+33] = float32(v)
			for at, c := range x.run(m, false) {
				i, j := at/x.ldc, at%x.ldc
				if i < x.m && j < x.n && (c-c != 0) != (i == 7 || j == 33) {
					t.Fatalf("%s: with %g in row 7 and column 33, value at %d,%d is %g", m.Name, v, i, j, c)
				}
			}
		}
	}
}

func TestProductAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 5))
	x := newMatrixCase(r, 30, 600, 50, 16+2+1)
	p := Active.NewProduct(x.m, x.k, x.n, 1)
	work, c := make([]float32, p.Work()), slices.Clone(x.resultInit)
	d := Active.NewDots(600, 1)
	dots, y := make([]float32, d.Work(30)), make([]float32, 30*50)
	if a := testing.AllocsPerRun(3, func() {
		p.Run(0, 0, c, x.ldc, x.fa, x.fb, x.biasInUse, false, work)
		d.Run(0, y, 50, x.a, 30, x.b, 50, x.bias, dots)
	}); a != 0 {
		t.Errorf("%g allocations", a)
	}
}

// TestDots: all kernels, for few and many rows and every rest.
func TestDots(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 6))
	sizes := [][3]int{{1, 1, 1}, {1, 16, 4}, {6, 32, 4}, {7, 33, 5}, {49, 50, 17}, {5, 1100, 18}, {100, 31, 3}, {2, 30000, 2}}
	for range 20 {
		sizes = append(sizes, [3]int{1 + r.IntN(20), 1 + r.IntN(100), 1 + r.IntN(40)})
	}
	for _, s := range sizes {
		n, k, rows := s[0], s[1], s[2]
		x, w, bias := random(r, n*k), random(r, rows*k), random(r, rows)
		ldy := rows + r.IntN(3)
		var want []float32
		for _, m := range Available() {
			d := m.NewDots(k, 1)
			y := slices.Repeat([]float32{guard}, n*ldy+1)
			work := slices.Repeat([]float32{float32(math.NaN())}, d.Work(n))
			d.Run(0, y, ldy, x, n, w, rows, bias, work)
			if want == nil {
				want = y
				checkDots(t, s, y, ldy, x, w, bias)
			}
			for i, v := range y {
				if math.Float32bits(v) != math.Float32bits(want[i]) {
					t.Fatalf("%v, %s: value %d is %g, want %g", s, m.Name, i, v, want[i])
				}
			}
			one := make([]float32, rows)
			d.Run(0, one, rows, x[(n-1)*k:], 1, w, rows, bias, work)
			if !slices.Equal(one, y[(n-1)*ldy:(n-1)*ldy+rows]) {
				t.Fatalf("%v, %s: the last row alone differs", s, m.Name)
			}
		}
	}
}

func checkDots(t *testing.T, s [3]int, y []float32, ldy int, x, w, bias []float32) {
	t.Helper()
	for at, v := range y {
		i, j := at/ldy, at%ldy
		if i >= s[0] || j >= s[2] {
			if v != guard {
				t.Fatalf("%v: wrote at %d,%d", s, i, j)
			}
			continue
		}
		want, scale := float64(bias[j]), 1.0
		for p := range s[1] {
			p := float64(x[i*s[1]+p]) * float64(w[j*s[1]+p])
			want, scale = want+p, scale+math.Abs(p)
		}
		if diff := math.Abs(float64(v) - want); !(diff <= 1e-6*scale) {
			t.Fatalf("%v: value at %d,%d is %g, want %g", s, i, j, v, want)
		}
	}
}

// BenchmarkProduct is the products of vision transformers on two threads, B packed before,
// or in the task, transposed or not, and with A transposed.
func BenchmarkProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(43, 8))
	for _, s := range [][3]int{{1024, 1024, 1024}, {197, 768, 3072}, {197, 3072, 768}, {197, 64, 197}, {197, 197, 64}, {49, 32, 49}, {3136, 96, 288}} {
		m, k, n := s[0], s[1], s[2]
		x, y, c := random(r, m*k), random(r, k*n), make([]float32, m*n)
		for _, kind := range []string{"packed", "plain", "B'", "A'"} {
			b.Run(fmt.Sprintf("%dx%dx%d/%s", m, k, n, kind), func(b *testing.B) {
				team := NewTeam(2)
				p := Active.NewProduct(m, k, n, 2)
				work := [][]float32{make([]float32, p.Work()), make([]float32, p.Work())}
				fa, fb := RowMajor(x, k), RowMajor(y, n)
				switch kind {
				case "packed":
					fb = p.PackFactor(fb)
				case "B'":
					fb = RowMajor(y, k).Transposed()
				case "A'":
					fa = RowMajor(x, m).Transposed()
				}
				batch := max(1, 2<<20/(m*k*n))
				benchmarkFlops(b, 2*batch*m*k*n, func() {
					team.For(batch*p.Tasks(), func(w, t int) { p.Run(w, t%p.Tasks(), c, n, fa, fb, nil, false, work[w]) })
				})
			})
		}
	}
}

// BenchmarkDots is VGG's second fully connected layer on two threads.
func BenchmarkDots(b *testing.B) {
	r := rand.New(rand.NewPCG(43, 9))
	const k, rows, each = 4096, 4096, 64
	w := random(r, k*rows)
	for _, n := range []int{1, 8, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, y := random(r, n*k), make([]float32, n*rows)
			team := NewTeam(2)
			d := Active.NewDots(k, 2)
			work := [][]float32{make([]float32, d.Work(n)), make([]float32, d.Work(n))}
			benchmarkFlops(b, 2*n*k*rows, func() {
				team.For(rows/each, func(worker, t int) {
					d.Run(worker, y[t*each:], rows, x, n, w[t*each*k:], each, nil, work[worker])
				})
			})
			b.ReportMetric(4*k*rows*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
		})
	}
}

func benchmarkFlops(b *testing.B, flops int, f func()) {
	peak := Active.Peak(2, 20*time.Millisecond)
	for b.Loop() {
		f()
	}
	speed := float64(flops) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(speed/1e9, "GFLOP/s")
	b.ReportMetric(100*speed/peak, "%peak")
}
