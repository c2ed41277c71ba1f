package attacks

import (
	"cmp"
	"errors"
	"math"

	"hoodwink/attack"
)

// A descent is how attacks of one loop differ: FGSM, BIM and PGD by their numbers, the others by what
// they do in place of one of its lines, too.
type descent struct {
	steps, restarts int
	size            float64 // of a step
	random          bool    // starting points are random
	exact           bool    // project onto ball and bounds exactly
	loss            attack.Loss

	start    func(v []float32)                              // moves v, where a restart begins
	gradient func(g, v []float32) (s attack.Sight, ok bool) // as Trial.Gradient
	ascend   func(v, g []float32, s attack.Sight)           // as Trial.Ascend
}

// descend is projected gradient descent, the loop of FGSM, BIM and PGD:
//
//	v = x, or a random point of the ball of radius eps around x
//	repeat steps times, and all of it for each restart:
//		v = confine(v + size * ascent(gradient of the loss at v))
//
// The original is judged first, even where all starting points are random: a picture that needs no
// change gets none. If the result is to be a file, the picture is rounded as soon as it meets the
// stop. If the rounded picture does not, the remaining steps take the gradient at the rounded
// picture and apply it to v, which is not rounded, so that changes of less than a level add up.
func descend(t *attack.Trial, d descent) {
	v, g := t.New(), t.New()
	if d.random || d.start != nil {
		if _, ok := t.Score(t.X, d.loss); !ok {
			return
		}
	}
	if d.gradient == nil {
		d.gradient = plain(t, d.loss)
	}
	if d.ascend == nil {
		d.ascend = func(v, g []float32, _ attack.Sight) { t.Ascend(v, g, d.size) }
	}
	for range d.restarts {
		t.Start(v, d.random)
		if d.start != nil {
			d.start(v)
			t.Confine(v)
		}
		for range d.steps {
			s, ok := d.gradient(g, v)
			if !ok {
				return
			}
			if s.Flat {
				break
			}
			d.ascend(v, g, s)
			if d.exact {
				t.Project(v)
			} else {
				t.Confine(v)
			}
		}
		if !t.Settle(v, d.loss) {
			return
		}
	}
}

// iterative returns the descent of iterative FGSM as attacks that are to transfer to other models have
// it: from the original, 10 steps of eps/10 unless it is said otherwise, with exact projections. Not ok:
// the trial has failed.
func iterative(t *attack.Trial, steps int, size float64, loss attack.Loss) (d descent, ok bool) {
	d = descent{steps: cmp.Or(steps, 10), restarts: 1, exact: true, loss: loss, gradient: plain(t, loss)}
	d.size = derived(size, 1, t.Eps, 10, d.steps)
	if err := limited(t.Eps, d.size, false); err != nil {
		t.Fail(err)
		return d, false
	}
	return d, true
}

// plain returns a descent's gradient at the picture itself.
func plain(t *attack.Trial, l attack.Loss) func(g, v []float32) (attack.Sight, bool) {
	return func(g, v []float32) (attack.Sight, bool) { return t.Gradient(g, v, l) }
}

// everyNorm is what attacks know that ask a norm for its steepest ascent only.
var everyNorm = []attack.Norm{attack.Linf, attack.L2, attack.L1, attack.L0, attack.L0Values}

// smoothNorms are those in which a step changes every value, so that gradients of several steps can be
// added up.
var smoothNorms = []attack.Norm{attack.Linf, attack.L2}

// derived returns size, or a default if size is 0: with it the published number of steps covers a
// distance of reach times eps. More steps than that have the same size and go farther; fewer steps
// are larger and cover the same distance.
func derived(size, reach, eps float64, published, steps int) float64 {
	if size == 0 {
		return reach * eps / float64(min(steps, published))
	}
	return size
}

// limited returns an error for what an attack cannot do without a finite eps.
func limited(eps, size float64, random bool) error {
	switch {
	case !math.IsInf(eps, 1):
		return nil
	case random:
		return errors.New("there is no random start in an infinite eps: give a finite eps, or switch the random start off")
	case math.IsInf(size, 1):
		return errors.New("no step size follows from an infinite eps: give a finite eps, or a step size where the attack takes one")
	}
	return nil
}

// startable returns an error for starting points that cannot be, or are all the same.
func startable(eps float64, d descent) error {
	if d.restarts > 1 && !d.random {
		return errors.New("restarts from one starting point all find the same picture: want a random start, or 1 restart")
	}
	return limited(eps, d.size, d.random)
}
