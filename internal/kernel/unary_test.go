package kernel

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
)

// A unaryCase is a function and its gradient, with plain Go as their definition, and with
// what they approximate.
type unaryCase struct {
	name        string
	run         func(y, x []float32)
	grad        func(dx, dy, x []float32)
	f, slope    func(x float32) float32
	want, wantD func(x float64) float64
}

func normalP(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func tanhInner(x float64) float64 { return 2 * math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x) }

var unaryCases = []unaryCase{
	{"SiLU", SiLU, SiLUGrad, silu, siluSlope,
		func(x float64) float64 { return x * logistic(x) },
		func(x float64) float64 { return logistic(x) + x*logistic(x)*logistic(-x) }},
	{"Gelu", Gelu, GeluGrad, gelu, geluSlope,
		func(x float64) float64 { return x * normalP(x) },
		func(x float64) float64 { return normalP(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) }},
	{"GeluTanh", GeluTanh, GeluTanhGrad, geluTanh, geluTanhSlope,
		func(x float64) float64 { return x * logistic(tanhInner(x)) },
		func(x float64) float64 {
			u := tanhInner(x)
			return logistic(u) + x*logistic(u)*logistic(-u)*2*math.Sqrt(2/math.Pi)*(1+3*0.044715*x*x)
		}},
	{"Erf", Erf, ErfGrad, erf, erfSlope, math.Erf,
		func(x float64) float64 { return 2 / math.Sqrt(math.Pi) * math.Exp(-x*x) }},
	{"HardSwish", HardSwish, HardSwishGrad, hardSwish, hardSwishSlope,
		func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 },
		func(x float64) float64 {
			switch {
			case x > 3:
				return 1
			case x < -3:
				return 0
			}
			return x/3 + 0.5
		}},
	limits("Clip", Clip, ClipGrad, clip, clipSlope, -0.5, 6,
		func(x float64) float64 { return min(max(x, -0.5), 6) },
		func(x float64) float64 {
			if x < -0.5 || x > 6 {
				return 0
			}
			return 1
		}),
	limits("HardSigmoid", HardSigmoid, HardSigmoidGrad, hardSigmoid, hardSigmoidSlope, 0.25, 0.5,
		func(x float64) float64 { return min(max(x/4+0.5, 0), 1) },
		func(x float64) float64 {
			if y := x/4 + 0.5; y <= 0 || y >= 1 {
				return 0
			}
			return 0.25
		}),
}

// limits makes a case of a function with two parameters.
func limits(name string, run func(y, x []float32, a, b float32), grad func(dx, dy, x []float32, a, b float32),
	f, slope func(x, a, b float32) float32, a, b float32, want, wantD func(float64) float64) unaryCase {
	return unaryCase{name, func(y, x []float32) { run(y, x, a, b) }, func(dx, dy, x []float32) { grad(dx, dy, x, a, b) },
		func(x float32) float32 { return f(x, a, b) }, func(x float32) float32 { return slope(x, a, b) }, want, wantD}
}

// unaryElementwise lists the functions of this file and of binary.go for TestElementwise.
func unaryElementwise() []elementwiseCase {
	var cases []elementwiseCase
	for _, c := range unaryCases {
		cases = append(cases,
			elementwiseCase{c.name, func(d, x, _ []float32) { c.run(d, x) }, func(_, x, _ float32) float32 { return c.f(x) }, true},
			elementwiseCase{c.name + "Grad", func(d, x, z []float32) { c.grad(d, x, z) },
				func(d, x, z float32) float32 { return d + float32(x*c.slope(z)) }, false})
	}
	for _, c := range []struct {
		name string
		run  func(y, a, b []float32)
		want func(a, b float32) float32
	}{
		{"Plus", Plus, func(a, b float32) float32 { return a + b }},
		{"Minus", Minus, func(a, b float32) float32 { return a - b }},
		{"Times", Times, func(a, b float32) float32 { return a * b }},
		{"Over", Over, func(a, b float32) float32 { return a / b }},
		{"Zip", func(y, a, b []float32) { Zip(y, a, b, func(a, b float32) float32 { return a - 2*b }) },
			func(a, b float32) float32 { return a - 2*b }},
	} {
		const other = -1.7
		cases = append(cases,
			elementwiseCase{c.name, func(d, x, z []float32) { c.run(d, x, z) }, func(_, x, z float32) float32 { return c.want(x, z) }, false},
			elementwiseCase{c.name + " one", func(d, x, _ []float32) { c.run(d, x, []float32{other}) },
				func(_, x, _ float32) float32 { return c.want(x, other) }, true},
			elementwiseCase{c.name + " of one", func(d, x, _ []float32) { c.run(d, []float32{other}, x) },
				func(_, x, _ float32) float32 { return c.want(other, x) }, true})
	}
	return append(cases,
		elementwiseCase{"MulAdd", func(d, x, z []float32) { MulAdd(d, x, z) }, func(d, x, z float32) float32 { return d + float32(x*z) }, false},
		elementwiseCase{"expBelow", func(d, x, _ []float32) { elementwise.expBelow(d, x, 3.3) }, func(_, x, _ float32) float32 {
			var y [1]float32
			expBelowGeneric(y[:], []float32{x}, 3.3)
			return y[0]
		}, true})
}

