package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEltwiseAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 1))
	shape := []int{2, 3, 4}
	for name, c := range map[string]struct {
		layer *Eltwise
		want  func(v [3]float64) float64
	}{
		"sum":      {&Eltwise{Op: Sum}, func(v [3]float64) float64 { return v[0] + v[1] + v[2] }},
		"weighted": {&Eltwise{Op: Sum, Coeff: []float32{1, -2, 0.5}}, func(v [3]float64) float64 { return v[0] - 2*v[1] + v[2]/2 }},
		"product":  {&Eltwise{Op: Product}, func(v [3]float64) float64 { return v[0] * v[1] * v[2] }},
		"max":      {&Eltwise{Op: Max}, func(v [3]float64) float64 { return max(v[0], v[1], v[2]) }},
	} {
		b := newBench(t, c.layer, [][]int{shape, shape, shape}, 1)
		fill(r, b.x, normal)
		for i, got := range b.forward()[0].Data {
			want := c.want([3]float64{float64(b.x[0].Data[i]), float64(b.x[1].Data[i]), float64(b.x[2].Data[i])})
			if !(math.Abs(float64(got)-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("%s: value %d is %g, want %g", name, i, got, want)
				break
			}
		}
	}
}

// TestEltwiseMaxTies: the first of several maxima gets the gradient; NaN is larger
// than everything.
func TestEltwiseMaxTies(t *testing.T) {
	b := newBench(t, &Eltwise{Op: Max}, [][]int{{1, 5}, {1, 5}, {1, 5}}, 1)
	copy(b.x[0].Data, []float32{1, 0, nan32, 1, 3})
	copy(b.x[1].Data, []float32{1, 2, 1, nan32, 4})
	copy(b.x[2].Data, []float32{1, 2, nan32, 9, 5})
	y, dx := b.run([][]float32{{1, 2, 4, 8, 16}})
	if y[0][0] != 1 || y[0][1] != 2 || y[0][2] == y[0][2] || y[0][3] == y[0][3] || y[0][4] != 5 {
		t.Errorf("maxima are %v, want [1 2 NaN NaN 5]", y[0])
	}
	for i, want := range [][]float32{{1, 0, 4, 0, 0}, {0, 2, 0, 8, 0}, {0, 0, 0, 0, 16}} {
		if !slices.Equal(dx[i], want) {
			t.Errorf("gradient of input %d is %v, want %v", i, dx[i], want)
		}
	}
}

// TestProductWithZeros: the gradient of a factor is the product of the others even
// where it is 0.
func TestProductWithZeros(t *testing.T) {
	b := newBench(t, &Eltwise{Op: Product}, [][]int{{1, 3}, {1, 3}}, 1)
	copy(b.x[0].Data, []float32{0, 0, 2})
	copy(b.x[1].Data, []float32{3, 0, 0})
	_, dx := b.run([][]float32{{1, 1, 1}})
	if !slices.Equal(dx[0], []float32{3, 0, 0}) || !slices.Equal(dx[1], []float32{0, 0, 2}) {
		t.Errorf("gradients are %v, want [[3 0 0] [0 0 2]]", dx)
	}
}

// TestSameValueTwice: a value that is several inputs of a layer gets the sum of their
// gradients, for any number of threads.
func TestSameValueTwice(t *testing.T) {
	const n = 2*blockSize + 5
	for name, c := range map[string]struct {
		layer Layer
		want  func(x float32, dy [2]float32) float32
	}{
		"x+x":          {&Eltwise{Op: Sum}, func(_ float32, dy [2]float32) float32 { return 2 * dy[0] }},
		"x*x":          {&Eltwise{Op: Product}, func(x float32, dy [2]float32) float32 { return dy[0]*x + dy[0]*x }},
		"max(x,x)":     {&Eltwise{Op: Max}, func(_ float32, dy [2]float32) float32 { return dy[0] }},
		"x followed x": {&Concat{Axis: 1}, func(_ float32, dy [2]float32) float32 { return dy[0] + dy[1] }},
	} {
		b := NewBuilder("twice")
		b.Input("x", n)
		b.Add(name, c.layer, []string{"x", "x"}, []string{"y"})
		net, err := b.Build("y")
		if err != nil {
			t.Fatal(err)
		}
		s, err := net.NewSession(SessionOptions{Threads: 3})
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(23, 2))
		normal(r, s.Input().Data)
		x := append([]float32(nil), s.Input().Data...)
		y := s.Forward()
		dy := randomTensor(r, y.Shape...)
		dx := s.Backward(dy)
		for i, got := range dx.Data {
			d := [2]float32{dy.Data[i], dy.Data[(i+n)%dy.Len()]}
			if want := c.want(x[i], d); got != want {
				t.Errorf("%s: gradient %d is %g, want %g", name, i, got, want)
				break
			}
		}
	}
}
