package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// Directions is how the preference z_to - z_from of a linear classifier changes as an input moves
// along directions that change every value by the same amount. It shows why sign(gradient) works,
// as the article and the paper explain. Along sign(w), with w = w_to - w_from, every value counts,
// and the slope is ||w||_1. Along random signs the changes cancel, and the slope is about ||w||_2:
// smaller by the square root of the number of values if all weights have the same size.
type Directions struct {
	From, To int
	Eps      []float64 // sizes of the step, ascending from 0

	Sign    []float64   // z_to - z_from after a step of each size along sign(w)
	Limited []float64   // the same if values stay within the limits
	Random  [][]float64 // along random signs, without limits; one row for each direction

	SignSlope   float64 // ||w||_1: change of the preference for one unit of eps
	RandomSlope float64 // ||w||_2: root mean square of the slopes along random signs
}

// points is the number of step sizes in Directions.
const points = 61

// Directions moves an input x from class from towards class to, by steps of sizes up to eps, along
// sign(w) and along some directions of random signs that derive from the seed.
func (l *Linear) Directions(
	x []float32, from, to int, eps float64, random int, seed uint64, lo, hi float32,
) (*Directions, error) {
	switch {
	case !(eps > 0) || math.IsInf(eps, 0):
		return nil, fmt.Errorf("train: directions up to eps %g: want a positive number", eps)
	case from == to || min(from, to) < 0 || max(from, to) >= l.Classes():
		return nil, fmt.Errorf("train: directions from class %d to class %d of %d: want two of them", from, to, l.Classes())
	}
	w, sign := make([]float32, len(x)), make([]float32, len(x))
	l.Difference(w, from, to)
	attack.Linf.Ascent(sign, w, 1)
	d := &Directions{From: from, To: to, SignSlope: tensor.L1(w), RandomSlope: tensor.L2(w)}
	start := -l.Margin(x, from, to)
	moved := make([]float32, len(x))
	for i := range points {
		e := eps * float64(i) / (points - 1)
		for j, v := range x {
			moved[j] = min(max(v+float32(e)*sign[j], lo), hi)
		}
		d.Eps = append(d.Eps, e)
		d.Sign = append(d.Sign, start+float64(e*d.SignSlope))
		d.Limited = append(d.Limited, -l.Margin(moved, from, to))
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for range random {
		var slope float64
		for _, v := range w {
			slope += float64(v) * float64(1-2*int(r.Uint64()>>63))
		}
		line := make([]float64, points)
		for i, e := range d.Eps {
			line[i] = start + float64(e*slope)
		}
		d.Random = append(d.Random, line)
	}
	return d, nil
}

// RandomRange returns the lowest and the highest preference along the random directions for every
// size of the step.
func (d *Directions) RandomRange() (low, high []float64) {
	low, high = make([]float64, len(d.Eps)), make([]float64, len(d.Eps))
	for i := range d.Eps {
		low[i], high[i] = math.Inf(1), math.Inf(-1)
		for _, line := range d.Random {
			low[i], high[i] = min(low[i], line[i]), max(high[i], line[i])
		}
	}
	return low, high
}

// Example returns the classifier and the input of Karpathy, "Breaking Linear Classifiers on
// ImageNet" (2015), which the article retells: ten values, weights of 1 and -1, no bias. The score
// w . x is -3, and the probability of class 1 is 5 %. A step of half a unit along the signs of the
// weights raises it to 88 %.
func Example() (l *Linear, x []float32) {
	l = &Linear{Weights: tensor.New(2, 10), Bias: make([]float32, 2)}
	copy(l.Weights.Image(1), []float32{-1, -1, 1, -1, 1, -1, 1, 1, -1, 1})
	return l, []float32{2, -1, 3, -2, 2, 2, 1, -4, 5, 1}
}
