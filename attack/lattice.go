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
	top    float64 // the level of white
	lo, hi float64 // the levels within the model's bounds
	radius float64 // eps in levels, or as a count
}

// slack is the relative error of eps that is tolerated where distances are whole numbers of levels:
// float32(2.0/255) still means two.
const slack = 1e-7

// lattice returns that of b.Levels.
func (b *Ball) lattice() lattice {
	l := lattice{top: float64(b.Levels - 1)}
	l.radius = norms[b.Norm].radius(b.Eps, l.top)
	l.lo = max(0, math.Ceil(l.level(b.Lo)))
	l.hi = min(l.top, math.Floor(l.level(b.Hi)))
	return l
}

// value returns the pixel of level k, with the same bits as a pixel read from a file.
func (l lattice) value(k float64) float32 { return float32(k) / float32(l.top) }

// level returns the level of pixel x: an integer if and only if x is on the lattice.
func (l lattice) level(x float32) float64 {
	p := float64(x) * l.top
	if k := math.RoundToEven(p); l.value(k) == x {
		return k
	}
	return p
}

// nearest returns the level within bounds that is nearest to p.
func (l lattice) nearest(p float64) float64 { return min(max(math.RoundToEven(p), l.lo), l.hi) }

// off returns how many levels pixel x is from the nearest one.
func (l lattice) off(x float32) float64 {
	p := l.level(x)
	return l.nearest(p) - p
}

// between returns a part of the way from x to v, in levels.
func (l lattice) between(x, v float32, part float64) float64 {
	return (float64(x) + float64(part*(float64(v)-float64(x)))) * l.top
}

// check returns an error unless some picture of the lattice is within eps of the original.
func (l lattice) check(b *Ball) error {
	d := norms[b.Norm].apart(b, l)
	if d <= l.radius {
		return nil
	}
	worst := 0 // the value that is furthest from its level
	for i, x := range b.X {
		if math.Abs(l.off(x)) > math.Abs(l.off(b.X[worst])) {
			worst = i
		}
	}
	moved := fmt.Sprintf("%.6g", d/l.top)
	if what := b.Norm.Counts(); what != "" {
		moved = fmt.Sprintf("%g %s", d, what)
	}
	return fmt.Errorf("rounding it to %g levels moves it by %s in %v (value %d, which is %g, the most), more than eps %.6g: "+
		"give a larger eps, or round the original first", l.top+1, moved, b.Norm, worst, b.X[worst], b.Eps)
}
