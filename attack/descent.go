package attack

import (
	"context"
	"fmt"
	"math"
)

// descent is projected gradient descent, the loop of FGSM, BIM and PGD, which differ only in its
// settings:
//
//	v = x, or a random point of the ball of radius eps around x
//	repeat steps times, and all of it for each restart:
//		v = project(clip(v + stepSize * ascent(gradient of the loss at v)))
//
// It ends for a picture as soon as its Stop is met; the original is judged first, even where all
// starting points are random. If the result is to be on a lattice, the
// picture is then rounded. If the rounded picture does not meet it, the remaining steps take the
// gradient at the rounded picture and apply it to v, which is not rounded, so that changes of less
// than a level add up.
type descent struct {
	name     string
	steps    int
	stepSize float64
	restarts int  // number of starting points
	random   bool // starting points are random
	loss     Loss
}

// run attacks the pictures of p.
func (d descent) run(ctx context.Context, p *Problem) (*Result, error) {
	s, err := d.begin(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	for s.active() && ctx.Err() == nil {
		if err := s.between(); err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		if ctx.Err() != nil {
			break
		}
		logits, err := s.forward()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		climbing := false
		for i := range s.pictures {
			if pic := &s.pictures[i]; !pic.done {
				s.rate(pic, logits.Image(i))
				s.decide(pic)
				climbing = climbing || pic.climbs
			}
		}
		if !climbing || ctx.Err() != nil {
			continue
		}
		grad := s.backward()
		for i := range s.pictures {
			if pic := &s.pictures[i]; pic.climbs {
				s.climb(pic, grad.Image(i))
			}
		}
	}
	if s.active() {
		return s.interrupted(ctx.Err())
	}
	return s.result, s.firstError()
}

// derived returns size, or a default if size is 0: with it the published number of steps covers a
// distance of reach times eps. More steps than that have the same size and go farther; fewer steps
// are larger and cover the same distance.
func derived(size, reach, eps float64, published, steps int) float64 {
	if size == 0 {
		return reach * eps / float64(min(steps, published))
	}
	return size
}

// check returns an error unless the settings make sense for p.
func (d descent) check(p *Problem) error {
	switch {
	case d.steps < 1:
		return fmt.Errorf("%d steps: want at least 1", d.steps)
	case d.restarts < 1:
		return fmt.Errorf("%d restarts: want at least 1", d.restarts)
	case d.restarts > 1 && !d.random:
		return fmt.Errorf("%d restarts from one starting point all find the same picture: want a random start, or 1 restart", d.restarts)
	case d.random && math.IsInf(p.Eps, 1):
		return fmt.Errorf("there is no random start in an infinite eps: give a finite eps, or switch the random start off")
	case math.IsInf(d.stepSize, 1) && math.IsInf(p.Eps, 1):
		return fmt.Errorf("no step size follows from an infinite eps: give a finite eps, or a step size where the attack takes one")
	case !(d.stepSize >= 0) || math.IsInf(d.stepSize, 1):
		return fmt.Errorf("step size is %g: want a finite size above 0", d.stepSize)
	}
	return nil
}

// A best is the best picture so far and its record. An adversarial picture is better than one that
// is not; among those, the higher loss is better.
type best struct {
	pixels []float32
	rated  bool // the rest of the record belongs to pixels
	met    bool
	loss   float64
}

// offer replaces the best picture by another one if that is better.
func (b *best) offer(pixels []float32, met bool, loss float64) bool {
	if b.rated && (b.met && !met || b.met == met && !(loss > b.loss)) {
		return false
	}
	copy(b.pixels, pixels)
	b.rated, b.met, b.loss = true, met, loss
	return true
}
