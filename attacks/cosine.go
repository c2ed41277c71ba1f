package attacks

import (
	"math"

	"hoodwink/attack"
)

// A cosineTransform is the discrete cosine transform of every plane of a picture: the orthonormal DCT-II
// of its rows and columns, whose inverse is its transpose.
type cosineTransform struct {
	height, width int
	rows, columns []float32 // the matrices of a column and of a row of a plane, and their memory
	memory        []float32
}

func newCosine(t *attack.Trial) *cosineTransform {
	c := &cosineTransform{memory: t.New()}
	_, c.height, c.width = planes(t.Shape)
	c.rows, c.columns = cosines(c.height), cosines(c.width)
	return c
}

// cosines returns the matrix (n,n) of the transform of n values.
func cosines(n int) []float32 {
	m := make([]float32, n*n)
	for k := range n {
		norm := math.Sqrt(2 / float64(n))
		if k == 0 {
			norm = math.Sqrt(1 / float64(n))
		}
		for i := range n {
			m[k*n+i] = float32(norm * math.Cos(math.Pi*float64(k)*(2*float64(i)+1)/float64(2*n)))
		}
	}
	return m
}

// transform replaces the values of a picture by its frequencies.
func (c *cosineTransform) transform(v []float32) {
	size := c.height * c.width
	for at := 0; at < len(v); at += size {
		plane, half := v[at:at+size], c.memory[:size]
		clear(half)
		for k := range c.height { // half = rows plane
			for i := range c.height {
				addScaled(half[k*c.width:][:c.width], c.rows[k*c.height+i], plane[i*c.width:])
			}
		}
		for y := range c.height { // plane = half columns'
			for k := range c.width {
				plane[y*c.width+k] = product(c.columns[k*c.width:][:c.width], half[y*c.width:])
			}
		}
	}
}

// inverse replaces frequencies by the picture that has them.
func (c *cosineTransform) inverse(v []float32) {
	size := c.height * c.width
	for at := 0; at < len(v); at += size {
		plane, half := v[at:at+size], c.memory[:size]
		clear(half)
		for y := range c.height { // half = plane columns
			for k := range c.width {
				addScaled(half[y*c.width:][:c.width], plane[y*c.width+k], c.columns[k*c.width:])
			}
		}
		clear(plane)
		for k := range c.height { // plane = rows' half
			for i := range c.height {
				addScaled(plane[i*c.width:][:c.width], c.rows[k*c.height+i], half[k*c.width:])
			}
		}
	}
}

// addScaled adds factor*v to dst.
func addScaled(dst []float32, factor float32, v []float32) {
	v = v[:len(dst)]
	for i := range dst {
		dst[i] += float32(factor * v[i])
	}
}

// product returns the sum of a[i]*b[i].
func product(a, b []float32) (s float32) {
	b = b[:len(a)]
	for i, x := range a {
		s += float32(x * b[i])
	}
	return s
}
