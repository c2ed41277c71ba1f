package attacks

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/attack"
)

// TestJitterLoss: the gradient is that of the value, with the same noise, and the value does not change when all
// logits are multiplied.
func TestJitterLoss(t *testing.T) {
	eval := func(dz []float64, z []float32, d *attack.Direction) float64 {
		l := &jitter{scale: 10, noise: 0.1, rng: rand.New(rand.NewPCG(1, 2)), p: make([]float64, len(z)), z: make([]float32, len(z))}
		return l.Eval(dz, z, d)
	}
	for _, d := range []*attack.Direction{{Away: []int{1}}, {Toward: []int{2}}, {Away: []int{0, 3}}} {
		z := []float32{0.5, 2, -3, 1.25}
		dz, none := make([]float64, 4), make([]float64, 4)
		value := eval(dz, z, d)
		for k := range z {
			const h = 1. / 256
			up, down := append([]float32(nil), z...), append([]float32(nil), z...)
			up[k] += h
			down[k] -= h
			want := (eval(none, up, d) - eval(none, down, d)) / (2 * h)
			if !(math.Abs(dz[k]-want) < 2e-4+1e-2*math.Abs(want)) {
				t.Errorf("%+v: derivative %d is %g, want %g", d, k, dz[k], want)
			}
		}
		if got := eval(none, []float32{2, 8, -12, 5}, d); math.Abs(got-value) > 1e-9 {
			t.Errorf("%+v: four times the logits change %g to %g", d, value, got)
		}
		for i, v := range z {
			z[i] = 0 * v
		}
		if value := eval(dz, z, d); math.IsNaN(value) || math.IsNaN(dz[0]) || math.IsInf(dz[0], 0) {
			t.Errorf("%+v: of zeros it is %g, with the gradient %v", d, value, dz)
		}
	}
}
