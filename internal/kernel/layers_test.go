package kernel

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
)

var (
	inf      = float32(math.Inf(1))
	nan      = float32(math.NaN())
	negative = math.Float32frombits(math.Float32bits(nan) | 1<<31) // the NaN that 0/0 gives on x86
	specials = []float32{negative, -inf, -math.MaxFloat32, -1, -math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1)), 0,
		math.SmallestNonzeroFloat32, 1, math.MaxFloat32, inf, nan}
)

// TestRankOrders: ranks compare as the values do, NaN above all.
func TestRankOrders(t *testing.T) {
	for _, a := range specials {
		for _, b := range specials {
			want := cmp.Compare(a, b)
			switch {
			case a != a && b != b:
				want = 0
			case a != a:
				want = 1
			case b != b:
				want = -1
			}
			if got := cmp.Compare(rank(a), rank(b)); got != want {
				t.Errorf("rank(%g) against rank(%g) compares %d, want %d", a, b, got, want)
			}
		}
		if rank(a)&math.MaxUint32 != 0 {
			t.Errorf("rank(%g) = %x has something in its lower half", a, rank(a))
		}
	}
}

func TestReLUSpecialValues(t *testing.T) {
	for _, slope := range []float32{0, 0.25, -0.5, 3} {
		x := append([]float32(nil), specials...)
		y := make([]float32, len(x))
		ReLU(y, x, slope)
		ReLU(x, x, slope) // in place
		for i, v := range specials {
			want := v
			if v <= 0 {
				want = slope * v
				if slope == 0 {
					want = 0
				}
			}
			if !same(y[i], want) || !same(x[i], want) {
				t.Errorf("slope %g: ReLU(%g) is %g, in place %g, want %g", slope, v, y[i], x[i], want)
			}
		}
	}
}

func TestReLUGradSpecialValues(t *testing.T) {
	for _, slope := range []float32{0, 0.25, -0.5} {
		for _, d := range []float32{2, -3, inf} {
			dx, dy := make([]float32, len(specials)), make([]float32, len(specials))
			for i := range dx {
				dx[i], dy[i] = 1, d
			}
			ReLUGrad(dx, dy, specials, slope)
			for i, v := range specials {
				want := 1 + d
				if !(v > 0) {
					want = 1
					if slope != 0 {
						want += slope * d
					}
				}
				if !same(dx[i], want) {
					t.Errorf("slope %g, dy %g: gradient at %g is %g, want %g", slope, d, v, dx[i], want)
				}
			}
		}
	}
}

// same compares values such that NaN equals NaN and the zeros are one.
func same(a, b float32) bool { return a == b || a != a && b != b }

// TestElementwiseLengths runs the loops on all short lengths between guard words.
func TestElementwiseLengths(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for name, f := range map[string]struct {
		run  func(dst, x []float32)
		want func(d, x float64) float64
	}{
		"ReLU":   {func(d, x []float32) { ReLU(d, x, 0.5) }, func(_, x float64) float64 { return max(x, x/2) }},
		"Affine": {func(d, x []float32) { Affine(d, x, 3, 4) }, func(_, x float64) float64 { return 3*x + 4 }},
		"Add":    {Add, func(d, x float64) float64 { return d + x }},
		"Scale":  {func(d, x []float32) { Scale(d, -2, x) }, func(_, x float64) float64 { return -2 * x }},
		"Mul":    {Mul, func(d, x float64) float64 { return d * x }},
		"Max":    {Max, math.Max},
		"Axpy":   {func(d, x []float32) { Axpy(d, 1.5, x) }, func(d, x float64) float64 { return d + 1.5*x }},
	} {
		for n := range 40 {
			x, d := random(r, n), random(r, n+2)
			before := append([]float32(nil), d...)
			d[0], d[n+1] = guard, guard
			f.run(d[1:n+1], x)
			if d[0] != guard || d[n+1] != guard {
				t.Fatalf("%s, length %d: wrote outside", name, n)
			}
			for i, v := range x {
				want := f.want(float64(before[i+1]), float64(v))
				if diff := math.Abs(float64(d[i+1]) - want); !(diff <= 1e-5) {
					t.Fatalf("%s, length %d: value %d is %g, want %g", name, n, i, d[i+1], want)
				}
			}
		}
	}
}

// TestNegativePower compares the exponents that have their own loop with the general one.
func TestNegativePower(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, beta := range []float32{0.75, 0.5, 1, 0.6, 2} {
		for range 2000 {
			v := float32(math.Exp(10 * r.NormFloat64()))
			s := []float32{v}
			negativePower(s, beta)
			want := math.Pow(float64(v), -float64(beta))
			if diff := math.Abs(float64(s[0])/want - 1); !(diff <= 2.5e-7) {
				t.Fatalf("%g^-%g is %g, want %g", v, beta, s[0], want)
			}
		}
		for v, want := range map[float32]float32{inf: 0, nan: nan} {
			s := []float32{v}
			if negativePower(s, beta); !same(s[0], want) {
				t.Errorf("%g^-%g is %g, want %g", v, beta, s[0], want)
			}
		}
	}
}
