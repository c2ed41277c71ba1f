package nn

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Resample computes every place along an axis as a weighted sum of neighbours: place i is the sum
// of Weights[i][k] times the input at First[i]+k. Without weights it is 0. Cubic and antialiased
// resizing are two of these layers, along the height and the width.
type Resample struct {
	Axis    int
	First   []int
	Weights [][]float32
}

// Kind implements Layer.
func (l *Resample) Kind() string { return "Resample" }

// Reads implements Layer: the derivative is the weights.
func (l *Resample) Reads() Reads { return Reads{} }

// Mixes implements Mixer.
func (l *Resample) Mixes(in [][]int) bool { return mixesAxis(in, l.Axis) }

// OutShapes implements Layer: the axis gets as many places as there are sums.
func (l *Resample) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 1); err != nil {
		return nil, err
	}
	axis, err := anyAxis(l.Axis, in[0])
	if err != nil {
		return nil, err
	}
	n, taps := in[0][axis], 0
	if len(l.First) != len(l.Weights) || len(l.First) == 0 {
		return nil, fmt.Errorf("has %d first places and %d lists of weights: want as many, and at least one", len(l.First), len(l.Weights))
	}
	for i, w := range l.Weights {
		if f := l.First[i]; f < 0 || f > n || len(w) > n-f {
			return nil, fmt.Errorf("sums places %d to %d, got input of shape %v: axis %d has %d", f, f+len(w), in[0], axis, n)
		}
		if err := checkFinite("weight", w...); err != nil {
			return nil, err
		}
		taps += len(w)
	}
	if err := checkWork(taps, tensor.Size(in[0])/n); err != nil {
		return nil, err
	}
	out := slices.Clone(in[0])
	out[axis] = len(l.First)
	return oneShape(out)
}

// Cost implements Coster.
func (l *Resample) Cost(in [][]int) (params, macs int64) {
	axis, _ := anyAxis(l.Axis, in[0])
	taps := 0
	for _, w := range l.Weights {
		taps += len(w)
	}
	return 0, int64(taps) * int64(tensor.Size(in[0])/in[0][axis])
}

// A tap is a place along the axis on the other side of a Resample, with its weight.
type tap struct {
	at     int
	weight float32
}

// turned returns, for every one of n places of the input, the places of the output that use it.
func (l *Resample) turned(n int) [][]tap {
	to := make([][]tap, n)
	for i, w := range l.Weights {
		for k, v := range w {
			to[l.First[i]+k] = append(to[l.First[i]+k], tap{i, v})
		}
	}
	return to
}

// Bind implements Layer. A task is some rows of the values behind the axis.
func (l *Resample) Bind(b *Binding) Op {
	in := b.In[0].Shape
	axis, _ := anyAxis(l.Axis, in) // checked by OutShapes
	n, m, inner := in[axis], len(l.First), tensor.Size(in[axis+1:])
	outer := tensor.Size(in[:axis])
	from := make([][]tap, m)
	for i, w := range l.Weights {
		from[i] = make([]tap, len(w))
		for k, v := range w {
			from[i][k] = tap{l.First[i] + k, v}
		}
	}
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: blendRows(b.Team, y, x, outer, m, n, inner, from, func(row []float32) { clear(row) })}
	if b.WantsGrad() {
		op.Backward = blendRows(b.Team, b.DIn[0].Data, b.DOut[0].Data, outer, n, m, inner, l.turned(n), func([]float32) {})
	}
	return op
}

// blendRows returns a function that prepares every row of dst with begin and then adds its taps of
// src. The arrays have (outer,m,inner) and (outer,n,inner) values.
func blendRows(
	team *kernel.Team, dst, src []float32, outer, m, n, inner int, taps [][]tap, begin func(row []float32),
) func() {
	return overPlanes(team, outer*m, inner*max(1, len(taps[0])), func(_, p int) {
		row := dst[p*inner : (p+1)*inner]
		begin(row)
		for _, t := range taps[p%m] {
			at := (p/m*n + t.at) * inner
			kernel.Axpy(row, t.weight, src[at:at+inner])
		}
	})
}

// Work implements graph.Worker.
func (l *Resample) Work(in [][]int, u graph.Use) graph.Work {
	axis, _ := anyAxis(l.Axis, in[0]) // checked by OutShapes
	taps := 0
	for _, w := range l.Weights {
		taps += len(w)
	}
	const tapBytes, listBytes, grown = 16, 24, 4
	w := graph.Work{Tables: tapBytes*int64(taps) + listBytes*int64(len(l.First))}
	if u.Backward { // the lists of the places that use an input grow
		w.Tables += grown*tapBytes*int64(taps) + listBytes*int64(in[0][axis])
	}
	return w
}
