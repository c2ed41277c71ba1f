package nn

// A nest is nested loops, the outermost first, that walk through several arrays.
type nest []loop

// A loop runs n times and advances by a step in every array: 0 in an array that is broadcast or
// reduced along it.
type loop struct {
	n     int
	steps [3]int
}

// broadcastNest returns the loops over all places of a shape, for at most three arrays of the given
// shapes, which are broadcast as in numpy: aligned at the last axis, repeated along axes of length
// 1. It returns as few loops as possible, and at least one. In the last loop all steps are 0 or 1.
func broadcastNest(shape []int, arrays ...[]int) nest {
	var l nest // the innermost first
	size := [3]int{1, 1, 1}
	for back := 1; back <= len(shape); back++ {
		next := loop{n: shape[len(shape)-back]}
		for k, s := range arrays {
			if len(s) < back {
				continue
			}
			if d := s[len(s)-back]; d > 1 {
				next.steps[k] = size[k]
				size[k] *= d
			}
		}
		if next.n == 1 {
			continue
		}
		if last := len(l) - 1; last >= 0 && l[last].continues(next) {
			l[last].n *= next.n
			continue
		}
		l = append(l, next)
	}
	if l == nil {
		return nest{{n: 1, steps: [3]int{1, 1, 1}}}
	}
	for i, j := 0, len(l)-1; i < j; i, j = i+1, j-1 {
		l[i], l[j] = l[j], l[i]
	}
	return l
}

// continues reports whether the next loop outwards continues where this one ends.
func (l loop) continues(next loop) bool {
	for k, s := range l.steps {
		if next.steps[k] != l.n*s {
			return false
		}
	}
	return true
}

// count returns how often the body of the innermost loop runs.
func (l nest) count() int {
	n := 1
	for _, loop := range l {
		n *= loop.n
	}
	return n
}

// offsets returns the positions in the arrays at run i of the body.
func (l nest) offsets(i int) (at [3]int) {
	for j := len(l) - 1; j > 0; j-- {
		n := l[j].n
		l.move(&at, j, i%n)
		i /= n
	}
	if len(l) > 0 {
		l.move(&at, 0, i)
	}
	return at
}

func (l nest) move(at *[3]int, j, times int) {
	for k, s := range l[j].steps {
		at[k] += times * s
	}
}

// split returns the loops that move in array k and those that do not.
func (l nest) split(k int) (moving, resting nest) {
	for _, loop := range l {
		if loop.steps[k] != 0 {
			moving = append(moving, loop)
		} else {
			resting = append(resting, loop)
		}
	}
	return moving, resting
}

// inner returns the innermost loop and the others.
func (l nest) inner() (loop, nest) { return l[len(l)-1], l[:len(l)-1] }