// TestUnaryAccuracy compares the functions and their gradients with float64.
func TestUnaryAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 15))
	var x []float32
	for range 1 << 16 {
		x = append(x, math.Float32frombits(r.Uint32()), float32(r.Float64()*30-15), float32(r.NormFloat64()), float32(r.NormFloat64()*1e-2))
	}
	x = append(x, 1, math.Nextafter32(1, 0), -1, 3, -3, 6, -0.5, 0, 14.5, -14.5, 20, -20)
	y, d, ones := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
	for i := range ones {
		ones[i] = 1
	}
	for _, c := range unaryCases {
		c.run(y, x)
		clear(d)
		c.grad(d, ones, x)
		var worst, worstD, relative float64
		for i, v := range x {
			v := float64(v)
			if v != v || math.Abs(v) > 1e30 {
				continue
			}
			e := math.Abs(float64(y[i])-c.want(v)) / max(1, math.Abs(v))
			eD := math.Abs(float64(d[i]) - c.wantD(v))
			if !(e <= 1.5e-7 && eD <= 4e-7) {
				t.Fatalf("%s(%g) is %g with slope %g, want %g with %g", c.name, v, y[i], d[i], c.want(v), c.wantD(v))
			}
			worst, worstD = max(worst, e), max(worstD, eD)
			if want := c.want(v); math.Abs(want) > 1e-30 && v > -5 {
				relative = max(relative, math.Abs(float64(y[i])/want-1))
			}
		}
		t.Logf("%s: error %.2g, of the slope %.2g; relative error above -5 %.2g", c.name, worst, worstD, relative)
		if limit := map[string]float64{"Erf": 2e-7}[c.name]; !(relative <= cmp.Or(limit, 2e-6)) {
			t.Errorf("%s: relative error %.2g", c.name, relative)
		}
	}
}

// TestUnarySpecialValues: limits and the sign of zero.
func TestUnarySpecialValues(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	const big = math.MaxFloat32
	x := []float32{-big, -200, zero, 0, 200, big, inf, nan}
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		for _, c := range unaryCases {
			y, d, want, slopes := make([]float32, len(x)), make([]float32, len(x)), []float32{zero, zero, zero, 0, 200, big, inf, nan}, []float32{0, 0, 0.5, 0.5, 1, 1, 1, nan}
			switch c.name {
			case "Erf":
				want, slopes = []float32{-1, -1, zero, 0, 1, 1, 1, nan}, []float32{0, 0, 1.12837917, 1.12837917, 0, 0, 0, nan}
			case "Clip":
				want, slopes = []float32{-0.5, -0.5, zero, 0, 6, 6, 6, nan}, []float32{0, 0, 1, 1, 0, 0, 0, 0}
			case "HardSigmoid":
				want, slopes = []float32{0, 0, 0.5, 0.5, 1, 1, 1, nan}, []float32{0, 0, 0.25, 0.25, 0, 0, 0, 0}
			case "HardSwish":
				want[5] = inf // six times as much is
			case "SiLU", "GeluTanh":
				slopes[6] = nan
			}
			if c.name == "GeluTanh" {
				slopes[6] = 1
			}
			c.run(y, x)
			c.grad(d, []float32{1, 1, 1, 1, 1, 1, 1, 1}, x)
			for i, v := range x {
				if !identical(y[i], want[i]) || !(math.Abs(float64(d[i]-slopes[i])) <= 1e-6 || identical(d[i], slopes[i])) {
					t.Errorf("%s(%g) is %g with slope %g, want %g with %g", c.name, v, y[i], d[i], want[i], slopes[i])
				}
			}
		}
	})
}

