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
	rounds   bool           // the result is on the lattice
	in       *tensor.Tensor // what the model classifies
	parked   []int          // lengths of the arrays that are elsewhere, see Held
	dlogits  *tensor.Tensor // cotangents, made when the number of classes is known
}

// A picture is the state of a search on one picture of the batch.
type picture struct {
	*Outcome
	index     int
	criterion Goal
	stop      Goal
	direction Direction // of the goal
	loss      Loss      // whose gradient the picture follows
	rng       *rand.Rand

	ball Ball      // where it may be
	x    []float32 // the original
	v    []float32 // the point that moves
	in   []float32 // what is classified: v, or v rounded; the same memory as v if there is no lattice
	best best      // the result
	peak best      // with a lattice, the best v of this restart until a file is judged

	// apart: peak has memory of its own. At first it has that of best, which is not needed before a
	// file has been judged.
	apart bool

	dlogits []float64 // gradient of the loss at in
	scale   float64   // the model gets dlogits times scale
	grad    []float32 // the latest one, kept for the observer
	moved   bool      // a step has been taken

	original bool // it is still at the original

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
		rounds:   p.Levels != 0 && p.Eps != 0,
		in:       p.X.Clone(),
	}
	for i := range s.pictures {
		pic := &s.pictures[i]
		*pic = picture{
			Outcome:   &s.result.Images[i],
			index:     i,
			criterion: p.Criteria[i],
			stop:      p.Criteria[i],
			rng:       p.source(i),
			original:  true,
		}
		s.link(i)
		pic.Outcome.FirstSuccess, pic.Outcome.Loss = -1, math.NaN()
		pic.loss = first(s.loss)
		pic.Followed = pic.loss
		if p.Stop != nil {
			pic.stop = p.Stop[i]
		}
		pic.criterion.Direct(&pic.direction, nil)
		if s.rounds {
			pic.v = make([]float32, m)
		}
		if p.Observe != nil && n > 1 {
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

// backward returns the gradients of the pictures that climb, each times its scale. For the others
// it returns anything, whatever their cotangents.
func (s *search) backward() *tensor.Tensor {
	for i := range s.pictures {
		if pic := &s.pictures[i]; pic.climbs {
			pic.scale = cotangent(s.dlogits.Image(i), pic.dlogits)
			pic.Backwards++
		}
	}
	return s.Model.Backward(s.dlogits)
}
