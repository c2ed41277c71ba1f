package attacks

import "hoodwink/attack"

// A sum adds up gradients of different scales, see [attack.Sight].
type sum struct {
	t     *attack.Trial
	total []float32
	scale float64 // of total; 0 while there is nothing in it
	one   [][]float32
	at    [][]float32
}

// newSum returns an empty sum.
func newSum(t *attack.Trial) *sum {
	return &sum{t: t, total: t.New(), one: [][]float32{t.New()}, at: make([][]float32, 1)}
}

// clear empties the sum.
func (s *sum) clear() {
	clear(s.total)
	s.scale = 0
}

// add adds weight times a gradient, which it leaves alone. The smaller scale becomes that of the sum, so
// that nothing becomes infinite.
func (s *sum) add(g []float32, scale, weight float64) {
	common := scale
	if s.scale > 0 {
		common = min(scale, s.scale)
	}
	old := 0.
	if s.scale > 0 {
		old = common / s.scale
	}
	weight *= common / scale
	for i, v := range g {
		s.total[i] = float32(old*float64(s.total[i]) + weight*float64(v))
	}
	s.scale = common
}

// ask asks for the gradient at a point that is no candidate, which is then the latest. It reports
// whether to go on.
func (s *sum) ask(at []float32, l attack.Loss) (scale float64, ok bool) {
	s.at[0] = at
	return s.t.Gradients(s.one, s.at, l)
}

// gradient adds weight times the gradient at a point that is no candidate. It reports whether to go on.
func (s *sum) gradient(at []float32, l attack.Loss, weight float64) bool {
	scale, ok := s.ask(at, l)
	if ok {
		s.add(s.one[0], scale, weight)
	}
	return ok
}

// latest returns the gradient that was asked for last.
func (s *sum) latest() []float32 { return s.one[0] }

// write copies the sum to g and returns its scale.
func (s *sum) write(g []float32) float64 {
	copy(g, s.total)
	return s.scale
}
