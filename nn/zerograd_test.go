package nn

import (
	"math"
	"testing"

	"hoodwink/tensor"
)

// TestZeroGradientStaysZero: where no gradient reaches a value, none leaves it, though the
// slope there is infinite or not a number.
func TestZeroGradientStaysZero(t *testing.T) {
	inf := float32(math.Inf(1))
	odd := []float32{0, inf, -inf, nan32, 0, 1}
	var cases []Layer
	for op := range unaryNames {
		cases = append(cases, &Unary{Op: UnaryOp(op), A: 0.5, B: 0.5})
	}
	for op := range binaryNames {
		cases = append(cases, &Binary{Op: BinaryOp(op)}, &Binary{Op: BinaryOp(op), Const: tensor.FromSlice([]float32{0, inf, 1, 2, 3, 4}, 6)},
			&Binary{Op: BinaryOp(op), Const: tensor.FromSlice([]float32{inf}, 1), ConstFirst: true})
	}
	for op := range reduceNames {
		cases = append(cases, &Reduce{Op: ReduceOp(op), Axes: []int{1}}, &Reduce{Op: ReduceOp(op), Axes: []int{-1}})
	}
	cases = append(cases, &ReLU{}, &ReLU{Slope: 0.1}, &PReLU{Slope: []float32{0.5}}, &ELU{Alpha: 1}, &Sigmoid{}, &TanH{}, &Softmax{Axis: 1}, &Softmax{Axis: 1, Log: true},
		&LayerNorm{Axis: 1, Eps: 1e-5}, &GroupNorm{Groups: 1, Eps: 1e-5}, &LpNorm{Axis: 1, P: 2}, &Power{Power: -1, Scale: 1}, &Power{Power: 2, Scale: 1}, &Power{Power: 0.5, Scale: 1})
	for _, l := range cases {
		in := [][]int{{1, 6}}
		if two, ok := l.(*Binary); ok && two.Const == nil {
			in = append(in, in[0])
		}
		b := newBench(t, l, in, 1)
		for i, x := range b.x {
			for k := range x.Data {
				x.Data[k] = odd[(k+i)%len(odd)]
			}
		}
		_, dx := b.run([][]float32{make([]float32, b.b.Out[0].Len())})
		for i, d := range dx {
			for k, v := range d {
				if v != 0 {
					t.Errorf("%s: input %d has the gradient %g at %g", l.Kind(), i, v, b.x[i].Data[k])
				}
			}
		}
	}
}

// TestSelectionTakesNothingElse: Keep and Drop of infinite values.
func TestSelectionTakesNothingElse(t *testing.T) {
	inf := float32(math.Inf(1))
	for op, want := range map[BinaryOp][]float32{Keep: {1, 0, 0}, Drop: {0, inf, 2}} {
		b := newBench(t, &Binary{Op: op, Const: tensor.FromSlice([]float32{1, 0, 0}, 3)}, [][]int{{1, 3}}, 1)
		copy(b.x[0].Data, []float32{1, inf, 2})
		if got := b.forward()[0].Data; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("%s: %v, want %v", binaryNames[op], got, want)
		}
	}
}
