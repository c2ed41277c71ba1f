package attack

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"hoodwink/tensor"
)

// A Trial is all that an attack on one picture may ask and do. It counts, keeps the budget, judges,
// rounds, masks, keeps the best, observes, and ends: no attack does.
//
// Its methods that ask the model return ok false when the trial is over: a picture was found, the
// budget is used up, or the run was cancelled. The attack then returns. Whatever it returns, the
// best picture that was ever classified is the result. An attack whose Info says Minimal may ask about
// pictures farther than Eps, too; these are answered, and cannot be the result.
type Trial struct {
	Ball             // where the picture may go. X must not be written to
	Shape []int      // C, H, W
	K     int        // number of classes
	Rand  *rand.Rand // random numbers of this attack on this picture

	example   Example
	stop      Goal // nil: never
	direction Direction
	info      Info // of the attack that is on
	minimal   bool // of the attack that was started
	options   *Options
	file      bool      // what is shown is rounded
	shown     []float32 // it, with a lattice
	best      record    // the result; its pixels are on the lattice, if there is one
	peak      record    // with a lattice, the best point since the last one that was judged as a file
	turned    bool      // Auto follows Margin
	flat      bool      // the latest gradient was zero: the point has not moved since it was judged
	settled   bool      // a restart has ended
	done      bool      // the stop was met in this stage
	over      bool      // nothing may be asked any more
	final     bool      // the last judgement, which is always allowed
	refused   int
	began     time.Time
	v         Verdict
	z         []float32 // logits that outlast a question
	exact     []float64 // gradient of the loss with respect to them
	kept      []float32 // the latest gradient, for the observer
	rows      []*query
	asked     []*query // those that wait for an answer
	sights    []Sight
	decided   []bool
	classes   []int       // of the Jacobian that is asked for
	jacobian  [][]float32 // where it goes
	place     *place
	yield     func(struct{}) bool
}

// A record is a picture and what is known of it.
type record struct {
	pixels []float32
	rated  bool // the rest of the record belongs to pixels
	judged bool // as a file, too
	met    bool
	loss   float64
	size   float64
}

// better reports whether a picture that is met or not, with that loss and size, is to replace the
// record.
func (r *record) better(met bool, loss, size float64, minimal bool) bool {
	switch {
	case !r.rated || met && !r.met:
		return true
	case met != r.met:
		return false
	case minimal && met:
		return size < r.size
	}
	return loss > r.loss
}

// take makes a picture the record.
func (r *record) take(x []float32, met bool, loss, size float64) {
	copy(r.pixels, x)
	r.rated, r.judged, r.met, r.loss, r.size = true, false, met, loss, size
}

// A Sight is what a classification has shown of a candidate.
type Sight struct {
	Loss   float64
	Met    bool      // the goal is met
	Logits []float32 // (K), the trial's until the next question

	// Scale is the power of two by which the gradient was multiplied, so that it does not vanish in
	// float32. Directions do not mind; who adds gradients divides by it.
	Scale float64

	// Flat says that the gradient is zero wherever pixels may change: there is nothing to follow.
	Flat bool

	halted bool // the stop is met
}

// New returns a picture of zeros from the memory of the trial's place.
func (t *Trial) New() []float32 { return t.place.picture() }

// Goal returns what is asked for. See [Classes] for the classes that it is about.
func (t *Trial) Goal() Goal { return t.example.Goal }

// Left returns how many pictures may still be classified, and how many gradients computed.
func (t *Trial) Left() (queries, gradients int) {
	b := t.options.Budget
	both := remaining(b.Both, t.v.Forwards+t.v.Backwards)
	return min(both, remaining(b.Queries, t.v.Forwards)), min(both, remaining(b.Gradients, t.v.Backwards))
}

func remaining(limit, used int) int {
	if limit == 0 {
		return math.MaxInt
	}
	return limit - used
}

// Over reports whether nothing may be asked any more.
func (t *Trial) Over() bool { return t.over || t.done }

// Warn adds a sentence to the verdict on what makes its result doubtful.
func (t *Trial) Warn(sentence string) { t.v.Warnings = append(t.v.Warnings, sentence) }

// Score classifies v, a candidate.
func (t *Trial) Score(v []float32, l Loss) (Sight, bool) { return t.look(v, l, nil) }

// Gradient classifies v, a candidate, and writes to g the gradient of the loss there, times
// Sight.Scale, with zeros where pixels may not change. A nil loss is Auto: the cross-entropy, and
// the margin from where the gradient of that vanishes.
func (t *Trial) Gradient(g, v []float32, l Loss) (Sight, bool) {
	for {
		s, ok := t.look(v, l, g)
		if !ok || !t.follow(g, l, &s) {
			return s, ok && !t.over
		}
	}
}

// follow looks at a gradient that was asked for, and reports whether to ask again with another
// loss.
func (t *Trial) follow(g []float32, l Loss, s *Sight) (again bool) {
	if i, ok := tensor.Finite(g); !ok {
		t.Fail(NotFinite("after %d steps the gradient at value %d is %g", t.v.Steps, i, g[i]))
		return false
	}
	hidden := !zero(g)
	t.Cover(g)
	s.Flat = zero(g)
	hidden = hidden && s.Flat
	if t.kept != nil {
		unscale(t.kept, g, s.Scale)
	}
	switch {
	case !s.Flat:
		t.v.Steps++
	case isAuto(l) && !t.turned:
		t.turn()
		return true
	default:
		t.flat = true
		t.v.ZeroGradients++
		if hidden {
			t.v.HiddenGradients++
		}
	}
	return false
}

func zero(g []float32) bool {
	return !slices.ContainsFunc(g, func(v float32) bool { return v != 0 })
}

