package lab

import (
	"context"
	"sync"
)

// A gate gives out places of some size, in all no more than its own: slots for computing, or bytes
// of memory. Who comes first is served first: nobody overtakes a large request that waits, except
// while it waits for places that are held long (of runs), which may take minutes. The gate's roll has
// those who are in and those who wait, and turns away who would be too many.
//
// It is no semaphore.Weighted of golang.org/x/sync because a place is taken in two steps: whoever
// queues knows his turn at once, and waits for it later, in a goroutine of its own perhaps.
type gate struct {
	*roll
	mu   sync.Mutex
	size int64
	line []*place
	used [2]int64 // sizes of the places that are held: briefly, and long

	sweep func(size int64) // if not nil, called before a place that was held is given out again
}

// A place is a part of a gate's size. It is waited for, then held, and left at the end.
type place struct {
	g     *gate
	size  int64
	long  int           // 1 if it is held long
	ready chan struct{} // closed when it is held
	state placeState    // guarded by g.mu
}

type placeState int

const (
	waits placeState = iota
	holds
	left
)

func newGate(size int64, b bounds) *gate { return &gate{roll: newRoll(b), size: size} }

// queue takes a place in the line, for work that has been admitted elsewhere. The caller leaves it,
// whatever happens.
func (g *gate) queue(size int64, long bool) *place {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := &place{g: g, size: size, ready: make(chan struct{})}
	if long {
		p.long = 1
	}
	g.line = append(g.line, p)
	g.serve()
	return p
}

// enter waits for a place of some size that is held briefly. The returned function leaves it; it
// may be called twice.
func (g *gate) enter(ctx context.Context, size int64) (leave func(), err error) {
	out, err := g.roll.enter(ctx)
	if err != nil {
		return nil, err
	}
	p := g.queue(size, false)
	if err := p.wait(ctx); err != nil {
		out()
		return nil, err
	}
	return func() { p.leave(); out() }, nil
}

// An outlook says when there will be room for a place of some size.
type outlook int

const (
	fitsSoon  outlook = iota // now, or when places that are held briefly are left
	fitsLater                // when a place that is held long is left
	fitsNever
)

func (g *gate) outlook(size int64) outlook {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case size > g.size:
		return fitsNever
	case size > g.size-g.used[1]:
		return fitsLater
	}
	return fitsSoon
}

// wait returns when the place is held. After an error it has been left.
func (p *place) wait(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-ctx.Done():
		p.leave()
		return ended(ctx.Err())
	}
}

// leave gives the place back, or up.
func (p *place) leave() {
	p.g.mu.Lock()
	if p.state == holds && p.g.sweep != nil {
		p.g.mu.Unlock()
		p.g.sweep(p.size)
		p.g.mu.Lock()
	}
	defer p.g.mu.Unlock()
	if p.state == holds {
		p.g.used[p.long] -= p.size
	}
	p.state = left
	p.g.serve()
}

// serve gives out what is free; g.mu is held.
func (g *gate) serve() {
	rest, passable := g.line[:0], true
	for _, p := range g.line {
		switch {
		case p.state == left:
			continue
		case passable && p.size <= g.size-g.used[0]-g.used[1]:
			g.used[p.long] += p.size
			p.state = holds
			close(p.ready)
			continue
		case p.size <= g.size-g.used[1]: // there is room for it soon
			passable = false
		}
		rest = append(rest, p)
	}
	clear(g.line[len(rest):])
	g.line = rest
}

// taken returns the size of all places that are held.
func (g *gate) taken() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.used[0] + g.used[1]
}
