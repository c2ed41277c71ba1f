package attacks

import (
	"math"

	"hoodwink/attack"
)

// An apgd is how APGDCE, APGDDLR and APGDT differ.
type apgd struct {
	steps, restarts int
	rho             float64 // the step is halved where fewer of the steps than this share went up
	plain           bool    // in L1, the ball is never larger than eps
	draws           int     // gradients of a point, of which the mean is followed
	loss            attack.Loss
}

// apgdNorms are those of the papers.
var apgdNorms = []attack.Norm{attack.Linf, attack.L2, attack.L1}

// climb is projected gradient descent that chooses its step size by itself, from random points in
// turn. It reports whether the trial goes on. The original has been judged before.
//
// In L1 it begins in a ball of three times the radius, goes on from the best point in one of twice the
// radius, and ends in that of eps: after .3, .3 and .4 of the steps.
func (a apgd) climb(t *attack.Trial) bool {
	w := newAscent(t, a)
	for range a.restarts {
		t.Start(w.v, false)
		ok := true
		if t.Norm != attack.L1 {
			w.random(t.Eps)
			ok = w.adapt(a.steps, a.rho)
		} else {
			ok = w.shrink(a.steps, !a.plain && a.draws == 1)
		}
		if !ok || !t.Settle(w.v, a.loss) {
			return false
		}
	}
	return true
}

// shrink goes up in L1, in larger balls first or at once in that of eps, and reports whether the trial
// goes on.
func (w *ascent) shrink(steps int, larger bool) bool {
	eps, part := w.t.Eps, int(math.Ceil(0.3*float64(steps)))
	if !larger || 2*part >= steps {
		w.random(eps)
		return w.sparse(steps, 0.2*w.free, w.free)
	}
	w.erase(3 * eps)
	for _, phase := range []struct {
		eps   float64
		steps int
	}{{3 * eps, part}, {2 * eps, part}, {eps, steps - 2*part}} {
		w.ball.Eps = phase.eps
		w.ball.Confine(w.v)
		changed := w.changed(w.v)
		if !w.sparse(phase.steps, changed/sparser, changed) {
			return false
		}
		if phase.eps > eps {
			copy(w.v, w.best)
		}
	}
	return true
}

// An ascent is a picture on its way up, with the memory that its steps need. Its ball may be larger
// than the trial's.
type ascent struct {
	t         *attack.Trial
	ball      attack.Ball
	loss      attack.Loss
	free      float64   // the number of values that may change
	v, old    []float32 // where it is, and where it was before its latest step
	next      []float32
	g         []float32 // gradient at v
	best      []float32 // the point of the highest loss so far
	bestG     []float32 // the gradient there
	highest   float64   // and the loss
	flat      bool      // the gradient is zero
	magnitude []float32 // of gradients, sorted
	draws     int       // gradients of a point
	sum       *sum      // of these
}

func newAscent(t *attack.Trial, a apgd) *ascent {
	w := &ascent{
		t: t, ball: t.Ball, loss: a.loss, v: t.New(), old: t.New(), next: t.New(), g: t.New(), best: t.New(), bestG: t.New(),
		magnitude: t.New(), free: float64(len(t.X)), draws: a.draws,
	}
	if a.draws > 1 {
		w.sum = newSum(t)
	}
	if t.Mask != nil {
		w.free = 0
		for _, m := range t.Mask {
			w.free += float64(m) * float64(t.Channels)
		}
	}
	return w
}

// random moves v to a random point of a ball of radius eps: in Linf and L2 one on its surface, in L1
// the nearest to Gaussian noise.
func (w *ascent) random(eps float64) {
	w.ball.Eps = eps
	for i := range w.next {
		if w.t.Norm == attack.Linf {
			w.next[i] = float32(2*w.t.Rand.Float64() - 1)
		} else {
			w.next[i] = float32(w.t.Rand.NormFloat64())
		}
	}
	scale := 1.
	if w.t.Norm != attack.L1 {
		clear(w.old)
		scale = eps / (w.t.Norm.Distance(w.next, w.old, w.t.Channels) + tiny)
	}
	for i, x := range w.t.X {
		w.v[i] = float32(float64(x) + float64(scale*float64(w.next[i])))
	}
	w.confine(w.v)
}

// erase moves v to the random point where the authors' program begins in L1: the nearest one of a ball
// of radius eps to a picture that is nearly black. That is the change alone of another point, which is
// nearest to noise on top of twice the original.
func (w *ascent) erase(eps float64) {
	w.ball.Eps = eps
	for i, x := range w.t.X {
		w.v[i] = float32(2*float64(x) + w.t.Rand.NormFloat64())
	}
	w.confine(w.v)
	for i, x := range w.t.X {
		w.v[i] -= x
	}
	w.confine(w.v)
}

// confine brings v into the ball and the bounds. In L2 it shortens the way from the original first and
// clamps then, as the authors do, so that v may end inside the ball.
func (w *ascent) confine(v []float32) {
	if d := w.ball.Size(v); w.t.Norm == attack.L2 && d > w.ball.Eps {
		for i, x := range w.t.X {
			v[i] = float32(float64(x) + float64(w.ball.Eps/d*(float64(v[i])-float64(x))))
		}
	}
	w.ball.Confine(v)
}

// tiny keeps quotients finite.
const tiny = 1e-12

// begin asks about the starting point of a phase, which is its best so far.
func (w *ascent) begin() bool {
	w.highest = math.Inf(-1)
	copy(w.old, w.v)
	_, ok := w.look()
	return ok && !w.flat
}

// look asks about v and the gradient there, and remembers both if the loss is higher than before. A
// point that is farther than the trial's eps is no candidate.
func (w *ascent) look() (loss float64, ok bool) {
	var s attack.Sight
	switch {
	case w.ball.Eps > w.t.Eps:
		s, ok = w.t.Outside(w.g, w.v, w.loss)
	case w.draws > 1:
		s, ok = w.t.GradientBy(w.g, w.v, w.loss, w.mean)
	default:
		s, ok = w.t.Gradient(w.g, w.v, w.loss)
	}
	if !ok {
		return 0, false
	}
	w.flat = s.Flat
	if s.Loss > w.highest {
		w.highest = s.Loss
		copy(w.best, w.v)
		copy(w.bestG, w.g)
	}
	return s.Loss, true
}

// mean writes the mean of several gradients at a point to g: those of a model with random numbers.
func (w *ascent) mean(g, at []float32) (scale float64, ok bool) {
	w.sum.clear()
	for range w.draws {
		if !w.sum.gradient(at, w.loss, 1/float64(w.draws)) {
			return 0, false
		}
	}
	return w.sum.write(g), true
}

// back returns to the best point.
func (w *ascent) back() {
	copy(w.v, w.best)
	copy(w.g, w.bestG)
}

// changed returns the number of values in which v is not the original.
func (w *ascent) changed(v []float32) float64 {
	return attack.L0Values.Distance(v, w.t.X, w.t.Channels)
}
