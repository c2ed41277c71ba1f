// Package gradcheck compares a gradient with central differences.
//
// The function under test is a scalar: a fixed weighted sum of outputs, say, summed in float64. Its
// gradient is tried along single coordinates, which finds a wrong place; along random directions,
// which touch every place at once; and along itself, where an error of scale shows best:
//
//	loss := func() float64 { forward(); return tensor.Dot(weights, y.Data) }
//	loss()
//	backward() // fills dx
//	worst := gradcheck.Check(x, dx.Data, loss, gradcheck.Options{})
//	if !(worst.Err <= 1e-3) {
//		t.Error(worst)
//	}
//
// Choose x so that no kink (a ReLU at 0, two equal maxima) is within Options.Step.
package gradcheck

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// Options say how thorough a check is. Zero values mean the defaults.
type Options struct {
	Step        float64 // length of a step along one coordinate, in units of x; default 1e-2
	Coordinates int     // single coordinates tried, drawn at random without repetition; default 50
	Directions  int     // random directions tried; default 10
	Seed        uint64
}

// Whole is the Index of a Result for a direction, not for one coordinate.
const Whole = -1

// A Result is the trial at which gradient and differences disagree most.
type Result struct {
	Err      float64 // |Numeric-Analytic| over the gradient's Euclidean norm; NaN if either is
	Index    int     // of the coordinate, or Whole
	Numeric  float64 // the derivative along the unit direction, by differences
	Analytic float64 // the same, by the gradient
}

func (r Result) String() string {
	where := fmt.Sprintf("at index %d", r.Index)
	if r.Index == Whole {
		where = "along a direction"
	}
	return fmt.Sprintf("derivative %s is %g by differences, %g by the gradient (error %.3g of its norm)", where, r.Numeric, r.Analytic, r.Err)
}

// Check returns the worst of all trials of grad, the gradient of f with respect to x. It changes x
// while it works and restores it. f must depend on x alone.
func Check(x *tensor.Tensor, grad []float32, f func() float64, o Options) Result {
	if o.Step == 0 {
		o.Step = 1e-2
	}
	if o.Coordinates == 0 {
		o.Coordinates = 50
	}
	if o.Directions == 0 {
		o.Directions = 10
	}
	if len(grad) != x.Len() {
		return Result{Err: math.NaN(), Index: Whole}
	}
	c := checker{x: x, start: x.Clone().Data, grad: grad, f: f, worst: Result{Index: Whole}}
	c.norm = tensor.L2(grad)
	d := make([]float64, x.Len())
	r := rand.New(rand.NewPCG(o.Seed, 0x9e3779b97f4a7c15))
	for _, i := range r.Perm(x.Len())[:min(o.Coordinates, x.Len())] {
		d[i] = 1
		c.try(d, o.Step, i)
		d[i] = 0
	}
	for range o.Directions {
		for i := range d {
			d[i] = 1 - 2*float64(r.IntN(2))
		}
		c.try(d, o.Step, Whole)
	}
	if c.norm > 0 {
		most := tensor.Linf(grad)
		for i := range d {
			d[i] = float64(grad[i]) / most
		}
		c.try(d, o.Step, Whole)
	}
	return c.worst
}

type checker struct {
	x     *tensor.Tensor
	start []float32
	grad  []float32
	norm  float64
	f     func() float64
	worst Result
}

// try compares both derivatives along d, whose largest magnitude is 1. It divides by the distance
// that x has really moved in float32.
func (c *checker) try(d []float64, step float64, index int) {
	move := func(h float64) {
		for i, v := range c.start {
			c.x.Data[i] = float32(float64(v) + h*d[i])
		}
	}
	move(step)
	above := c.f()
	var analytic, length float64
	for i, v := range c.x.Data {
		back := float32(float64(c.start[i]) - step*d[i])
		moved := float64(v) - float64(back)
		analytic += float64(c.grad[i]) * moved
		length += moved * moved
	}
	move(-step)
	below := c.f()
	copy(c.x.Data, c.start)
	length = math.Sqrt(length)
	r := Result{Index: index, Numeric: (above - below) / length, Analytic: analytic / length}
	r.Err = math.Abs(r.Numeric - r.Analytic)
	if c.norm > 0 {
		r.Err /= c.norm
	}
	// A NaN is worse than anything else and stays.
	if !(r.Err <= c.worst.Err) && c.worst.Err == c.worst.Err {
		c.worst = r
	}
}
