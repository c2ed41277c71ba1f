package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A windowRun is random arguments for every window kernel, each slice as long as it has
// to be. From pixel to pixel source has xstep floats, out and mask have ystep and the
// others Lanes.
type windowRun struct {
	n, xstep, ystep    int
	taps               []Tap
	source, out, mask  []float32
	dense, dy          []float32
	which, ids         []uint8 // as dense and as dy
	weights, bias      []float32
	area               float32
	accumulate, relu   bool
	masked, biased, to bool // whether a mask, a bias and which are passed
}

func newWindowRun(r *rand.Rand, n int) *windowRun {
	c := &windowRun{n: n, xstep: Lanes * r.IntN(4), ystep: Lanes * (1 + r.IntN(3)), area: float32(1 + r.IntN(9))}
	c.taps = make([]Tap, 1+r.IntN(12))
	// The numbers of taps are few, so that they match often, and reach 255.
	var off, which int
	for k := range c.taps {
		t := &c.taps[k]
		*t = Tap{Off: r.IntN(100), Which: r.IntN(100), ID: uint8(253 + r.IntN(3)), Scale: float32(1 + r.IntN(9))}
		off, which = max(off, t.Off), max(which, t.Which)
	}
	size := func(step int) int { return max(n-1, 0)*step + Lanes }
	c.source, c.out, c.mask = values(r, off+size(c.xstep)), values(r, size(c.ystep)), values(r, size(c.ystep))
	c.dense, c.dy = values(r, size(Lanes)), values(r, off+size(Lanes))
	c.which, c.ids = make([]uint8, size(Lanes)), make([]uint8, which+size(Lanes))
	for i := range c.ids {
		c.ids[i] = uint8(253 + r.IntN(3))
	}
	c.weights, c.bias = values(r, len(c.taps)*Lanes), values(r, Lanes)
	flags := r.Uint32()
	c.accumulate, c.relu, c.masked, c.biased, c.to = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0, flags&16 != 0
	return c
}

// values has many ties and enough special values that a NaN is rarer than none in a window.
func values(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(24) {
		case 0:
			x[i] = specials[r.IntN(len(specials))]
		case 1, 2, 3, 4:
			x[i] = float32(r.IntN(3) - 1)
		case 5:
			x[i] = float32(math.Copysign(0, -1))
		default:
			x[i] = float32(r.NormFloat64())
		}
	}
	return x
}

// optional returns x or nil.
func optional[T any](pass bool, x []T) []T {
	if pass {
		return x
	}
	return nil
}

// stored is the definition of storePixel for one value.
func (c *windowRun) stored(g, old, mask float32, relu bool) float32 {
	if c.accumulate {
		g = old + g
	}
	if relu && g < 0 {
		g = 0
	}
	if c.masked && !(mask > 0) {
		g = 0
	}
	return g
}

