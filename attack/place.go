package attack

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"hoodwink/internal/arena"
)

// A place is where an example is under attack: a trial, and memory that the next example uses again.
type place struct {
	trial  Trial
	memory *arena.Arena
	size   int // values of a picture
	held   int // values handed out now
	most   int // and at most since the trial began
	next   func() (struct{}, bool)
	stop   func()
	ended  bool

	panicked any // by the attack
}

// picture returns a picture of zeros.
func (p *place) picture() []float32 { return p.floats(p.size) }

// copy returns a copy of v.
func (p *place) copy(v []float32) []float32 {
	if v == nil {
		return nil
	}
	c := p.floats(len(v))
	copy(c, v)
	return c
}

// floats returns n zeros. More than an example may hold is an error of the picture.
func (p *place) floats(n int) []float32 {
	p.held += n
	p.most = max(p.most, p.held)
	if room := p.trial.options.Room; room > 0 && p.held > (room+1)*p.size { // the mask is a part of one
		panic(errNoRoom)
	}
	return p.memory.Floats(n)
}

// begin starts the trial of an example. Nothing of it runs before next is called.
func (p *place) begin(r *runner, e Example) {
	p.memory.Reset()
	p.ended, p.panicked, p.held, p.most = false, nil, 0, 0
	old := &p.trial
	p.trial = Trial{
		Ball: Ball{
			Norm: r.threat.Norm, Eps: e.Eps, X: e.X, Channels: channels(r.shape), Lo: r.lo, Hi: r.hi, Mask: e.Mask, Levels: r.threat.Levels,
		},
		Shape: r.shape, K: r.m.Classes(), Rand: source(r.options.Seed, e.Index, ""),
		example: e, stop: e.ends(r.info.Minimal), info: r.info, minimal: r.info.Minimal, options: &r.options,
		place: p, rows: old.rows, sights: old.sights, decided: old.decided, exact: old.exact, z: old.z,
		v: Verdict{Number: r.number, Index: e.Index, Loss: math.NaN(), FirstSuccess: -1, Followed: LogProbability},
	}
	t := &p.trial
	for _, row := range t.rows {
		row.drawn = nil // a picture that others will get
	}
	p.next, p.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		t.run(r)
	})
}

// run attacks the example, and judges what has not been judged.
func (t *Trial) run(r *runner) {
	t.began = time.Now()
	defer func() {
		p := t.place
		switch p.panicked = recover(); p.panicked {
		case errRunaway:
			p.panicked = nil
			t.Fail(fmt.Errorf("the attack %s goes on when its trial is over", t.info.Name))
		case errNoRoom:
			p.panicked = nil
			t.Fail(fmt.Errorf("the attack %s needs memory for more than %d pictures", t.info.Name, t.options.Room))
		}
	}()
	if t.v.Err = t.check(); t.v.Err != nil {
		return
	}
	// The example's own pixels may be elsewhere while the run waits.
	t.X, t.Mask = t.place.copy(t.X), t.place.copy(t.Mask)
	t.example.X, t.example.Mask = t.X, t.Mask
	t.best.pixels = t.place.copy(t.X)
	if t.exact == nil {
		t.exact, t.z = make([]float64, t.K), make([]float32, t.K)
	}
	t.v.Logits = make([]float32, t.K)
	if t.options.Observe != nil {
		t.kept = t.New()
	}
	if t.Rounds() {
		t.peak.pixels, t.shown = t.New(), t.New()
	}
	if t.Eps == 0 {
		t.look(t.X, nil, nil)
	} else if r.attack.Attack(t); !t.over && !t.done && !t.best.met {
		t.rest(t.v.Followed)
	}
	t.conclude()
}

// conclude judges the best point as a file if that has not been done, and the original if nothing
// was classified at all, whatever has ended the trial.
func (t *Trial) conclude() {
	x := t.X
	switch {
	case t.v.Err != nil:
		return
	case t.Rounds() && t.peak.rated && !t.peak.judged && !t.best.met:
		x = t.peak.pixels
	case t.best.rated:
		return
	}
	l := t.v.Followed
	if l == KL && t.direction.Clean == nil { // nothing to compare with, and no question to ask for it
		l = LogProbability
	}
	t.final, t.over, t.done = true, false, false
	t.begin(t.Rounds())
	t.look(x, l, nil)
}

// verdict returns what became of the example.
func (p *place) verdict() *Verdict {
	t := &p.trial
	v := t.v
	if t.best.pixels == nil { // malformed
		v.X = append([]float32(nil), t.X...)
		return &v
	}
	v.X = append([]float32(nil), t.best.pixels...)
	v.Size = t.Size(v.X)
	if !t.best.rated {
		v.Logits = nil
	}
	return &v
}

// source returns the random numbers of an attack on the example of an index. Its stages have
// streams of their own, by their names.
func source(seed, index uint64, stage string) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], seed)
	binary.LittleEndian.PutUint64(key[8:], index)
	if stage != "" {
		h := fnv.New64a()
		h.Write([]byte(stage))
		binary.LittleEndian.PutUint64(key[16:], h.Sum64())
	}
	return rand.New(rand.NewChaCha8(key))
}
