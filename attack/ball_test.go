package attack

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A space is a ball with a point that is to come into it.
type space struct {
	Ball
	v []float32
}

// eachSpace runs f for many balls of a norm, with points inside and outside of ball and bounds:
// pictures of all shapes, some of their values at the bounds or equal, with and without a mask, eps
// from 0 to infinite, bounds that are not, and zero change.
func eachSpace(t *testing.T, count int, f func(t *testing.T, s *space, rng *rand.Rand)) {
	for n := range Norm(len(norms)) {
		t.Run(n.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(41, uint64(n)))
			for range count {
				f(t, draw(n, rng), rng)
				if t.Failed() {
					return
				}
			}
		})
	}
}

func draw(n Norm, rng *rand.Rand) *space {
	s := &space{Ball: Ball{Norm: n, Channels: 1 + rng.IntN(3), Hi: 1}}
	places := 1 + rng.IntN(20)
	count := places * s.Channels
	switch inf := float32(math.Inf(1)); rng.IntN(6) {
	case 0:
		s.Lo, s.Hi = -inf, inf
	case 1:
		s.Hi = inf
	case 2:
		s.Lo, s.Hi = -3, 2
	}
	if rng.IntN(4) == 0 {
		s.Mask = make([]float32, places)
		for i := range s.Mask {
			s.Mask[i] = float32(rng.IntN(2))
		}
		s.Mask[rng.IntN(places)] = 1
	}
	s.X, s.v = make([]float32, count), make([]float32, count)
	size := math.Pow(10, 1-7*rng.Float64())
	same := rng.IntN(4) == 0 // changes of one magnitude, as sign steps make them
	for i := range s.X {
		switch s.X[i] = rng.Float32(); rng.IntN(5) {
		case 0:
			s.X[i] = max(s.Lo, 0)
		case 1:
			s.X[i] = min(s.Hi, 1)
		}
		d := size * rng.NormFloat64()
		if same {
			d = math.Copysign(size, d)
		}
		if s.v[i] = s.X[i]; rng.IntN(4) > 0 {
			s.v[i] += float32(d)
		}
	}
	s.hold(s.v)
	before := s.Size(s.v)
	s.Eps = []float64{0, before * rng.Float64(), before, 1.5 * before, 2. / 255, math.Inf(1), before * 1e-3, 1, 2.5}[rng.IntN(9)]
	return s
}

// inside fails unless v is in the ball, within the bounds and behind the mask, to the bit.
func (s *space) inside(t *testing.T, v []float32) {
	t.Helper()
	if d := s.Size(v); !(d <= s.Eps) {
		t.Errorf("distance %g of eps %g", d, s.Eps)
	}
	for i, at := range v {
		if !(at >= s.Lo && at <= s.Hi) {
			t.Errorf("value %d is %g, outside [%g, %g]", i, at, s.Lo, s.Hi)
		}
		if !s.free(i) && at != s.X[i] {
			t.Errorf("value %d is %g, but the mask protects %g", i, at, s.X[i])
		}
	}
}

// TestInside: Project and Confine end inside to the bit, leave what is inside alone, and do the same
// whatever was at the pixels that the mask protects.
func TestInside(t *testing.T) {
	eachSpace(t, 3000, func(t *testing.T, s *space, rng *rand.Rand) {
		for _, into := range []func(v []float32){s.Project, s.Confine} {
			x, w := slices.Clone(s.X), slices.Clone(s.v)
			within := s.Size(w) <= s.Eps && slices.Min(w) >= s.Lo && slices.Max(w) <= s.Hi
			into(w)
			s.inside(t, w)
			if within && !slices.Equal(w, s.v) {
				t.Errorf("%v was inside eps %g, and became %v", s.v, s.Eps, w)
			}
			again := slices.Clone(w)
			if into(again); !slices.Equal(again, w) {
				t.Errorf("eps %g: %v became %v, and then %v", s.Eps, s.v, w, again)
			}
			if !slices.Equal(s.X, x) {
				t.Error("the original was written to")
			}
			spoilt := slices.Clone(s.v)
			for i := range spoilt {
				if !s.free(i) {
					spoilt[i] += rng.Float32()
				}
			}
			if into(spoilt); !slices.Equal(spoilt, w) {
				t.Errorf("what the mask protects made %v of %v", spoilt, w)
			}
		}
	})
}

