package attacks

// adapt takes steps in Linf or L2, and reports whether the trial goes on. It leaves a last point at v
// that nobody has asked about.
//
//	u = confine(v + size * ascent(gradient at v))
//	v = confine(v + .75 (u - v) + .25 (v - the point before v))
//
// The size is 2 eps at first. At checkpoints it is halved, and the ascent goes on from its best point,
// if few steps since the last checkpoint went up, or if nothing better was found since one at which
// the size was kept. Checkpoints are .22 of the steps apart at first, .03 less each time, and at least .06.
// As in the authors' program the first step goes up if the loss is positive after it.
func (w *ascent) adapt(steps int, rho float64) bool {
	if !w.begin() {
		return !w.t.Over()
	}
	n := float64(steps)
	every, least, less := max(int(0.22*n), 1), max(int(0.06*n), 1), max(int(0.03*n), 1)
	size, since, rises := 2*w.t.Eps, 0, 0
	previous, bestBefore, halved := 0., w.highest, true
	for i := range steps {
		copy(w.next, w.v)
		w.ball.Ascend(w.next, w.g, size)
		w.confine(w.next)
		keep := 0.75
		if i == 0 {
			keep = 1
		}
		for k, v := range w.v {
			step := float64(keep*(float64(w.next[k])-float64(v))) + float64((1-keep)*(float64(v)-float64(w.old[k])))
			w.old[k], w.v[k] = v, float32(float64(v)+step)
		}
		w.confine(w.v)
		if i == steps-1 {
			break
		}
		loss, ok := w.look()
		if !ok || w.flat {
			return ok
		}
		if loss > previous {
			rises++
		}
		previous = loss
		if since++; since < every {
			continue
		}
		halved = float64(rises) <= rho*float64(every) || !halved && bestBefore >= w.highest
		if bestBefore = w.highest; halved {
			size /= 2
			w.back()
		}
		since, rises, every = 0, 0, max(every-less, least)
	}
	return true
}

// sparser is how many times fewer values a step changes than the best point so far.
const sparser = 1.5

// sparse takes steps in L1 that change only the values with the largest gradients, as many as share
// says at first, and reports whether the trial goes on. changed is the number of values that were
// changed before. It leaves a last point at v: in the trial's own ball, one that nobody has asked about.
//
// The size is eps at first. At checkpoints, .04 of the steps apart, steps become as sparse as the best
// point, and more. If that has become sparser, the size is eps again and the ascent goes on from there;
// if not, the size falls, down to eps/10.
func (w *ascent) sparse(steps int, share, changed float64) bool {
	if !w.begin() {
		return !w.t.Over()
	}
	every, size := max(int(0.04*float64(steps)), 1), w.ball.Eps
	for i := range steps {
		sparseStep(w.v, w.g, w.magnitude, share, size)
		w.ball.Confine(w.v)
		if i == steps-1 && w.ball.Eps == w.t.Eps {
			break
		}
		_, ok := w.look()
		if !ok || w.flat {
			return ok
		}
		if (i+1)%every != 0 {
			continue
		}
		now := w.changed(w.best)
		if now < 0.95*changed {
			size = w.ball.Eps
			w.back()
		} else {
			size = max(size/sparser, w.ball.Eps/10)
		}
		share, changed = now/sparser, now
	}
	return true
}
