package nn

import (
	"fmt"
	"math"

	"hoodwink/tensor"
)

// Quantize rounds to the numbers that integers from Low to High can represent:
//
//	q = min(max(round(x/scale) + zero, Low), High)
//	y = (q - zero) * scale
//
// or, with Integers, y = q - zero. Ties are rounded to even. There is one scale and zero point for
// all values, or one for every place along an axis. The gradient passes straight through where q is
// within its limits: it is that of x, or of x/scale. Negative axes count from the end.
type Quantize struct {
	Scale, Zero []float32
	Axis        int // without meaning if there is one scale for all values
	Low, High   float32
	Integers    bool
}

// Kind implements Layer.
func (l *Quantize) Kind() string { return "Quantize" }

// Reads implements Layer.
func (l *Quantize) Reads() Reads { return Reads{In: true} }

func (l *Quantize) rounds() {}

// Mixes implements Mixer.
func (l *Quantize) Mixes(in [][]int) bool {
	a, err := normAxis(l.Axis, in[0])
	return err == nil && a == 0 && len(l.Scale) > 1
}

// OutShapes implements Layer: any shape, which stays.
func (l *Quantize) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 1)
	if err != nil {
		return nil, err
	}
	if err := checkFinite("limit", l.Low, l.High); err != nil {
		return nil, err
	}
	if err := checkFinite("zero", l.Zero...); err != nil {
		return nil, err
	}
	for _, s := range l.Scale {
		if !(s > 0 && s <= math.MaxFloat32) {
			return nil, fmt.Errorf("has a scale of %g: want a positive number", s)
		}
	}
	want := 1
	if len(l.Scale) != 1 {
		a, err := normAxis(l.Axis, in[0])
		if err != nil {
			return nil, err
		}
		want = in[0][a]
	}
	if len(l.Scale) != want || len(l.Zero) != want {
		return nil, fmt.Errorf("has %d scales and %d zeros for axis %d of shape %v: want one, or %d, of each", len(l.Scale), len(l.Zero), l.Axis, in[0], want)
	}
	return out, nil
}

// Bind implements Layer.
func (l *Quantize) Bind(b *Binding) Op {
	x, y, shape := b.In[0].Data, b.Out[0].Data, b.In[0].Shape
	rows, count, length := 1, 1, len(x)
	if len(l.Scale) > 1 {
		a, _ := normAxis(l.Axis, shape) // checked by OutShapes
		rows, count, length = tensor.Size(shape[:a+1]), shape[a], tensor.Size(shape[a+1:])
	}
	overParts := func(f func(lo, hi, k int)) func() {
		if rows == 1 {
			return overBlocks(b.Team, length, func(lo, hi int) { f(lo, hi, 0) })
		}
		return overPlanes(b.Team, rows, length, func(_, r int) { f(r*length, (r+1)*length, r%count) })
	}
	op := Op{Forward: overParts(func(lo, hi, k int) {
		s, zero := l.Scale[k], float64(l.Zero[k])
		out := s
		if l.Integers {
			out = 1
		}
		for i, v := range x[lo:hi] {
			q := math.RoundToEven(float64(v/s)) + zero
			y[lo+i] = float32(min(max(q, float64(l.Low)), float64(l.High))-zero) * out
		}
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overParts(func(lo, hi, k int) {
			s, zero := l.Scale[k], float64(l.Zero[k])
			slope := float32(1)
			if l.Integers {
				slope = 1 / s
			}
			for i, v := range x[lo:hi] {
				if q := math.RoundToEven(float64(v/s)) + zero; q >= float64(l.Low) && q <= float64(l.High) {
					dx[lo+i] += float32(dy[lo+i] * slope)
				}
			}
		})
	}
	return op
}
