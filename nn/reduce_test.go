package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

// TestReduceAgainstDefinition: all operations, index by index, on shapes and axes drawn at
// random, with frequent ties.
func TestReduceAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 1))
	for trial := range 300 {
		shape := make([]int, 1+r.IntN(5))
		for i := range shape {
			shape[i] = 1 + r.IntN(4)
		}
		if trial%30 == 0 {
			shape[len(shape)-1] = 3 * reduceWidth / 2
		}
		l := &Reduce{Op: ReduceOp(r.IntN(len(reduceNames))), KeepDims: r.IntN(2) == 0}
		out := append([]int(nil), shape...)
		for _, a := range r.Perm(len(shape))[:r.IntN(len(shape)+1)] {
			l.Axes = append(l.Axes, a-len(shape)*r.IntN(2))
			out[a] = 1
		}
		if len(l.Axes) == 0 {
			for a := range out {
				out[a] = 1
			}
		}
		b := newBench(t, l, [][]int{shape}, 2)
		for i := range b.x[0].Data {
			b.x[0].Data[i] = float32(r.IntN(7) - 3)
		}
		dy := b.cotangents(r)
		y, dx := b.run(dy)
		n := tensor.Size(out)
		if len(y[0]) != n {
			t.Fatalf("%+v of %v has %d values, want %d", l, shape, len(y[0]), n)
		}
		members := make([][]int, n)
		for i := range b.x[0].Data {
			p := broadcastIndex(i, shape, out)
			members[p] = append(members[p], i)
		}
		for p, m := range members {
			var sum, absolute, squares, ties float64
			lo, hi := math.Inf(1), math.Inf(-1)
			for _, i := range m {
				v := float64(b.x[0].Data[i])
				sum, absolute, squares, lo, hi = sum+v, absolute+math.Abs(v), squares+v*v, min(lo, v), max(hi, v)
			}
			count := float64(len(m))
			want := [...]float64{sum / count, sum, hi, lo, absolute, math.Sqrt(squares)}[l.Op]
			if !(math.Abs(float64(y[0][p])-want) <= 1e-6*(1+math.Abs(want))) {
				t.Fatalf("%+v of %v: value %d is %g, want %g", l, shape, p, y[0][p], want)
			}
			for _, i := range m {
				if float64(b.x[0].Data[i]) == want {
					ties++
				}
			}
			for _, i := range m {
				v := float64(b.x[0].Data[i])
				slope := [...]float64{1 / count, 1, 1 / ties, 1 / ties, float64(tensor.Sign(float32(v))), 0}[l.Op]
				if (l.Op == ReduceMax || l.Op == ReduceMin) && v != want {
					slope = 0
				}
				if l.Op == ReduceL2 && want > 0 {
					slope = v / want
				}
				if d := float64(dy[0][p]) * slope; !(math.Abs(float64(dx[0][i])-d) <= 1e-6*(1+math.Abs(d))) {
					t.Fatalf("%+v of %v: gradient %d is %g, want %g", l, shape, i, dx[0][i], d)
				}
			}
		}
	}
}

// TestReduceNaN: NaN anywhere makes the result NaN.
func TestReduceNaN(t *testing.T) {
	for op := range reduceNames {
		for axis := 1; axis < 3; axis++ {
			b := newBench(t, &Reduce{Op: ReduceOp(op), Axes: []int{axis}}, [][]int{{1, 3, 3}}, 1)
			b.x[0].Data[4] = nan32
			if y := b.forward()[0].Data; y[1] == y[1] || y[0] != y[0] {
				t.Errorf("%s along axis %d: %v", reduceNames[op], axis, y)
			}
		}
	}
}

