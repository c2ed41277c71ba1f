package attack

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/tensor"
)

// start puts a picture at a starting point: at first the original, which may need no change.
func (s *search) start(pic *picture) {
	copy(pic.v, pic.x)
	if s.random && !pic.original {
		pic.ball.Random(pic.v, pic.rng)
		pic.ball.Confine(pic.v)
	}
	pic.taken = 0
	if s.rounds && pic.best.rated && !pic.apart { // which the peak may not overwrite any more
		pic.peak.pixels, pic.apart = make([]float32, len(pic.v)), true
	}
	s.show(pic, pic.v, false)
}

// show puts a picture into the batch of the next Forward, rounded if it is to be judged as a file.
func (s *search) show(pic *picture, v []float32, file bool) {
	pic.file, pic.climbs = file, false
	if file {
		pic.ball.Round(pic.in, v)
		pic.peak.rated = false
	} else {
		copy(pic.in, v)
	}
}

// rate enters the logits of what was shown in the picture's record.
func (s *search) rate(pic *picture, logits []float32) {
	pic.Forwards++
	if k, ok := tensor.Finite(logits); !ok {
		s.fail(pic, NotFinite("after %d steps the model's logit of class %d is %g", pic.Steps, k, logits[k]))
		return
	}
	loss := pic.loss.Eval(pic.dlogits, logits, &pic.direction)
	met := pic.criterion.Met(logits)
	pic.halted = pic.stop.Met(logits)
	s.observe(pic, logits, loss, met)
	if !pic.file {
		pic.FloatSuccess = pic.FloatSuccess || met
		if s.rounds {
			pic.peak.offer(pic.v, met, loss)
			return
		}
	}
	if met && pic.FirstSuccess < 0 {
		pic.FirstSuccess = pic.Steps
	}
	if pic.best.offer(pic.in, met, loss) {
		copy(pic.Logits, logits)
		pic.Success, pic.Loss = met, loss
	}
}

func (s *search) observe(pic *picture, logits []float32, loss float64, met bool) {
	if s.Observe == nil {
		return
	}
	step := Step{
		Image: pic.index, Restart: pic.Restarts, Step: pic.Steps,
		Pixels: pic.in, Logits: logits,
		Loss: loss, Met: met, File: pic.file,
	}
	if pic.moved {
		step.Grad = pic.grad
	}
	s.Observe(step)
}

// decide chooses what happens to a picture after it was rated: it is done, it climbs, or another
// version of it is shown.
func (s *search) decide(pic *picture) {
	pic.climbs = false
	rounds := s.rounds && !pic.file
	switch {
	case pic.done:
	case pic.halted && rounds:
		s.show(pic, pic.v, true)
	case pic.halted:
		pic.done = true
	case pic.original && s.random:
		pic.original = false
		s.start(pic)
	case pic.taken == s.steps:
		s.exhausted(pic)
	default:
		pic.climbs = true
	}
}

// exhausted ends a restart that has no steps left. What it found is rounded and judged if that has
// not been done; otherwise the next restart begins.
func (s *search) exhausted(pic *picture) {
	pic.taken = s.steps
	switch {
	case s.rounds && !pic.file:
		s.show(pic, pic.peak.pixels, true)
	case pic.Success || pic.Restarts+1 == s.restarts:
		pic.done, pic.climbs = true, false
	default:
		pic.Restarts++
		s.start(pic)
	}
}

// climb takes one step along the gradient, which is scaled and is overwritten.
func (s *search) climb(pic *picture, grad []float32) {
	if i, ok := tensor.Finite(grad); !ok {
		s.fail(pic, NotFinite("after %d steps the gradient at value %d is %g", pic.Steps, i, grad[i]))
		return
	}
	flat := zero(grad)
	if pic.ball.Cover(grad); zero(grad) {
		s.keep(pic, grad)
		s.stuck(pic, !flat)
		return
	}
	pic.ball.Ascend(pic.v, grad, s.stepSize)
	pic.ball.Confine(pic.v)
	pic.Steps++
	pic.taken++
	s.keep(pic, grad)
	pic.moved = true
	s.show(pic, pic.v, pic.file)
}

// keep keeps a gradient, which is scaled, for the observer. That of a single picture stays where it
// is: nothing overwrites it before it has been observed.
func (s *search) keep(pic *picture, grad []float32) {
	if s.Observe == nil {
		return
	}
	if len(s.pictures) == 1 {
		pic.grad = grad
	}
	unscale(pic.grad, grad, pic.scale)
}

// stuck handles a picture whose gradient is zero everywhere; hidden says that only the mask made it
// so. The picture follows another loss from where it is, if the choice of the loss is ours;
// otherwise the restart ends.
func (s *search) stuck(pic *picture, hidden bool) {
	if (s.loss == nil || s.loss == Auto) && pic.loss != Margin {
		s.turn(pic, Margin)
		return
	}
	pic.ZeroGradients++
	if hidden {
		pic.HiddenGradients++
	}
	s.exhausted(pic)
}

// turn makes a picture follow another loss from where it is. What it has found so far is rated
// again, since values of different losses cannot be compared.
func (s *search) turn(pic *picture, loss Loss) {
	pic.loss, pic.Followed, pic.Turned = loss, loss, true
	pic.peak.loss = math.Inf(-1) // gives way to the next one that is as good
	if pic.best.rated {
		pic.best.loss = loss.Eval(pic.dlogits, pic.Logits, &pic.direction)
		pic.Outcome.Loss = pic.best.loss
	}
	s.show(pic, pic.v, pic.file)
}

func zero(grad []float32) bool {
	return !slices.ContainsFunc(grad, func(g float32) bool { return g != 0 })
}

// fail ends the attack on one picture.
func (s *search) fail(pic *picture, err error) {
	pic.Err = err
	pic.done, pic.climbs = true, false
	if !pic.best.rated {
		pic.Logits = nil
		copy(pic.best.pixels, pic.x)
	}
}

// interrupted makes a result of the pictures that are not done: the best one that has not been
// judged as a file is judged now. It returns the result and err.
func (s *search) interrupted(err error) (*Result, error) {
	pending := false
	for i := range s.pictures {
		pic := &s.pictures[i]
		switch {
		case pic.done:
			continue
		case pic.file && !pic.climbs: // is shown, but not rated yet
		case pic.peak.rated:
			s.show(pic, pic.peak.pixels, true)
		case pic.best.rated:
			pic.done = true
			continue
		default:
			s.show(pic, pic.x, s.rounds)
		}
		pending = true
	}
	if !pending {
		return s.result, err
	}
	logits, bad := s.forward()
	if bad != nil {
		return nil, fmt.Errorf("%s: %w", s.name, bad)
	}
	for i := range s.pictures {
		if pic := &s.pictures[i]; !pic.done {
			s.rate(pic, logits.Image(i))
			pic.done = true
		}
	}
	return s.result, err
}
