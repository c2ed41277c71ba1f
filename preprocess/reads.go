package preprocess

import (
	"slices"

	"hoodwink/tensor"
)

// Reads says which pixels of a picture decide what a network sees: those in the rows and the columns
// listed, growing; nil means all. A resize without antialiasing reads few of a large picture's, a
// crop leaves out a border. The gradient of all other pixels is 0.
//
// An attack may so work on a smaller picture, which has only these rows and columns:
//
//	small := tensor.New(1, 3, h, w)               // h, w := reads.Size()
//	reads.Gather(nil, small.Data, picture.Data)
//	...                                           // changes small
//	reads.Scatter(nil, picture.Data, small.Data)
type Reads struct {
	Height, Width int // of the picture
	Rows, Cols    []int
}

// All reports whether every pixel is read.
func (r Reads) All() bool { return r.Rows == nil && r.Cols == nil }

// Size returns the height and the width of a picture of only the pixels that are read.
func (r Reads) Size() (height, width int) {
	height, width = r.Height, r.Width
	if r.Rows != nil {
		height = len(r.Rows)
	}
	if r.Cols != nil {
		width = len(r.Cols)
	}
	return height, width
}

// Gather copies the pixels that are read from src, any number of planes of Height x Width, to dst,
// planes of Size: a picture, a batch, or a mask. team may be nil.
func (r Reads) Gather(team *tensor.Team, dst, src []float32) {
	r.each(team, dst, src, func(small, large []float32) {
		if r.Cols == nil {
			copy(small, large)
			return
		}
		for j, x := range r.Cols {
			small[j] = large[x]
		}
	})
}

// Scatter is the way back: it copies the pixels of src to their places in dst. Other pixels of dst
// stay as they are.
func (r Reads) Scatter(team *tensor.Team, dst, src []float32) {
	r.each(team, src, dst, func(small, large []float32) {
		if r.Cols == nil {
			copy(large, small)
			return
		}
		for j, x := range r.Cols {
			large[x] = small[j]
		}
	})
}

// scatterRows is how many rows of a plane a thread takes at once.
const scatterRows = 64

// each calls f for the rows that are read of every plane.
func (r Reads) each(team *tensor.Team, small, large []float32, f func(small, large []float32)) {
	h, w := r.Size()
	planes := len(small) / (h * w)
	if len(small) != planes*h*w || len(large) != planes*r.Height*r.Width {
		panic("preprocess: the planes of two pictures do not fit the pixels that are read")
	}
	parts := (h + scatterRows - 1) / scatterRows
	rows := func(_, part int) {
		plane, first := part/parts, part%parts*scatterRows
		for i := first; i < min(first+scatterRows, h); i++ {
			y := i
			if r.Rows != nil {
				y = r.Rows[i]
			}
			f(small[(plane*h+i)*w:][:w], large[(plane*r.Height+y)*r.Width:][:r.Width])
		}
	}
	if team == nil {
		team = tensor.NewTeam(1)
	}
	team.For(planes*parts, rows)
}

// reads returns the inputs of an axis of n that are used, nil for all.
func (a *axis) reads(n int) (used []int) {
	if a.copies {
		for j := a.lo; j < a.hi; j++ {
			used = append(used, j)
		}
	}
	for i, j := range a.start {
		end := j + a.off[i+1] - a.off[i]
		if k := len(used); k > 0 {
			j = max(j, used[k-1]+1) // outputs read from left to right
		}
		for ; j < end; j++ {
			used = append(used, j)
		}
	}
	if len(used) == n {
		return nil
	}
	return used
}

// gather makes the axis read a line that has only the inputs of reads.
func (a *axis) gather(used []int) {
	if used == nil {
		return
	}
	for i, j := range a.start {
		a.start[i], _ = slices.BinarySearch(used, j)
	}
	a.lo, a.hi = 0, len(used)
}
