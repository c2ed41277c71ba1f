package attack

import (
	"fmt"
	"strconv"
	"time"
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
	if t.Rounds() && !t.file && t.peak.rated {
		t.begin(true)
		if _, ok := t.look(t.peak.pixels, l, nil); !ok {
			return false
		}
	}
	t.settled = true
	return !t.best.met
}

// Try has another attack try within eps, as a stage with random numbers of its own, and reports
// whether it met the stop.
func (t *Trial) Try(a Attack, eps float64) (met bool) {
	if t.over || t.done {
		return false
	}
	info, radius, stop, rng := t.info, t.Eps, t.stop, t.Rand
	forwards, backwards := t.v.Forwards, t.v.Backwards
	t.info, t.Eps = a.Info(), eps
	t.stop = t.example.ends(t.info.Minimal)
	t.Rand = source(t.options.Seed, t.example.Index, t.info.Name+strconv.Itoa(len(t.v.Stages)))
	t.fresh()
	if eps == 0 {
		t.look(t.X, nil, nil)
	} else {
		a.Attack(t)
	}
	met = t.done
	t.v.Stages = append(t.v.Stages, Stage{
		Attack: t.info.Name, Eps: eps, Success: met, Forwards: t.v.Forwards - forwards, Backwards: t.v.Backwards - backwards,
	})
	t.info, t.Eps, t.stop, t.Rand = info, radius, stop, rng
	t.fresh()
	t.done = false
	return met
}

// fresh forgets what a stage knows of its own way.
func (t *Trial) fresh() {
	t.file, t.turned, t.flat, t.settled, t.peak.rated = false, false, false, false, false
}

// ask has the runner answer rows, and reports whether it did. A question that would exceed the
// budget ends the trial; one row is left for the file, where that is still to be judged.
func (t *Trial) ask(rows []*query) bool {
	reserve := 0
	if t.Rounds() && !t.file {
		reserve = 1
	}
	if !t.final {
		queries, left := t.Left()
		if t.over = t.over || len(rows)+reserve > queries || gradients(rows) > left; t.over {
			return t.refuse()
		}
	}
	t.asked = rows
	if !t.yield(struct{}{}) {
		t.over = true
	}
	return t.v.Err == nil && !t.over
}

// maxRefused is how many refusals an attack may ignore. One that ignored all would loop for ever.
const maxRefused = 1000

// refuse returns false, to an attack that will end if it is right.
func (t *Trial) refuse() bool {
	if t.refused++; t.refused > maxRefused {
		panic(fmt.Sprintf("attack: %s goes on when its trial is over", t.info.Name))
	}
	return false
}

// deadline returns when the time of the trial is over, if it is limited.
func (t *Trial) deadline() (end time.Time, limited bool) {
	limit := t.options.Budget.Time
	return t.began.Add(limit), limit > 0
}