// TestSoftmaxAccuracy: the same in every set, close to float64 wherever the values lie,
// and NaN where there is one or two infinities meet.
func TestSoftmaxAccuracy(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 16))
	for _, n := range []int{1, 2, 3, 7, 8, 17, 49, 197, 1000} {
		for _, spread := range []float32{0.1, 3, 40, 1e6, 1e38} {
			x := random(r, n)
			for i := range x {
				x[i] *= spread
			}
			dy, start := random(r, n), random(r, n)
			var first, firstD []float32
			eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
				y, dx := between(guard, x, 2), append([]float32(nil), start...)
				Softmax(y[2:], x, n, 1)
				SoftmaxGrad(dx, dy, y[2:], n, 1)
				if y[1] != guard || y[n+2] != guard {
					t.Fatalf("%d values: wrote outside", n)
				}
				y = y[2 : n+2]
				if first == nil {
					first, firstD = y, dx
				}
				top := float64(top(x, n, 1))
				var sum, inner float64
				for _, v := range x {
					sum += math.Exp(float64(v) - top)
				}
				for i, v := range x {
					want := math.Exp(float64(v)-top) / sum
					inner += want * float64(dy[i])
					if u := ulps(y[i], want); !(u <= 3) {
						t.Fatalf("%d values of size %g: %g, want %g: %g units", n, spread, y[i], want, u)
					}
				}
				for i, v := range x {
					want := float64(start[i]) + math.Exp(float64(v)-top)/sum*(float64(dy[i])-inner)
					if !(math.Abs(float64(dx[i])-want) <= 3e-6) {
						t.Fatalf("%d values of size %g: gradient %g, want %g", n, spread, dx[i], want)
					}
					if !identical(y[i], first[i]) || !identical(dx[i], firstD[i]) {
						t.Fatalf("%d values of size %g: %g with gradient %g, the first set gives %g and %g", n, spread, y[i], dx[i], first[i], firstD[i])
					}
				}
			})
		}
	}
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		for at := range 5 {
			for _, bad := range []float32{nan, inf} {
				x := []float32{1, -inf, 3, -math.MaxFloat32, 0}
				x[at] = bad
				y := make([]float32, len(x))
				Softmax(y, x, len(x), 1)
				if y[at] == y[at] {
					t.Errorf("%g at %d becomes %g", bad, at, y[at])
				}
			}
		}
		y := make([]float32, 3)
		Softmax(y, []float32{-inf, 2, -inf}, 3, 1)
		if y[0] != 0 || y[1] != 1 || y[2] != 0 {
			t.Errorf("masked values give %v", y)
		}
	})
}

func BenchmarkUnary(b *testing.B) {
	const n = 1 << 14
	r := rand.New(rand.NewPCG(17, 17))
	y, x, z := random(r, n), random(r, n), random(r, n)
	defer func(active *elementwiseKernels) { elementwise = active }(elementwise)
	run := func(name string, f func()) {
		for _, set := range elementwiseSets() {
			b.Run(name+"/"+set.name, func(b *testing.B) {
				elementwise = set
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/value")
			})
		}
	}
	for _, c := range unaryCases {
		run(c.name, func() { c.run(y, x) })
		run(c.name+"Grad", func() { c.grad(y, z, x) })
	}
	rows := func(f func(lo int)) {
		for lo := 0; lo+197 <= n; lo += 197 {
			f(lo)
		}
	}
	run("Softmax", func() { rows(func(lo int) { Softmax(y[lo:], x[lo:], 197, 1) }) })
	run("SoftmaxGrad", func() { rows(func(lo int) { SoftmaxGrad(y[lo:], z[lo:], x[lo:], 197, 1) }) })
}
