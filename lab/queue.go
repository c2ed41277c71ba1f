package lab

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

const (
	maxPerClient = 8 // runs of one client that have not ended
	maxAside     = 8 // runs that have started but are paused or queued: their pictures stay in memory
)

var (
	mostRuns   = bounds{maxPerClient, 32, 64}      // runs that have not ended
	mostPaused = bounds{maxAside / 2, 6, maxAside} // of these, those that stand aside
)

// runs are all the runs, the oldest first. Its mutex is locked before that of a run.
type runs struct {
	mu    sync.Mutex
	all   []*run
	turns int // number of turns given out
}

// list returns all runs, the oldest first.
func (rs *runs) list() []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return slices.Clone(rs.all)
}

// unended returns the number of runs that have not ended.
func (rs *runs) unended() (n int) {
	for _, r := range rs.list() {
		if !r.state().final() {
			n++
		}
	}
	return n
}

func (rs *runs) find(id string) *run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	i := slices.IndexFunc(rs.all, func(r *run) bool { return r.about.ID == id })
	if i < 0 {
		return nil
	}
	return rs.all[i]
}

// before returns how many runs are before r in the queue.
func (rs *runs) before(r *run) (n int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	_, turn := r.place()
	for _, other := range rs.all {
		if s, t := other.place(); s == Queued && t < turn {
			n++
		}
	}
	return n
}

// place is a run's state and its turn.
func (r *run) place() (State, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.about.State, r.turn
}

func (r *run) state() State {
	s, _ := r.place()
	return s
}

// admit adds a run, unless there are too many. An admitted run waits as long as necessary.
func (rs *runs) admit(r *run) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if !rs.admits(mostRuns, r, func(other *run) bool { return !other.state().final() }) {
		return refuse(http.StatusTooManyRequests, "too_many_runs", "too many runs have not ended yet", "wait for one, or cancel one")
	}
	rs.turns++
	r.turn = rs.turns
	rs.all = append(rs.all, r)
	return nil
}

// admits reports whether there may be one more run like r of those that count; rs.mu is held.
func (rs *runs) admits(b bounds, r *run, counts func(*run) bool) bool {
	client, address, all := 0, 0, 0
	for _, other := range rs.all {
		if other == r || !counts(other) {
			continue
		}
		all++
		if other.client == r.client {
			client++
		}
		if other.address == r.address {
			address++
		}
	}
	return b.admit(client, address, all)
}

func (rs *runs) drop(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.all = slices.DeleteFunc(rs.all, func(x *run) bool { return x == r })
}

// compute waits until it is the run's turn to compute.
func (r *run) compute(ctx context.Context) (release func(), err error) {
	release, err = r.l.compute.join(ctx)
	if ctx.Err() != nil { // while it waited
		if err == nil {
			release()
		}
		return nil, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State == Queued { // and not paused again
		r.about.State = Running
		r.touch()
	}
	return release, nil
}

// stand yields the compute slot while the run is paused, and returns when it has a slot again. If
// the run is cancelled meanwhile, only its best picture remains to be judged, which is a short job.
func (r *run) stand(ctx context.Context, b *borrowed, release func()) func() {
	for r.state() == Paused && ctx.Err() == nil {
		b.rest()
		release()
		r.wait(ctx)
		var err error
		if release, err = r.compute(ctx); err != nil {
			release, _ = r.l.short.join(context.Background())
		}
	}
	return release
}

// wait returns when the run is no longer paused.
func (r *run) wait(ctx context.Context) {
	for {
		r.mu.Lock()
		paused, changed := r.about.State == Paused, r.changed
		r.mu.Unlock()
		if !paused {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// pause pauses a run at its next step.
func (r *run) pause() error {
	rs := &r.l.runs
	rs.mu.Lock()
	defer rs.mu.Unlock()
	room := rs.admits(mostPaused, r, (*run).aside)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State != Running && !(r.about.State == Queued && r.begun) {
		return nil
	}
	if !room {
		return refuse(http.StatusTooManyRequests, "too_many_paused", "too many runs are paused", "let one go on, or cancel one")
	}
	r.about.State = Paused
	r.touch()
	return nil
}

// aside reports whether a run has started but does not compute.
func (r *run) aside() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun && (r.about.State == Paused || r.about.State == Queued)
}

// resume lets a paused run go on when it is its turn again.
func (r *run) resume() error {
	rs := &r.l.runs
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State == Paused {
		rs.turns++
		r.about.State, r.turn = Queued, rs.turns
		r.touch()
	}
	return nil
}
