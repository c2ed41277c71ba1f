package attacks

import "math/rand/v2"

// A shrinking makes a picture smaller, by bilinear interpolation between the centres of pixels, and puts
// it somewhere on a black ground of its old size.
type shrinking struct {
	channels int
	rows     axis
	columns  axis
}

// An axis says where the pixels of one direction are taken from: pixel first+i of the new picture is
// (1-part[i]) of pixel from[i] of the old one, and part[i] of the next.
type axis struct {
	size, first int
	from        []int
	part        []float32
}

// newShrinking returns one for pictures of a shape (C,H,W), with memory for all that it may draw.
func newShrinking(shape []int) *shrinking {
	channels, height, width := planes(shape)
	s := &shrinking{channels: channels}
	of := func(n int) axis { return axis{size: n, from: make([]int, 0, n), part: make([]float32, 0, n)} }
	s.rows, s.columns = of(height), of(width)
	return s
}

// draw chooses a size between rate and 1 of the old one, and a place.
func (s *shrinking) draw(rng *rand.Rand, rate float64) {
	u := rng.Float64()
	for _, a := range []*axis{&s.rows, &s.columns} {
		least := max(1, int(rate*float64(a.size)))
		n := least + int(u*float64(a.size-least))
		a.first = rng.IntN(a.size - n + 1)
		a.from, a.part = a.from[:0], a.part[:0]
		for i := range n {
			at := max(0, (float64(i)+0.5)*float64(a.size)/float64(n)-0.5)
			from := min(int(at), max(0, a.size-2))
			a.from = append(a.from, from)
			a.part = append(a.part, float32(min(1, at-float64(from))))
		}
	}
}

// next returns the distance to the next pixel, 0 if there is but one.
func (a *axis) next() int { return min(1, a.size-1) }

// apply writes the shrunk picture to dst.
func (s *shrinking) apply(dst, v []float32) {
	clear(dst)
	width, right, down := s.columns.size, s.columns.next(), s.rows.next()*s.columns.size
	for c := range s.channels {
		plane := c * s.rows.size * width
		for i, row := range s.rows.from {
			to, from := plane+(s.rows.first+i)*width+s.columns.first, plane+row*width
			p := s.rows.part[i]
			for j, column := range s.columns.from {
				at, q := from+column, s.columns.part[j]
				above := (1-q)*v[at] + q*v[at+right]
				below := (1-q)*v[at+down] + q*v[at+down+right]
				dst[to+j] = (1-p)*above + p*below
			}
		}
	}
}

// adjoint writes the gradient with respect to the picture to dst, where g is that with respect to the
// shrunk one.
func (s *shrinking) adjoint(dst, g []float32) {
	clear(dst)
	width, right, down := s.columns.size, s.columns.next(), s.rows.next()*s.columns.size
	for c := range s.channels {
		plane := c * s.rows.size * width
		for i, row := range s.rows.from {
			to, from := plane+(s.rows.first+i)*width+s.columns.first, plane+row*width
			p := s.rows.part[i]
			for j, column := range s.columns.from {
				at, q := from+column, s.columns.part[j]
				above, below := (1-p)*g[to+j], p*g[to+j]
				dst[at] += (1 - q) * above
				dst[at+right] += q * above
				dst[at+down] += (1 - q) * below
				dst[at+down+right] += q * below
			}
		}
	}
}
