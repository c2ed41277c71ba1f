package attack

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLatticeLevels checks that two levels are two levels from every pixel of an
// 8-bit picture, however eps was written, and that values have the bits of k/255.
func TestLatticeLevels(t *testing.T) {
	for _, tt := range []struct {
		eps  float64
		want int
	}{
		{2.0 / 255, 2},
		{float64(float32(2.0 / 255)), 2},
		{0.00784313725, 2}, // 2/255 to nine digits
		{1.9999 / 255, 1},
		{2.0001 / 255, 2},
		{0.9 / 255, 0},
		{1, 255},
		{math.Inf(1), 255},
	} {
		l := newLattice(Linf, tt.eps, 256, 0, 1)
		var dst [1]float32
		for k := range 256 {
			x := float32(k) / 255
			for _, toward := range []int{-1000, 1000} {
				want := min(max(k+min(max(toward, -tt.want), tt.want), 0), 255)
				l.round(dst[:], []float32{float32(toward)}, []float32{x})
				if dst[0] != float32(want)/255 {
					t.Fatalf("eps %g: the farthest from level %d is %g, want level %d", tt.eps, k, dst[0]*255, want)
				}
			}
			l.round(dst[:], []float32{x}, []float32{x})
			if dst[0] != x {
				t.Fatalf("eps %g: level %d itself became %g", tt.eps, k, dst[0]*255)
			}
		}
	}
}

// TestLatticeBounds checks models whose bounds are narrower or wider than [0,1].
func TestLatticeBounds(t *testing.T) {
	for _, tt := range []struct{ lo, hi, wantLo, wantHi float64 }{
		{0, 1, 0, 1},
		{-3, 3, 0, 1},
		{math.Inf(-1), math.Inf(1), 0, 1},
		{0.2, 0.7, 51.0 / 255, 178.0 / 255},
	} {
		l := newLattice(Linf, math.Inf(1), 256, float32(tt.lo), float32(tt.hi))
		dst, x := make([]float32, 2), []float32{0.4, 0.4}
		l.round(dst, []float32{-9, 9}, x)
		if dst[0] != float32(tt.wantLo) || dst[1] != float32(tt.wantHi) {
			t.Errorf("bounds [%g, %g]: levels reach from %g to %g, want %g to %g", tt.lo, tt.hi, dst[0], dst[1], tt.wantLo, tt.wantHi)
		}
	}
}

// TestLatticeRound draws originals on and off the lattice: what comes out is on the
// lattice and within eps, the nearest for Linf, and for L2 not far inside.
func TestLatticeRound(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var shortened, used float64
	for range 3000 {
		n, levels := 1+rng.IntN(30), []int{2, 5, 16, 256, 65536}[rng.IntN(5)]
		top := float64(levels - 1)
		x, v, dst := make([]float32, n), make([]float32, n), make([]float32, n)
		on := rng.IntN(2) == 0
		for i := range x {
			x[i] = rng.Float32()
			if on {
				x[i] = float32(rng.IntN(levels)) / float32(levels-1)
			}
		}
		eps := (1 + 4*rng.Float64()) / top
		for _, norm := range []Norm{Linf, L2} {
			if norm == L2 {
				eps *= math.Sqrt(float64(n))
			}
			for i := range x {
				v[i] = min(max(x[i]+float32(2*eps*rng.NormFloat64()), 0), 1)
			}
			norm.project(v, x, eps)
			l := newLattice(norm, eps, levels, 0, 1)
			if err := l.check(x, eps); err != nil {
				t.Fatal(err)
			}
			l.round(dst, v, x)
			for i, d := range dst {
				k := math.Round(float64(d) * top)
				if d != float32(k)/float32(top) || k < 0 || k > top {
					t.Fatalf("value %g is not one of %d levels", d, levels)
				}
				if move := math.Abs(float64(d)-float64(v[i])) * top; norm == Linf && !(move <= 1+1e-2) {
					t.Fatalf("%d levels, eps %g levels: rounding moved a value by %g levels", levels, eps*top, move)
				}
			}
			if d := norm.Distance(dst, x); !(d <= eps+1.3e-7*math.Sqrt(float64(n))) {
				t.Fatalf("%v: a rounded picture at distance %g of eps %g", norm, d, eps)
			}
			if norm == L2 && l.nearest(make([]float32, n), v, x, 1) > l.radius {
				shortened++
				used += norm.Distance(dst, x) / eps
			}
		}
	}
	if shortened < 100 || !(used/shortened >= 0.85) {
		t.Errorf("%g L2 perturbations had to be shortened, and used %.2f of eps", shortened, used/shortened)
	}
}

func TestLatticeCheck(t *testing.T) {
	x := []float32{0, 0.5, 1} // 0.5 is half a level of 256 away from both neighbours
	for _, tt := range []struct {
		norm Norm
		eps  float64
		want string
	}{
		{Linf, 0.51 / 255, ""},
		{Linf, 0.49 / 255, "value 1 (0.5) is further than eps"},
		{L2, 0.51 / 255, ""},
		{L2, 0.49 / 255, "rounding it to 256 levels moves it by 0.00196"},
	} {
		err := newLattice(tt.norm, tt.eps, 256, 0, 1).check(x, tt.eps)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v eps %g: %v, want %q", tt.norm, tt.eps, err, tt.want)
		}
	}
}

// TestLattice16 checks that pixels of a 16-bit file that 8 bits hold too count as
// being on the lattice.
func TestLattice16(t *testing.T) {
	l := newLattice(Linf, 1.0/255, 256, 0, 1)
	for k := range 256 {
		if p := l.level(float32(257*k) / 65535); p != float64(k) {
			t.Fatalf("16-bit level %d is level %g of 255", 257*k, p)
		}
	}
}
