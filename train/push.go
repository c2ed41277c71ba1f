package train

import (
	"cmp"
	"math"
	"slices"

	"hoodwink/attack"
)

// A push is the problem of the smallest d with <w, d> = margin and x+d between lo and hi.
type push struct {
	x, w     []float32
	margin   float64
	lo, hi   float64
	channels int
}

// shortest solves a push in each norm: it writes d and returns its size.
var shortest = [...]func(p *push, d []float32) (size float64, ok bool){
	attack.Linf: (*push).signs,
	attack.L2: func(p *push, d []float32) (float64, bool) {
		copy(d, p.w)
		square, ok := p.along(d, func(sum, step float64) float64 { return sum + float64(step*step) })
		return math.Sqrt(square), ok
	},
	attack.L1:       (*push).values,
	attack.L0:       func(p *push, d []float32) (float64, bool) { return p.places(d, p.channels) },
	attack.L0Values: func(p *push, d []float32) (float64, bool) { return p.places(d, 1) },
}

// signs moves all values alike.
func (p *push) signs(d []float32) (size float64, ok bool) {
	attack.Linf.Ascent(d, p.w, p.channels)
	return p.along(d, func(size, step float64) float64 { return max(size, math.Abs(step)) })
}

// along makes d, a direction of the signs of w, the change clip(x + t d) - x that is enough, and
// returns its size, which add sums up.
func (p *push) along(d []float32, add func(size, step float64) float64) (size float64, ok bool) {
	t, ok := root(p.x, p.w, d, p.margin, p.lo, p.hi)
	if !ok {
		return 0, false
	}
	for i, v := range p.x {
		step := min(max(t*float64(d[i]), p.lo-float64(v)), p.hi-float64(v))
		d[i] = float32(step)
		size = add(size, step)
	}
	return size, true
}

// room returns how far value i may go in the direction of its weight.
func (p *push) room(i int) float64 {
	if p.w[i] < 0 {
		return float64(p.x[i]) - p.lo
	}
	return p.hi - float64(p.x[i])
}

// values moves the values with the largest weights first.
func (p *push) values(d []float32) (size float64, ok bool) {
	order := ordered(len(p.w), func(i int) float64 { return math.Abs(float64(p.w[i])) })
	missing := p.margin
	for _, i := range order {
		slope := math.Abs(float64(p.w[i]))
		if slope == 0 {
			break
		}
		step, last := p.room(i), missing/slope
		enough := step >= last
		if enough {
			step = last
		}
		size += step
		d[i] = float32(math.Copysign(step, float64(p.w[i])))
		if enough {
			return size, true
		}
		missing -= float64(slope * step)
	}
	return 0, false
}

// places moves the places of some channels to their limits that gain the most, and the last of them
// as far as need be.
func (p *push) places(d []float32, channels int) (size float64, ok bool) {
	places := len(p.x) / channels
	gain := func(at int) (sum float64) {
		for i := at; i < len(p.x); i += places {
			if p.w[i] != 0 {
				sum += math.Abs(float64(p.w[i])) * p.room(i)
			}
		}
		return sum
	}
	missing := p.margin
	for _, at := range ordered(places, gain) {
		more := gain(at)
		if more == 0 {
			return 0, false
		}
		size++
		for i := at; i < len(p.x); i += places {
			if p.w[i] != 0 {
				d[i] = float32(math.Copysign(p.room(i), float64(p.w[i])))
			}
		}
		if more >= missing { // this one only has to close what is missing
			last := push{margin: missing, lo: p.lo, hi: p.hi, channels: channels}
			for i := at; i < len(p.x); i += places {
				last.x, last.w = append(last.x, p.x[i]), append(last.w, p.w[i])
			}
			if step := make([]float32, channels); last.reaches(step) {
				for c, s := range step {
					d[at+c*places] = s
				}
			}
			return size, true
		}
		missing -= more
	}
	return 0, false
}

// reaches is signs without the size.
func (p *push) reaches(d []float32) bool {
	_, ok := p.signs(d)
	return ok
}

// ordered returns 0 to n-1, those with the largest key first.
func ordered(n int, key func(i int) float64) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(key(b), key(a)) })
	return order
}
