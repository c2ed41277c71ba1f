package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// eachSet runs a test with the functions of every set in turn.
func eachSet(t *testing.T, f func(t *testing.T, set *elementwiseKernels)) {
	defer func(active *elementwiseKernels) { elementwise = active }(elementwise)
	for _, set := range elementwiseSets() {
		elementwise = set
		t.Run(set.name, func(t *testing.T) { f(t, set) })
	}
}

// identical compares bits, except for those of a NaN beyond its being one.
func identical(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// mixed returns n values of all magnitudes, a third of them special.
func mixed(r *rand.Rand, n int) []float32 {
	x := random(r, n)
	for i := range x {
		switch r.IntN(6) {
		case 0, 1:
			x[i] = specials[r.IntN(len(specials))]
		case 2:
			x[i] *= 50
		case 3:
			x[i] = math.Float32frombits(r.Uint32())
		}
	}
	return x
}

// An elementwiseCase is a function of dst and two more slices, of which it reads what it
// needs, and its definition for one value. inPlace says that dst may be x.
type elementwiseCase struct {
	name    string
	run     func(dst, x, z []float32)
	want    func(d, x, z float32) float32
	inPlace bool
}

// elementwiseCases lists the functions whose results have one right value.
func elementwiseCases() []elementwiseCase {
	cases := []elementwiseCase{
		{"Add", func(d, x, _ []float32) { Add(d, x) }, func(d, x, _ float32) float32 { return d + x }, false},
		{"Mul", func(d, x, _ []float32) { Mul(d, x) }, func(d, x, _ float32) float32 { return d * x }, false},
		{"Mask", func(d, x, _ []float32) { Mask(d, x) }, func(d, x, _ float32) float32 {
			if x > 0 {
				return d
			}
			return 0
		}, false},
		{"Max", func(d, x, _ []float32) { Max(d, x) }, func(d, x, _ float32) float32 {
			switch {
			case d != d || x != x:
				return nan
			case x > d || x == 0 && d == 0 && math.Signbit(float64(d)):
				return x
			}
			return d
		}, false},
	}
	for _, b := range []float32{0, 0.9, 1} {
		cases = append(cases,
			elementwiseCase{fmt.Sprintf("Moment of %g", b), func(d, x, _ []float32) { Moment(d, x, b, 0.1) },
				func(d, x, _ float32) float32 { return audible(float32(b*d) + float32(0.1*x)) }, false},
			elementwiseCase{fmt.Sprintf("SquareMoment of %g", b), func(d, x, _ []float32) { SquareMoment(d, x, b, 0.1) },
				func(d, x, _ float32) float32 { return audible(float32(b*d) + float32(0.1*float32(x*x))) }, false},
			elementwiseCase{fmt.Sprintf("AdamStep keeping %g", b), func(d, x, z []float32) { AdamStep(d, x, z, b, 0.01, 1.3, 1e-8) },
				func(d, x, z float32) float32 {
					return float32(b*d) - float32(0.01*x)/(float32(math.Sqrt(float64(float32(z*1.3))))+1e-8)
				}, false})
	}
	for _, a := range []float32{0, 0.25, -3, inf, nan} {
		cases = append(cases,
			elementwiseCase{fmt.Sprintf("ReLU of slope %g", a), func(d, x, _ []float32) { ReLU(d, x, a) }, func(_, x, _ float32) float32 {
				switch {
				case x > 0 || x != x:
					return x
				case a == 0:
					return 0
				}
				return a * x
			}, true},
			elementwiseCase{fmt.Sprintf("ReLUGrad of slope %g", a), func(d, x, z []float32) { ReLUGrad(d, x, z, a) }, func(d, x, z float32) float32 {
				switch {
				case z > 0:
					return d + x
				case a == 0:
					return d + 0
				}
				return d + float32(a*x)
			}, false},
			elementwiseCase{fmt.Sprintf("Scale by %g", a), func(d, x, _ []float32) { Scale(d, a, x) },
				func(_, x, _ float32) float32 { return a * x }, true},
			elementwiseCase{fmt.Sprintf("Axpy by %g", a), func(d, x, _ []float32) { Axpy(d, a, x) },
				func(d, x, _ float32) float32 { return d + float32(a*x) }, false},
			elementwiseCase{fmt.Sprintf("Affine by %g", a), func(d, x, _ []float32) { Affine(d, x, a, 1.3) },
				func(_, x, _ float32) float32 { return float32(a*x) + 1.3 }, true})
	}
	return cases
}

// smoothCases lists the functions that approximate, with their plain Go as definition.
func smoothCases() []elementwiseCase {
	one := func(name string, run func(y, x []float32), want func(x float32) float32) elementwiseCase {
		return elementwiseCase{name, func(d, x, _ []float32) { run(d, x) }, func(_, x, _ float32) float32 { return want(x) }, true}
	}
	return []elementwiseCase{
		one("Exp", Exp, exp), one("Sigmoid", Sigmoid, sigmoid), one("Tanh", Tanh, tanh),
		one("ELU", func(y, x []float32) { ELU(y, x, 0.7) }, func(x float32) float32 {
			if x > 0 {
				return x
			}
			return 0.7 * expm1(x)
		}),
	}
}

// TestElementwise runs every function of every set on all short lengths and offsets,
// between guard words, and in place where that is allowed.
func TestElementwise(t *testing.T) {
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		r := rand.New(rand.NewPCG(11, 11))
		for _, c := range slices.Concat(elementwiseCases(), smoothCases(), unaryElementwise()) {
			for n := range 71 {
				for offset := range 4 {
					d, x, z := mixed(r, n), mixed(r, n), mixed(r, n)
					dst, other := between(guard, d, offset), between(nan, x, 3-offset)
					c.run(dst[offset:offset+n], other[3-offset:3-offset+n], z)
					check := func(how string, dst []float32, offset int) {
						for i, got := range dst {
							if i < offset || i >= offset+n {
								if got != guard {
									t.Fatalf("%s%s, length %d, offset %d: wrote outside, at %d", c.name, how, n, offset, i-offset)
								}
							} else if j := i - offset; !identical(got, c.want(d[j], x[j], z[j])) {
								t.Fatalf("%s%s, length %d, offset %d: value %d of (%g, %g, %g) is %g, want %g",
									c.name, how, n, offset, j, d[j], x[j], z[j], got, c.want(d[j], x[j], z[j]))
							}
						}
					}
					check("", dst, offset)
					if c.inPlace {
						in := between(guard, x, offset)
						c.run(in[offset:offset+n], in[offset:offset+n], nil)
						check(" in place", in, offset)
					}
				}
			}
		}
	})
}