// TestConditions holds Project to what Lagrange, Karush, Kuhn and Tucker demand of the nearest point
// of a convex set. With u = v-x, and z = x+d the result, values in between have one multiplier m,
// those at a bound a smaller m, those at the original a larger one (in L1), and m is 0 unless the
// distance is eps:
//
//	Linf  d = u clamped to the bounds and to eps
//	L2    u = (1+m) d
//	L1    u = d + m sign(d)
//
// The residual is the largest violation, as a distance of d.
func TestConditions(t *testing.T) {
	for _, n := range []Norm{Linf, L2, L1} {
		rng := rand.New(rand.NewPCG(43, uint64(n)))
		largest, active := 0.0, 0
		for range 3000 {
			s := draw(n, rng)
			if s.Eps == 0 || math.IsInf(s.Eps, 1) {
				continue
			}
			z := slices.Clone(s.v)
			s.Project(z)
			scale := 1 + Linf.Distance(s.v, s.X, 1)
			short := (s.Eps - s.Size(z)) / scale / math.Sqrt(float64(len(z)))
			m := multiplier(s, z)
			if m > 1e-6 {
				active++
				largest = max(largest, short)
			}
			for i, x := range s.X {
				u, d := float64(s.v[i])-float64(x), float64(z[i])-float64(x)
				var want float64
				switch n {
				case Linf:
					want = min(math.Abs(u), s.Eps)
				case L2:
					want = math.Abs(u) / (1 + m)
				case L1:
					want = max(0, math.Abs(u)-m)
				}
				want = math.Copysign(min(want, s.room(x, u)), u)
				largest = max(largest, math.Abs(d-want)/scale)
			}
		}
		t.Logf("%v: residual %.3g, %d of 3000 with a multiplier", n, largest, active)
		if !(largest < 1e-6) || n != Linf && active < 500 {
			t.Errorf("%v: residual %g; the multiplier matters in %d cases", n, largest, active)
		}
	}
}

