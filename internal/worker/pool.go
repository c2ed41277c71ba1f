package worker

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"hoodwink/model"
)

// Options say what children may take. The zero value of a field means its default.
type Options struct {
	Children int   // that are alive at a time; 2
	Memory   int64 // bytes of each; 1280 MB
	Threads  int   // of each; 0 means all. Results do not depend on it

	Start time.Duration // until a child is ready; 20 s
	Open  time.Duration // for opening a network; 30 s
	Check time.Duration // for registering and checking one; 60 s
	Step  time.Duration // for one pass through it; 20 s
	Idle  time.Duration // after which a child that nobody uses ends; 1 minute

	Log func(said string) // gets what a child said as it ended, or how it was wrong; nil means nobody
}

func (o Options) withDefaults() Options {
	o.Children, o.Memory = cmp.Or(o.Children, 2), cmp.Or(o.Memory, 1280<<20)
	o.Start, o.Open = cmp.Or(o.Start, 20*time.Second), cmp.Or(o.Open, 30*time.Second)
	o.Check, o.Step = cmp.Or(o.Check, time.Minute), cmp.Or(o.Step, 20*time.Second)
	o.Idle = cmp.Or(o.Idle, time.Minute)
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}

// A Pool has a few children. One that is no longer used stays for a while, in case the same
// network is wanted again; when there is no room for another child, the one that has been idle for
// the longest ends. A child never gets a second network.
type Pool struct {
	o      Options
	places chan struct{} // one for each child in use
	alive  chan struct{} // one for each child there is
	rested chan struct{} // gets one when a child is no longer in use, unless it has enough for all who may wait

	mu     sync.Mutex
	idle   []*process // the latest used is last
	closed bool
	all    map[*process]bool
}

// NewPool returns a pool without children yet.
func NewPool(o Options) *Pool {
	o = o.withDefaults()
	some := func() chan struct{} { return make(chan struct{}, o.Children) }
	return &Pool{o: o, places: some(), alive: some(), rested: some(), all: map[*process]bool{}}
}

var (
	errNotReady error = &model.Error{Model: "sent to the lab", Msg: "this program does not run networks that were sent in processes of their own",
		Advice: "its main function has to call lab.Child first"}
	errClosed = fmt.Errorf("the lab is being closed: %w", context.Canceled)
)

// take waits for a place and returns a child: an idle one that has opened the network, or else, and
// for the network "", a new one.
func (p *Pool) take(ctx context.Context, network string) (*process, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := p.find(ctx, network)
	if err != nil {
		<-p.places
	}
	return c, err
}

// find is take for somebody who has a place.
func (p *Pool) find(ctx context.Context, network string) (*process, error) {
	for {
		p.mu.Lock()
		i := slices.IndexFunc(p.idle, func(c *process) bool { return network != "" && c.network == network })
		if i < 0 {
			p.mu.Unlock()
			break
		}
		c := p.idle[i]
		p.idle = slices.Delete(p.idle, i, i+1)
		p.mu.Unlock()
		c.timer.Stop()
		if !c.gone() {
			return c, nil
		}
		p.end(c)
	}
	if err := p.room(ctx); err != nil {
		return nil, err
	}
	c, err := start(ctx, &p.o)
	if err != nil {
		<-p.alive
		return nil, err
	}
	p.mu.Lock()
	closed := p.closed
	p.all[c] = true
	p.mu.Unlock()
	if closed {
		p.end(c)
		return nil, errClosed
	}
	return c, nil
}

// room makes room for one more child. As its caller has a place, either there is room, or a child is
// idle, or one is about to end. Somebody else may take the room that this one leaves; then the child in
// whose stead that was becomes idle.
func (p *Pool) room(ctx context.Context) error {
	for {
		select {
		case p.alive <- struct{}{}:
			return nil
		default:
		}
		p.mu.Lock()
		var oldest *process
		if len(p.idle) > 0 {
			oldest, p.idle = p.idle[0], p.idle[1:]
		}
		p.mu.Unlock()
		if oldest != nil { // whose room is taken over: given back, another one could have it
			oldest.timer.Stop()
			p.close(oldest)
			return nil
		}
		select {
		case p.alive <- struct{}{}:
			return nil
		case <-p.rested:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// end ends a child that is in nobody's hands.
func (p *Pool) end(c *process) {
	p.close(c)
	<-p.alive
}

// close is end without giving the room back.
func (p *Pool) close(c *process) {
	c.close()
	p.mu.Lock()
	delete(p.all, c)
	p.mu.Unlock()
}

// give takes a child back, with its place.
func (p *Pool) give(c *process) {
	p.mu.Lock()
	keep := c.network != "" && !p.closed && !c.gone()
	if keep {
		p.idle = append(p.idle, c)
		c.timer = time.AfterFunc(p.o.Idle, func() { p.drop(c) })
	}
	p.mu.Unlock()
	if !keep {
		p.end(c)
	}
	select {
	case p.rested <- struct{}{}:
	default: // everybody who waits will look anyway
	}
	<-p.places
}

// drop ends a child if it is still idle.
func (p *Pool) drop(c *process) {
	p.mu.Lock()
	i := slices.Index(p.idle, c)
	if i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		p.end(c)
	}
}

// Close ends all children, whatever they are doing.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	for c := range p.all {
		c.kill(errClosed)
	}
	p.mu.Unlock()
	for _, c := range idle {
		c.timer.Stop()
		p.end(c)
	}
}

// Add has a new child register and check a network. The error is a *Failure if the network cannot be
// used, an *EndedError if the child ended first, or that of ctx.
func (p *Pool) Add(ctx context.Context, a Addition) (*Added, *Model, error) {
	a.Threads = p.o.Threads
	for _, path := range []*string{&a.Network, &a.Folder} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return nil, nil, err
		}
		*path = abs
	}
	c, err := p.take(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	defer p.give(c)
	u := &Added{}
	if err := c.ask(ctx, p.o.Check, add, a, u); err != nil {
		return nil, nil, err
	}
	m, err := p.described(a.Folder, a.Name, &u.Description)
	if err == nil && (len(u.Findings) > maxFindings || slices.ContainsFunc(u.Findings, func(f model.Finding) bool { return len(f.Text)+len(f.Advice) > maxSaid })) {
		err = fmt.Errorf("%d findings, or very long ones", len(u.Findings))
	}
	if err != nil {
		return nil, nil, c.garbled(err)
	}
	return u, m, nil
}

// maxFindings bounds what a check may find.
const maxFindings = 100

// Open opens a network of a models folder, in a child that then stays for a while. The errors are
// as for Add.
func (p *Pool) Open(ctx context.Context, folder, name string) (*Model, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	c, err := p.take(ctx, "")
	if err != nil {
		return nil, err
	}
	defer p.give(c)
	return p.open(ctx, c, folder, name)
}

// open has a new child open a network.
func (p *Pool) open(ctx context.Context, c *process, folder, name string) (*Model, error) {
	var d model.Description
	if err := c.ask(ctx, p.o.Open, open, opening{folder, name, p.o.Threads}, &d); err != nil {
		return nil, err
	}
	m, err := p.described(folder, name, &d)
	if err != nil {
		return nil, c.garbled(err)
	}
	c.network = m.key()
	return m, nil
}
