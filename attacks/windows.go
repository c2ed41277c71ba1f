package attacks

import (
	"math"

	"hoodwink/attack"
)

// A windows is a picture that the square attack changes window by window. Each channel has a sign of its
// own in a window.
type windows struct {
	t     *attack.Trial
	v     []float32
	shape []float32 // a change of a window, in its first values
}

// A window is a square of side s whose corner is at row i and column j.
type window struct{ i, j, s int }

// has reports whether the pixel of a row and a column is in the window.
func (r window) has(i, j int) bool { return i >= r.i && i < r.i+r.s && j >= r.j && j < r.j+r.s }

// draw returns a window of side s anywhere in the picture.
func (w *windows) draw(s int) window {
	_, height, width := w.size()
	i := w.t.Rand.IntN(height - s + 1)
	return window{i, w.t.Rand.IntN(width - s + 1), s}
}

func (w *windows) size() (channels, height, width int) {
	if len(w.t.Shape) != 3 {
		return 1, 1, len(w.v)
	}
	return w.t.Shape[0], w.t.Shape[1], w.t.Shape[2]
}

// side returns the side of a window that covers a share of the picture.
func (w *windows) side(share float64) int {
	_, height, width := w.size()
	return min(int(math.RoundToEven(math.Sqrt(share*float64(height*width)))), height, width)
}

func (w *windows) sign() float64 {
	if w.t.Rand.Uint64()&1 == 0 {
		return -1
	}
	return 1
}

// stripes begins in Linf: each column of each channel is changed by eps, up or down.
func (w *windows) stripes() {
	channels, height, width := w.size()
	for c := range channels {
		for j := range width {
			d := w.t.Eps * w.sign()
			for i := range height {
				at := (c*height+i)*width + j
				w.v[at] = float32(float64(w.t.X[at]) + d)
			}
		}
	}
}

// paint changes a window in Linf: each channel goes as far up or down as eps allows.
func (w *windows) paint(share float64) {
	channels, height, width := w.size()
	r := w.draw(max(1, w.side(share)))
	for c := range channels {
		d := 2 * w.t.Eps * w.sign()
		for i := r.i; i < r.i+r.s; i++ {
			for j := r.j; j < r.j+r.s; j++ {
				at := (c*height+i)*width + j
				w.v[at] = float32(float64(w.v[at]) + d)
			}
		}
	}
}

// tiles begins in L2 and L1: five or more bumps on every side, which together have the size eps.
func (w *windows) tiles() {
	channels, height, width := w.size()
	s := max(1, min(height, width)/5)
	rows, columns := height/s, width/s
	for n := range rows * columns {
		r := window{(height-rows*s)/2 + n/columns*s, (width-columns*s)/2 + n%columns*s, s}
		w.bump(s)
		for c := range channels {
			sign := w.sign()
			for k := range s * s {
				w.v[(c*height+r.i+k/s)*width+r.j+k%s] += float32(sign * float64(w.shape[k]))
			}
		}
	}
	w.stretch()
}

// move changes a window in L2 or L1: what the change of another window has cost is given to it, and what
// is left of eps, and it becomes more like a bump.
func (w *windows) move(share float64) {
	channels, height, width := w.size()
	s := max(3, w.side(share))
	s = min(s+1-s%2, height, width)
	to, from := w.draw(s), w.draw(s)
	whole, both := 0., 0. // costs of the change, and of that in the two windows
	for at, v := range w.v {
		cost := w.cost(float64(v) - float64(w.t.X[at]))
		whole += cost
		if i, j := at/width%height, at%width; to.has(i, j) || from.has(i, j) {
			both += cost
		}
	}
	cost := max(0, w.cost(w.t.Eps)-whole)/float64(channels) + both
	if w.t.Norm == attack.L1 {
		cost *= float64(channels)
	}
	w.bump(s)
	for c := range channels {
		sign, old, sum := w.sign(), 0., 0.
		pixel := func(k int) int { return (c*height+to.i+k/s)*width + to.j + k%s }
		for k := range s * s {
			old += w.cost(float64(w.v[pixel(k)]) - float64(w.t.X[pixel(k)]))
		}
		change := func(k int) float64 {
			at := pixel(k)
			return float64(sign*float64(w.shape[k])) + (float64(w.v[at])-float64(w.t.X[at]))/(tiny+w.length(old))
		}
		for k := range s * s {
			sum += w.cost(change(k))
		}
		scale := w.length(cost) / (tiny + w.length(sum))
		for k := range s * s {
			d := change(k)
			w.v[pixel(k)] = float32(float64(w.t.X[pixel(k)]) + float64(scale*d))
		}
		for i := from.i; i < from.i+s; i++ {
			for j := from.j; j < from.j+s; j++ {
				if at := (c*height+i)*width + j; !to.has(i, j) {
					w.v[at] = w.t.X[at]
				}
			}
		}
	}
	w.stretch()
}

// cost and length are such that the norm of a change is the length of the sum of the costs of its values.
func (w *windows) cost(d float64) float64 {
	if w.t.Norm == attack.L1 {
		return math.Abs(d)
	}
	return float64(d * d)
}

func (w *windows) length(cost float64) float64 {
	if w.t.Norm == attack.L1 {
		return cost
	}
	return math.Sqrt(cost)
}

// stretch gives a change in L2 the size eps. In L1 the projection sees to that.
func (w *windows) stretch() {
	size := w.t.Size(w.v)
	if w.t.Norm == attack.L1 || size == 0 {
		return
	}
	for i, x := range w.t.X {
		w.v[i] = float32(float64(x) + float64(w.t.Eps/size*(float64(w.v[i])-float64(x))))
	}
}

// bump writes a change of a window of side s and size 1 to w.shape: a hill above or beside a valley.
func (w *windows) bump(s int) {
	half, lying := s/2, w.t.Rand.Uint64()&1 == 0
	top, bottom, both := 0., 0., 1. // costs
	for k := range s * s {
		if i, j := k/s, k%s; i < half {
			top += w.cost(hill(i, j, half, s))
		} else {
			bottom += w.cost(hill(i-half, j, s-half, s))
		}
	}
	if top > 0 {
		both++ // the hill and the valley cost the same
	}
	scale := w.length(both)
	for k := range s * s {
		i, j := k/s, k%s
		if lying {
			i, j = j, i
		}
		if i < half {
			w.shape[k] = float32(hill(i, j, half, s) / (w.length(top) * scale))
		} else {
			w.shape[k] = float32(-hill(i-half, j, s-half, s) / (w.length(bottom) * scale))
		}
	}
}

// hill returns the height at a row and a column of a hill in a rectangle of so many rows and columns: for
// each rectangle around its middle that holds the place, from n = 1 to as many as reach the edges, 1/n^2.
func hill(i, j, rows, columns int) float64 {
	middle, across := rows/2, columns/2
	h := 0.
	for n := max(middle, across) + 1; n > max(i-middle, middle-i, j-across, across-j); n-- {
		h += 1 / float64(n*n)
	}
	return h
}
