package attack

import (
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// l0 is the row of L0, and of L0Values if values is set. It sees a picture as places of some channels
// each, or of one: what it counts.
type l0 struct{ values bool }

// channels returns the number of values of a place.
func (n l0) channels(channels int) int {
	if n.values {
		return 1
	}
	return channels
}

func (n l0) distance(a, b []float32, channels int) float64 {
	count, places := 0, len(a)/n.channels(channels)
	for p := range places {
		for i := p; i < len(a); i += places {
			if a[i] != b[i] {
				count++
				break
			}
		}
	}
	return float64(count)
}

// ascend moves the places to the corner of the bounds that gain most there: as many as the size, and
// at least one, since steps are often a part of a ball that lets few change.
func (n l0) ascend(b *Ball, v, grad []float32, size float64) {
	places := len(v) / n.channels(b.Channels)
	gain := func(p int) (sum, one float64) {
		for i := p; i < len(v); i += places {
			g := float64(grad[i])
			sum += math.Abs(float64(g * b.step(v[i], g)))
		}
		return sum, 1
	}
	best := pick(places, min(max(1, math.Floor(size)), math.Ceil(size)), gain)
	for p := range places {
		if !best.has(gain(p)) {
			continue
		}
		for i := p; i < len(v); i += places {
			if g := float64(grad[i]); g != 0 {
				v[i] = float32(float64(v[i]) + math.Copysign(b.step(v[i], g), g))
			}
		}
	}
}

// step returns the way to the bound in the direction of g, or 1 if the bound is infinite.
func (b *Ball) step(v float32, g float64) float64 {
	if r := b.room(v, g); !math.IsInf(r, 1) {
		return r
	}
	return 1
}

func (n l0) confine(b *Ball, v []float32) { n.project(b, v) }

// project clamps v to the bounds and lets those places keep that which are further from the original
// for it: they gain the most if a point of the ball is to be near v.
func (n l0) project(b *Ball, v []float32) {
	places := len(v) / n.channels(b.Channels)
	gain := func(p int) (sum, one float64) {
		for i := p; i < len(v); i += places {
			at, x := float64(min(max(v[i], b.Lo), b.Hi)), float64(b.X[i])
			sum += float64((at - x) * (2*float64(v[i]) - at - x)) // (v-x)^2 - (v-at)^2
		}
		return sum, 1
	}
	best := pick(places, math.Floor(b.Eps), gain)
	for p := range places {
		kept := best.has(gain(p))
		for i := p; i < len(v) && !kept; i += places {
			v[i] = b.X[i]
		}
	}
	tensor.Clamp(v, b.Lo, b.Hi)
}

// A choice is a set of items: those with the largest gains, and of equal ones the first.
type choice struct{ key, left float64 }

// pick chooses up to count of n items.
func pick(n int, count float64, gain func(i int) (gain, one float64)) choice {
	key, left := cut(n, count, gain)
	return choice{key, left}
}

// has reports whether an item is chosen. It must be asked about all items, in order. One that gains
// nothing never is.
func (c *choice) has(gain, one float64) bool {
	if gain == c.key {
		c.left -= one
		return gain > 0 && c.left >= 0
	}
	return gain > c.key
}

// random draws the places by selection sampling: each with the probability that as many are still to
// be drawn among those to come.
func (n l0) random(b *Ball, v []float32, rng *rand.Rand) {
	places := len(v) / n.channels(b.Channels)
	copy(v, b.X)
	free := 0.0
	for p := range places {
		if b.free(p) {
			free++
		}
	}
	lo, hi := float64(b.Lo), float64(b.Hi)
	if math.IsInf(lo, -1) {
		lo = min(0, hi)
	}
	if math.IsInf(hi, 1) {
		hi = max(1, lo)
	}
	wanted := min(math.Floor(b.Eps), free)
	for p := range places {
		if !b.free(p) {
			continue
		}
		if rng.Float64()*free < wanted {
			wanted--
			for i := p; i < len(v); i += places {
				v[i] = float32(lo + float64((hi-lo)*rng.Float64()))
			}
		}
		free--
	}
}

func (l0) radius(eps, _ float64) float64 { return math.Floor(eps) }

// apart counts the places that no file can hold.
func (n l0) apart(b *Ball, l lattice) float64 {
	count, places := 0, len(b.X)/n.channels(b.Channels)
	for p := range places {
		if n.off(b, l, p, places) {
			count++
		}
	}
	return float64(count)
}

func (l0) off(b *Ball, l lattice, p, places int) bool {
	for i := p; i < len(b.X); i += places {
		if l.off(b.X[i]) != 0 {
			return true
		}
	}
	return false
}

// round is project among the pictures of the lattice. Places that no file can hold as they are come
// first, since they change in any case.
func (n l0) round(b *Ball, l lattice, dst, v []float32) {
	places := len(v) / n.channels(b.Channels)
	gain := func(p int) (sum, one float64) {
		if n.off(b, l, p, places) {
			return math.Inf(1), 1
		}
		for i := p; i < len(v); i += places {
			q, x := float64(v[i])*l.top, l.level(b.X[i])
			k := l.nearest(q)
			sum += float64((k - x) * (2*q - k - x)) // (q-x)^2 - (q-k)^2
		}
		return sum, 1
	}
	best := pick(places, l.radius, gain)
	for p := range places {
		kept := best.has(gain(p))
		for i := p; i < len(v); i += places {
			dst[i] = b.X[i]
			if kept {
				dst[i] = l.value(l.nearest(float64(v[i]) * l.top))
			}
		}
	}
}

func (n l0) span(channels, pixels int) float64 {
	return float64(channels / n.channels(channels) * pixels)
}

func (n l0) dual(grad []float32, channels int) float64 {
	places, most := len(grad)/n.channels(channels), 0.
	for p := range places {
		var sum float64
		for i := p; i < len(grad); i += places {
			sum += math.Abs(float64(grad[i]))
		}
		most = max(most, sum)
	}
	return most
}

// onto has the places that gain most go to the corner of their bounds, in turn, until that is enough.
// The last one goes a part of the way.
func (n l0) onto(b *Ball, v, w []float32, gap float64) {
	places, side := len(v)/n.channels(b.Channels), math.Copysign(1, gap)
	gain := func(p int) (sum, same float64) {
		for i := p; i < len(v); i += places {
			sum += math.Abs(float64(w[i])) * b.step(v[i], side*float64(w[i]))
		}
		return sum, sum
	}
	key, left := cut(places, math.Abs(gap), gain)
	for p := range places {
		sum, _ := gain(p)
		if sum < key || sum == 0 {
			continue
		}
		part := 1.
		if sum == key {
			part = min(1, max(0, left)/sum)
			left -= sum
		}
		for i := p; i < len(v); i += places {
			if w[i] != 0 {
				b.move(v, w, i, part*b.step(v[i], side*float64(w[i])), gap)
			}
		}
	}
}
