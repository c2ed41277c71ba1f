package attacks

import (
	"math"

	"hoodwink/attack"
)

// adam takes steps along a gradient whose values are divided by their own usual size.
//
// Paper: Kingma, Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980.
type adam struct {
	m, s  []float32 // running means of the gradient and of its square
	steps int
}

func newAdam(t *attack.Trial) *adam { return &adam{m: t.New(), s: t.New()} }

// reset forgets all steps.
func (a *adam) reset() {
	clear(a.m)
	clear(a.s)
	a.steps = 0
}

// move adds to v a step of size rate down a gradient.
func (a *adam) move(v, g []float32, rate float64) {
	a.see(g)
	for i := range v {
		v[i] = float32(float64(v[i]) - float64(rate*a.mean(i))/a.width(i))
	}
}

// see takes a gradient in.
func (a *adam) see(g []float32) {
	a.steps++
	for i, d := range g {
		a.m[i] = float32(float64(0.9*float64(a.m[i])) + float64(0.1*float64(d)))
		a.s[i] = float32(float64(0.999*float64(a.s[i])) + float64(0.001*float64(float64(d)*float64(d))))
	}
}

// mean returns the mean of value i of the gradient, and width its usual size.
func (a *adam) mean(i int) float64 { return float64(a.m[i]) / (1 - math.Pow(0.9, float64(a.steps))) }

func (a *adam) width(i int) float64 {
	return math.Sqrt(float64(a.s[i])/(1-math.Pow(0.999, float64(a.steps)))) + 1e-8
}
