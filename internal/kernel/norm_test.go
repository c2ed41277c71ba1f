package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStandardise: mean 0 and variance 1 for all lengths, however far from 0 the values
// are, in place too; the part of a vector as the whole.
func TestStandardise(t *testing.T) {
	r := rand.New(rand.NewPCG(40, 1))
	for _, n := range []int{1, 2, 7, 8, 9, 100, 768, NormChunk - 1, NormChunk, NormChunk + 1, 3*NormChunk + 5} {
		for _, offset := range []float32{0, -30, 1000} {
			x, y := random(r, n), make([]float32, n+1)
			for i := range x {
				x[i] += offset
			}
			y[n] = guard
			const eps = 1e-3
			k := Standardise(y[:n], x, eps)
			var mean, variance float64
			for _, v := range x {
				mean += float64(v) / float64(n)
			}
			for _, v := range x {
				variance += (float64(v) - mean) * (float64(v) - mean) / float64(n)
			}
			tolerance := 1e-6 * (4 + math.Abs(mean)/math.Sqrt(variance+eps))
			for i, v := range x {
				want := (float64(v) - mean) / math.Sqrt(variance+eps)
				if diff := math.Abs(float64(y[i]) - want); !(diff <= tolerance) {
					t.Fatalf("length %d, offset %g: value %d is %g, want %g", n, offset, i, y[i], want)
				}
			}
			if y[n] != guard {
				t.Fatalf("length %d: wrote behind the end", n)
			}
			part := make([]float32, n-n/3)
			k.Apply(part, x[n/3:])
			for i, v := range part {
				if v != y[n/3+i] {
					t.Fatalf("length %d: value %d alone is %g, with all others %g", n, n/3+i, v, y[n/3+i])
				}
			}
			Standardise(x, x, eps)
			for i, v := range x {
				if v != y[i] {
					t.Fatalf("length %d: value %d in place is %g, want %g", n, i, v, y[i])
				}
			}
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := random(r, 20)
		x[13] = float32(bad)
		Standardise(x, x, 1)
		for i, v := range x {
			if v == v {
				t.Errorf("with %g among the values, value %d is %g, want NaN", bad, i, v)
			}
		}
	}
}

func BenchmarkStandardise768(b *testing.B) {
	x := random(rand.New(rand.NewPCG(40, 2)), 768)
	y := make([]float32, len(x))
	for b.Loop() {
		Standardise(y, x, 1e-6)
	}
}
