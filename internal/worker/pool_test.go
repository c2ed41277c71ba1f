package worker

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestPool: there are never more children than allowed, however many want one; a network's own idle
// child is taken again; and idle ones end.
func TestPool(t *testing.T) {
	p := pool(t, Options{Children: 2, Idle: time.Hour})
	models := []*Model{added(t, p, colours()), added(t, p, colours()), added(t, p, colours())}
	var most atomic.Int32
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			l, err := models[i%3].Borrow(t.Context(), 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Return()
			if err := predict(l); err != nil {
				t.Error(err)
			}
			p.mu.Lock()
			n := int32(len(p.all))
			p.mu.Unlock()
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
		})
	}
	group.Wait()
	if n := most.Load(); n < 1 || n > 2 {
		t.Errorf("%d children at a time", n)
	}
	drain(p) // two may be idle with the same network
	l := borrow(t, models[0])
	if err := predict(l); err != nil {
		t.Fatal(err)
	}
	first := l.child
	l.Return()
	again := borrow(t, models[0])
	if err := predict(again); err != nil || again.child != first {
		t.Errorf("another child: %v", err)
	}
	p.o.Idle = time.Millisecond
	again.Return()
	drain(p) // those with the long time
	select {
	case <-first.ended:
	case <-time.After(20 * time.Second):
		t.Error("an idle child goes on")
	}
}

// TestRoomOfIdle: who waits for room while all children are in use gets that of the first one that rests, though
// nobody ends it.
func TestRoomOfIdle(t *testing.T) {
	p := pool(t, Options{Children: 2, Idle: time.Hour})
	var loans []*Loan
	for range 2 {
		l := borrow(t, added(t, p, colours()))
		if err := predict(l); err != nil {
			t.Fatal(err)
		}
		loans = append(loans, l)
	}
	first, got := loans[0].child, make(chan error)
	go func() { got <- p.room(t.Context()) }()
	time.Sleep(50 * time.Millisecond) // so that it waits; if it does not yet, it finds the child at rest
	loans[0].Return()
	select {
	case err := <-got:
		if err != nil || !first.gone() {
			t.Errorf("room: %v; the idle child has ended: %v", err, first.gone())
		}
		<-p.alive
	case <-time.After(20 * time.Second):
		t.Error("there is no room, though a child is idle")
	}
	loans[1].Return()
}