// multiplier finds that of a ball by bisection, from the definition.
func multiplier(s *space, z []float32) float64 {
	length := func(m float64) float64 {
		var sum float64
		for i, x := range s.X {
			u := float64(s.v[i]) - float64(x)
			switch r := s.room(x, u); s.Norm {
			case L2:
				sum += math.Pow(min(math.Abs(u)/(1+m), r), 2)
			case L1:
				sum += min(max(0, math.Abs(u)-m), r)
			}
		}
		if s.Norm == L2 {
			return math.Sqrt(sum)
		}
		return sum
	}
	lo, hi := 0.0, 1.0
	if length(0) <= s.Eps {
		return 0
	}
	for length(hi) > s.Eps {
		hi *= 2
	}
	for range 200 {
		if mid := (lo + hi) / 2; length(mid) > s.Eps {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

// TestNearest: no random point of ball and bounds is nearer to v than its projection.
func TestNearest(t *testing.T) {
	const cases, points = 20, 10000
	for n := range Norm(len(norms)) {
		rng := rand.New(rand.NewPCG(44, uint64(n)))
		for range cases {
			s := draw(n, rng)
			for s.Eps == 0 || math.IsInf(s.Eps, 1) {
				s = draw(n, rng)
			}
			z, w := slices.Clone(s.v), make([]float32, len(s.v))
			s.Project(z)
			best := L2.Distance(z, s.v, 1)
			for range points {
				s.Random(w, rng) // or nearer to the projection, or to where the point comes from
				part, from := float32(rng.Float64()), z
				if rng.IntN(3) == 0 {
					from = s.v
				}
				for i := range w {
					w[i] = from[i] + part*part*part*(w[i]-from[i])
				}
				s.Confine(w)
				if d := L2.Distance(w, s.v, 1); !(d >= best*(1-2e-6)-1e-7) {
					t.Fatalf("%v, eps %g: the projection is at %g, a point of the ball at %g", n, s.Eps, best, d)
				}
			}
		}
	}
}

// TestSupports compares Project in L0 with all choices of what changes.
func TestSupports(t *testing.T) {
	for _, n := range []Norm{L0, L0Values} {
		rng := rand.New(rand.NewPCG(45, uint64(n)))
		for range 400 {
			s := draw(n, rng)
			places := len(s.X) / (l0{values: n == L0Values}).channels(s.Channels)
			for places > 10 || math.IsInf(s.Eps, 1) {
				s = draw(n, rng)
				places = len(s.X) / (l0{values: n == L0Values}).channels(s.Channels)
			}
			best, w := math.Inf(1), make([]float32, len(s.X))
			for set := range 1 << places {
				for i, v := range s.v {
					if w[i] = s.X[i]; set>>(i%places)&1 == 1 {
						w[i] = min(max(v, s.Lo), s.Hi)
					}
				}
				if s.hold(w); s.Size(w) <= s.Eps {
					best = min(best, L2.Distance(w, s.v, 1))
				}
			}
			z := slices.Clone(s.v)
			if s.Project(z); L2.Distance(z, s.v, 1) != best {
				t.Fatalf("%v of %d channels, eps %g: the projection of %v is at %g, the nearest point at %g", n, s.Channels, s.Eps, s.v, L2.Distance(z, s.v, 1), best)
			}
		}
	}
}

// TestRandom checks the distribution. In Linf, L2 and L1 the volume within a radius grows with its
// n-th power and the mean is the centre.
func TestRandom(t *testing.T) {
	const n, draws = 3, 20000
	v := make([]float32, n)
	for _, norm := range []Norm{Linf, L2, L1} {
		rng := rand.New(rand.NewPCG(3, 4))
		b := Ball{Norm: norm, Eps: 0.25, X: []float32{0.5, 0.25, 0.75}, Channels: 1, Hi: 1}
		var mean [n]float64
		quartiles, octants := make([]int, 4), make([]int, 8)
		for range draws {
			b.Random(v, rng)
			d := b.Size(v)
			if !(d <= b.Eps*(1+1e-6)) {
				t.Fatalf("%v: a start at distance %g", norm, d)
			}
			quartiles[min(3, int(4*math.Pow(d/b.Eps, n)))]++
			octant := 0
			for i := range v {
				mean[i] += (float64(v[i]) - float64(b.X[i])) / draws
				if v[i] > b.X[i] {
					octant |= 1 << i
				}
			}
			octants[octant]++
		}
		for _, parts := range [][]int{quartiles, octants} {
			share := 1 / float64(len(parts))
			for q, count := range parts {
				if !(math.Abs(float64(count)-draws*share) <= 5*math.Sqrt(draws*share*(1-share))) {
					t.Errorf("%v: %d of %d draws in part %d of %d", norm, count, draws, q, len(parts))
				}
			}
		}
		for i, m := range mean {
			if !(math.Abs(m) <= 5*b.Eps/math.Sqrt(draws)) {
				t.Errorf("%v: mean of value %d is off the centre by %g", norm, i, m)
			}
		}
	}
}

// TestRandomCounts: in L0 as many pixels change as may, each as often as any other, and with a mask
// only those that may; their values are uniform between the bounds.
func TestRandomCounts(t *testing.T) {
	const draws = 20000
	for _, n := range []Norm{L0, L0Values} {
		rng := rand.New(rand.NewPCG(5, uint64(n)))
		b := Ball{Norm: n, Eps: 2.9, X: make([]float32, 10), Channels: 2, Lo: -1, Hi: 3, Mask: []float32{1, 1, 0, 1, 1}}
		if n == L0Values {
			b.Eps = 4.2 // of 8 that may change
		}
		v, counts, quarters := make([]float32, 10), make([]int, 10), make([]int, 4)
		for range draws {
			b.Random(v, rng)
			if d := b.Size(v); d != math.Floor(b.Eps) {
				t.Fatalf("%v: %g changed of %g", n, d, b.Eps)
			}
			for i, at := range v {
				if at != 0 {
					counts[i]++
					quarters[min(3, int(at+1))]++
				}
			}
		}
		for i, c := range counts {
			if want := draws / 2; i%5 == 2 && c != 0 || i%5 != 2 && !(math.Abs(float64(c-want)) <= 5*math.Sqrt(draws/4)) {
				t.Errorf("%v: value %d changed %d times of %d", n, i, c, draws)
			}
		}
		for q, c := range quarters {
			if !(math.Abs(float64(c)-draws) <= 5*math.Sqrt(draws)) {
				t.Errorf("%v: %d of %d values in quarter %d of the bounds", n, c, 4*draws, q)
			}
		}
	}
	inf := float32(math.Inf(1))
	rng, v := rand.New(rand.NewPCG(6, 0)), make([]float32, 3)
	for _, b := range []Ball{{Lo: -inf, Hi: inf}, {Lo: 0.5, Hi: inf}, {Lo: -inf, Hi: 0.5}} {
		b.Norm, b.Eps, b.X, b.Channels = L0, 9, make([]float32, 3), 3
		for range 100 {
			b.Random(v, rng)
			if lo, hi := slices.Min(v), slices.Max(v); !(lo >= max(0, b.Lo) && hi <= min(1, b.Hi)) {
				t.Fatalf("bounds [%g, %g]: %v", b.Lo, b.Hi, v)
			}
		}
	}
}

// TestAscend: on a linear model the step from the original is the best of all of its size. In L1 and
// L0 it stays within the bounds, and no other point of the ball gains more.
func TestAscend(t *testing.T) {
	eachSpace(t, 60, func(t *testing.T, s *space, rng *rand.Rand) {
		if math.IsInf(s.Eps, 1) {
			return
		}
		if s.Norm.Counts() != "" {
			s.Eps = math.Ceil(s.Eps) // a step has at least one pixel
		}
		if s.Norm == L2 || s.Norm == Linf {
			s.Lo, s.Hi = float32(math.Inf(-1)), float32(math.Inf(1))
		} else if math.IsInf(float64(s.Hi), 1) {
			s.Lo, s.Hi = 0, 1
		}
		grad := make([]float32, len(s.X))
		for i := range grad {
			grad[i] = float32(rng.IntN(5)-2) / 2 // with zeros, and equal ones
		}
		covered, v, w := slices.Clone(grad), slices.Clone(s.X), make([]float32, len(s.X))
		s.Cover(covered)
		if s.Ascend(v, grad, s.Eps); !slices.Equal(grad, covered) {
			t.Errorf("the gradient became %v, want %v", grad, covered)
		}
		gain := func(v []float32) (sum float64) {
			for i, g := range covered {
				sum += float64(g) * (float64(v[i]) - float64(s.X[i]))
			}
			return sum
		}
		best, most := gain(v), 0.0
		if s.Project(v); !(gain(v) >= best-1e-5*(1+best)) {
			t.Errorf("eps %g: the step gains %g, and %g inside", s.Eps, best, gain(v))
		}
		for range 300 {
			s.Random(w, rng)
			s.Project(w)
			most = max(most, gain(w))
		}
		if !(best >= most-1e-5*(1+most)) {
			t.Errorf("eps %g: the step gains %g, a random point %g", s.Eps, best, most)
		}
	})
}

// TestAscendFixture: a linear model's exact smallest changes within bounds are those of ATTACKS: the
// step of that size closes the margin.
func TestAscendFixture(t *testing.T) {
	w := []float32{3, -1, .5, 2, -.2, 1}
	for _, tt := range []struct {
		norm Norm
		eps  float64
		gain float64
	}{
		{L1, 0.55, 1.2}, {L1, 0.1, 0.3}, {L1, 0.9, 1.9}, {L0, 1, 1.6}, {L0, 2, 2.1}, {L0, 2.5, 2.1}, {L0, 3, 2.6}, {L0, 0.1, 1.6}, {L0, 0, 0}, {L0Values, 6, 3.6},
	} {
		b := Ball{Norm: tt.norm, Eps: tt.eps, X: []float32{.9, .5, 0, .2, 1, .5}, Channels: 1, Hi: 1}
		v := slices.Clone(b.X)
		b.Ascend(v, w, tt.eps)
		sum := 0.0
		for i := range w {
			sum += float64(w[i]) * (float64(v[i]) - float64(b.X[i]))
		}
		if !(math.Abs(sum-tt.gain) < 1e-6) {
			t.Errorf("%v %g gains %g, want %g: %v", tt.norm, tt.eps, sum, tt.gain, v)
		}
	}
}

// TestBallAllocatesNothing: the methods of a ball allocate nothing.
func TestBallAllocatesNothing(t *testing.T) {
	eachSpace(t, 20, func(t *testing.T, s *space, rng *rand.Rand) {
		s.Levels = 256
		grad, w := make([]float32, len(s.X)), make([]float32, len(s.X))
		for i := range grad {
			grad[i] = float32(rng.NormFloat64())
		}
		if n := testing.AllocsPerRun(5, func() {
			copy(w, s.v)
			if !math.IsInf(s.Eps, 1) {
				s.Random(w, rng)
			}
			s.Ascend(w, grad, 0.5)
			s.Confine(w)
			s.Project(w)
			s.Round(w, s.v)
			s.Size(w)
		}); n != 0 {
			t.Errorf("%g allocations", n)
		}
	})
}
