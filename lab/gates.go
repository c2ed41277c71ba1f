package lab

import (
	"context"
	"net/http"
	"sync/atomic"
)

// A gate lets a few through at a time; others wait, first come, first served. It turns away
// requests that would have too many before them.
type gate struct {
	slots   chan struct{}
	waiting atomic.Int32
	most    int32
}

func newGate(slots, waiting int) *gate {
	return &gate{slots: make(chan struct{}, slots), most: int32(waiting)}
}

// enter waits for a place. The returned function releases it; it may be called twice.
func (g *gate) enter(ctx context.Context) (release func(), err error) {
	if g.waiting.Add(1) > g.most {
		g.waiting.Add(-1)
		return nil, refuse(http.StatusTooManyRequests, "busy", "the lab is busy", "try again in a moment")
	}
	defer g.waiting.Add(-1)
	return g.join(ctx)
}

// join is enter for work that has been admitted elsewhere, and is never turned away.
func (g *gate) join(ctx context.Context) (release func(), err error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ended(ctx.Err())
	}
	var done atomic.Bool
	return func() {
		if done.CompareAndSwap(false, true) {
			<-g.slots
		}
	}, nil
}