// windowCases names every kernel, how it is called and the definition of one value.
var windowCases = []struct {
	name   string
	strict bool // the bits of a NaN are defined
	dense  bool // writes dense
	call   func(k *windowKernels, c *windowRun)
	want   func(c *windowRun, i, l int) (float32, uint8)
}{
	{"maxRow", true, true,
		func(k *windowKernels, c *windowRun) {
			k.maxRow(c.dense, optional(c.to, c.which), c.source, c.n, c.xstep, NewTaps(c.taps))
		},
		func(c *windowRun, i, l int) (float32, uint8) {
			var first Tap
			top := int64(math.MinInt64)
			for _, t := range c.taps {
				if v := rank(c.source[t.Off+i*c.xstep+l]); v > top {
					first, top = t, v
				}
			}
			return c.source[first.Off+i*c.xstep+l], first.ID
		}},
	{"averageRow", false, true,
		func(k *windowKernels, c *windowRun) {
			k.averageRow(c.dense, c.source, c.n, c.xstep, NewTaps(c.taps), c.area)
		},
		func(c *windowRun, i, l int) (float32, uint8) {
			var s float32
			for _, t := range c.taps {
				s += c.source[t.Off+i*c.xstep+l]
			}
			return s / c.area, 0
		}},
	{"maxGradRow", false, false,
		func(k *windowKernels, c *windowRun) {
			k.maxGradRow(c.out, c.dy, c.ids, optional(c.masked, c.mask), c.n, c.ystep, NewTaps(c.taps), c.accumulate)
		},
		func(c *windowRun, i, l int) (float32, uint8) {
			var g float32
			for _, t := range c.taps {
				if c.ids[t.Which+i*Lanes+l] == t.ID {
					g += c.dy[t.Off+i*Lanes+l]
				}
			}
			return c.stored(g, c.out[i*c.ystep+l], c.mask[i*c.ystep+l], false), 0
		}},
	{"averageGradRow", false, false,
		func(k *windowKernels, c *windowRun) {
			k.averageGradRow(c.out, c.dy, optional(c.masked, c.mask), c.n, c.ystep, NewTaps(c.taps), c.accumulate)
		},
		func(c *windowRun, i, l int) (float32, uint8) {
			var g float32
			for _, t := range c.taps {
				g += c.dy[t.Off+i*Lanes+l] / t.Scale
			}
			return c.stored(g, c.out[i*c.ystep+l], c.mask[i*c.ystep+l], false), 0
		}},
	{"depthwiseRow", false, false,
		func(k *windowKernels, c *windowRun) {
			k.depthwiseRow(c.out, c.source, c.weights, optional(c.biased, c.bias), optional(c.masked, c.mask),
				c.n, c.xstep, c.ystep, NewTaps(c.taps), c.accumulate, c.relu)
		},
		func(c *windowRun, i, l int) (float32, uint8) {
			var s float32
			if c.biased {
				s = c.bias[l]
			}
			for k, t := range c.taps {
				s = fma(c.source[t.Off+i*c.xstep+l], c.weights[k*Lanes+l], s)
			}
			return c.stored(s, c.out[i*c.ystep+l], c.mask[i*c.ystep+l], c.relu), 0
		}},
}

// TestWindowKernels compares every kernel with its definition, value by value, on runs of
// all lengths to 40 of random strides, windows and options; what is around and between
// the pixels written stays as it was.
func TestWindowKernels(t *testing.T) {
	for _, k := range windowSets() {
		for _, test := range windowCases {
			t.Run(k.name+"/"+test.name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(21, 21))
				for round := range 6 * 41 {
					c := newWindowRun(r, round%41)
					if round >= 5*41 && test.name != "maxRow" {
						c.taps = nil
					}
					floats, bytes, step := surrounded(&c.out, guard), surrounded(&c.which, 77), c.ystep
					if test.dense {
						floats, step = surrounded(&c.dense, guard), Lanes
					}
					want, wantWhich := append([]float32(nil), floats...), append([]uint8(nil), bytes...)
					for i := range c.n {
						for l := range Lanes {
							v, id := test.want(c, i, l)
							want[Lanes+i*step+l] = v
							if test.name == "maxRow" && c.to {
								wantWhich[Lanes+i*Lanes+l] = id
							}
						}
					}
					test.call(k, c)
					for i, v := range floats {
						if math.Float32bits(v) != math.Float32bits(want[i]) && (test.strict || v == v || want[i] == want[i]) {
							t.Fatalf("n=%d steps=%d,%d taps=%+v: value %d is %g, want %g", c.n, c.xstep, c.ystep, c.taps, i-Lanes, v, want[i])
						}
					}
					for i, v := range bytes {
						if v != wantWhich[i] {
							t.Fatalf("n=%d xstep=%d taps=%+v: tap %d is %d, want %d", c.n, c.xstep, c.taps, i-Lanes, v, wantWhich[i])
						}
					}
				}
			})
		}
	}
}

// surrounded moves x between guard words and returns both together.
func surrounded[T any](x *[]T, guard T) []T {
	all := make([]T, len(*x)+2*Lanes)
	for i := range all {
		all[i] = guard
	}
	n := copy(all[Lanes:], *x)
	*x = all[Lanes : Lanes+n : Lanes+n]
	return all
}

