package kernel

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestTeamRunsEveryIterationOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 8} {
		for _, n := range []int{0, 1, 2, 7, 1000} {
			team := NewTeam(threads)
			count := make([]atomic.Int32, n)
			var workers sync.Map
			team.For(n, func(w, i int) {
				workers.Store(w, true)
				count[i].Add(1)
			})
			for i := range count {
				if c := count[i].Load(); c != 1 {
					t.Errorf("%d threads, n=%d: iteration %d ran %d times", threads, n, i, c)
				}
			}
			workers.Range(func(w, _ any) bool {
				if w.(int) < 0 || w.(int) >= threads {
					t.Errorf("worker %d of %d", w, threads)
				}
				return true
			})
		}
	}
}

// TestTeamWorkersAreDistinct: no two goroutines of one loop share a worker number.
func TestTeamWorkersAreDistinct(t *testing.T) {
	team := NewTeam(4)
	var busy [4]atomic.Bool
	for range 200 {
		team.For(16, func(w, i int) {
			if busy[w].Swap(true) {
				t.Errorf("worker %d entered twice", w)
			}
			for x := 0; x < 1000; x++ {
				_ = x
			}
			busy[w].Store(false)
		})
	}
}

func TestTeamsRunAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			team := NewTeam(3)
			for range 300 {
				var sum atomic.Int64
				team.For(10, func(_, i int) { sum.Add(int64(i)) })
				if sum.Load() != 45 {
					t.Errorf("sum %d, want 45", sum.Load())
				}
			}
		})
	}
	wg.Wait()
}

func TestTeamPassesPanicsOn(t *testing.T) {
	team := NewTeam(2)
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("recovered %v, want boom", v)
			}
		}()
		team.For(100, func(_, i int) {
			if i == 50 {
				panic("boom")
			}
		})
	}()
	n := atomic.Int32{}
	team.For(10, func(_, _ int) { n.Add(1) })
	if n.Load() != 10 {
		t.Errorf("after a panic the team ran %d of 10 iterations", n.Load())
	}
}

func TestTeamAllocatesNothing(t *testing.T) {
	team := NewTeam(2)
	body := func(_, _ int) {}
	if a := testing.AllocsPerRun(100, func() { team.For(64, body) }); a != 0 {
		t.Errorf("%g allocations a loop", a)
	}
}

// TestTeamShares: while all are at work, every worker begins with its own part of the loop.
func TestTeamShares(t *testing.T) {
	const threads, n = 3, 12
	team := NewTeam(threads)
	var first [threads]int
	for w := range first {
		first[w] = -1
	}
	var all sync.WaitGroup
	all.Add(threads)
	team.For(n, func(worker, i int) {
		if first[worker] < 0 {
			first[worker] = i
			all.Done()
			all.Wait()
		}
	})
	for w, i := range first {
		if i != w*n/threads {
			t.Errorf("worker %d began with iteration %d, want %d", w, i, w*n/threads)
		}
	}
}

// TestTeamStops: once the channel is closed, no iteration begins, in this loop and later ones; after
// another one is set, the team works on.
func TestTeamStops(t *testing.T) {
	for _, threads := range []int{1, 3} {
		team, done := NewTeam(threads), make(chan struct{})
		team.StopBy(done)
		var ran atomic.Int32
		var once sync.Once
		body := func(_, i int) {
			ran.Add(1)
			once.Do(func() { close(done) })
			<-done
		}
		team.For(1000, body)
		if n := ran.Load(); n > int32(threads) || !team.Stopped() {
			t.Errorf("%d threads: %d of 1000 iterations ran, the first one closed the channel", threads, n)
		}
		ran.Store(0)
		if team.For(10, body); ran.Load() != 0 {
			t.Errorf("%d threads: a later loop ran", threads)
		}
		team.StopBy(nil)
		if team.For(10, body); ran.Load() != 10 || team.Stopped() {
			t.Errorf("%d threads: %d of 10 iterations ran after the stop was taken back", threads, ran.Load())
		}
	}
}
