package attacks

import (
	"math"

	"hoodwink/attack"
)

// A region is where a step along a boundary may go. The step solves, for the original x, the point v, the
// normal w of the boundary and what the boundary's value is to rise by,
//
//	min ||z-x||  for  <w, z-v> = gap,  ||z-v||_2 <= radius,  z within the bounds
//
// in the norm of the trial. Where the radius does not matter, z is the point of the hyperplane nearest
// to x. Otherwise, with a multiplier lambda for the hyperplane and a pull for the radius, each value of z
// depends on these two alone:
//
//	z = x + clamp(shrink(v - x + lambda w, pull))
//
// where shrink is the proximal map of the norm. <w, z-v> rises with lambda, and the way from v to z with
// the pull, so that both are found by bisection.
type region struct {
	*attack.Trial
	v, w, to []float32
	radius   float64
	lambda   float64
	pull     float64     // that of the latest step, near which the next one is
	nearest  attack.Ball // in L2, whatever the norm is
}

func newRegion(t *attack.Trial, v, w []float32) *region {
	r := &region{Trial: t, v: v, w: w, to: t.New(), pull: 1, nearest: t.Ball}
	r.nearest.Norm = attack.L2
	return r
}

// The bisections: how many steps they may take, how near the ends of the pull are when one ends, and the part
// of a gap by which a step may miss the boundary.
const (
	regionSearch = 60
	regionClose  = 1.0005
	regionMiss   = 5e-3
)

// step moves v.
func (r *region) step(gap float64) {
	r.find(gap)
	copy(r.v, r.to)
}

// find writes where the step goes to r.to.
func (r *region) find(gap float64) {
	var beyond float64 // what v itself has gained from the original
	for i, x := range r.X {
		beyond += float64(float64(r.w[i]) * (float64(r.v[i]) - float64(x)))
	}
	r.Onto(r.to, r.X, r.w, gap+beyond)
	if gained, length := r.gained(); length <= r.radius && r.enough(gained, gap) {
		return
	}
	r.nearest.Onto(r.to, r.v, r.w, gap)
	if gained, length := r.gained(); length >= r.radius || !r.enough(gained, gap) {
		part := min(1, r.radius/length)
		for i, v := range r.v {
			r.to[i] = float32(float64(v) + float64(part*(float64(r.to[i])-float64(v))))
		}
		return
	}
	low, high := 0., math.Inf(1) // pulls with which the step is short enough, and too long
	factor := 1.2
	for range regionSearch {
		if r.solve(r.pull, gap) {
			low = r.pull
		} else {
			high = r.pull
		}
		if high <= low*regionClose {
			break
		}
		switch {
		case math.IsInf(high, 1):
			r.pull *= factor
			factor *= factor
		case low == 0:
			r.pull /= factor
			factor *= factor
		default:
			r.pull = math.Sqrt(low * high)
		}
		if !(r.pull > 1e-30 && r.pull < 1e30) {
			r.pull = 1
			break
		}
	}
	if low > 0 {
		r.pull = low
		r.solve(low, gap)
		return
	}
	r.nearest.Onto(r.to, r.v, r.w, gap)
}

// gained returns what a step to r.to gains, and its length in L2.
func (r *region) gained() (gained, length float64) {
	for i, v := range r.v {
		d := float64(r.to[i]) - float64(v)
		gained += float64(float64(r.w[i]) * d)
		length += float64(d * d)
	}
	return gained, math.Sqrt(length)
}

// enough reports whether a gain is what is wanted.
func (r *region) enough(gained, gap float64) bool {
	return math.Abs(gained-gap) <= regionMiss*math.Abs(gap)+1e-9
}

// solve writes the point of the hyperplane with a pull to r.to, and reports whether there is one within the
// radius. It leaves the multiplier where the next search begins.
func (r *region) solve(pull, gap float64) bool {
	low, high := math.Inf(-1), math.Inf(1)
	below, above := 0., 0. // what is missing at low, and too much at high
	width := max(math.Abs(r.lambda), 1e-6) / 8
	for range regionSearch {
		gained, length := r.at(r.lambda, pull)
		if r.enough(gained, gap) {
			return length <= r.radius
		}
		if gained < gap {
			low, below = r.lambda, gap-gained
			above /= 2 // Illinois: an end that stays counts half
		} else {
			high, above = r.lambda, gained-gap
			below /= 2
		}
		switch {
		case math.IsInf(high, 1):
			r.lambda = low + width
			width *= 4
		case math.IsInf(low, -1):
			r.lambda = high - width
			width *= 4
		default:
			next := low + (high-low)*below/(below+above)
			if !(next > low && next < high) {
				next = low + (high-low)/2
			}
			if !(next > low && next < high) { // neighbours: what is gained jumps here
				r.lambda = high
				_, length := r.at(high, pull)
				return length <= r.radius
			}
			r.lambda = next
		}
	}
	if math.IsInf(high, 1) || math.IsInf(low, -1) { // out of reach
		r.lambda = 0
		return false
	}
	r.lambda = high
	_, length := r.at(high, pull)
	return length <= r.radius
}

// at writes the point that belongs to two multipliers to r.to, and returns what it gains and its way from v.
func (r *region) at(lambda, pull float64) (gained, length float64) {
	places := len(r.v)
	if r.Norm == attack.L0 {
		places /= r.Channels
	}
	for p := range places {
		var worth float64
		for i := p; i < len(r.v); i += places {
			x := float64(r.X[i])
			want := float64(r.v[i]) - x + float64(lambda*float64(r.w[i]))
			d := min(max(shrink(r.Norm, want, pull), float64(r.Lo)-x), float64(r.Hi)-x)
			worth += float64(d * (2*want - d))
			r.to[i] = float32(x + d)
		}
		for i := p; i < len(r.v); i += places {
			if r.Norm.Counts() != "" && worth <= 2*pull { // to change it costs more than that is worth
				r.to[i] = r.X[i]
			}
			d := float64(r.to[i]) - float64(r.v[i])
			gained += float64(float64(r.w[i]) * d)
			length += float64(d * d)
		}
	}
	return gained, math.Sqrt(length)
}

// shrink is the proximal map of a norm for one value. In Linf the pull is one over the size that is left. In
// L0 and L0Values it is decided for whole places, and not here.
func shrink(n attack.Norm, d, pull float64) float64 {
	switch n {
	case attack.Linf:
		return min(max(d, -1/pull), 1/pull)
	case attack.L2:
		return d / (1 + pull)
	case attack.L1:
		return math.Copysign(max(0, math.Abs(d)-pull), d)
	}
	return d
}