// TestMaxRowSpecialValues puts every special value behind every other.
func TestMaxRowSpecialValues(t *testing.T) {
	for _, k := range windowSets() {
		for _, a := range specials {
			for _, b := range specials {
				x, y, which := make([]float32, 2*Lanes), make([]float32, Lanes), make([]uint8, Lanes)
				for l := range Lanes {
					x[l], x[Lanes+l] = a, b
				}
				k.maxRow(y, which, x, 1, Lanes, NewTaps([]Tap{{ID: 3}, {Off: Lanes, ID: 4}}))
				want, id := a, uint8(3)
				if rank(b) > rank(a) {
					want, id = b, 4
				}
				for l := range Lanes {
					if math.Float32bits(y[l]) != math.Float32bits(want) || which[l] != id {
						t.Fatalf("%s: of %g and %g lane %d is %g of tap %d, want %g of tap %d", k.name, a, b, l, y[l], which[l], want, id)
					}
				}
			}
		}
	}
}

// TestWindowBounds: a run that reaches one value too far, or begins before a slice,
// panics; one that fits does not.
func TestWindowBounds(t *testing.T) {
	spoil := map[string]struct {
		of  string // the kernels concerned, by what they read and write
		how func(c *windowRun)
	}{
		"source": {"maxRow averageRow depthwiseRow", func(c *windowRun) { shorten(&c.source) }},
		"dense":  {"maxRow averageRow", func(c *windowRun) { shorten(&c.dense) }},
		"which":  {"maxRow", func(c *windowRun) { shorten(&c.which) }},
		"dy":     {"maxGradRow averageGradRow", func(c *windowRun) { shorten(&c.dy) }},
		"ids":    {"maxGradRow", func(c *windowRun) { shorten(&c.ids) }},
		"out":    {"maxGradRow averageGradRow depthwiseRow", func(c *windowRun) { shorten(&c.out) }},
		"mask":   {"maxGradRow averageGradRow depthwiseRow", func(c *windowRun) { shorten(&c.mask) }},
		"weight": {"depthwiseRow", func(c *windowRun) { shorten(&c.weights) }},
		"bias":   {"depthwiseRow", func(c *windowRun) { shorten(&c.bias) }},
		"offset": {"maxRow averageRow maxGradRow averageGradRow depthwiseRow", func(c *windowRun) { c.taps[0].Off = -1 }},
		"place":  {"maxGradRow", func(c *windowRun) { c.taps[0].Which = -1 }},
		"steps":  {"maxRow averageRow maxGradRow averageGradRow depthwiseRow", func(c *windowRun) { c.xstep, c.ystep = -Lanes, -Lanes }},
	}
	run := func(k *windowKernels, i int, how func(c *windowRun)) (panicked bool) {
		c := newWindowRun(rand.New(rand.NewPCG(22, 22)), 9)
		c.masked, c.biased, c.to = true, true, true
		how(c)
		defer func() { panicked = recover() != nil }()
		windowCases[i].call(k, c)
		return false
	}
	for _, k := range windowSets() {
		for i, test := range windowCases {
			if run(k, i, func(*windowRun) {}) {
				t.Errorf("%s, %s: a run that fits panics", k.name, test.name)
			}
			for what, s := range spoil {
				if got, want := run(k, i, s.how), slices.Contains(strings.Fields(s.of), test.name); got != want {
					t.Errorf("%s, %s, spoilt %s: panics is %v", k.name, test.name, what, got)
				}
			}
		}
	}
}

func shorten[T any](x *[]T) { *x = (*x)[:len(*x)-1] }

func BenchmarkWindow(b *testing.B) {
	const n = 56
	for _, k := range windowSets() {
		for _, test := range windowCases {
			b.Run(fmt.Sprintf("%s/%s", test.name, k.name), func(b *testing.B) {
				c := newWindowRun(rand.New(rand.NewPCG(23, 23)), n)
				c.taps = make([]Tap, 9)
				c.xstep, c.ystep, c.masked, c.biased, c.to = Lanes, Lanes, true, true, true
				c.source, c.dy, c.ids = make([]float32, 3*64*Lanes), make([]float32, 3*64*Lanes), make([]uint8, 3*64*Lanes)
				c.weights = make([]float32, 9*Lanes)
				for i := range c.taps {
					at := (i/3*64 + i%3) * Lanes
					c.taps[i] = Tap{Off: at, Which: at, ID: uint8(i), Scale: 9}
				}
				for b.Loop() {
					test.call(k, c)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/pixel")
			})
		}
	}
}
