package attack

import (
	"math"

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
		x := v
		if t.file {
			t.Round(t.shown, v)
			x = t.shown
		}
		s, halted, ok := t.one(x, l, g)
		switch {
		case !ok:
			return s, false
		case halted && t.Rounds() && !t.file:
			t.begin(true) // now as a file
		case halted:
			t.done = true
			return s, false
		case t.info.Minimal && t.Rounds() && !t.file && t.improved:
			t.begin(true) // a smaller change is worth something only as a file
			if _, ok := t.look(v, l, nil); !ok {
				return s, false
			}
			t.begin(false)
			return s, true
		default:
			return s, true
		}
	}
}

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
	if err := actual.Check(t.K, &t.direction); err != nil {
		t.Fail(err)
		return false
	}
	return true
}

// one asks about one candidate: once, or as often as there are samples.
func (t *Trial) one(x []float32, l Loss, g []float32) (s Sight, halted, ok bool) {
	n := max(1, t.options.Samples)
	rows := t.prepare(n, l)
	for _, r := range rows {
		r.x, r.candidate, r.g = x, n == 1, g
		r.classes, r.jacobian = t.classes, t.jacobian
		if n > 1 && g != nil {
			r.g = r.sample()
		}
	}
	if !t.ask(rows) {
		return Sight{}, false, false
	}
	if n == 1 {
		return rows[0].sight(), rows[0].halted, true
	}
	return t.mean(rows, x, g)
}

// mean rates a candidate by the mean over samples.
func (t *Trial) mean(rows []*query, x, g []float32) (s Sight, halted, ok bool) {
	n := float64(len(rows))
	clear(t.z)
	for k := range t.z {
		var sum float64
		for _, r := range rows {
			sum += float64(r.z[k])
		}
		t.z[k] = float32(sum / n)
	}
	s = Sight{Logits: t.z, Scale: math.Inf(1)}
	for _, r := range rows {
		s.Loss += r.value / n
		s.Scale = min(s.Scale, r.scale)
	}
	s.Met, halted = t.rate(x, t.z, s.Loss)
	if g != nil && !halted {
		clear(g)
		for _, r := range rows {
			tensor.AddScaled(g, float32(s.Scale/r.scale/n), r.g)
		}
	}
	return s, halted, true
}

// rate enters a candidate in the record, and reports whether it meets the goal and the stop.
func (t *Trial) rate(x, z []float32, loss float64) (met, halted bool) {
	met = t.example.Goal.Met(z)
	halted = t.stop != nil && t.stop.Met(z)
	var size float64
	if t.minimal || t.info.Minimal {
		size = t.Size(x)
	}
	t.observe(x, z, loss, met)
	if t.direction.Clean == nil && t.v.Forwards <= 1 && same(x, t.X) {
		t.direction.Clean = append([]float32(nil), z...)
	}
	if !t.file {
		t.v.FloatSuccess = t.v.FloatSuccess || met
		if t.Rounds() {
			if t.improved = t.peak.better(met, loss, size, t.info.Minimal); t.improved {
				t.peak.take(x, met, loss, size)
			}
			t.improved = t.improved && met
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

func same(a, b []float32) bool {
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
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
