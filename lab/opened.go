package lab

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
)

// A shelf keeps models open. Each is read once, however many requests need it at a time, and stays
// open until others need its room.
type shelf struct {
	open  func(name string) (*model.Model, error)
	limit int64 // bytes of weights

	mu     sync.Mutex
	models []*opened // the latest used is last
}

// An opened is an open model, with predictors that are not in use.
type opened struct {
	name  string
	ready chan struct{} // closed when the following fields are set
	m     *model.Model
	err   error
	bytes int64

	mu   sync.Mutex
	idle []*model.Predictor
}

// get returns an open model. The model is opened even if nobody waits for it any more.
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
		go s.fill(o)
	}
	s.mu.Unlock()
	select {
	case <-o.ready:
		return o, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *shelf) fill(o *opened) {
	o.m, o.err = s.open(o.name)
	if o.err == nil {
		const copies = 2 // as they were read, and packed for the kernels
		o.bytes = copies * 4 * o.m.Network.Params()
	}
	close(o.ready)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.err != nil {
		s.models = slices.DeleteFunc(s.models, func(x *opened) bool { return x == o })
	}
	var total int64
	for i := len(s.models) - 1; i >= 0; i-- {
		select {
		case <-s.models[i].ready:
		default:
			continue
		}
		if total += s.models[i].bytes; total > s.limit && s.models[i] != o {
			s.models = slices.Delete(s.models, i, i+1) // its users keep it
		}
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

// logits classifies pixels (1,3,H,W).
func (o *opened) logits(x *tensor.Tensor, threads int) ([]float32, error) {
	o.mu.Lock()
	var p *model.Predictor
	if n := len(o.idle); n > 0 {
		p, o.idle = o.idle[n-1], o.idle[:n-1]
	}
	o.mu.Unlock()
	if p == nil {
		var err error
		if p, err = o.m.Predictor(threads); err != nil {
			return nil, err
		}
	}
	out, err := p.Pixels(x)
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.idle) < idlePredictors {
		o.idle = append(o.idle, p)
	}
	return out, err
}

// openModel opens a model by its name, and only by its name: store.Open would also take a path.
func (l *Lab) openModel(name string) (*model.Model, error) {
	for _, o := range []store.Options{l.o.Models, l.uploads()} {
		for _, info := range store.List(o) {
			if info.Name == name {
				return store.Open(name, o)
			}
		}
	}
	return nil, refuse(404, "model_unknown", "no model is called "+quoted(name), "GET /api/models lists them")
}

// opening makes open read files that nobody has checked.
func (l *Lab) opening(open func(name string) (*model.Model, error)) func(string) (*model.Model, error) {
	return func(name string) (m *model.Model, err error) {
		err = l.safely("the model "+name, func() (err error) {
			m, err = open(name)
			return err
		})
		return m, err
	}
}

// uploads returns where the models are that were sent to the lab.
func (l *Lab) uploads() store.Options { return store.Options{Dir: filepath.Join(l.o.Dir, "models")} }

// modelNamed returns an open model; "" means the default one.
func (l *Lab) modelNamed(ctx context.Context, name string) (*opened, error) {
	if name == "" {
		name = l.defaultModel()
	}
	o, err := l.shelf.get(ctx, name)
	if err != nil {
		return nil, modelProblem(name, err)
	}
	return o, nil
}
