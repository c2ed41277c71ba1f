package attack

import (
	"fmt"
	"math"
)

// A lattice is the set of pictures that a file of a given depth can hold: every value is k/top for
// an integer k, the level. Distances to the original are measured in levels, where they are exact
// if the original is on the lattice itself. So eps = 2.0/255 allows two levels of 255, despite the
// rounding errors of the division and of the float32 values.
type lattice struct {
	norm   Norm
	top    float64 // the level of white
	lo, hi float64 // the levels within the model's bounds
	radius float64 // eps in levels
}

const (
	slack    = 1e-7 // relative error of eps that is tolerated in Linf: float32(2.0/255) still means two levels
	halvings = 10   // steps of the search for the largest L2 perturbation that fits
)

func newLattice(norm Norm, eps float64, levels int, lo, hi float32) *lattice {
	l := &lattice{norm: norm, top: float64(levels - 1)}
	l.radius = eps * l.top
	if norm == Linf {
		l.radius *= 1 + slack
	}
	l.lo = max(0, math.Ceil(l.level(lo)))
	l.hi = min(l.top, math.Floor(l.level(hi)))
	return l
}

// value returns the pixel of level k, with the same bits as a pixel read from a file.
func (l *lattice) value(k float64) float32 { return float32(k) / float32(l.top) }

// level returns the level of pixel x: an integer if and only if x is on the lattice.
func (l *lattice) level(x float32) float64 {
	p := float64(x) * l.top
	if k := math.RoundToEven(p); l.value(k) == x {
		return k
	}
	return p
}

// around returns the range of levels that a pixel may have, considered by itself, if its original
// is at level p: those in bounds and, for Linf, no further than eps from p.
func (l *lattice) around(p float64) (lo, hi float64) {
	if l.norm != Linf {
		return l.lo, l.hi
	}
	return max(l.lo, math.Ceil(p-l.radius)), min(l.hi, math.Floor(p+l.radius))
}

// check returns an error unless some picture of the lattice is within eps of x.
func (l *lattice) check(x []float32, eps float64) error {
	var sum float64
	for i, v := range x {
		p := l.level(v)
		lo, hi := l.around(p)
		if !(lo <= hi) {
			return fmt.Errorf("value %d (%g) is further than eps %g from each of the %g levels: give a larger eps, or round the original first", i, v, eps, l.top+1)
		}
		d := min(max(math.RoundToEven(p), lo), hi) - p
		sum += float64(d * d)
	}
	if r := math.Sqrt(sum); l.norm == L2 && r > l.radius {
		return fmt.Errorf("rounding it to %g levels moves it by %g, more than eps %g: give a larger eps, or round the original first", l.top+1, r/l.top, eps)
	}
	return nil
}

// round writes to dst a picture of the lattice near v that is within eps of x. It is the nearest
// one if that is within eps. Otherwise it is the nearest one to x+part*(v-x), for the largest part
// with which it is; part is found by bisection.
func (l *lattice) round(dst, v, x []float32) {
	if l.nearest(dst, v, x, 1) <= l.radius || l.norm == Linf {
		return
	}
	fits, exceeds := 0.0, 1.0
	for range halvings {
		mid := (fits + exceeds) / 2
		if l.nearest(dst, v, x, mid) <= l.radius {
			fits = mid
		} else {
			exceeds = mid
		}
	}
	l.nearest(dst, v, x, fits)
}

// nearest rounds x+part*(v-x) to dst, each value to the levels that around allows, and returns the
// L2 distance of dst from x in levels.
func (l *lattice) nearest(dst, v, x []float32, part float64) float64 {
	var sum float64
	for i, o := range x {
		p := l.level(o)
		lo, hi := l.around(p)
		at := float64(o) + float64(part*(float64(v[i])-float64(o)))
		k := min(max(math.RoundToEven(at*l.top), lo), hi)
		dst[i] = l.value(k)
		d := k - p
		sum += float64(d * d)
	}
	return math.Sqrt(sum)
}
