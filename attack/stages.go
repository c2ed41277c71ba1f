package attack

import (
	"errors"
	"strconv"
	"time"

	"hoodwink/internal/arena"
)

// Start begins a restart: it writes the original to v, or a random point of the ball.
func (t *Trial) Start(v []float32, random bool) {
	copy(v, t.X)
	if random {
		t.Random(v, t.Rand)
		t.Confine(v)
	}
	if t.settled {
		t.v.Restarts++
	}
	t.settled, t.file = false, false
}

// Settle ends a restart: v, where it went last, counts, and the best picture since Start is judged
// as a file. It reports whether another restart makes sense.
func (t *Trial) Settle(v []float32, l Loss) (again bool) {
	if !t.flat {
		if _, ok := t.look(v, l, nil); !ok {
			return false
		}
	}
	if !t.rest(l) {
		return false
	}
	t.settled = true
	return !t.best.met
}

// rest judges the best point as a file if that has not been done, and reports whether to go on.
func (t *Trial) rest(l Loss) bool {
	if !t.unjudged() {
		return true
	}
	t.begin(true)
	_, ok := t.look(t.peak.pixels, l, nil)
	return ok
}

// Try has another attack try within eps, as a stage with random numbers of its own, and reports
// whether it met the stop. In an attack with a fixed budget a stage of minimum norm ends as soon as the
// goal is met within eps, too.
func (t *Trial) Try(a Attack, eps float64) (met bool) {
	if t.over || t.done {
		return false
	}
	info, radius, stop, rng := t.info, t.Eps, t.stop, t.Rand
	forwards, backwards := t.v.Forwards, t.v.Backwards
	mark, held := t.place.memory.Mark(), t.place.held
	t.info, t.Eps = a.Info(), eps
	t.stop = t.example.ends(t.info.Minimal && t.minimal)
	t.Rand = source(t.options.Seed, t.example.Index, t.info.Name+strconv.Itoa(len(t.v.Stages)))
	t.fresh()
	if eps == 0 {
		t.look(t.X, nil, nil)
	} else if a.Attack(t); !t.over && !t.done && !t.best.met {
		t.rest(t.v.Followed)
	}
	met = t.done
	t.v.Stages = append(t.v.Stages, Stage{
		Attack: t.info.Name, Eps: eps, Success: met, Forwards: t.v.Forwards - forwards, Backwards: t.v.Backwards - backwards,
	})
	t.info, t.Eps, t.stop, t.Rand, t.done = info, radius, stop, rng, false
	t.giveBack(mark, held)
	if !t.over { // otherwise the best point is still to be judged
		t.fresh()
	}
	return met
}

// giveBack takes the memory back that a stage has got.
func (t *Trial) giveBack(mark arena.Mark, held int) {
	t.place.memory.Rewind(mark)
	t.place.held = held
	for _, row := range t.rows {
		row.drawn = nil
	}
}

// fresh forgets what a stage knows of its own way.
func (t *Trial) fresh() {
	t.file, t.turned, t.flat, t.settled, t.peak.rated = false, false, false, false, false
}

// ask has the runner answer rows, and reports whether it did. A question that would exceed the
// budget ends the trial; what judging a file takes is left, where that is still to be done.
func (t *Trial) ask(rows []*query) bool {
	reserve := 0
	if t.Rounds() && !t.file {
		reserve = max(1, t.options.Samples)
	}
	if !t.final {
		queries, left := t.Left()
		both := remaining(t.options.Budget.Both, t.v.Forwards+t.v.Backwards)
		n := gradients(rows)
		if t.over = t.over || len(rows)+reserve > queries || n > left || len(rows)+reserve+n > both; t.over {
			return t.refuse()
		}
	}
	t.asked = rows
	if !t.yield(struct{}{}) {
		t.over = true
	}
	return t.v.Err == nil && !t.over
}

// maxRefused is how many refusals an attack may ignore. One that ignored all would loop for ever; it
// panics with errRunaway, which is an error of the picture.
const maxRefused = 1000

var (
	errRunaway = errors.New("an attack ignores that its trial is over")
	errNoRoom  = errors.New("an attack holds more pictures than it may")
)

// refuse returns false, to an attack that will end if it is right.
func (t *Trial) refuse() bool {
	if t.refused++; t.refused > maxRefused {
		panic(errRunaway)
	}
	return false
}

// deadline returns when the time of the trial is over, if it is limited.
func (t *Trial) deadline() (end time.Time, limited bool) {
	limit := t.options.Budget.Time
	return t.began.Add(limit), limit > 0
}
