package attacks

import (
	"cmp"
	"fmt"
	"math"

	"hoodwink/attack"
)

// Smallest looks for the smallest eps with which another attack meets the goal: with growing eps
// until it does, and then by halving the interval. An attack with a random start may succeed with
// one eps and fail with a larger one; then the result is still an upper bound. The example's own Eps
// is the largest that is tried. In Linf for files, and in L0, eps is searched in whole levels and
// pixels, until one less does not do.
type Smallest struct {
	Base attack.Attack

	// Tolerance is the relative difference of the ends of the interval at which the search stops, below
	// 1; 0 means 0.01. It stops too when no number lies between the ends.
	Tolerance float64
}

// Info implements attack.Attack: what the other attack needs, but for the order of results.
func (a Smallest) Info() attack.Info {
	i := a.Base.Info()
	i.Name, i.Minimal = "smallest-"+i.Name, true
	return i
}

// The eps with which the search begins, in pixel units, and how often it multiplies that by 4 if
// nothing else limits it.
const (
	smallestStart = 1. / 64
	smallestGrow  = 16
)

// check returns an error unless the search can end and the other attack's parameters are in range.
func (a Smallest) check() error {
	if !(a.Tolerance >= 0 && a.Tolerance < 1) {
		return fmt.Errorf("a tolerance of %g: want at least 0 and less than 1", a.Tolerance)
	}
	return attack.Validate(a.Base)
}

// Attack implements attack.Attack.
func (a Smallest) Attack(t *attack.Trial) {
	if err := a.check(); err != nil {
		t.Fail(err)
		return
	}
	limit, unit := t.Eps, 0.
	if t.Levels > 0 && t.Norm == attack.Linf {
		unit = 1 / float64(t.Levels-1)
	}
	if t.Norm.Counts() != "" {
		unit = 1
	}
	whole := func(eps float64) float64 {
		if unit == 0 {
			return eps
		}
		return math.Max(1, math.Round(eps/unit)) * unit
	}
	if t.Try(a.Base, 0) {
		return
	}
	lo, hi := 0., whole(math.Max(smallestStart, unit))
	for grown := 0; ; grown++ {
		hi = min(hi, limit)
		if t.Try(a.Base, hi) {
			break
		}
		if hi == limit || grown == smallestGrow || t.Over() {
			return
		}
		lo, hi = hi, 4*hi
	}
	enough := func() bool { return hi-lo <= cmp.Or(a.Tolerance, 0.01)*hi }
	if unit > 0 {
		enough = func() bool { return hi-lo < 1.5*unit }
	}
	for !enough() && !t.Over() {
		middle := whole((lo + hi) / 2)
		if middle <= lo || middle >= hi {
			return
		}
		if t.Try(a.Base, middle) {
			hi = middle
		} else {
			lo = middle
		}
	}
}

// Converged implements conform.Converging, if the other attack does.
func (a Smallest) Converged() attack.Attack {
	base, ok := a.Base.(interface{ Converged() attack.Attack })
	if !ok || base.Converged() == nil {
		return nil
	}
	return Smallest{Base: base.Converged(), Tolerance: 1e-4}
}
