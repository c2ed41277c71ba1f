package attack

import (
	"context"
	"fmt"
	"iter"
	"math"
	"sync"

	"hoodwink/internal/arena"
	"hoodwink/tensor"
)

// A runner answers what all live trials ask, by batches that are full while examples last.
type runner struct {
	m       Model
	attack  Attack
	info    Info
	threat  Threat
	options Options
	team    *tensor.Team
	shape   []int
	size    int
	lo, hi  float32
	x       *tensor.Tensor // a batch
	dlogits *tensor.Tensor // cotangents
	views   [2]tensor.Views
	keys    []uint64
	memory  *arena.Arena // of the batch
	places  []*place
	live    []*place
	free    []*place
	done    []*place // whose trials ended in the latest tick
	rows    []*query // that were asked in it
	part    []*query // those of them that the model is asked about now
	class   int      // of the Jacobian that is computed now
	dx      *tensor.Tensor
	bodies  struct{ resume, gather, deliver func(worker, i int) } // of loops, made once
	number  int
	over    bool // the context ended: nothing is begun any more
}

// Examples attacks what comes, and yields each verdict as soon as it is known: a place that becomes
// free is taken by the next example, so that batches stay full. A verdict depends on its example,
// the seed and the settings alone: not on the other examples, their order, the batch or the number
// of threads.
//
// For settings that do not fit the model it yields an error, before anything is asked, and so it
// does when a question fails as a whole. A picture that is malformed, or for which the model gives
// no finite answer, ends with an error of its own, Verdict.Err. When ctx ends, the best pictures so
// far are judged and yielded as Interrupted, nothing new is begun, and ctx.Err() comes last.
func Examples(
	ctx context.Context, m Model, a Attack, th Threat, o Options, in iter.Seq[Example],
) iter.Seq2[*Verdict, error] {
	return func(yield func(*Verdict, error) bool) {
		r, err := newRunner(m, a, th, o)
		if err != nil {
			yield(nil, err)
			return
		}
		defer r.close()
		more, stop := iter.Pull(in)
		defer stop()
		open := true
		for {
			r.over = r.over || ctx.Err() != nil
			for open && !r.over && len(r.live) < m.Batch() {
				e, ok := more()
				if open = ok; ok {
					r.begin(e)
				}
			}
			done, err := r.tick(ctx)
			for _, p := range done {
				if !yield(p.verdict(), nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(r.live) == 0 && (!open || r.over) {
				break
			}
		}
		if r.over {
			yield(nil, ctx.Err())
		}
	}
}

// Run attacks examples and returns their verdicts in the same order. When ctx ends, the verdicts of
// examples that were not begun are Interrupted and hold the original; then the error is ctx's.
func Run(ctx context.Context, m Model, a Attack, th Threat, o Options, examples ...Example) ([]*Verdict, error) {
	all := make([]*Verdict, len(examples))
	each := func(yield func(Example) bool) {
		for _, e := range examples {
			if !yield(e) {
				return
			}
		}
	}
	for v, err := range Examples(ctx, m, a, th, o, each) {
		if v != nil {
			all[v.Number] = v
		}
		if err != nil && ctx.Err() == nil {
			return nil, err
		}
	}
	for i, v := range all {
		if v == nil {
			e := examples[i]
			all[i] = &Verdict{
				Number: i, Index: e.Index, X: append([]float32(nil), e.X...), Loss: math.NaN(), FirstSuccess: -1,
				Followed: LogProbability, Interrupted: true,
			}
		}
	}
	return all, ctx.Err()
}

func newRunner(m Model, a Attack, th Threat, o Options) (*runner, error) {
	r := &runner{m: m, attack: a, info: a.Info(), threat: th, options: o, team: tensor.NewTeam(o.Threads), shape: m.Shape()}
	r.size = tensor.Size(r.shape)
	r.lo, r.hi = m.Bounds()
	if err := Validate(a); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.info.Name, err)
	}
	r.bodies.resume, r.bodies.gather, r.bodies.deliver = r.resume, r.gather, r.deliver
	n := m.Batch()
	r.memory = arena.New()
	r.x = tensor.FromSlice(r.memory.Floats(n*r.size), append([]int{n}, r.shape...)...)
	r.dlogits, r.keys = tensor.New(n, m.Classes()), make([]uint64, n)
	if see := o.Observe; see != nil && o.Samples > 1 { // then candidates are rated on several threads
		var mu sync.Mutex
		r.options.Observe = func(s Step) {
			mu.Lock()
			defer mu.Unlock()
			see(s)
		}
	}
	return r, nil
}

// close ends the trials that are still on, and gives all memory back.
func (r *runner) close() {
	for _, p := range r.live {
		p.stop()
	}
	for _, p := range r.places {
		p.memory.Close()
	}
	r.memory.Close()
}

// begin puts an example into a free place.
func (r *runner) begin(e Example) {
	var p *place
	if n := len(r.free); n > 0 {
		p, r.free = r.free[n-1], r.free[:n-1]
	} else {
		p = &place{size: r.size, memory: arena.New()}
		r.places = append(r.places, p)
	}
	p.begin(r, e)
	r.number++
	r.live = append(r.live, p)
}

// resume lets the trial of live place i go on.
func (r *runner) resume(_, i int) {
	p := r.live[i]
	_, ok := p.next()
	p.ended = !ok
}

// tick lets all live trials go on until they ask something, answers what they ask, and returns the
// places whose trials are over.
func (r *runner) tick(ctx context.Context) (done []*place, err error) {
	r.team.For(len(r.live), r.bodies.resume)
	for _, p := range r.live {
		if p.panicked != nil { // in a coroutine; here it can be recovered from
			panic(p.panicked)
		}
	}
	kept, rows := r.live[:0], r.rows[:0]
	done = r.done[:0]
	for _, p := range r.live {
		if p.ended {
			done = append(done, p)
			continue
		}
		kept = append(kept, p)
		rows = append(rows, p.trial.asked...)
	}
	r.live, r.rows, r.done = kept, rows, done
	r.free = append(r.free, done...)
	if len(rows) == 0 {
		return done, nil
	}
	if r.options.Between != nil {
		if err := r.options.Between(&Held{r}); err != nil {
			return done, fmt.Errorf("%s: %w", r.info.Name, err)
		}
	}
	for len(rows) > 0 && err == nil {
		n := min(len(rows), r.m.Batch())
		rows, err = rows[n:], r.answer(ctx, rows[:n])
	}
	return done, err
}
