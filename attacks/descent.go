package attacks

import (
	"errors"
	"math"

	"hoodwink/attack"
)

// A descent is how FGSM, BIM and PGD differ.
type descent struct {
	steps, restarts int
	size            float64 // of a step
	random          bool    // starting points are random
	exact           bool    // project onto ball and bounds exactly
	loss            attack.Loss
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
	if d.random {
		if _, ok := t.Score(t.X, d.loss); !ok {
			return
		}
	}
	for range d.restarts {
		t.Start(v, d.random)
		for range d.steps {
			s, ok := t.Gradient(g, v, d.loss)
			if !ok {
				return
			}
			if s.Flat {
				break
			}
			t.Ascend(v, g, d.size)
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

// everyNorm is what attacks know that ask a norm for its steepest ascent only.
var everyNorm = []attack.Norm{attack.Linf, attack.L2, attack.L1, attack.L0, attack.L0Values}

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
