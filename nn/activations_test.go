package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestActivationsAgainstDefinition compares the layers that work value by value with
// their formulas in float64.
func TestActivationsAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 1))
	shape := []int{2, 3, 5, 7}
	channel := func(i int) int { return i / 35 % 3 }
	slopes, scale, shift := []float32{0.2, -1, 0}, []float32{2, -0.5, 0}, []float32{1, 0, -3}
	leaky := func(v, slope float64) float64 {
		if v > 0 {
			return v
		}
		return slope * v
	}
	for name, c := range map[string]struct {
		layer Layer
		want  func(v float64, i int) float64
	}{
		"ReLU":              {&ReLU{}, func(v float64, _ int) float64 { return math.Max(v, 0) }},
		"leaky ReLU":        {&ReLU{Slope: 0.1}, func(v float64, _ int) float64 { return leaky(v, float64(float32(0.1))) }},
		"PReLU":             {&PReLU{Slope: slopes}, func(v float64, i int) float64 { return leaky(v, float64(slopes[channel(i)])) }},
		"shared PReLU":      {&PReLU{Slope: slopes[:1]}, func(v float64, _ int) float64 { return leaky(v, float64(slopes[0])) }},
		"ELU":               {&ELU{Alpha: 0.5}, func(v float64, _ int) float64 { return math.Max(v, 0) + 0.5*math.Expm1(math.Min(v, 0)) }},
		"Sigmoid":           {&Sigmoid{}, func(v float64, _ int) float64 { return 1 / (1 + math.Exp(-v)) }},
		"TanH":              {&TanH{}, func(v float64, _ int) float64 { return math.Tanh(v) }},
		"Power":             {&Power{Power: 3, Scale: 2, Shift: 1}, func(v float64, _ int) float64 { return math.Pow(1+2*v, 3) }},
		"square":            {&Power{Power: 2, Scale: 2, Shift: 1}, func(v float64, _ int) float64 { return math.Pow(1+2*v, 2) }},
		"linear Power":      {&Power{Power: 1, Scale: -2, Shift: 1}, func(v float64, _ int) float64 { return 1 - 2*v }},
		"Power of 0":        {&Power{Power: 0, Scale: -2, Shift: 1}, func(float64, int) float64 { return 1 }},
		"Power without x":   {&Power{Power: 2, Scale: 0, Shift: 3}, func(float64, int) float64 { return 9 }},
		"Affine":            {&Affine{scale, shift}, func(v float64, i int) float64 { return float64(scale[channel(i)])*v + float64(shift[channel(i)]) }},
		"Affine as a bias":  {&Affine{nil, shift}, func(v float64, i int) float64 { return v + float64(shift[channel(i)]) }},
		"Affine as a scale": {&Affine{scale, nil}, func(v float64, i int) float64 { return float64(scale[channel(i)]) * v }},
	} {
		b := newBench(t, c.layer, [][]int{shape}, 1)
		fill(r, b.x, normal)
		for i, got := range b.forward()[0].Data {
			want := c.want(float64(b.x[0].Data[i]), i)
			if diff := float64(got) - want; !(math.Abs(diff) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("%s: value %d is %g, want %g", name, i, got, want)
				break
			}
		}
	}
}

// TestReLUAtZero: a unit at 0 is off.
func TestReLUAtZero(t *testing.T) {
	for slope, want := range map[float32]float32{0: 0, 0.5: 1, -0.5: -1} {
		b := newBench(t, &ReLU{Slope: slope}, [][]int{{1, 1}}, 1)
		if _, dx := b.run([][]float32{{2}}); dx[0][0] != want {
			t.Errorf("slope %g: gradient at 0 is %g, want %g", slope, dx[0][0], want)
		}
	}
}

// TestSaturation: far from zero the smooth ones stay finite, and so do their gradients.
func TestSaturation(t *testing.T) {
	big := []float32{-math.MaxFloat32, -200, -90, 90, 200, math.MaxFloat32}
	for _, l := range []Layer{&Sigmoid{}, &TanH{}, &ELU{Alpha: 1}, &Softmax{Axis: 1}} {
		b := newBench(t, l, [][]int{{1, len(big)}}, 1)
		copy(b.x[0].Data, big)
		y, dx := b.run([][]float32{{1, -2, 3, -4, 5, -6}})
		for i := range big {
			if v, d := float64(y[0][i]), float64(dx[0][i]); math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 || !(math.Abs(d) <= 6) {
				t.Errorf("%s of %g is %g with gradient %g", l.Kind(), big[i], v, d)
			}
		}
	}
}

// TestNaNStaysNaN: a layer must not turn NaN into a number that looks like a result.
func TestNaNStaysNaN(t *testing.T) {
	for _, l := range []Layer{
		&ReLU{}, &ReLU{Slope: 0.1}, &PReLU{Slope: []float32{0.1}}, &ELU{Alpha: 1}, &Sigmoid{}, &TanH{}, &Power{Power: 1, Scale: 1},
		&Power{Power: 2, Scale: 1}, &Power{Power: 0.5, Scale: 1}, &Affine{}, &Softmax{Axis: 1}, &Eltwise{Op: Max}, &Flatten{Axis: 1, EndAxis: -1},
		&Pooling{Global: true}, &Pooling{Method: AveragePool, Global: true}, &LRN{Size: 3, Beta: 0.75, Alpha: 1, K: 1},
		&LRN{Size: 3, Beta: 0.75, Alpha: 1, WithinChannel: true},
	} {
		for place := range 4 {
			b := newBench(t, l, [][]int{{1, 1, 2, 2}}, 1)
			b.x[0].Data[place] = nan32
			y := b.forward()[0].Data
			if v := y[min(place, len(y)-1)]; v == v {
				t.Errorf("%s: NaN at %d becomes %g", l.Kind(), place, v)
			}
		}
	}
}
