package attack

import "math"

// tolerance is the relative error of a radius that a multiplier may leave: less than the float32 of
// a value can show.
const tolerance = 1e-12

// root returns a root between lo and hi, 0 or more, of a falling, piecewise linear function that is
// positive at lo and negative at hi. eval returns its value and its slope. Newton's method is exact
// on a piece. Where it would leave the interval, and in every twelfth step, the interval is halved
// instead, by exponents as long as the ends are of different orders, so that functions of many
// pieces cost no more steps than digits.
func root(lo, hi, tolerance float64, eval func(t float64) (value, slope float64)) float64 {
	t := lo
	for step := 1; ; step++ {
		value, slope := eval(t)
		if !(math.Abs(value) > tolerance) {
			return t
		}
		if value > 0 {
			lo = t
		} else {
			hi = t
		}
		next := t - value/slope
		if !(next > lo && next < hi) || step%12 == 0 {
			if next = lo + (hi-lo)/2; lo > 0 && hi > 4*lo {
				next = math.Sqrt(lo) * math.Sqrt(hi)
			}
		}
		if !(next > lo && next < hi) { // they are neighbours
			return hi
		}
		t = next
	}
}

// cut spends a budget on n items in the order of their keys, the largest first. It returns the key
// at which the budget ends: all items with a larger key fit, and left remains for those that have
// this one. It is 0 where all fit. Keys and weights are not negative.
//
// The bits of a float64 that is not negative are in the order of the numbers. So the key is found
// digit by digit, in one pass over the items for each, without sorting and without memory. Few
// digits do unless many keys are nearly equal.
func cut(n int, budget float64, item func(i int) (key, weight float64)) (key, left float64) {
	const width = 8 // bits of a digit
	var prefix uint64
	for shift := 64 - width; shift >= 0; shift -= width {
		var sums [1 << width]float64
		low, high := uint64(math.MaxUint64), uint64(0)
		for i := range n {
			key, weight := item(i)
			if bits := math.Float64bits(key); bits>>(shift+width) == prefix {
				sums[bits>>shift&(1<<width-1)] += weight
				low, high = min(low, bits), max(high, bits)
			}
		}
		switch {
		case low == high: // the only key that is left
			return math.Float64frombits(low), budget
		case low > high: // none: all fit
			return 0, budget
		}
		digit := uint64(len(sums) - 1)
		for ; digit > 0 && sums[digit] <= budget; digit-- {
			budget -= sums[digit]
		}
		prefix = prefix<<width | digit
	}
	return math.Float64frombits(prefix), budget
}
