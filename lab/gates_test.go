package lab

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestGateOrder: places are given out in the order of the line, never more than there is; a large
// one is not overtaken, except while it waits for places that are held long.
func TestGateOrder(t *testing.T) {
	held := func(p *place) bool {
		select {
		case <-p.ready:
			return true
		default:
			return false
		}
	}
	check := func(what string, places []*place, want ...bool) {
		t.Helper()
		for i, p := range places {
			if held(p) != want[i] {
				t.Errorf("%s: place %d is held: %v", what, i, held(p))
			}
		}
	}
	g := newGate(10, bounds{9, 9, 9})
	p := []*place{g.queue(6, false), g.queue(8, false), g.queue(1, false)}
	check("a large one waits", p, true, false, false)
	p[0].leave()
	check("its turn has come", p, true, true, true)
	p[1].leave()
	p[1].leave()
	p[2].leave()
	if n := g.taken(); n != 0 {
		t.Errorf("%d are taken in the end", n)
	}
	p = []*place{g.queue(6, true), g.queue(8, true), g.queue(3, false), g.queue(5, false)}
	check("long ones are passed", p, true, false, true, false)
	if a, b, c := g.outlook(4), g.outlook(5), g.outlook(11); a != fitsSoon || b != fitsLater || c != fitsNever {
		t.Errorf("outlooks %v %v %v", a, b, c)
	}
	p[0].leave()
	check("a long one that has waited is not passed any more", p, true, false, true, false)
	p[2].leave()
	check("and has its turn", p, true, true, true, false)
	p[1].leave()
	check("before those behind it", p, true, true, true, true)
	p[3].leave()
	if n := g.taken(); n != 0 || len(g.line) != 0 {
		t.Errorf("%d are taken in the end, %d wait", n, len(g.line))
	}
}

// TestGateStress: whatever comes and goes, no more than the gate's size is held, and nothing is lost.
func TestGateStress(t *testing.T) {
	g := newGate(100, bounds{1000, 1000, 1000})
	var now atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for range 500 {
				n := rng.Int64N(100) + 1
				ctx, cancel := context.WithCancel(t.Context())
				if rng.IntN(4) == 0 {
					cancel()
				}
				leave, err := g.enter(ctx, n)
				if err == nil {
					if now.Add(n) > 100 {
						t.Error("too much is held")
					}
					now.Add(-n)
					leave()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if g.taken() != 0 || g.held() != 0 || len(g.line) != 0 {
		t.Errorf("%d are taken in the end, %d wait", g.taken(), len(g.line))
	}
	g = newGate(1, bounds{1, 1, 1})
	leave, err := g.enter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var full *Problem
	if _, err := g.enter(t.Context(), 1); !errors.As(err, &full) || full.Status != http.StatusTooManyRequests {
		t.Errorf("one too many: %v", err)
	}
	leave()
}

// TestTurns: runs that begin or go on at the same time are in line in the order of their turns, and
// none begins before one that was in front of it.
func TestTurns(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	begin := func(client string) *run {
		s, err := l.start(as(client), RunRequest{Picture: p.ID, Keep: true, Settings: menu})
		if err != nil {
			t.Error(err)
			return nil
		}
		return l.runs.find(s.ID)
	}
	own := []*run{begin("first")}
	until(t, "the beginning", func() bool { return own[0].snapshot().Steps > 0 })
	n := 12
	if testing.Short() {
		n = 5
	}
	others := make([]*run, n)
	var wg sync.WaitGroup
	for i := range others {
		wg.Go(func() { others[i] = begin(string(rune('a' + i))) })
	}
	for range 50 {
		wg.Go(func() {
			own[0].pause()
			own[0].resume()
		})
		wg.Go(func() {
			l.runs.mu.Lock()
			defer l.runs.mu.Unlock()
			l.compute.mu.Lock()
			line := slices.Clone(l.compute.line)
			l.compute.mu.Unlock()
			turns := map[*place]int{}
			for _, r := range l.runs.all {
				r.mu.Lock()
				if r.slot != nil {
					turns[r.slot] = r.turn
				}
				r.mu.Unlock()
			}
			last := 0
			for _, p := range line {
				if turn := turns[p]; turn != 0 && turn < last {
					t.Errorf("turn %d is behind turn %d", turn, last)
				} else if turn != 0 {
					last = turn
				}
			}
		})
	}
	wg.Wait()
	own = append(own, others...)
	slices.SortFunc(own, func(a, b *run) int { _, m := a.place(); _, n := b.place(); return m - n })
	for i, r := range own {
		until(t, "its turn", func() bool { return r.state() == Running })
		for _, later := range own[i+1:] {
			if s := later.state(); s != Queued {
				t.Errorf("a run is %s before its turn", s)
			}
		}
		r.cancel()
		<-r.ended
	}
}
