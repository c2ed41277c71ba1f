package nn

import (
	"cmp"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

const lanes = kernel.Lanes

// blockCount returns the number of blocks of channels of (N,C,H,W).
func blockCount(shape []int) int { return (shape[1] + lanes - 1) / lanes }

// A part is some rows of some blocks of one picture: what a task makes.
type part struct {
	n      int
	b0, b1 int // blocks
	h0, h1 int // rows
}

// A blockBinding is what a layer gets to work with on blocked pictures.
type blockBinding struct {
	*Binding                   // without tensors
	in, out   []*kernel.Blocks // activations
	din, dout []*kernel.Blocks // their gradients; din[i] is nil where narrow[i] is not
	narrow    []*tensor.Tensor // plain gradients of narrow inputs
	masks     []*kernel.Blocks // where not nil: din[i] becomes 0 where this is not positive
	relu      bool             // rectify the output
}

// A blockOp is a layer bound to blocked pictures. What it makes of a part depends on
// nothing but the part, so that parts may be made in any order.
type blockOp struct {
	forward  func(worker int, p part) // makes a part of the output
	ahead    grain
	backward []func(worker int, p part, add bool) // makes a part of an input's gradient, or adds to it
	back     []grain

	prepare func() // or nil: done before the first part of the output
	reduce  func() // or nil: done before the first part of an input's gradient

	// The gradients of the parameters, in a Trainer: tasks that may run at once once the
	// output's gradient is complete, and what is done after them.
	gradTasks int
	grad      func(worker, i int)
	gradient  func()
}

// A grain says what the parts of a picture should be like.
type grain struct {
	blocks int     // the blocks of a part are a multiple of this; 0 for all blocks
	cost   float64 // of a row of one block, in multiply-adds
	keep   bool    // weights stay in the cache: better all blocks of some rows than all rows of some blocks
}

// The multiply-adds of a part: enough to be worth the hand-over and to use the weights
// for, few enough for the threads to end together.
const (
	leastCost, mostCost = 1 << 19, 1 << 23
	wantedParts         = 32
)

// cut divides n pictures of the given size in parts by shape alone. Parts of the same
// blocks follow each other, because they share weights, or if g.keep, parts of the same
// rows, because they share inputs.
func cut(n, blocks, rows int, g grain) []part {
	if g.blocks == 0 {
		g.blocks = blocks
	}
	row := g.cost * float64(g.blocks)
	most := min(max(g.cost*float64(n*blocks*rows)/wantedParts, leastCost), mostCost)
	if whole := row * float64(rows); whole < most { // some more blocks, all rows
		g.blocks *= max(1, int(most/max(whole, 1)))
	}
	each := max(1, min(rows, int(most/max(row, 1))))
	count := (rows + each - 1) / each
	var parts []part
	for b := 0; b < blocks; b += g.blocks {
		for i := range n {
			for k := range count {
				parts = append(parts, part{i, b, min(blocks, b+g.blocks), k * rows / count, (k + 1) * rows / count})
			}
		}
	}
	if g.keep {
		slices.SortStableFunc(parts, func(a, b part) int { return cmp.Or(a.n-b.n, a.h0-b.h0, a.b0-b.b0) })
	}
	return parts
}

// A job is what one unit does to every part of a slot.
type job struct {
	node int
	run  func(worker int, p part)
}

// A task is one part of what several jobs do, one after the other.
type task struct {
	jobs []job
	part part
}

// A level is work that may be done at once, after some that may not.
type level struct {
	before []job // without parts
	tasks  []task
	lists  []int // where in tasks what was added together begins
	after  []job // without parts
	body   func(worker, i int)
}

// do runs the level.
func (l *level) do(team *kernel.Team) {
	for _, j := range l.before {
		j.run(0, part{})
	}
	if len(l.tasks) > 0 {
		team.For(len(l.tasks), l.body)
	}
	for _, j := range l.after {
		j.run(0, part{})
	}
}

// whole is a job that is not cut in parts.
func whole(node int, f func()) job { return job{node, func(int, part) { f() }} }

// addTasks puts n tasks on the level that are no parts of a picture.
func (l *level) addTasks(node, n int, f func(worker, i int)) {
	parts := make([]part, n)
	for i := range parts {
		parts[i].n = i
	}
	l.add([]job{{node, func(w int, p part) { f(w, p.n) }}}, parts)
}

// add puts jobs on the level, for all the parts.
func (l *level) add(jobs []job, parts []part) {
	tasks := make([]task, len(parts))
	for i, p := range parts {
		tasks[i] = task{jobs, p}
	}
	l.addList(tasks)
}

func (l *level) addList(tasks []task) {
	l.lists = append(l.lists, len(l.tasks))
	l.tasks = append(l.tasks, tasks...)
	if l.body == nil {
		l.body = func(worker, i int) {
			t := &l.tasks[i]
			for _, j := range t.jobs {
				j.run(worker, t.part)
			}
		}
	}
}

// list returns the tasks that were added together as list i.
func (l *level) list(i int) []task {
	if i+1 < len(l.lists) {
		return l.tasks[l.lists[i]:l.lists[i+1]]
	}
	return l.tasks[l.lists[i]:]
}

// share orders the tasks so that each of so many threads begins with a part of every list, the
// same examples in all: what one job makes of them is still in its cache for the others.
func share(levels []level, threads int) {
	for k := range levels {
		l := &levels[k]
		var all []task
		for t := range threads {
			for i := range l.lists {
				list := l.list(i)
				all = append(all, list[t*len(list)/threads:(t+1)*len(list)/threads]...)
			}
		}
		l.tasks, l.lists = all, nil
	}
}
