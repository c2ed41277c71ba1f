package lab

import (
	"context"
	"slices"
	"sync"
	"time"

	"hoodwink/internal/worker"
	"hoodwink/model"
	"hoodwink/tensor"
)

// An opener opens a model. One that was sent to the lab comes with the network that runs elsewhere.
type opener func(ctx context.Context, name string) (*model.Model, *worker.Model, error)

// A shelf keeps models open. Each is read once, however many requests need it at a time, and stays
// open until others need its room, or nobody has used it for a while.
type shelf struct {
	open  opener
	limit int64 // bytes of weights, and of predictors that are not in use
	keep  time.Duration

	mu     sync.Mutex
	models []*opened // the latest used is last
	timer  *time.Timer
}

// An opened is an open model, with predictors that are not in use.
type opened struct {
	name   string
	ready  chan struct{} // closed when the following fields are set
	m      *model.Model
	sent   *worker.Model // if it was sent to the lab; then m is to look at, and does not run
	err    error
	weight int64 // bytes

	// Under the shelf's mutex.
	users  int
	used   time.Time
	giveUp context.CancelFunc // ends the opening, when nobody waits for it any more
	idle   []*model.Predictor
}

// get returns an open model to a user, who gives it back with leave.
func (s *shelf) get(ctx context.Context, name string) (*opened, error) {
	s.mu.Lock()
	i := slices.IndexFunc(s.models, func(o *opened) bool { return o.name == name })
	var o *opened
	if i >= 0 {
		o = s.models[i]
		s.models = append(slices.Delete(s.models, i, i+1), o)
	} else {
		o = &opened{name: name, ready: make(chan struct{})}
		s.models = append(s.models, o)
		opening, cancel := context.WithCancel(context.WithoutCancel(ctx))
		o.giveUp = cancel
		go s.fill(opening, o)
	}
	o.users++
	s.mu.Unlock()
	var err error
	select {
	case <-o.ready:
		err = o.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		s.leave(o)
		return nil, err
	}
	return o, nil
}

// leave says that a user needs a model no more.
func (s *shelf) leave(o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.used = time.Now()
	if o.users--; o.users > 0 {
		return
	}
	select {
	case <-o.ready:
	default: // everybody who wanted it has gone
		o.giveUp()
		s.remove(o)
	}
	s.trim()
	if s.timer == nil {
		s.timer = time.AfterFunc(s.keep, s.sweep)
	}
}

// remove takes a model off the shelf; its users keep it. The mutex is held.
func (s *shelf) remove(o *opened) {
	s.models = slices.DeleteFunc(s.models, func(x *opened) bool { return x == o })
	o.idle = nil
}

func (s *shelf) fill(ctx context.Context, o *opened) {
	o.m, o.sent, o.err = s.open(ctx, o.name)
	switch {
	case o.err != nil:
	case o.sent != nil:
		const class = 200 // bytes of a name
		o.weight = class * int64(o.m.Labels.Len())
	default:
		const copies = 2 // as they were read, and packed for the kernels
		o.weight = copies * 4 * o.m.Network.Params()
	}
	close(o.ready)
	s.mu.Lock()
	defer s.mu.Unlock()
	o.giveUp()
	if o.err != nil {
		s.remove(o)
	}
	s.trim()
}

// trim makes what nobody uses fit into the limit: it drops predictors first, and then models, those
// that have not been used for the longest. The mutex is held.
func (s *shelf) trim() {
	total := int64(0)
	for _, o := range s.models {
		total += o.bytes()
	}
	drop := func(from func(o *opened)) {
		for _, o := range slices.Clone(s.models) {
			if total <= s.limit {
				return
			}
			total -= o.bytes()
			from(o)
			if slices.Contains(s.models, o) {
				total += o.bytes()
			}
		}
	}
	drop(func(o *opened) { o.idle = nil })
	drop(func(o *opened) {
		if o.users == 0 {
			s.remove(o)
		}
	})
}

// bytes returns what a model holds; the shelf's mutex is held.
func (o *opened) bytes() int64 {
	select {
	case <-o.ready:
	default:
		return 0 // not known yet
	}
	n := o.weight
	for _, p := range o.idle {
		n += int64(p.Bytes())
	}
	return n
}

// sweep drops what nobody has used for a while.
func (s *shelf) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := time.Duration(0)
	for _, o := range slices.Clone(s.models) {
		if o.users > 0 {
			continue // leave starts the timer again
		}
		if left := s.keep - time.Since(o.used); left > 0 {
			next = max(next, left)
		} else {
			s.remove(o)
		}
	}
	s.timer = nil
	if next > 0 {
		s.timer = time.AfterFunc(next, s.sweep)
	}
}

// forget drops a model that has changed or is gone.
func (s *shelf) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models = slices.DeleteFunc(s.models, func(o *opened) bool { return o.name == name })
}

// idlePredictors is the number of sessions that a model keeps for later predictions.
const idlePredictors = 2

// logits classifies pixels (1,3,H,W) with a model of one's own.
func (s *shelf) logits(o *opened, x *tensor.Tensor, threads int) ([]float32, error) {
	s.mu.Lock()
	var p *model.Predictor
	if n := len(o.idle); n > 0 {
		p, o.idle = o.idle[n-1], o.idle[:n-1]
	}
	s.mu.Unlock()
	if p == nil {
		var err error
		if p, err = o.m.Predictor(threads); err != nil {
			return nil, err
		}
	}
	out, err := p.Pixels(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(o.idle) < idlePredictors && slices.Contains(s.models, o) {
		o.idle = append(o.idle, p)
		s.trim()
	}
	return out, err
}