// TestQuantize: values between, on ties, beyond the limits, and the gradient there.
func TestQuantize(t *testing.T) {
	l := &Quantize{Scale: []float32{0.5, 2}, Zero: []float32{1, -1}, Axis: 1, Low: -2, High: 3}
	b := newBench(t, l, [][]int{{1, 2, 7}}, 1)
	copy(b.x[0].Data, []float32{0.2, 0.25, 0.75, 0.3, 1.24, 1.26, -1.8, 0.9, 1, 3, 4.9, 8.9, 9.1, -3.1})
	y, dx := b.run([][]float32{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}})
	wantY := []float32{0, 0, 1, 0.5, 1, 1, -1.5, 0, 0, 4, 4, 8, 8, -2}
	wantD := []float32{1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0}
	for i := range wantY {
		if y[0][i] != wantY[i] || dx[0][i] != wantD[i] {
			t.Errorf("%g becomes %g with slope %g, want %g with %g", b.x[0].Data[i], y[0][i], dx[0][i], wantY[i], wantD[i])
		}
	}
	l.Integers = true
	whole, slope := b.run([][]float32{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}})
	for i := range wantY {
		s := l.Scale[i/7]
		if whole[0][i] != wantY[i]/s || slope[0][i] != wantD[i]/s {
			t.Errorf("%g becomes the integer %g with slope %g, want %g with %g", b.x[0].Data[i], whole[0][i], slope[0][i], wantY[i]/s, wantD[i]/s)
		}
	}
}

// TestRound: every way, with a gradient that passes straight through.
func TestRound(t *testing.T) {
	x := []float32{-2.5, -1.5, -0.2, 0.5, 1.5, 1.7}
	for mode, want := range [][]float32{{-2, -2, 0, 0, 2, 2}, {-3, -2, -1, 0, 1, 1}, {-2, -1, 0, 1, 2, 2}, {-2, -1, 0, 0, 1, 1}} {
		b := newBench(t, &Round{Mode: RoundMode(mode)}, [][]int{{1, 6}}, 1)
		copy(b.x[0].Data, x)
		y, dx := b.run([][]float32{{1, 2, 3, 4, 5, 6}})
		for i := range want {
			if y[0][i] != want[i] || dx[0][i] != float32(i+1) {
				t.Errorf("%s of %g is %g, its gradient %g; want %g and %d", b.layer.Kind(), x[i], y[0][i], dx[0][i], want[i], i+1)
			}
		}
	}
}

// TestDynamicQuantize: the values are what ONNX Runtime 1.32's DynamicQuantizeLinear makes
// of each row; with axis 0 of all.
func TestDynamicQuantize(t *testing.T) {
	for _, c := range []struct {
		axis               int
		whole, scale, zero []float32
		slope              float32 // of the first value
	}{
		{1, []float32{-85, 0, 43, 170, 0, 64, 191, 255, 0, 0, 0, 0}, []float32{3. / 255, 4. / 255, 1}, []float32{85, 0, 0}, 85},
		{0, []float32{-51, 0, 26, 102, 0, 51, 153, 204, 0, 0, 0, 0}, []float32{5. / 255}, []float32{51}, 51},
	} {
		b := newBench(t, &DynamicQuantize{Axis: c.axis}, [][]int{{3, 4}}, 1)
		copy(b.x[0].Data, []float32{-1, 0, 0.503, 2, 0, 1, 3, 4, 0, 0, 0, 0})
		ones := make([]float32, 12)
		for i := range ones {
			ones[i] = 1
		}
		got, dx := b.run([][]float32{ones, ones[:len(c.scale)], ones[:len(c.zero)]})
		for k, want := range [][]float32{c.whole, c.scale, c.zero} {
			for i := range want {
				if got[k][i] != want[i] {
					t.Errorf("axis %d, output %d: value %d is %g, want %g", c.axis, k, i, got[k][i], want[i])
				}
			}
		}
		if d := dx[0][0]; math.Abs(float64(d-c.slope)) > 1e-4 {
			t.Errorf("axis %d: the gradient is %g, want %g", c.axis, d, c.slope)
		}
	}
}
