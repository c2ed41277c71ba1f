package attacks

import (
	"math"
	"slices"

	"hoodwink/attack"
)

// hyperplanes are the boundaries of a goal as they look from a picture: hyperplanes, one for each class that may
// win where classes are to be left, and one where a class is to be reached.
type hyperplanes struct {
	t       *attack.Trial
	loss    attack.Loss // the boundary
	away    []int
	classes []int       // the rivals, and behind them those to be left
	rows    [][]float32 // the gradients of their logits
	w       []float32   // the gradient of the nearest boundary
	rival   int         // the class behind it, where classes are to be left; -1: not known
}

// newHyperplanes returns the boundaries with up to n rivals: those that are likeliest by the logits of the
// original.
func newHyperplanes(t *attack.Trial, logits []float32, n int) *hyperplanes {
	p := &hyperplanes{t: t, loss: boundaryOf(t), w: t.New(), rival: -1}
	away, toward := attack.Classes(t.Goal())
	if _, labels := t.Goal().(attack.Labels); toward || labels {
		return p
	}
	p.away = away
	p.classes = append(rivals(logits, away, n), away...)
	for range p.classes {
		p.rows = append(p.rows, t.New())
	}
	return p
}

// nearest writes the gradient of the boundary that looks nearest from v, in the ball's norm, to p.w, and
// returns its value at v in the same unit: negative where the goal is still to be met.
func (p *hyperplanes) nearest(v []float32) (value float64, s attack.Sight, ok bool) {
	if p.rows == nil {
		s, ok = p.t.Gradient(p.w, v, p.loss)
		return s.Loss * s.Scale, s, ok
	}
	s, ok = p.t.Jacobian(p.rows, v, p.loss, p.classes...)
	if !ok {
		return 0, s, false
	}
	n := len(p.classes) - len(p.away)
	source := likeliest(s.Logits, p.away)
	from, least := p.rows[n+slices.Index(p.away, source)], math.Inf(1)
	for i, g := range p.rows[:n] {
		for j := range g {
			g[j] -= from[j]
		}
		f := float64(s.Logits[p.classes[i]]) - float64(s.Logits[source])
		if d := math.Abs(f) / (1e-12 + p.t.Norm.Dual(g, p.t.Channels)); d < least {
			least, value, p.rival = d, f, p.classes[i]
			copy(p.w, g)
		}
	}
	return value, s, true
}
