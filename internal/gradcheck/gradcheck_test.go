package gradcheck

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// quartic is f(x) = sum of x^2 + x^4/4 with gradient 2x + x^3.
func quartic(n int) (x *tensor.Tensor, grad []float32, f func() float64) {
	r := rand.New(rand.NewPCG(1, 1))
	x = tensor.New(n)
	for i := range x.Data {
		x.Data[i] = float32(r.NormFloat64())
		v := x.Data[i]
		grad = append(grad, 2*v+v*v*v)
	}
	f = func() float64 {
		var s float64
		for _, v := range x.Data {
			w := float64(v)
			s += w*w + w*w*w*w/4
		}
		return s
	}
	return x, grad, f
}

func TestRightGradientPasses(t *testing.T) {
	x, grad, f := quartic(200)
	before := x.Clone()
	if r := Check(x, grad, f, Options{}); !(r.Err < 1e-3) {
		t.Error(r)
	}
	for i, v := range before.Data {
		if x.Data[i] != v {
			t.Fatalf("x[%d] was %g and is %g after the check", i, v, x.Data[i])
		}
	}
}

func TestWrongGradientsFail(t *testing.T) {
	const n = 200
	for name, spoil := range map[string]func(g []float32){
		"one value":    func(g []float32) { g[17] += 0.5 },
		"scale":        func(g []float32) { tensor.AddScaled(g, 0.05, append([]float32(nil), g...)) },
		"sign":         func(g []float32) { tensor.AddScaled(g, -2, append([]float32(nil), g...)) },
		"swapped":      func(g []float32) { g[3], g[4] = g[4], g[3] },
		"zero":         func(g []float32) { clear(g) },
		"NaN":          func(g []float32) { g[5] = float32(math.NaN()) },
		"constant add": func(g []float32) { tensor.AddScaled(g, 1, onesOf(n)) },
	} {
		x, grad, f := quartic(n)
		spoil(grad)
		if r := Check(x, grad, f, Options{Coordinates: n}); r.Err <= 2e-3 {
			t.Errorf("%s: passed: %v", name, r)
		}
	}
	x, grad, f := quartic(n)
	if r := Check(x, grad[1:], f, Options{}); r.Err == r.Err {
		t.Errorf("a gradient of the wrong length passed: %v", r)
	}
}

func onesOf(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func TestWorstIndexIsReported(t *testing.T) {
	x, grad, f := quartic(50)
	grad[31] += 100
	r := Check(x, grad, f, Options{Directions: 1})
	if r.Index != 31 || !strings.Contains(r.String(), "index 31") {
		t.Errorf("worst is %v, want index 31", r)
	}
}

func TestConstantFunction(t *testing.T) {
	x := tensor.New(5)
	if r := Check(x, make([]float32, 5), func() float64 { return 3 }, Options{}); r.Err != 0 {
		t.Error(r)
	}
	if r := Check(x, make([]float32, 5), func() float64 { return math.NaN() }, Options{}); r.Err <= 1 {
		t.Errorf("a function that gives NaN passed: %v", r)
	}
}

func TestSeedRepeats(t *testing.T) {
	a := func(seed uint64) Result {
		x, grad, f := quartic(300)
		return Check(x, grad, f, Options{Seed: seed, Coordinates: 3})
	}
	if a(1) != a(1) {
		t.Error("the same seed gives another result")
	}
}

func ExampleCheck() {
	x := tensor.FromSlice([]float32{1, 2, 3}, 3)
	square := func() float64 { return tensor.Dot(x.Data, x.Data) }
	right := Check(x, []float32{2, 4, 6}, square, Options{})
	wrong := Check(x, []float32{2, 4, 5}, square, Options{})
	fmt.Println(right.Err < 1e-4, wrong.Err < 1e-4, wrong.Index)
	// Output: true false 2
}
