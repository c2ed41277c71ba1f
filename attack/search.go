package attack

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// A search is the state of one run of a descent.
type search struct {
	descent
	*Problem
	result   *Result
	pictures []picture
	lattice  *lattice
	lo, hi   float32
	in       *tensor.Tensor // what the model classifies
	dlogits  *tensor.Tensor // cotangents, made when the number of classes is known
	ascent   []float32      // direction of a step
}

// A picture is the state of a search on one picture of the batch.
type picture struct {
	*Outcome
	index     int
	criterion Criterion
	stop      Criterion
	classes   []int
	sign      float64 // of the loss: +1 towards the classes, -1 away from them
	rng       *rand.Rand

	x    []float32 // the original
	v    []float32 // the point that moves
	in   []float32 // what is classified: v, or v rounded; the same memory as v if there is no lattice
	best best      // the result
	peak best      // with a lattice, the best v of this restart

	dlogits []float64 // gradient of the loss at in
	scale   float64   // dlogits times scale is what the model gets
	grad    []float32 // of the latest step, kept for the observer
	moved   bool      // grad is filled

	taken  int  // steps in this restart
	file   bool // in is rounded to the lattice
	halted bool // the stop is met for in
	climbs bool // a step is due
	done   bool
}

// begin checks the problem and the settings and prepares a search.
func (d descent) begin(p *Problem) (*search, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := d.check(p); err != nil {
		return nil, err
	}
	if p.Eps == 0 {
		d.steps, d.restarts, d.random = 0, 1, false
	}
	n, m := p.X.Batch(), len(p.X.Image(0))
	s := &search{
		descent:  d,
		Problem:  p,
		result:   &Result{X: p.X.Clone(), Images: make([]Outcome, n)},
		pictures: make([]picture, n),
		lattice:  p.lattice(),
		in:       p.X.Clone(),
		ascent:   make([]float32, m),
	}
	s.lo, s.hi = p.Model.Bounds()
	for i := range s.pictures {
		pic := &s.pictures[i]
		*pic = picture{
			Outcome:   &s.result.Images[i],
			index:     i,
			criterion: p.Criteria[i],
			stop:      p.Criteria[i],
			sign:      -1,
			rng:       p.source(i),
			x:         p.X.Image(i),
			v:         s.in.Image(i),
			in:        s.in.Image(i),
			best:      best{pixels: s.result.X.Image(i)},
		}
		pic.Outcome.FirstSuccess, pic.Outcome.Loss = -1, math.NaN()
		if p.Stop != nil {
			pic.stop = p.Stop[i]
		}
		var toward bool
		if pic.classes, toward = pic.criterion.Goal(); toward {
			pic.sign = 1
		}
		if s.lattice != nil {
			pic.v, pic.peak.pixels = make([]float32, m), make([]float32, m)
		}
		if p.Observe != nil {
			pic.grad = make([]float32, m)
		}
		s.start(pic)
	}
	return s, nil
}

// source returns the source of random numbers of picture i.
func (p *Problem) source(i int) *rand.Rand {
	index := uint64(i)
	if p.Index != nil {
		index = p.Index[i]
	}
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[0:], p.Seed)
	binary.LittleEndian.PutUint64(seed[8:], index)
	return rand.New(rand.NewChaCha8(seed))
}

// active reports whether any picture is still under attack.
func (s *search) active() bool {
	for i := range s.pictures {
		if !s.pictures[i].done {
			return true
		}
	}
	return false
}

// firstError returns the error of the first picture that has one.
func (s *search) firstError() error {
	for i := range s.pictures {
		if err := s.pictures[i].Err; err != nil {
			return fmt.Errorf("%s: picture %d: %w", s.name, i, err)
		}
	}
	return nil
}

// start puts a picture at a starting point.
func (s *search) start(pic *picture) {
	copy(pic.v, pic.x)
	if s.random {
		s.Norm.random(pic.v, pic.x, s.Eps, pic.rng)
		s.confine(pic)
	}
	pic.taken, pic.peak.rated = 0, false
	s.show(pic, pic.v, false)
}

// confine brings v back into the bounds and the ball.
func (s *search) confine(pic *picture) {
	tensor.Clamp(pic.v, s.lo, s.hi)
	s.Norm.project(pic.v, pic.x, s.Eps)
}

// show presents a picture to the model at the next Forward, rounded if it is to be
// judged as a file.
func (s *search) show(pic *picture, v []float32, file bool) {
	pic.file, pic.climbs = file, false
	if file {
		s.lattice.round(pic.in, v, pic.x)
	} else {
		copy(pic.in, v)
	}
}

