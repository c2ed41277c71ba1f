package nn

import (
	"fmt"
	"math"

	"hoodwink/tensor"
)

// DynamicQuantize rounds to integers from 0 to 255. The scale and the zero point are computed from
// the values themselves: all those along the axes from Axis on, which is 0 or 1:
//
//	scale = (max(x, 0) - min(x, 0)) / 255, or 1 if all values are 0
//	zero  = round(-min(x, 0) / scale)
//	q     = min(max(round(x/scale) + zero, 0), 255)
//
// with ties rounded to even. The outputs are q-zero, of the shape of x, and scale and zero, each
// (N) for Axis 1 and (1) for Axis 0. The gradient of q-zero is that of x/scale for a constant
// scale: the layer that reads the result multiplies by scale again, so the gradient through the
// scale cancels, except for rounding.
type DynamicQuantize struct{ Axis int }

// Kind implements Layer.
func (l *DynamicQuantize) Kind() string { return "DynamicQuantize" }

// Reads implements Layer.
func (l *DynamicQuantize) Reads() Reads { return Reads{Out: true} }

func (l *DynamicQuantize) rounds() {}

// Mixes implements Mixer.
func (l *DynamicQuantize) Mixes([][]int) bool { return l.Axis == 0 }

// OutShapes implements Layer.
func (l *DynamicQuantize) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 1)
	if err != nil {
		return nil, err
	}
	if l.Axis < 0 || l.Axis > 1 {
		return nil, fmt.Errorf("has the axis %d: want 0 or 1", l.Axis)
	}
	each := l.rows(in[0])
	return append(out, []int{each}, []int{each}), nil
}

// rows returns the number of groups of values that have a scale of their own.
func (l *DynamicQuantize) rows(shape []int) int {
	if l.Axis == 0 {
		return 1
	}
	return shape[0]
}

// Bind implements Layer.
func (l *DynamicQuantize) Bind(b *Binding) Op {
	x, y, scale, zero := b.In[0].Data, b.Out[0].Data, b.Out[1].Data, b.Out[2].Data
	rows := l.rows(b.In[0].Shape)
	size := tensor.Size(b.In[0].Shape) / rows
	op := Op{Forward: overPlanes(b.Team, rows, size, func(_, r int) {
		x, y := x[r*size:(r+1)*size], y[r*size:(r+1)*size]
		var lo, hi float32
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v) // NaN stays
		}
		s := (hi - lo) / 255
		if s == 0 {
			s = 1
		}
		z := float32(math.RoundToEven(float64(-lo / s)))
		for i, v := range x {
			q := float32(math.RoundToEven(float64(v/s))) + z
			y[i] = min(max(q, 0), 255) - z
		}
		scale[r], zero[r] = s, z
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overPlanes(b.Team, rows, size, func(_, r int) {
			for i := r * size; i < (r+1)*size; i++ {
				dx[i] += dy[i] / scale[r]
			}
		})
	}
	return op
}