// turn makes Auto follow the margin from here. What was found so far is rated again, since values
// of different losses cannot be compared.
func (t *Trial) turn() {
	t.turned, t.v.Turned, t.v.Followed = true, true, Margin
	t.peak.loss = math.Inf(-1) // gives way to the next one that is as good
	if t.best.rated {
		t.best.loss = margin.Eval(t.exact, t.v.Logits, &t.direction)
		t.v.Loss = t.best.loss
	}
}

// loss returns the loss that stands for l now.
func (t *Trial) loss(l Loss) Loss {
	if t.turned && isAuto(l) {
		return Margin
	}
	return first(l)
}

// Scores classifies candidates together, as they are, and returns what was seen of each. Those that
// meet the stop are judged as files. The sights are valid until the next question.
func (t *Trial) Scores(l Loss, vs ...[]float32) ([]Sight, bool) {
	if !t.ready(l) {
		return nil, false
	}
	t.flat, t.file = false, false
	sights, ok := t.consider(l, nil, vs...)
	halted := func(s Sight) bool { return s.halted }
	switch {
	case !ok:
		return nil, false
	case !t.Rounds():
		t.done = slices.ContainsFunc(sights, halted)
		return sights, !t.done
	case !t.promising() && !slices.ContainsFunc(sights, halted):
		return sights, true
	}
	seen := slices.Clone(sights) // questions about files overwrite them
	for i := range seen {
		seen[i].Logits = slices.Clone(seen[i].Logits)
	}
	for i, s := range seen {
		if s.halted && !t.judge(vs[i], l) {
			return seen, false
		}
	}
	return seen, !t.promising() || t.judge(t.peak.pixels, l)
}

// Decide classifies candidates by a model that may answer decisions only, and reports which of them
// meet the goal. The result is valid until the next question.
func (t *Trial) Decide(vs ...[]float32) (met []bool, ok bool) {
	sights, ok := t.Scores(decision{}, vs...)
	t.decided = t.decided[:0]
	for _, s := range sights {
		t.decided = append(t.decided, s.Met)
	}
	return t.decided, ok
}

// decision is the loss of attacks that know none.
type decision struct{}

// String implements Loss.
func (decision) String() string { return "decision" }

// Check implements Loss.
func (decision) Check(int, *Direction) error { return nil }

// Eval implements Loss.
func (decision) Eval([]float64, []float32, *Direction) float64 { return 0 }

// GradientBy is Gradient for attacks that follow something else than the gradient at v: that of
// points around it, or of copies that were changed. It classifies v, and ask writes what is to be
// followed to g, with the help of Gradients, where at is v as it was classified: rounded, where the
// result is to be a file and v was good enough.
func (t *Trial) GradientBy(
	g, v []float32, l Loss, ask func(g, at []float32) (scale float64, ok bool),
) (s Sight, ok bool) {
	if s, ok = t.Score(v, l); !ok {
		return s, false
	}
	at := v
	if t.file {
		at = t.shown
	}
	for {
		if s.Scale, ok = ask(g, at); !ok || !t.follow(g, l, &s) {
			return s, ok && !t.over
		}
	}
}

// Gradients writes to gs the gradients at points that are no candidates: neighbours, scaled copies.
// All have the same scale, which it returns: the smallest one that is needed. They are whole, since
// a pixel of a copy need not be where it was in the picture: what is done with them heeds the mask.
func (t *Trial) Gradients(gs, vs [][]float32, l Loss) (scale float64, ok bool) {
	if !t.ready(l) {
		return 0, false
	}
	rows := t.prepare(len(vs), l)
	for i, r := range rows {
		r.x, r.g = vs[i], gs[i]
	}
	if !t.ask(rows) {
		return 0, false
	}
	scale = math.Inf(1)
	for _, r := range rows {
		scale = min(scale, r.scale)
	}
	for _, r := range rows {
		if i, ok := tensor.Finite(r.g); !ok {
			t.Fail(NotFinite("after %d steps the gradient at value %d is %g", t.v.Steps, i, r.g[i]))
			return 0, false
		}
		if part := float32(scale / r.scale); part != 1 {
			for i := range r.g {
				r.g[i] *= part
			}
		}
	}
	return scale, true
}

// Outside classifies v, which may be farther from the original than Eps and therefore is no candidate,
// and writes to g the gradient of the loss there, as Gradient does.
func (t *Trial) Outside(g, v []float32, l Loss) (Sight, bool) {
	if !t.ready(l) {
		return Sight{}, false
	}
	r := t.prepare(1, l)[0]
	r.x, r.g = v, g
	if !t.ask(t.rows[:1]) {
		return Sight{}, false
	}
	if i, ok := tensor.Finite(g); !ok {
		t.Fail(NotFinite("after %d steps the gradient at value %d is %g", t.v.Steps, i, g[i]))
		return Sight{}, false
	}
	t.Cover(g)
	s := Sight{Loss: r.value, Met: t.example.Goal.Met(r.z), Logits: r.z, Scale: r.scale, Flat: zero(g)}
	if !s.Flat {
		t.v.Steps++
	}
	return s, true
}

// Jacobian classifies v, a candidate, and writes to js the gradients of the logits of classes: one
// classification and a gradient for each class. It counts as one step.
func (t *Trial) Jacobian(js [][]float32, v []float32, l Loss, classes ...int) (Sight, bool) {
	t.classes, t.jacobian = classes, js
	s, ok := t.look(v, l, nil)
	t.classes, t.jacobian = nil, nil
	if ok {
		t.v.Steps++
	}
	for k, j := range js {
		if i, finite := tensor.Finite(j); ok && !finite {
			t.Fail(NotFinite("after %d steps the gradient of logit %d at value %d is %g", t.v.Steps, classes[k], i, j[i]))
			return s, false
		}
		t.Cover(j)
	}
	return s, ok
}
