package exec

import (
	"math"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
)

// A job is what one unit does with every part of a slot.
type job struct {
	node int
	run  func(worker int, p blocks.Part)
}

// A task is one part together with the jobs that work on it, one after the other.
type task struct {
	jobs []job
	part blocks.Part
}

// A level is work that may run at once. before runs first and after last, each in order.
type level struct {
	before []job // without parts
	tasks  []task
	lists  []int // indices in tasks at which each list begins
	after  []job // without parts
	body   func(worker, i int)
	rows   int // parts of this picture and the following ones are left out
}

// everyRow is more examples than any batch has.
const everyRow = math.MaxInt

// do runs the level for the first n examples. Jobs without parts are told n as the picture of their
// part.
func (l *level) do(team *kernel.Team, n int) {
	l.rows = n
	each := func(jobs []job) {
		for _, j := range jobs {
			if !team.Stopped() {
				j.run(0, blocks.Part{N: n})
			}
		}
	}
	each(l.before)
	if len(l.tasks) > 0 {
		team.For(len(l.tasks), l.body)
	}
	each(l.after)
}

// whole returns a job that is not cut into parts.
func whole(node int, f func()) job { return job{node, func(int, blocks.Part) { f() }} }

// addTasks puts n tasks on the level that are not parts of a picture. Such a level is run for every
// row.
func (l *level) addTasks(node, n int, f func(worker, i int)) {
	parts := make([]blocks.Part, n)
	for i := range parts {
		parts[i].N = i
	}
	l.add([]job{{node, func(w int, p blocks.Part) { f(w, p.N) }}}, parts)
}

// add puts jobs on the level, for each of the parts.
func (l *level) add(jobs []job, parts []blocks.Part) {
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
			if t.part.N >= l.rows {
				return
			}
			for _, j := range t.jobs {
				j.run(worker, t.part)
			}
		}
	}
}

// list returns the tasks of list i, which were added together.
func (l *level) list(i int) []task {
	if i+1 < len(l.lists) {
		return l.tasks[l.lists[i]:l.lists[i+1]]
	}
	return l.tasks[l.lists[i]:]
}

// share orders the tasks so that each of n threads begins with a part of every list, with the same
// examples in all of them: what one job writes is still in the thread's cache when the others read
// it.
func share(levels []level, n int) {
	for k := range levels {
		l := &levels[k]
		var all []task
		for t := range n {
			for i := range l.lists {
				list := l.list(i)
				all = append(all, list[t*len(list)/n:(t+1)*len(list)/n]...)
			}
		}
		l.tasks, l.lists = all, nil
	}
}

// merge returns levels that each do the work of the same levels of several lists at once.
func merge(lists ...[]level) []level {
	all := make([]level, len(lists[0]))
	for i := range all {
		for _, list := range lists {
			l := &list[i]
			all[i].before = append(all[i].before, l.before...)
			all[i].after = append(all[i].after, l.after...)
			for k := range l.lists {
				all[i].addList(l.list(k))
			}
		}
	}
	return all
}
