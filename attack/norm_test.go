package attack

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/tensor"
)

func TestParseNorm(t *testing.T) {
	for _, n := range []Norm{Linf, L2} {
		if got, err := ParseNorm(n.String()); err != nil || got != n {
			t.Errorf("ParseNorm(%q) = %v, %v", n, got, err)
		}
	}
	if n, err := ParseNorm("LINF"); err != nil || n != Linf {
		t.Errorf("ParseNorm(LINF) = %v, %v", n, err)
	}
	if _, err := ParseNorm("l3"); err == nil || err.Error() != `unknown norm "l3": want one of linf, l2` {
		t.Errorf("ParseNorm(l3): %v", err)
	}
	if s := Norm(7).String(); s != "Norm(7)" {
		t.Errorf("Norm(7) is %q", s)
	}
}

func TestAscent(t *testing.T) {
	for _, tt := range []struct {
		norm      Norm
		grad      []float32
		want      []float32
		objective float64 // <want, grad>: the dual norm of grad
	}{
		{Linf, []float32{1, -2}, []float32{1, -1}, 3},
		{L2, []float32{3, -4}, []float32{0.6, -0.8}, 5},
		{Linf, []float32{1e-30, 0, -1e-30}, []float32{1, 0, -1}, 2e-30},
		{L2, []float32{0, 1e-35}, []float32{0, 1}, 1e-35},
		{L2, []float32{0, 3e38, 0}, []float32{0, 1, 0}, 3e38},
		{L2, []float32{0, 0}, []float32{0, 0}, 0},
		{Linf, []float32{0, 0}, []float32{0, 0}, 0},
	} {
		got := []float32{9, 9, 9}[:len(tt.grad)]
		tt.norm.Ascent(got, tt.grad)
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%v.Ascent(%v) = %v, want %v", tt.norm, tt.grad, got, tt.want)
				break
			}
		}
		if d := tensor.Dot(got, tt.grad); !(math.Abs(d-tt.objective) <= 1e-6*tt.objective) {
			t.Errorf("%v: objective of %v is %g, want %g", tt.norm, tt.grad, d, tt.objective)
		}
	}
}

func TestDistance(t *testing.T) {
	a, b := []float32{1, 2, 3}, []float32{1, 5, -1}
	if d := Linf.Distance(a, b); d != 4 {
		t.Errorf("linf %g, want 4", d)
	}
	if d := L2.Distance(a, b); d != 5 {
		t.Errorf("l2 %g, want 5", d)
	}
	for _, n := range []Norm{Linf, L2} {
		if d := n.Distance([]float32{0, float32(math.NaN()), 0}, make([]float32, 3)); d == d {
			t.Errorf("%v: distance of NaN is %g", n, d)
		}
	}
}

// TestProject checks that a projection never leaves the ball by a single bit, is as
// near to the ball's surface as float32 allows, and leaves what is inside alone.
func TestProject(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 1 + rng.IntN(40)
		x, v, w := make([]float32, n), make([]float32, n), make([]float32, n)
		size := math.Pow(10, -9*rng.Float64())
		for i := range x {
			x[i] = rng.Float32()
			v[i] = x[i] + float32(size*rng.NormFloat64())
		}
		for _, norm := range []Norm{Linf, L2} {
			before := norm.Distance(v, x)
			for _, eps := range []float64{0, before * rng.Float64(), before, 2 * before, math.Inf(1), 2.0 / 255} {
				copy(w, v)
				norm.project(w, x, eps)
				after := norm.Distance(w, x)
				if !(after <= eps) {
					t.Fatalf("%v: distance %g after projection to eps %g", norm, after, eps)
				}
				if before <= eps {
					for i := range w {
						if w[i] != v[i] {
							t.Fatalf("%v: eps %g, a point at %g was moved", norm, eps, before)
						}
					}
				} else if loss := eps - after; !(loss <= 1.2e-7*math.Sqrt(float64(n))) {
					t.Fatalf("%v: projection to eps %g fell short by %g", norm, eps, loss)
				}
			}
		}
	}
}

// TestRandomStart checks the distribution: in the Linf ball every value is uniform,
// in the L2 ball the radius has the distribution r^n and the mean is the centre.
func TestRandomStart(t *testing.T) {
	const n, draws, eps = 3, 20000, 0.25
	x, v := []float32{0.5, 0.25, 0.75}, make([]float32, n)
	for _, norm := range []Norm{Linf, L2} {
		rng := rand.New(rand.NewPCG(3, 4))
		var mean [n]float64
		quartiles := make([]int, 4)
		for range draws {
			norm.random(v, x, eps, rng)
			d := norm.Distance(v, x)
			if !(d <= eps*(1+1e-6)) {
				t.Fatalf("%v: a start at distance %g", norm, d)
			}
			// Both balls have volume proportional to radius^n.
			quartiles[min(3, int(4*math.Pow(d/eps, n)))]++
			for i := range v {
				mean[i] += (float64(v[i]) - float64(x[i])) / draws
			}
		}
		for q, count := range quartiles {
			if !(math.Abs(float64(count)-draws/4) <= 5*math.Sqrt(draws*3/16)) {
				t.Errorf("%v: %d of %d draws in quarter %d of the volume", norm, count, draws, q)
			}
		}
		for i, m := range mean {
			if !(math.Abs(m) <= 5*eps/math.Sqrt(draws)) {
				t.Errorf("%v: mean of value %d is off the centre by %g", norm, i, m)
			}
		}
	}
}
