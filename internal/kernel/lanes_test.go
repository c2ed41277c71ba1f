package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLanes compares the kernels that work lane by lane with the plain ones, bit by bit, on
// rows of all lengths to 40 pixels; what surrounds the destination stays as it was.
func TestLanes(t *testing.T) {
	for _, m := range Available() {
		r := rand.New(rand.NewPCG(73, 1))
		for round := range 4 * 41 {
			n := round % 41 * Lanes
			x, dy, add := random(r, n), random(r, n), random(r, n)
			if n > 0 {
				x[r.IntN(n)], dy[r.IntN(n)] = float32(math.NaN()), float32(math.Inf(1))
			}
			var p, q, s, mean Pixel
			for _, v := range []*Pixel{&p, &q, &s, &mean} {
				copy(v[:], random(r, Lanes))
			}
			same := func(what string, got, want []float32) {
				t.Helper()
				for i := range want {
					if !sameFloat(got[i], want[i]) {
						t.Fatalf("%s, %d pixels: %s: value %d is %g, want %g", m.Name, n/Lanes, what, i, got[i], want[i])
					}
				}
			}
			var a, b, c, d Pixel
			m.LaneSum(&a, x)
			laneSumGeneric(&c, x)
			same("sum", a[:], c[:])
			m.LaneSquares(&a, &mean, x)
			laneSquaresGeneric(&c, &mean, x)
			same("squares", a[:], c[:])
			m.LanePairs(&a, &b, &mean, dy, x)
			lanePairsGeneric(&c, &d, &mean, dy, x)
			same("pairs", append(a[:], b[:]...), append(c[:], d[:]...))
			write := func(what string, run func(m *Set, y []float32)) {
				t.Helper()
				y := random(r, n)
				z := append([]float32(nil), y...)
				ally, allz := surrounded(&y, guard), surrounded(&z, guard)
				run(m, y)
				run(Generic, z)
				same(what, ally, allz)
			}
			relu, more := round%2 == 0, round/41%2 == 0
			write("scale", func(m *Set, y []float32) { m.LaneScale(y, x, nil, &p, &q, relu) })
			write("scale and add", func(m *Set, y []float32) { m.LaneScale(y, x, add, &p, &q, relu) })
			write("mix", func(m *Set, y []float32) { m.LaneMix(y, dy, x, &p, &q, &s, more) })
		}
	}
}

// TestLanesByDefinition works the plain kernels out by hand.
func TestLanesByDefinition(t *testing.T) {
	x, dy, y := make([]float32, 2*Lanes), make([]float32, 2*Lanes), make([]float32, 2*Lanes)
	x[3], x[Lanes+3], dy[3], dy[Lanes+3] = 2, 5, -1, 3
	var mean, sum, dot Pixel
	mean[3] = 1
	if Generic.LaneSum(&sum, x); sum[3] != 7 || sum[2] != 0 {
		t.Errorf("sum %v, want 7 in lane 3", sum)
	}
	if Generic.LaneSquares(&sum, &mean, x); sum[3] != 1+16 {
		t.Errorf("squares %v, want 17 in lane 3", sum)
	}
	if Generic.LanePairs(&sum, &dot, &mean, dy, x); sum[3] != 2 || dot[3] != -1+12 {
		t.Errorf("pairs %v and %v, want 2 and 11 in lane 3", sum, dot)
	}
	var scale, shift Pixel
	scale[3], shift[3] = -2, 6
	if Generic.LaneScale(y, x, dy, &scale, &shift, true); y[3] != 1 || y[Lanes+3] != 0 {
		t.Errorf("scaled to %v, want 1 and 0 in lane 3", y)
	}
	if Generic.LaneMix(y, dy, x, &scale, &mean, &shift, true); y[3] != 1+2+2+6 || y[Lanes+3] != -6+5+6 {
		t.Errorf("mixed to %v, want 11 and 5 in lane 3", y)
	}
}
