package attacks

import (
	"math"
	"math/rand/v2"

	"hoodwink/attack"
)

// A warp is a linear map of pictures, the same in every channel: each pixel of the new picture is a
// weighted sum of up to four of the old one.
type warp struct {
	height, width int
	from          [][4]int32
	weight        [][4]float32
}

func newWarp(t *attack.Trial) *warp {
	_, height, width := planes(t.Shape)
	return &warp{height, width, make([][4]int32, height*width), make([][4]float32, height*width)}
}

// A box is a part of a picture, without its bottom row and right column.
type box struct{ top, left, bottom, right int }

// take makes pixel (i,j) of the new picture that at (y,x) of the old one, by bilinear interpolation
// between the centres of pixels, of which only those in the box count.
func (w *warp) take(i, j int, y, x float64, b box) {
	at := i*w.width + j
	top, left := math.Floor(y), math.Floor(x)
	below, right := float32(y-top), float32(x-left)
	for k, part := range [4]float32{(1 - below) * (1 - right), (1 - below) * right, below * (1 - right), below * right} {
		row, column := int(top)+k/2, int(left)+k%2
		if row < b.top || row >= b.bottom || column < b.left || column >= b.right {
			row, column, part = 0, 0, 0
		}
		w.from[at][k], w.weight[at][k] = int32(row*w.width+column), part
	}
}

// apply writes the new picture to dst.
func (w *warp) apply(dst, v []float32) {
	for at := 0; at < len(v); at += len(w.from) {
		plane := v[at : at+len(w.from)]
		for i, from := range w.from {
			p := &w.weight[i]
			dst[at+i] = p[0]*plane[from[0]] + p[1]*plane[from[1]] + p[2]*plane[from[2]] + p[3]*plane[from[3]]
		}
	}
}

// adjoint writes the gradient with respect to the old picture to dst, where g is that with respect to
// the new one.
func (w *warp) adjoint(dst, g []float32) {
	clear(dst)
	for at := 0; at < len(g); at += len(w.from) {
		plane := dst[at : at+len(w.from)]
		for i, from := range w.from {
			for k, p := range w.weight[i] {
				plane[from[k]] += p * g[at+i]
			}
		}
	}
}

// shrink makes the picture smaller, by a part between rate and 1 of its sides, and puts it somewhere on
// a black ground.
func (w *warp) shrink(rng *rand.Rand, rate float64) {
	u := rng.Float64()
	side := func(size int) (n, first int) {
		least := max(1, int(rate*float64(size)))
		n = least + int(u*float64(size-least))
		return n, rng.IntN(size - n + 1)
	}
	rows, top := side(w.height)
	columns, left := side(w.width)
	clear(w.weight)
	clear(w.from)
	place := func(i, n, size int) float64 {
		return min(max(0, (float64(i)+0.5)*float64(size)/float64(n)-0.5), float64(size-1))
	}
	for i := range rows {
		for j := range columns {
			w.take(top+i, left+j, place(i, rows, w.height), place(j, columns, w.width), box{0, 0, w.height, w.width})
		}
	}
}

// A cutting is a direction of a picture cut into parts.
type cutting struct {
	ends  []int // of the parts, in their old order
	order []int // in which parts come in the new picture
}

func newCutting(parts int) *cutting { return &cutting{make([]int, parts), make([]int, parts)} }

// draw cuts n pixels into parts, none more than about twice as long as another, and shuffles them.
func (c *cutting) draw(rng *rand.Rand, n int) {
	var sum float64
	for i := range c.ends {
		length := 1 + rng.Float64()
		sum += length
		c.ends[i] = int(sum * 1024)
		c.order[i] = i
	}
	for i, end := range c.ends {
		c.ends[i] = int(math.Round(float64(end) * float64(n) / (sum * 1024)))
	}
	c.ends[len(c.ends)-1] = n
	rng.Shuffle(len(c.order), func(i, j int) { c.order[i], c.order[j] = c.order[j], c.order[i] })
}

// part returns where part i begins and ends.
func (c *cutting) part(i int) (begin, end int) {
	if i > 0 {
		begin = c.ends[i-1]
	}
	return begin, c.ends[i]
}

// shuffle cuts the picture into strips, turns each about its middle by up to some degrees, cuts it the
// other way, and puts all in another order. Black shows where a strip was turned away.
func (w *warp) shuffle(rng *rand.Rand, strips, pieces *cutting, degrees float64) {
	across := rng.IntN(2) == 1 // strips are rows, otherwise columns
	long, wide := w.width, w.height
	if across {
		long, wide = wide, long
	}
	strips.draw(rng, long)
	to := 0
	for _, s := range strips.order {
		begin, end := strips.part(s)
		sin, cos := math.Sincos((2*rng.Float64() - 1) * degrees * math.Pi / 180)
		pieces.draw(rng, wide)
		at := 0
		for _, p := range pieces.order {
			first, last := pieces.part(p)
			for i := range end - begin {
				for j := range last - first {
					y, x := float64(first+j)-float64(wide-1)/2, float64(i)-float64(end-begin-1)/2
					y, x = cos*y-sin*x+float64(wide-1)/2, sin*y+cos*x+float64(begin)+float64(end-begin-1)/2
					if across {
						w.take(to+i, at+j, x, y, box{begin, 0, end, wide})
					} else {
						w.take(at+j, to+i, y, x, box{0, begin, wide, end})
					}
				}
			}
			at += last - first
		}
		to += end - begin
	}
}

// transform cuts the picture into blocks by rows and columns, which stay where they are, and does
// something of its own to each: rolls it down or right, turns it over in one direction or in both, or
// makes it darker. In blocks of the last kind, which noise is to be added to, loud becomes 1.
func (w *warp) transform(rng *rand.Rand, rows, columns *cutting, loud []float32) {
	clear(loud)
	rows.draw(rng, w.height)
	columns.draw(rng, w.width)
	for r := range rows.ends {
		top, bottom := rows.part(r)
		for c := range columns.ends {
			left, right := columns.part(c)
			if top == bottom || left == right {
				continue
			}
			kind, down, across, light := rng.IntN(7), rng.IntN(bottom-top), rng.IntN(right-left), rng.Float32()
			for i := top; i < bottom; i++ {
				for j := left; j < right; j++ {
					y, x, part := i, j, float32(1)
					switch kind {
					case 0:
						y = top + (i-top+down)%(bottom-top)
					case 1:
						x = left + (j-left+across)%(right-left)
					case 2:
						y = top + bottom - 1 - i
					case 3:
						x = left + right - 1 - j
					case 4:
						y, x = top+bottom-1-i, left+right-1-j
					case 5:
						part = light
					case 6:
						loud[i*w.width+j] = 1
					}
					at := i*w.width + j
					w.from[at], w.weight[at] = [4]int32{int32(y*w.width + x)}, [4]float32{part}
				}
			}
		}
	}
}
