package attack

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// l1 is the row of L1.
type l1 struct{}

func (l1) distance(a, b []float32, _ int) float64 {
	var s float64
	for i, v := range a {
		s += math.Abs(float64(v) - float64(b[i]))
	}
	return s
}

// ascend solves max <d, grad> for ||d|| <= size and v+d within the bounds, which is a fractional
// knapsack.
func (l1) ascend(b *Ball, v, grad []float32, size float64) {
	key, left := cut(len(grad), size, func(i int) (key, weight float64) {
		g := float64(grad[i])
		return math.Abs(g), b.room(v[i], g)
	})
	for i, g := range grad {
		d := b.room(v[i], float64(g))
		switch slope := math.Abs(float64(g)); {
		case slope < key || slope == 0:
			continue
		case slope == key:
			d = min(d, left)
			left -= d
		}
		v[i] = float32(float64(v[i]) + math.Copysign(d, float64(g)))
	}
}

func (n l1) confine(b *Ball, v []float32) { n.project(b, v) }

// project solves min ||z-v|| for sum |z-x| <= eps and z within the bounds. With u = v-x and r the
// room of a value in the direction of u, the solution is
//
//	z = x + sign(u) clamp(|u|-m, 0, r)
//
// for the multiplier m >= 0 at which the sum is eps; m is 0 if the sum is less there. See Croce and
// Hein, "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers",
// arXiv:2103.01208, who sort the points at which the sum changes its slope. Newton's method needs
// only a few passes.
func (l1) project(b *Ball, v []float32) {
	excess := func(m float64) (value, slope float64) { // over eps
		value = -b.Eps
		for i, x := range b.X {
			d, r := b.way(x, v[i])
			switch d -= m; {
			case d <= 0:
			case d >= r:
				value += r
			default:
				value += d
				slope--
			}
		}
		return value, slope
	}
	if value, _ := excess(0); value <= tolerance*b.Eps {
		tensor.Clamp(v, b.Lo, b.Hi)
		b.shorten(v)
		return
	}
	var largest float64
	for i, x := range b.X {
		largest = max(largest, math.Abs(float64(v[i])-float64(x)))
	}
	m := root(0, largest, tolerance*b.Eps, excess)
	for i, x := range b.X {
		d, r := b.way(x, v[i])
		v[i] = towards(x, math.Copysign(min(max(0, d-m), r), float64(v[i])-float64(x)))
	}
	b.shorten(v)
}

// random draws exponential lengths with random signs. Divided by their sum and that of one more, they
// are uniform in the ball of radius 1.
func (l1) random(b *Ball, v []float32, rng *rand.Rand) {
	sum := rng.ExpFloat64()
	for i := range v {
		v[i] = 0
		if b.free(i) {
			d := rng.ExpFloat64()
			sum += d
			v[i] = float32(math.Copysign(d, rng.Float64()-0.5))
		}
	}
	for i, x := range b.X {
		v[i] = float32(float64(x) + float64(b.Eps/sum*float64(v[i])))
	}
}

func (l1) radius(eps, top float64) float64 { return eps * top * (1 + slack) }

func (l1) apart(b *Ball, l lattice) float64 {
	var sum float64
	for _, x := range b.X {
		sum += math.Abs(l.off(x))
	}
	return sum
}

// round minimises ||k-q|| for sum |k-p| <= radius, over the levels k, where q are the levels of v and
// p those of the original. For the nearest levels k, one step of a value towards p adds 1+2(q-k) to
// the square, if k-p is positive, and each further step 2 more. So the steps to take are the cheapest
// ones, and with a limit of 2m for what they may cost, the result is v moved by m levels towards the
// original and rounded. The whole number m at which that fits is found by bisection. Less than that
// many is enough: of the steps that m-1 would not take, those that cost the most, and of equal ones
// the first values', are not taken. It is the nearest picture of all if the original is on the
// lattice.
func (l1) round(b *Ball, l lattice, dst, v []float32) {
	sum := func(m float64) (sum float64) {
		for i, x := range b.X {
			sum += math.Abs(l.moved(x, v[i], m) - l.level(x))
		}
		return sum
	}
	m := 0.
	if sum(0) > l.radius {
		exceeds, fits := 0., 1.
		for ; sum(fits) > l.radius && !math.IsInf(fits, 1); fits *= 2 {
			exceeds = fits
		}
		for fits-exceeds > 1 {
			if mid := math.Floor((exceeds + fits) / 2); sum(mid) <= l.radius {
				fits = mid
			} else {
				exceeds = mid
			}
		}
		m = fits
	}
	last := func(i int) (cost, levels float64) { // of the step that m takes and m-1 does not
		p, k, from := l.level(b.X[i]), l.moved(b.X[i], v[i], m), l.moved(b.X[i], v[i], max(0, m-1))
		return math.Abs(float64(v[i])*l.top - (k+from)/2), math.Abs(from-p) - math.Abs(k-p)
	}
	cost, left := cut(len(v), l.radius-sum(m), last)
	for i, x := range b.X {
		c, levels := last(i)
		at := m
		switch {
		case c > cost:
			at = max(0, m-1)
		case c == cost && levels <= left:
			at = max(0, m-1)
			left -= levels
		}
		dst[i] = l.value(l.moved(x, v[i], at))
	}
}

// moved returns the level nearest to v after v has been moved by m levels towards that of x, at
// most as far as that. Of two the one towards x is the nearest.
func (l lattice) moved(x, v float32, m float64) float64 {
	base, q := l.nearest(l.level(x)), float64(v)*l.top
	if q > base {
		return min(l.hi, max(base, math.Ceil(q-m-0.5)))
	}
	return max(l.lo, min(base, math.Floor(q+m+0.5)))
}

func (l1) span(channels, pixels int) float64 { return float64(channels * pixels) }

func (l1) dual(grad []float32, _ int) float64 { return tensor.Linf(grad) }

// onto has the values with the largest gradients go to their bounds, in turn, until that is enough.
func (l1) onto(b *Ball, v, w []float32, gap float64) {
	key, left := cut(len(w), math.Abs(gap), func(i int) (key, weight float64) {
		a, room := b.climb(v[i], w[i], gap)
		if a == 0 {
			return 0, 0
		}
		return a, float64(a * room)
	})
	for i := range w {
		switch a, room := b.climb(v[i], w[i], gap); {
		case a < key || a == 0:
		case a > key:
			b.move(v, w, i, room, gap)
		default:
			d := min(room, left/a)
			left -= float64(d * a)
			b.move(v, w, i, max(0, d), gap)
		}
	}
}