// between returns x behind offset and before 20 words of a value.
func between(word float32, x []float32, offset int) []float32 {
	out := make([]float32, offset+len(x)+20)
	for i := range out {
		out[i] = word
	}
	copy(out[offset:], x)
	return out
}

// TestDot compares with the eight interleaved sums, written down as such.
func TestDot(t *testing.T) {
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		r := rand.New(rand.NewPCG(12, 12))
		for n := range 71 {
			for offset := range 4 {
				x, y := random(r, n), random(r, n)
				if offset == 3 {
					x, y = mixed(r, n), mixed(r, n)
				}
				var s [8]float32
				for i := range x {
					at := i % 8
					if i >= n/8*8 {
						at = 0
					}
					s[at] += float32(x[i] * y[i])
				}
				want := ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
				if got := Dot(between(nan, x, offset)[offset:offset+n], between(nan, y, 3-offset)[3-offset:]); !identical(got, want) {
					t.Fatalf("length %d, offset %d: %g, want %g", n, offset, got, want)
				}
			}
		}
	})
}

// TestShortOperandsPanic: no set reads or writes past a slice that is too short.
func TestShortOperandsPanic(t *testing.T) {
	long, short := make([]float32, 33), make([]float32, 32)
	eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
		for name, f := range map[string]func(){
			"ReLU": func() { ReLU(short, long, 0) }, "leaky ReLU": func() { ReLU(short, long, 1) },
			"ReLUGrad dx": func() { ReLUGrad(short, long, long, 0) }, "ReLUGrad dy": func() { ReLUGrad(long, short, long, 1) },
			"Add": func() { Add(short, long) }, "Mul": func() { Mul(short, long) }, "Max": func() { Max(short, long) },
			"Scale": func() { Scale(short, 1, long) }, "Axpy": func() { Axpy(long, 1, short) }, "Affine": func() { Affine(short, long, 1, 1) },
			"Exp": func() { Exp(short, long) }, "ELU": func() { ELU(short, long, 1) }, "Sigmoid": func() { Sigmoid(short, long) },
			"Tanh": func() { Tanh(short, long) }, "Dot": func() { Dot(long, short) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s does not panic", name)
					}
				}()
				f()
			}()
		}
	})
}

// TestElementwiseSet: a set for every name of a micro-kernel, the plain one for generic.
func TestElementwiseSet(t *testing.T) {
	for _, m := range Available() {
		if s := elementwiseSet(m.Name); (s.name == "generic") != (m == Generic) {
			t.Errorf("%s gets %s", m.Name, s.name)
		}
	}
}

func BenchmarkElementwise(b *testing.B) {
	const n = 64 * 56 * 56
	r := rand.New(rand.NewPCG(13, 13))
	d, x, z, ones := random(r, n), random(r, n), random(r, n), make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	defer func(active *elementwiseKernels) { elementwise = active }(elementwise)
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"ReLU", func() { ReLU(d, x, 0) }}, {"leaky ReLU", func() { ReLU(d, x, 0.1) }},
		{"ReLUGrad", func() { ReLUGrad(d, x, z, 0) }}, {"leaky ReLUGrad", func() { ReLUGrad(d, x, z, 0.1) }},
		{"Affine", func() { Affine(d, x, 2, 1) }}, {"Scale", func() { Scale(d, 0.5, x) }},
		{"Add", func() { Add(d, x) }}, {"Mul", func() { Mul(d, ones) }}, {"Max", func() { Max(d, x) }},
		{"Axpy", func() { Axpy(d, 1e-6, x) }}, {"Dot", func() { Dot(z, x) }},
		{"Exp", func() { Exp(d, x) }}, {"ELU", func() { ELU(d, x, 1) }},
		{"Sigmoid", func() { Sigmoid(d, x) }}, {"Tanh", func() { Tanh(d, x) }},
	} {
		for _, set := range elementwiseSets() {
			b.Run(c.name+"/"+set.name, func(b *testing.B) {
				elementwise = set
				benchmark(b, n, c.run)
			})
		}
	}
}
