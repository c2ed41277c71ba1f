package attack

import (
	"math"
	"slices"

	"hoodwink/tensor"
)

// look classifies v, a candidate, rounded once that is needed, and with g computes its gradient
// unless the stop is met.
func (t *Trial) look(v []float32, l Loss, g []float32) (Sight, bool) {
	if !t.ready(l) {
		return Sight{}, false
	}
	t.flat = false
	for {
		sights, ok := t.consider(l, g, t.show(v))
		if !ok {
			return Sight{}, false
		}
		s := sights[0]
		switch {
		case s.halted && t.Rounds() && !t.file:
			t.begin(true) // now as a file
		case s.halted:
			t.done = true
			return s, false
		case t.promising():
			copy(t.z, s.Logits) // which the next question overwrites
			s.Logits = t.z
			return s, t.judge(t.peak.pixels, l)
		default:
			return s, true
		}
	}
}

// show returns v as it is to be classified: itself, or rounded.
func (t *Trial) show(v []float32) []float32 {
	if !t.file {
		return v
	}
	t.Round(t.shown, v)
	return t.shown
}

// judge classifies v as a file, beside what else is going on, and reports whether to go on.
func (t *Trial) judge(v []float32, l Loss) bool {
	t.file = true
	sights, ok := t.consider(l, nil, t.show(v))
	t.file = false
	t.peak.judged = t.peak.judged || ok && slices.Equal(v, t.peak.pixels)
	if t.info.Minimal && t.peak.judged && !t.best.met { // a larger change may still be a file that is met
		t.peak.rated = false
	}
	t.done = ok && sights[0].halted
	return ok && !t.done
}

// unjudged reports whether the best point is still to be judged as a file.
func (t *Trial) unjudged() bool { return t.Rounds() && !t.file && t.peak.rated && !t.peak.judged }

// promising reports whether to judge the best point as a file at once: a smaller change is worth
// something only as that.
func (t *Trial) promising() bool { return t.info.Minimal && t.unjudged() && t.peak.met }

// begin says whether what is shown from now on is rounded.
func (t *Trial) begin(file bool) {
	if t.file = file; file {
		t.peak.rated = false
	}
}

// ready reports whether a question with a loss makes sense, and learns what the loss needs.
func (t *Trial) ready(l Loss) bool {
	if t.over || t.done {
		return t.refuse()
	}
	actual := t.loss(l)
	t.v.Followed = actual
	if actual == KL && t.direction.Clean == nil {
		rows := t.prepare(1, decision{})
		rows[0].x = t.X
		if !t.ask(rows) {
			return false
		}
		t.direction.Clean = append([]float32(nil), rows[0].z...)
	}
	return true
}

// consider asks about candidates, as often as there are samples of each, and rates them. The sights
// are valid until the next question.
func (t *Trial) consider(l Loss, g []float32, xs ...[]float32) ([]Sight, bool) {
	n := max(1, t.options.Samples)
	if t.final { // which may be all that is left
		queries, _ := t.Left()
		if n = min(n, queries); n < 1 {
			return nil, false
		}
	}
	rows := t.prepare(n*len(xs), l)
	for i, r := range rows {
		r.x, r.candidate, r.g = xs[i/n], n == 1, g
		r.classes, r.jacobian = t.classes, t.jacobian
		if n > 1 && g != nil {
			r.g = r.sample()
		}
	}
	if !t.ask(rows) {
		return nil, false
	}
	t.sights = t.sights[:0]
	for i := range xs {
		if n > 1 {
			t.sights = append(t.sights, t.mean(rows[i*n:(i+1)*n], xs[i], g))
			continue
		}
		r := rows[i]
		t.sights = append(t.sights, Sight{Loss: r.value, Met: r.met, Logits: r.z, Scale: r.scale, halted: r.halted})
	}
	return t.sights, true
}

// mean rates a candidate by the mean over samples, whose logits the first of them takes.
func (t *Trial) mean(rows []*query, x, g []float32) Sight {
	n := float64(len(rows))
	s := Sight{Logits: rows[0].z, Scale: math.Inf(1)}
	for k := range s.Logits {
		var sum float64
		for _, r := range rows {
			sum += float64(r.z[k])
		}
		s.Logits[k] = float32(sum / n)
	}
	for _, r := range rows {
		s.Loss += r.value / n
		s.Scale = min(s.Scale, r.scale)
	}
	s.Met, s.halted = t.rate(x, s.Logits, s.Loss)
	if g != nil && !s.halted {
		clear(g)
		for _, r := range rows {
			tensor.AddScaled(g, float32(s.Scale/r.scale/n), r.g)
		}
	}
	return s
}

// rate enters a candidate in the record, and reports whether it meets the goal and the stop. What an
// attack of minimum norm asks about beyond Eps, on its way, is no candidate.
func (t *Trial) rate(x, z []float32, loss float64) (met, halted bool) {
	met = t.example.Goal.Met(z)
	halted = t.stop != nil && t.stop.Met(z)
	var size float64
	if t.minimal || t.info.Minimal {
		size = t.Size(x)
	}
	if t.info.Minimal && !t.file && size > t.Eps {
		return met, false
	}
	t.observe(x, z, loss, met)
	if t.direction.Clean == nil && t.v.Steps == 0 && slices.Equal(x, t.X) {
		t.direction.Clean = append([]float32(nil), z...)
	}
	if !t.file {
		t.v.FloatSuccess = t.v.FloatSuccess || met
		if t.Rounds() {
			if t.peak.better(met, loss, size, t.info.Minimal) {
				t.peak.take(x, met, loss, size)
			}
			return met, halted
		}
	}
	if met && t.v.FirstSuccess < 0 {
		t.v.FirstSuccess = t.v.Steps
	}
	if t.best.better(met, loss, size, t.minimal) {
		t.best.take(x, met, loss, size)
		copy(t.v.Logits, z)
		t.v.Success, t.v.Loss = met, loss
	}
	return met, halted
}

func (t *Trial) observe(x, z []float32, loss float64, met bool) {
	if t.options.Observe == nil {
		return
	}
	step := Step{
		Image: t.v.Number, Restart: t.v.Restarts, Step: t.v.Steps,
		Pixels: x, Logits: z, Loss: loss, Met: met, File: t.file,
	}
	if t.v.Steps > 0 {
		step.Grad = t.kept
	}
	t.options.Observe(step)
}

// Fail ends the trial with an error of this picture.
func (t *Trial) Fail(err error) {
	t.v.Err, t.over = err, true
	if !t.best.rated {
		t.v.Logits = nil
		copy(t.best.pixels, t.X)
	}
}
