package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// A momentum is what MI and its kin follow instead of a gradient g:
//
//	m = decay*m + g/mean|g|
//
// The paper divides by the sum of |g|, which is the same direction. The mean, as all implementations
// have it, leaves m of the size of signs, so that a look-ahead of size*decay*m is about a step long.
// It is that of the values that may change.
type momentum struct {
	t     *attack.Trial
	decay float64
	m     []float32
	free  float64   // values that may change
	ahead []float32 // memory of look
}

// newMomentum returns a momentum of zero. A decay of 0 is 1.
func newMomentum(t *attack.Trial, decay float64) *momentum {
	m := &momentum{t: t, decay: cmp.Or(decay, 1), m: t.New(), free: float64(len(t.X))}
	if t.Mask != nil {
		m.free = 0
		for _, v := range t.Mask {
			m.free += float64(v) * float64(t.Channels)
		}
	}
	return m
}

// add takes a gradient of any scale and returns the new momentum. A gradient of zero changes nothing.
func (m *momentum) add(g []float32) []float32 {
	m.t.Cover(g)
	var sum float64
	for _, v := range g {
		sum += math.Abs(float64(v))
	}
	if sum == 0 {
		return m.m
	}
	mean := sum / m.free
	for i, v := range g {
		m.m[i] = float32(m.decay*float64(m.m[i]) + float64(v)/mean)
	}
	return m.m
}

// ascend is the descent's step along the momentum.
func (m *momentum) ascend(size float64) func(v, g []float32, _ attack.Sight) {
	return func(v, g []float32, _ attack.Sight) { m.t.Ascend(v, m.add(g), size) }
}

// look returns the point size*decay*m ahead of v, where v will be if the momentum stays. It is no
// candidate, and may be outside ball and bounds.
func (m *momentum) look(v []float32, size float64) []float32 {
	if m.ahead == nil {
		m.ahead = m.t.New()
	}
	for i, x := range v {
		m.ahead[i] = float32(float64(x) + size*m.decay*float64(m.m[i]))
	}
	return m.ahead
}