// forward classifies the batch.
func (s *search) forward() (*tensor.Tensor, error) {
	logits := s.Model.Forward(s.in)
	if s.dlogits == nil {
		if err := checkLogits(logits, len(s.pictures)); err != nil {
			return nil, err
		}
		k := logits.Shape[1]
		if err := s.checkCriteria(k); err != nil {
			return nil, err
		}
		s.dlogits = tensor.New(logits.Shape...)
		for i := range s.pictures {
			s.pictures[i].dlogits = make([]float64, k)
			s.pictures[i].Logits = make([]float32, k)
		}
	}
	return logits, nil
}

// backward returns the gradients of the pictures that climb, each times its scale.
func (s *search) backward() *tensor.Tensor {
	clear(s.dlogits.Data)
	for i := range s.pictures {
		if pic := &s.pictures[i]; pic.climbs {
			pic.scale = cotangent(s.dlogits.Image(i), pic.dlogits)
			pic.Backwards++
		}
	}
	return s.Model.Backward(s.dlogits)
}

// rate takes the logits of what was shown into the picture's record.
func (s *search) rate(pic *picture, logits []float32) {
	pic.Forwards++
	if k, ok := tensor.Finite(logits); !ok {
		s.fail(pic, fmt.Errorf("after %d steps the model's logit of class %d is %g", pic.Steps, k, logits[k]))
		return
	}
	loss := pic.sign * s.loss.Eval(pic.dlogits, logits, pic.classes)
	for k := range pic.dlogits {
		pic.dlogits[k] *= pic.sign
	}
	met := pic.criterion.Met(logits)
	pic.halted = pic.stop.Met(logits)
	s.observe(pic, logits, loss, met)
	if !pic.file {
		pic.FloatSuccess = pic.FloatSuccess || met
		if s.lattice != nil {
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

// decide says what happens to a picture after it was rated: it is done, it climbs,
// or something else of it is shown.
func (s *search) decide(pic *picture) {
	pic.climbs = false
	rounds := s.lattice != nil && !pic.file
	switch {
	case pic.done:
	case pic.halted && rounds:
		s.show(pic, pic.v, true)
	case pic.halted:
		pic.done = true
	case pic.taken == s.steps:
		s.exhausted(pic)
	default:
		pic.climbs = true
	}
}

// exhausted ends a restart without further steps: what it found is rounded and
// judged if that has not been done, and else the next one starts.
func (s *search) exhausted(pic *picture) {
	pic.taken = s.steps
	switch {
	case s.lattice != nil && !pic.file:
		s.show(pic, pic.peak.pixels, true)
	case pic.Success || pic.Restarts+1 == s.restarts:
		pic.done, pic.climbs = true, false
	default:
		pic.Restarts++
		s.start(pic)
	}
}

// climb takes one step along the gradient, which is scaled.
func (s *search) climb(pic *picture, grad []float32) {
	if i, ok := tensor.Finite(grad); !ok {
		s.fail(pic, fmt.Errorf("after %d steps the gradient at value %d is %g", pic.Steps, i, grad[i]))
		return
	}
	if tensor.Linf(grad) == 0 {
		pic.ZeroGradients++
		s.exhausted(pic)
		return
	}
	s.Norm.Ascent(s.ascent, grad)
	for i, d := range s.ascent {
		pic.v[i] = float32(float64(pic.v[i]) + float64(s.stepSize*float64(d)))
	}
	s.confine(pic)
	pic.Steps++
	pic.taken++
	if s.Observe != nil {
		pic.moved = true
		unscale(pic.grad, grad, pic.scale)
	}
	s.show(pic, pic.v, pic.file)
}

// fail ends the attack on one picture.
func (s *search) fail(pic *picture, err error) {
	pic.Err = err
	pic.done, pic.climbs = true, false
	if !pic.best.rated {
		pic.Logits = nil
	}
}

// interrupted makes the pictures that are not done presentable: what has never been
// rated as a result is rated now. It returns the result and err.
func (s *search) interrupted(err error) (*Result, error) {
	pending := false
	for i := range s.pictures {
		pic := &s.pictures[i]
		switch {
		case pic.done:
			continue
		case pic.file: // is shown
		case pic.best.rated:
			pic.done = true
			continue
		case pic.peak.rated:
			s.show(pic, pic.peak.pixels, true)
		default:
			s.show(pic, pic.x, s.lattice != nil)
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
