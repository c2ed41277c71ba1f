package lab

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

const (
	maxPerClient = 8 // runs of one client that have not ended
	maxAside     = 8 // runs that have started but are paused or queued: their pixels are on disk

	maxParked = 4 << 30  // bytes of memory that paused runs have on disk instead
	maxCurves = 64 << 20 // bytes of probabilities that paused runs keep in memory
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
	r.mu.Lock()
	defer r.mu.Unlock()
	rs.line(r)
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

// line puts a run at the end of the queue; rs.mu and r.mu are held. Its turn and its place at the
// gate are taken together, so that runs compute in the order of their turns.
func (rs *runs) line(r *run) {
	rs.turns++
	r.turn, r.slot = rs.turns, r.l.compute.queue(1, true)
}

// compute waits until it is the run's turn to compute. A run that is paused has no turn.
func (r *run) compute(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.mu.Lock()
		changed := r.changed
		if r.about.State == Paused {
			r.yield()
		}
		var ready chan struct{} // which never comes while the run is paused
		if r.slot != nil {
			ready = r.slot.ready
		}
		select {
		case <-ready:
			r.about.State = Running
			r.touch()
			r.mu.Unlock()
			return nil
		default:
		}
		r.mu.Unlock()
		select {
		case <-ready:
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// yield gives up the run's place among those that compute or wait for it; r.mu is held.
func (r *run) yield() {
	if r.slot != nil {
		r.slot.leave()
		r.slot = nil
	}
}

// pause pauses a run at its next step.
func (r *run) pause() error {
	rs := &r.l.runs
	rs.mu.Lock()
	defer rs.mu.Unlock()
	room := rs.admits(mostPaused, r, (*run).aside) && rs.stores(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	waits := r.about.State == Queued && r.begun
	if r.about.State != Running && !waits {
		return nil
	}
	if !room {
		return refuse(http.StatusTooManyRequests, "too_many_paused", "too many runs are paused", "let one go on, or cancel one")
	}
	if waits {
		r.yield()
	}
	r.about.State = Paused
	r.touch()
	return nil
}

// stores reports whether there is room for what another run like r keeps while it stands aside;
// rs.mu is held.
func (rs *runs) stores(r *run) bool {
	parked, curves := r.needs, r.curves()
	for _, other := range rs.all {
		if other != r && other.aside() {
			parked, curves = parked+other.needs, curves+other.curves()
		}
	}
	return parked <= maxParked && curves <= maxCurves
}

// aside reports whether a run has started but does not compute.
func (r *run) aside() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.begun && (r.about.State == Paused || r.about.State == Queued)
}

// curves returns the bytes of the probabilities that a run remembers.
func (r *run) curves() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return 8 * int64(len(r.records)) * int64(r.classes)
}

// resume lets a paused run go on when it is its turn again, or at once if it has not stood still yet.
func (r *run) resume() error {
	rs := &r.l.runs
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.about.State != Paused:
		return nil
	case r.slot != nil:
		r.about.State = Running
	default:
		r.about.State = Queued
		rs.line(r)
	}
	r.touch()
	return nil
}
