package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A Team runs the iterations of a loop on several goroutines. The whole process shares the helpers.
// They sleep when there is nothing to do, after a short look-out for the next loop. A Team holds
// the state of one loop at a time, so that running one allocates nothing.
//
// Iterations may run in any order on any worker. A body must write only to memory that belongs to
// its iteration (or to its worker), and must never accumulate across iterations. So results do not
// depend on the number of threads.
//
// Every worker begins with a share of its own, the same part of every loop, and helps with the
// others' shares when that is done. So what one loop has written lies mostly in the cache of the
// core that reads it in the next.
type Team struct {
	threads int
	body    func(worker, i int)
	shares  []share      // of the loop, one for each worker that can have one
	joined  int          // helpers that have entered this loop; guarded by helpers.mu
	active  atomic.Int32 // helpers still inside; changed under helpers.mu
	idle    sync.Cond
	failed  atomic.Pointer[panicked]
	done    <-chan struct{} // or nil
}

// StopBy makes the team leave out all iterations that it has not begun, now and in later loops, once
// done is closed. nil means never.
func (t *Team) StopBy(done <-chan struct{}) { t.done = done }

// Stopped reports whether the team leaves out iterations.
func (t *Team) Stopped() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// A share is a range of iterations. next is the first that no worker has begun.
type share struct {
	next atomic.Int64
	end  int64
	_    [48]byte // each share fills a cache line
}

// left reports whether there are iterations that no worker has begun.
func (s *share) left() bool { return s.next.Load() < s.end }

type panicked struct{ value any }

// helpers is the process-wide set of worker goroutines and the loops they may join.
var helpers struct {
	mu      sync.Mutex
	wake    sync.Cond
	started int
	loops   []*Team
	posted  atomic.Int64 // loops so far
}

// lookOut is how many times a thread polls for what it waits for before it sleeps: about 100
// microseconds, roughly the time that waking it up takes.
const lookOut = 100000

func init() { helpers.wake.L = &helpers.mu }

// NewTeam returns a team of the given number of threads, the caller included;
// 0 means GOMAXPROCS.
func NewTeam(threads int) *Team {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	t := &Team{threads: threads, shares: make([]share, 0, threads)}
	t.idle.L = &helpers.mu
	helpers.mu.Lock()
	for helpers.started < threads-1 {
		helpers.started++
		go help()
	}
	helpers.mu.Unlock()
	return t
}

// Threads returns the number of workers; worker numbers are below it.
func (t *Team) Threads() int { return t.threads }

// For calls body(worker, i) once for every i in [0, n) and returns when all are
// done. It must not be called from inside a body of the same team.
func (t *Team) For(n int, body func(worker, i int)) {
	if t.threads == 1 || n <= 1 {
		for i := 0; i < n && !t.Stopped(); i++ {
			body(0, i)
		}
		return
	}
	t.body, t.shares = body, t.shares[:min(t.threads, n)]
	for w := range t.shares {
		t.shares[w].next.Store(int64(w * n / len(t.shares)))
		t.shares[w].end = int64((w + 1) * n / len(t.shares))
	}
	helpers.mu.Lock()
	t.joined = 0
	helpers.loops = append(helpers.loops, t)
	helpers.posted.Add(1)
	helpers.mu.Unlock()
	for range min(t.threads, n) - 1 {
		helpers.wake.Signal()
	}
	t.run(0)
	for i := 0; i < lookOut && t.active.Load() > 0; i++ {
	}
	helpers.mu.Lock()
	for i, l := range helpers.loops {
		if l == t {
			helpers.loops = append(helpers.loops[:i], helpers.loops[i+1:]...)
			break
		}
	}
	for t.active.Load() > 0 {
		t.idle.Wait()
	}
	helpers.mu.Unlock()
	t.body = nil
	if p := t.failed.Swap(nil); p != nil {
		panic(p.value)
	}
}

// run executes iterations until none is left. A panic ends the loop early and is raised again in
// the goroutine that called For.
func (t *Team) run(worker int) {
	defer func() {
		if v := recover(); v != nil {
			for w := range t.shares {
				t.shares[w].next.Store(t.shares[w].end)
			}
			t.failed.CompareAndSwap(nil, &panicked{v})
		}
	}()
	for k := range t.shares {
		s := &t.shares[(worker+k)%len(t.shares)]
		for s.left() {
			if i := s.next.Add(1) - 1; i < s.end && !t.Stopped() {
				t.body(worker, int(i))
			}
		}
	}
}

// help is the body of a helper goroutine: it joins any loop that has room for a worker and work
// left.
func help() {
	helpers.mu.Lock()
	for rested := false; ; {
		t := joinable()
		if t == nil {
			if rested {
				helpers.wake.Wait()
				continue
			}
			seen := helpers.posted.Load()
			helpers.mu.Unlock()
			for i := 0; i < lookOut && helpers.posted.Load() == seen; i++ {
			}
			helpers.mu.Lock()
			rested = true
			continue
		}
		rested = false
		t.joined++
		t.active.Add(1)
		worker := t.joined
		helpers.mu.Unlock()
		t.run(worker)
		helpers.mu.Lock()
		if t.active.Add(-1) == 0 {
			t.idle.Signal()
		}
	}
}

func joinable() *Team {
	for _, t := range helpers.loops {
		if t.joined < t.threads-1 && t.left() {
			return t
		}
	}
	return nil
}

// left reports whether a loop has work for one more worker.
func (t *Team) left() bool {
	for w := range t.shares {
		if t.shares[w].left() {
			return true
		}
	}
	return false
}
