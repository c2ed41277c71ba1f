package attack

import (
	"math"
	"math/rand/v2"
	"slices"
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
		b := Ball{Eps: tt.eps, Channels: 1, Hi: 1, Levels: 256}
		var dst [1]float32
		for k := range 256 {
			x := float32(k) / 255
			for _, toward := range []int{-1000, 1000} {
				want := min(max(k+min(max(toward, -tt.want), tt.want), 0), 255)
				b.X = []float32{x}
				b.Round(dst[:], []float32{float32(toward)})
				if dst[0] != float32(want)/255 {
					t.Fatalf("eps %g: the farthest from level %d is %g, want level %d", tt.eps, k, dst[0]*255, want)
				}
			}
			b.Round(dst[:], []float32{x})
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
		b := Ball{Eps: math.Inf(1), X: []float32{0.4, 0.4}, Channels: 1, Lo: float32(tt.lo), Hi: float32(tt.hi), Levels: 256}
		dst := make([]float32, 2)
		b.Round(dst, []float32{-9, 9})
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
			b := &Ball{Norm: norm, Eps: eps, X: x, Channels: 1, Hi: 1, Levels: levels}
			if err := b.Check(); err != nil {
				t.Fatal(err)
			}
			b.Confine(v)
			b.Round(dst, v)
			for i, d := range dst {
				k := math.Round(float64(d) * top)
				if d != float32(k)/float32(top) || k < 0 || k > top {
					t.Fatalf("value %g is not one of %d levels", d, levels)
				}
				if move := math.Abs(float64(d)-float64(v[i])) * top; norm == Linf && !(move <= 1+1e-2) {
					t.Fatalf("%d levels, eps %g levels: rounding moved a value by %g levels", levels, eps*top, move)
				}
			}
			if d := b.Size(dst); !(d <= eps+1.3e-7*math.Sqrt(float64(n))) {
				t.Fatalf("%v: a rounded picture at distance %g of eps %g", norm, d, eps)
			}
			if norm == L2 && (l2{}).nearest(b, b.lattice(), make([]float32, n), v, 1) > b.lattice().radius {
				shortened++
				used += b.Size(dst) / eps
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
		{Linf, 0.49 / 255, "rounding it to 256 levels moves it by 0.00196078 in linf (value 1, which is 0.5, the most), more than eps 0.0019"},
		{L2, 0.51 / 255, ""},
		{L2, 0.49 / 255, "rounding it to 256 levels moves it by 0.00196078 in l2"},
		{L1, 0.51 / 255, ""},
		{L1, 0.49 / 255, "moves it by 0.00196078 in l1"},
		{L0, 1, ""},
		{L0, 0.9, "moves it by 1 pixels in l0"},
		{L0Values, 1.9, ""},
	} {
		b := Ball{Norm: tt.norm, Eps: tt.eps, X: x, Channels: 1, Hi: 1, Levels: 256}
		err := b.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%v eps %g: %v, want %q", tt.norm, tt.eps, err, tt.want)
		}
	}
}

// TestLattice16 checks that pixels of a 16-bit file that 8 bits hold too count as
// being on the lattice.
func TestLattice16(t *testing.T) {
	l := (&Ball{Eps: 1. / 255, Hi: 1, Levels: 256}).lattice()
	for k := range 256 {
		if p := l.level(float32(257*k) / 65535); p != float64(k) {
			t.Fatalf("16-bit level %d is level %g of 255", 257*k, p)
		}
	}
}

// onLattice draws a space of a file whose original is on the lattice, or near enough to it.
func onLattice(n Norm, levels int, rng *rand.Rand) *space {
	for {
		s := draw(n, rng)
		s.Levels = levels
		s.Lo, s.Hi = max(s.Lo, 0), min(s.Hi, 1)
		l := s.lattice()
		for i, x := range s.X {
			if rng.IntN(9) > 0 {
				s.X[i] = l.value(l.nearest(float64(x) * l.top))
			}
			if rng.IntN(3) == 0 {
				s.v[i] = s.X[i] + float32(rng.IntN(9)-4)/float32(2*l.top) // whole and half levels away
			}
		}
		if s.Check() == nil {
			return s
		}
	}
}

// TestRound: in every norm a rounded picture is on the lattice, within bounds and within eps, where
// eps is counted in levels, and rounding it again changes nothing.
func TestRound(t *testing.T) {
	for n := range Norm(len(norms)) {
		rng := rand.New(rand.NewPCG(46, uint64(n)))
		for range 3000 {
			s := onLattice(n, []int{2, 5, 256, 65536}[rng.IntN(4)], rng)
			if !s.Rounds() {
				continue
			}
			if rng.IntN(2) == 0 {
				s.Confine(s.v)
			}
			dst, again, l := make([]float32, len(s.X)), make([]float32, len(s.X)), s.lattice()
			s.Round(dst, s.v)
			far := make([]float64, len(dst)) // in levels
			for i, d := range dst {
				k := l.level(d)
				if k != math.Trunc(k) || k < l.lo || k > l.hi {
					t.Fatalf("%v: value %g is not one of %d levels", n, d, s.Levels)
				}
				far[i] = math.Abs(k - l.level(s.X[i]))
			}
			if d := measure(s, far); !(d <= l.radius*(1+1e-12)) {
				t.Fatalf("%v, %d levels: a rounded picture at %g of %g levels", n, s.Levels, d, l.radius)
			}
			if s.Round(again, dst); !slices.Equal(again, dst) {
				t.Fatalf("%v: %v became %v, and then %v", n, s.v, dst, again)
			}
		}
	}
}

// measure returns the norm of a change of a space whose values are far.
func measure(s *space, far []float64) (sum float64) {
	changed := map[int]bool{}
	for i, d := range far {
		switch s.Norm {
		case Linf:
			sum = max(sum, d)
		case L2:
			sum = math.Hypot(sum, d)
		case L1:
			sum += d
		case L0:
			changed[i%(len(far)/s.Channels)] = changed[i%(len(far)/s.Channels)] || d != 0
		case L0Values:
			changed[i] = d != 0
		}
	}
	for _, c := range changed {
		if c {
			sum++
		}
	}
	return sum
}

// TestRoundNearest compares Round with all pictures of a lattice of few levels. L2 is not among the
// norms: it looks on one way only.
func TestRoundNearest(t *testing.T) {
	const levels = 4
	for _, n := range []Norm{Linf, L1, L0, L0Values} {
		rng := rand.New(rand.NewPCG(47, uint64(n)))
		for range 200 {
			s := onLattice(n, levels, rng)
			l := s.lattice()
			for on := false; !on || len(s.X) > 5 || !s.Rounds(); {
				s = onLattice(n, levels, rng)
				l, on = s.lattice(), true
				for _, x := range s.X {
					on = on && l.off(x) == 0
				}
			}
			best, w := math.Inf(1), make([]float32, len(s.X))
			for all := range 1 << (2 * len(w)) {
				far := make([]float64, len(w))
				for i := range w {
					k := float64(all >> (2 * i) & 3)
					w[i], far[i] = l.value(k), math.Abs(k-l.level(s.X[i]))
				}
				if measure(s, far) <= l.radius {
					best = min(best, L2.Distance(w, s.v, 1))
				}
			}
			if s.Round(w, s.v); !(L2.Distance(w, s.v, 1) <= best+1e-6) {
				t.Fatalf("%v of %d channels, eps %g: %v was rounded to %v, at %g, and the nearest picture is at %g", n, s.Channels, s.Eps, s.v, w, L2.Distance(w, s.v, 1), best)
			}
		}
	}
}
