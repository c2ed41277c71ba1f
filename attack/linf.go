package attack

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// linf is the row of Linf.
type linf struct{}

func (linf) distance(a, b []float32, _ int) float64 {
	var s float64
	for i, v := range a {
		s = math.Max(s, math.Abs(float64(v)-float64(b[i])))
	}
	return s
}

func (linf) ascend(_ *Ball, v, grad []float32, size float64) {
	for i, g := range grad {
		if g != 0 {
			v[i] = float32(float64(v[i]) + math.Copysign(size, float64(g)))
		}
	}
}

func (n linf) confine(b *Ball, v []float32) { n.project(b, v) }

// project clamps. Values are rounded towards the original.
func (linf) project(b *Ball, v []float32) {
	tensor.Clamp(v, b.Lo, b.Hi)
	for i, x := range b.X {
		if d := float64(v[i]) - float64(x); d > b.Eps {
			v[i] = towards(x, b.Eps)
		} else if d < -b.Eps {
			v[i] = towards(x, -b.Eps)
		}
	}
}

// towards returns x+d as float32, rounded towards x.
func towards(x float32, d float64) float32 {
	v := float32(float64(x) + d)
	if math.Abs(float64(v)-float64(x)) > math.Abs(d) {
		v = math.Nextafter32(v, x)
	}
	return v
}

func (linf) random(b *Ball, v []float32, rng *rand.Rand) {
	for i, x := range b.X {
		v[i] = float32(float64(x) + float64(b.Eps*(2*rng.Float64()-1)))
	}
}

func (linf) radius(eps, top float64) float64 { return eps * top * (1 + slack) }

func (linf) apart(b *Ball, l lattice) float64 {
	var s float64
	for _, x := range b.X {
		s = math.Max(s, math.Abs(l.off(x)))
	}
	return s
}

// round takes the nearest level of those in bounds that are no further than the radius from the
// original's.
func (linf) round(b *Ball, l lattice, dst, v []float32) {
	for i, x := range b.X {
		p := l.level(x)
		lo, hi := max(l.lo, math.Ceil(p-l.radius)), min(l.hi, math.Floor(p+l.radius))
		dst[i] = l.value(min(max(math.RoundToEven(l.between(x, v[i], 1)), lo), hi))
	}
}

func (linf) span(_, _ int) float64 { return 1 }

func (linf) dual(grad []float32, _ int) float64 { return tensor.L1(grad) }

// onto has all values go equally far, or to their bounds, if that is nearer.
func (linf) onto(b *Ball, v, w []float32, gap float64) {
	missing := func(t float64) (value, slope float64) {
		value = math.Abs(gap)
		for i := range w {
			switch a, room := b.climb(v[i], w[i], gap); {
			case a == 0:
			case t < room:
				value -= float64(a * t)
				slope -= a
			default:
				value -= float64(a * room)
			}
		}
		return value, slope
	}
	t := root(0, math.MaxFloat64, tolerance*math.Abs(gap), missing)
	for i := range w {
		if a, room := b.climb(v[i], w[i], gap); a > 0 {
			b.move(v, w, i, min(t, room), gap)
		}
	}
}
