package exec

import (
	"time"

	"hoodwink/nn/internal/blocks"
	"hoodwink/tensor"
)

// A Time is how long one node took.
type Time struct{ Forward, Backward time.Duration }

// Profile runs Forward and, unless the session is forward only, Backward of dout, and returns how
// long each node took. Nodes that otherwise run at once run one after the other here. A node whose
// work another node does takes no time.
func (s *Session) Profile(dout *tensor.Tensor) []Time {
	times := make([]Time, len(s.net.Nodes))
	s.rows = s.in.Batch()
	if s.batch != nil {
		s.profileEach(dout, times)
		return times
	}
	for i := range s.ahead {
		s.profile(&s.ahead[i], func(node int, d time.Duration) { times[node].Forward += d })
	}
	if s.dout == nil {
		return times
	}
	s.begin(dout)
	for i := range s.back {
		s.profile(&s.back[i], func(node int, d time.Duration) { times[node].Backward += d })
	}
	return times
}

// profileEach adds up the times of the sessions of a batch.
func (s *Session) profileEach(dout *tensor.Tensor, times []Time) {
	if s.batch.dealt { // so that the sessions have their examples
		s.forward(s.rows)
		if s.dout != nil {
			s.backward(s.begin(dout))
		}
	}
	at := 0
	for _, one := range s.batch.each {
		d := one.dout
		if n := one.out.Len(); d != nil && !s.batch.dealt {
			d = tensor.FromSlice(dout.Data[at:at+n], one.out.Shape...)
			at += n
		}
		for k, t := range one.Profile(d) {
			times[k].Forward += t.Forward
			times[k].Backward += t.Backward
		}
	}
}

// profile runs a level job by job.
func (s *Session) profile(l *level, took func(node int, d time.Duration)) {
	timed := func(node int, f func()) {
		start := time.Now()
		f()
		took(node, time.Since(start))
	}
	for _, j := range l.before {
		timed(j.node, func() { j.run(0, blocks.Part{N: everyRow}) })
	}
	for i := 0; i < len(l.tasks); {
		n := 1
		for i+n < len(l.tasks) && &l.tasks[i+n].jobs[0] == &l.tasks[i].jobs[0] {
			n++
		}
		for k, j := range l.tasks[i].jobs {
			timed(j.node, func() {
				s.team.For(n, func(w, t int) { l.tasks[i+t].jobs[k].run(w, l.tasks[i+t].part) })
			})
		}
		i += n
	}
}
