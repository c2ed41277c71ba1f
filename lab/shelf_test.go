package lab

import (
	"context"
	"errors"
	"testing"
	"time"

	"hoodwink/internal/testnet"
	"hoodwink/internal/worker"
	"hoodwink/model"
	"hoodwink/preprocess"
)

// brightness opens a small model under any name.
func brightness(_ context.Context, name string) (*model.Model, *worker.Model, error) {
	spec, err := preprocess.Preset("raw", testnet.Side, testnet.Side)
	if err != nil {
		return nil, nil, err
	}
	m, err := model.New(name, testnet.Brightness(1, 0.5), spec, []string{"dark", "bright"})
	return m, nil, err
}

// use has a model on the shelf classify a picture, so that it keeps a predictor.
func use(t *testing.T, s *shelf, name string) *opened {
	t.Helper()
	o, err := s.get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer s.leave(o)
	if _, err := s.logits(o, testnet.Grey(0.5), 1); err != nil {
		t.Fatal(err)
	}
	return o
}

func (s *shelf) held() (bytes int64, names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.models {
		bytes += o.bytes()
		names = append(names, o.name)
	}
	return bytes, names
}

// TestShelfLimit: the shelf counts weights and idle predictors; when there are too many, predictors
// go first, then models, the longest unused first, and never those in use.
func TestShelfLimit(t *testing.T) {
	s := &shelf{open: brightness, limit: 1 << 40, keep: time.Hour}
	a := use(t, s, "a")
	each, _ := s.held()
	if session := each - a.weight; a.weight != 2*4*a.m.Network.Params() || session <= 0 || session != int64(a.idle[0].Bytes()) {
		t.Errorf("a model of %d parameters holds %d bytes, of which %d are weights", a.m.Network.Params(), each, a.weight)
	}
	b := use(t, s, "b")
	s.limit = 2*a.weight + (each - a.weight) // one predictor too many
	c := use(t, s, "b")
	if len(a.idle) != 0 || len(b.idle) != 1 || b != c {
		t.Errorf("%d and %d predictors are kept", len(a.idle), len(b.idle))
	}
	held, err := s.get(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	s.limit = a.weight
	use(t, s, "c")
	if n, names := s.held(); n > s.limit || len(names) != 1 || names[0] != "a" {
		t.Errorf("the shelf holds %v, %d bytes of %d", names, n, s.limit)
	}
	s.limit = 0
	s.leave(held)
	if n, names := s.held(); n != 0 {
		t.Errorf("the shelf holds %v", names)
	}
}

// TestShelfSweep: what nobody uses is gone after a while, what somebody uses stays.
func TestShelfSweep(t *testing.T) {
	s := &shelf{open: brightness, limit: 1 << 40, keep: time.Millisecond}
	held, err := s.get(t.Context(), "held")
	if err != nil {
		t.Fatal(err)
	}
	use(t, s, "a")
	use(t, s, "b")
	names := func() []string { _, names := s.held(); return names }
	until(t, "the end of those that are not in use", func() bool { return len(names()) == 1 })
	if names()[0] != "held" {
		t.Errorf("left is %v", names())
	}
	s.leave(held)
	until(t, "the end of the last", func() bool { return len(names()) == 0 })
}

// TestShelfGone: when everybody who waits for a model has gone, its opening ends, and the next who
// wants it begins anew.
func TestShelfGone(t *testing.T) {
	ended := make(chan error, 1)
	s := &shelf{keep: time.Hour, open: func(ctx context.Context, _ string) (*model.Model, *worker.Model, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, nil, ctx.Err()
	}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.get(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.open = brightness
	s.limit = 1 << 40
	use(t, s, "a")
}
