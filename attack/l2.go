package attack

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// l2 is the row of L2.
type l2 struct{}

func (l2) distance(a, b []float32, _ int) float64 {
	var s float64
	for i, v := range a {
		d := float64(v) - float64(b[i])
		s += float64(d * d)
	}
	return math.Sqrt(s)
}

func (l2) ascend(_ *Ball, v, grad []float32, size float64) {
	norm := tensor.L2(grad)
	if norm == 0 {
		return
	}
	for i, g := range grad {
		v[i] = float32(float64(v[i]) + float64(size*float64(float32(float64(g)/norm))))
	}
}

func (l2) confine(b *Ball, v []float32) {
	tensor.Clamp(v, b.Lo, b.Hi)
	b.shorten(v)
}

// project solves min ||z-v|| for ||z-x|| <= eps and z within the bounds. With u = v-x and r the room
// of a value in the direction of u, the solution is
//
//	z = x + sign(u) min(s |u|, r)
//
// for the s <= 1 at which its length is eps: Lagrange's conditions give u/(1+mu), clamped. As a
// function of s*s the square of the length is concave and linear between the points at which values
// reach their bounds, so that Newton's method rises to the solution without passing it.
func (l2) project(b *Ball, v []float32) {
	whole := float64(b.Eps * b.Eps)
	missing := func(square float64) (value, slope float64) { // to eps
		s := math.Sqrt(square)
		value = whole
		for i, x := range b.X {
			if d, r := b.way(x, v[i]); s*d < r {
				value -= float64(square * (d * d))
				slope -= float64(d * d)
			} else {
				value -= float64(r * r)
			}
		}
		return value, slope
	}
	if value, _ := missing(1); value >= -tolerance*whole {
		l2{}.confine(b, v)
		return
	}
	s := math.Sqrt(root(0, 1, tolerance*whole, missing))
	for i, x := range b.X {
		d, r := b.way(x, v[i])
		v[i] = towards(x, math.Copysign(min(s*d, r), float64(v[i])-float64(x)))
	}
	b.shorten(v)
}

func (l2) random(b *Ball, v []float32, rng *rand.Rand) {
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	scale := b.Eps * math.Pow(rng.Float64(), 1/float64(len(v)))
	if norm := tensor.L2(v); norm > 0 {
		scale /= norm
	}
	for i, x := range b.X {
		v[i] = float32(float64(x) + float64(scale*float64(v[i])))
	}
}

func (l2) radius(eps, top float64) float64 { return eps * top }

func (l2) apart(b *Ball, l lattice) float64 {
	var sum float64
	for _, x := range b.X {
		d := l.off(x)
		sum += float64(d * d)
	}
	return math.Sqrt(sum)
}

// halvings is the number of steps of the search for the largest perturbation that fits.
const halvings = 10

// round takes the nearest picture if it is within the radius. Otherwise it takes the nearest one to
// x+part*(v-x), for the largest part with which that fits; part is found by bisection.
func (n l2) round(b *Ball, l lattice, dst, v []float32) {
	if n.nearest(b, l, dst, v, 1) <= l.radius {
		return
	}
	fits, exceeds := 0.0, 1.0
	for range halvings {
		mid := (fits + exceeds) / 2
		if n.nearest(b, l, dst, v, mid) <= l.radius {
			fits = mid
		} else {
			exceeds = mid
		}
	}
	n.nearest(b, l, dst, v, fits)
}

// nearest rounds x+part*(v-x) to dst and returns the distance of dst from x in levels.
func (l2) nearest(b *Ball, l lattice, dst, v []float32, part float64) float64 {
	var sum float64
	for i, x := range b.X {
		k := l.nearest(l.between(x, v[i], part))
		dst[i] = l.value(k)
		d := k - l.level(x)
		sum += float64(d * d)
	}
	return math.Sqrt(sum)
}

func (l2) span(channels, pixels int) float64 { return math.Sqrt(float64(channels * pixels)) }

func (l2) dual(grad []float32, _ int) float64 { return tensor.L2(grad) }

// onto has each value go as far as its gradient says, times one factor, or to its bound.
func (l2) onto(b *Ball, v, w []float32, gap float64) {
	missing := func(t float64) (value, slope float64) {
		value = math.Abs(gap)
		for i := range w {
			if a, room := b.climb(v[i], w[i], gap); t*a < room {
				value -= float64(t * (a * a))
				slope -= float64(a * a)
			} else {
				value -= float64(a * room)
			}
		}
		return value, slope
	}
	t := root(0, math.MaxFloat64, tolerance*math.Abs(gap), missing)
	for i := range w {
		a, room := b.climb(v[i], w[i], gap)
		b.move(v, w, i, min(t*a, room), gap)
	}
}
