package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A narrowRun is random arguments of narrowKernels.row, each slice as long as it has to
// be.
type narrowRun struct {
	n, c, step, plane int
	dx, dy, w         []float32
	taps              []NarrowTap
	accumulate        bool
}

// newNarrowRun has planes of which the pixels are neighbours or not, or pixels whose
// channels are neighbours.
func newNarrowRun(r *rand.Rand, n, c, taps int) *narrowRun {
	a := &narrowRun{n: n, c: c, taps: make([]NarrowTap, taps), accumulate: r.IntN(2) == 0}
	a.step = 1 + r.IntN(3)
	a.plane = max(n, 1)*a.step + r.IntN(3)
	if r.IntN(4) == 0 {
		a.step, a.plane = c+r.IntN(2), 1
	}
	far := 0
	for k := range a.taps {
		a.taps[k].Off = r.IntN(100)
		far = max(far, a.taps[k].Off)
	}
	if n > 0 {
		a.dx = values(r, (n-1)*a.step+(c-1)*a.plane+1)
	}
	a.dy, a.w = values(r, far+n*Lanes), values(r, taps*c*Lanes)
	return a
}

func (a *narrowRun) call(k *narrowKernels) {
	k.row(new(narrowTile), a.dx, a.dy, a.w, a.n, a.c, a.step, a.plane, a.taps, a.accumulate)
}

// want is the definition of one value, made of what was there.
func (a *narrowRun) want(i, c int, old float32) float32 {
	var s [Lanes]float32
	for k, tap := range a.taps {
		for l := range s {
			s[l] = fma(a.dy[tap.Off+i*Lanes+l], a.w[(k*a.c+c)*Lanes+l], s[l])
		}
	}
	four := func(j int) float32 { return (s[j] + s[j+8]) + (s[j+4] + s[j+12]) }
	g := (four(0) + four(2)) + (four(1) + four(3))
	if a.accumulate {
		return old + g
	}
	return g
}

// sameFloat reports whether two values have the same bits or are both NaN.
func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// TestNarrowKernels compares every kernel with the definition, value by value, on runs of
// all lengths to 40; what is around and between the pixels written stays as it was.
func TestNarrowKernels(t *testing.T) {
	for _, m := range Available() {
		r := rand.New(rand.NewPCG(31, 31))
		for c := 1; c <= MaxNarrow; c++ {
			for round := range 3 * 41 {
				a := newNarrowRun(r, round%41, c, r.IntN(12))
				all := surrounded(&a.dx, guard)
				want := append([]float32(nil), all...)
				for i := range a.n {
					for k := range c {
						at := Lanes + i*a.step + k*a.plane
						want[at] = a.want(i, k, want[at])
					}
				}
				a.call(m.narrow)
				for i, v := range all {
					if !sameFloat(v, want[i]) {
						t.Fatalf("%s: n=%d c=%d step=%d plane=%d taps=%v add=%v: value %d is %g, want %g",
							m.Name, a.n, c, a.step, a.plane, a.taps, a.accumulate, i-Lanes, v, want[i])
					}
				}
			}
		}
	}
}

// TestNarrowPlaces: equal pixels get equal gradients wherever they stand in a run.
func TestNarrowPlaces(t *testing.T) {
	for _, m := range Available() {
		r := rand.New(rand.NewPCG(32, 32))
		for c := 1; c <= MaxNarrow; c++ {
			a := &narrowRun{n: 37, c: c, step: 1, plane: 37, taps: []NarrowTap{{0}, {5 * Lanes}, {0}}}
			a.dx, a.w = make([]float32, c*a.plane), make([]float32, len(a.taps)*c*Lanes)
			for i := range a.w {
				a.w[i] = float32(r.NormFloat64())
			}
			for range Lanes {
				a.dy = append(a.dy, float32(r.NormFloat64()))
			}
			for len(a.dy) < (a.n+5)*Lanes {
				a.dy = append(a.dy, a.dy[:Lanes]...)
			}
			a.call(m.narrow)
			for i, v := range a.dx {
				if first := a.dx[i/a.plane*a.plane]; v != first {
					t.Fatalf("%s: channel %d of %d, pixel %d is %g, the first %g", m.Name, i/a.plane, c, i%a.plane, v, first)
				}
			}
		}
	}
}

// TestNarrowBounds: a run that reaches one value too far, or begins before a slice,
// panics; one that fits does not.
func TestNarrowBounds(t *testing.T) {
	spoil := []struct {
		what   string
		panics bool
		how    func(a *narrowRun)
	}{
		{"nothing", false, func(*narrowRun) {}},
		{"dx", true, func(a *narrowRun) { shorten(&a.dx) }},
		{"dy", true, func(a *narrowRun) { shorten(&a.dy) }},
		{"w", true, func(a *narrowRun) { shorten(&a.w) }},
		{"offset", true, func(a *narrowRun) { a.taps[0].Off = -1 }},
		{"step", true, func(a *narrowRun) { a.step = -1 }},
		{"plane", true, func(a *narrowRun) { a.plane = -1 }},
		{"channels", true, func(a *narrowRun) { a.c = MaxNarrow + 1 }},
	}
	run := func(k *narrowKernels, how func(a *narrowRun)) (panicked bool) {
		a := newNarrowRun(rand.New(rand.NewPCG(33, 33)), 9, 3, 4)
		how(a)
		defer func() { panicked = recover() != nil }()
		a.call(k)
		return false
	}
	for _, m := range Available() {
		for _, s := range spoil {
			if got := run(m.narrow, s.how); got != s.panics {
				t.Errorf("%s, spoilt %s: panics is %v", m.Name, s.what, got)
			}
		}
	}
}
