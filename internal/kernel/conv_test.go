package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// convShapes are drawn at random, with some cases that must be among them.
func convShapes(r *rand.Rand) []ConvShape {
	one := [2]int{1, 1}
	shapes := []ConvShape{
		{O: 64, I: 3, Groups: 1, KH: 7, KW: 7, Stride: [2]int{2, 2}, Dilation: one, PadTop: 3, PadLeft: 3},
		{O: 40, I: 24, Groups: 1, KH: 1, KW: 1, Stride: one, Dilation: one},
		{O: 33, I: 17, Groups: 1, KH: 1, KW: 1, Stride: [2]int{2, 2}, Dilation: one},
		{O: 48, I: 48, Groups: 12, KH: 3, KW: 3, Stride: one, Dilation: one, PadTop: 1, PadLeft: 1},
		{O: 30, I: 42, Groups: 6, KH: 3, KW: 2, Stride: one, Dilation: one},
		{O: 16, I: 1, Groups: 1, KH: 4, KW: 4, Stride: [2]int{2, 2}, Dilation: one, PadTop: 1, PadLeft: 1},
		{O: 32, I: 96, Groups: 2, KH: 3, KW: 3, Stride: one, Dilation: [2]int{2, 1}, PadTop: 2, PadLeft: 1},
	}
	for range 16 {
		g := 1 + r.IntN(4)
		shapes = append(shapes, ConvShape{
			O: g * (1 + r.IntN(40/g)), I: g * (1 + r.IntN(40/g)), Groups: g, KH: 1 + r.IntN(4), KW: 1 + r.IntN(4),
			Stride: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, Dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)},
			PadTop: r.IntN(4), PadLeft: r.IntN(4),
		})
	}
	return shapes
}

// newBlocks makes pictures with a margin (up, left, down, right) of zeros, surrounded by
// NaN, NaN in the lanes without a channel, and values drawn at random.
func newBlocks(r *rand.Rand, n, c, h, w, lanes int, margin [4]int) *Blocks {
	b := &Blocks{N: n, C: c, H: h, W: w, Lanes: lanes}
	b.Row = (margin[1] + w + margin[3]) * lanes
	b.Block = b.Row*(margin[0]+h+margin[2]) + 32
	b.Image = b.Block*b.Count() + 48
	b.Origin = 64 + margin[0]*b.Row + margin[1]*lanes
	b.Data = make([]float32, 64+n*b.Image+64)
	for i := range b.Data {
		b.Data[i] = float32(math.NaN())
	}
	for i := range n {
		for k := range b.Count() {
			from := b.At(i, k, -margin[0], -margin[1])
			clear(b.Data[from : from+(margin[0]+h+margin[2])*b.Row])
			for y := range h {
				for x := range w {
					for l := range lanes {
						v := float32(math.NaN())
						if l < b.Valid(k) {
							v = float32(r.NormFloat64())
						}
						b.Data[b.At(i, k, y, x)+l] = v
					}
				}
			}
		}
	}
	return b
}

func (b *Blocks) value(n, c, h, w int) float64 {
	return float64(b.Data[b.At(n, c/b.Lanes, h, w)+c%b.Lanes])
}

func (b *Blocks) clone() *Blocks {
	d := *b
	d.Data = append([]float32(nil), b.Data...)
	return &d
}

// A convCase is a convolution of two pictures.
type convCase struct {
	s    ConvShape
	w    []float32
	bias []float32
	x, y *Blocks
}

func newConvCase(r *rand.Rand, s ConvShape) *convCase {
	c := &convCase{s: s, w: make([]float32, s.O*s.I/s.Groups*s.KH*s.KW)}
	for i := range c.w {
		c.w[i] = float32(r.NormFloat64())
	}
	c.bias = make([]float32, (s.O+15)/16*16)
	for i := range c.bias {
		c.bias[i] = float32(r.NormFloat64())
	}
	oh, ow := 1+r.IntN(6), 1+r.IntN(32)
	if r.IntN(3) == 0 {
		ow = 1 + r.IntN(8)
	}
	h := max(1, (oh-1)*s.Stride[0]+(s.KH-1)*s.Dilation[0]+1-2*s.PadTop+r.IntN(s.Stride[0]))
	w := max(1, (ow-1)*s.Stride[1]+(s.KW-1)*s.Dilation[1]+1-2*s.PadLeft+r.IntN(s.Stride[1]))
	lanes := 16
	if s.I < 16 && r.IntN(2) == 0 {
		lanes = s.I
	}
	x, dy := s.Margins(h, w, oh, ow)
	c.x = newBlocks(r, 2, s.I, h, w, lanes, x)
	c.y = newBlocks(r, 2, s.O, oh, ow, 16, dy)
	return c
}

// weight returns the weight between two channels, 0 between groups.
func (c *convCase) weight(o, i, kh, kw int) float64 {
	perOut, perIn := c.s.O/c.s.Groups, c.s.I/c.s.Groups
	if o/perOut != i/perIn {
		return 0
	}
	return float64(c.w[((o*perIn+i%perIn)*c.s.KH+kh)*c.s.KW+kw])
}

// terms calls f for every pair of an output and an input value that a weight joins.
func (c *convCase) terms(f func(o, oh, ow, i, h, w int, weight float64)) {
	s := c.s
	for oh := range c.y.H {
		for ow := range c.y.W {
			for kh := range s.KH {
				for kw := range s.KW {
					h, w := oh*s.Stride[0]-s.PadTop+kh*s.Dilation[0], ow*s.Stride[1]-s.PadLeft+kw*s.Dilation[1]
					if h < 0 || w < 0 || h >= c.x.H || w >= c.x.W {
						continue
					}
					for o := range s.O {
						for i := range s.I {
							if v := c.weight(o, i, kh, kw); v != 0 {
								f(o, oh, ow, i, h, w, v)
							}
						}
					}
				}
			}
		}
	}
}

// checkBlocks compares what a convolution made of before with the sums, and says that nothing
// else was touched.
func checkBlocks(t *testing.T, got, before *Blocks, want func(n, c, h, w int) (float64, float64)) {
	t.Helper()
	rest := got.clone()
	for n := range got.N {
		for k := range got.Count() {
			for h := range got.H {
				for w := range got.W {
					at := got.At(n, k, h, w)
					copy(rest.Data[at:at+got.Lanes], before.Data[at:])
					for l := range got.Valid(k) {
						v, size := want(n, k*got.Lanes+l, h, w)
						if diff := math.Abs(float64(got.Data[at+l]) - v); !(diff <= 1e-6*(1+size)) {
							t.Fatalf("picture %d channel %d at %d,%d is %g, want %g", n, k*got.Lanes+l, h, w, got.Data[at+l], v)
						}
					}
				}
			}
		}
	}
	for i, v := range rest.Data {
		if math.Float32bits(v) != math.Float32bits(before.Data[i]) {
			t.Fatalf("value %d outside the pictures was %g and became %g", i, before.Data[i], v)
		}
	}
}

func TestConvForward(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 1))
	for _, s := range convShapes(r) {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			c := newConvCase(r, s)
			sum, size := map[[4]int]float64{}, map[[4]int]float64{}
			for n := range 2 {
				c.terms(func(o, oh, ow, i, h, w int, weight float64) {
					v := weight * c.x.value(n, i, h, w)
					sum[[4]int{n, o, oh, ow}] += v
					size[[4]int{n, o, oh, ow}] += math.Abs(v)
				})
			}
			for relu := range 2 {
				var addend *Blocks
				if relu == 1 {
					addend = newBlocks(r, 2, s.O, c.y.H, c.y.W, 16, [4]int{0, 1, 2, 0})
				}
				var first *Blocks
				for _, m := range Available() {
					y := c.y.clone()
					conv := m.NewConv(m.Forward(c.w, s), c.x, y, Epilogue{Bias: c.bias, Add: addend, ReLU: relu == 1}, 1)
					split := y.H / 2
					for n := range 2 {
						for p := range conv.Panels() {
							conv.Run(0, n, p, 0, split, false)
							conv.Run(0, n, p, split, y.H, false)
						}
					}
					checkBlocks(t, y, c.y, func(n, o, h, w int) (float64, float64) {
						at := [4]int{n, o, h, w}
						v := sum[at] + float64(c.bias[o])
						if relu == 1 {
							v = max(v+addend.value(n, o, h, w), 0)
						}
						return v, size[at]
					})
					first = sameBlocks(t, m, first, y)
				}
			}
		})
	}
}

// TestConvOrder: blocked pictures have the very bits of Plain, which sums as is documented.
func TestConvOrder(t *testing.T) {
	one := [2]int{1, 1}
	r := rand.New(rand.NewPCG(30, 3))
	for _, s := range []ConvShape{
		{O: 40, I: 3, Groups: 1, KH: 5, KW: 5, Stride: [2]int{2, 2}, Dilation: one, PadTop: 2, PadLeft: 2},
		{O: 40, I: 70, Groups: 1, KH: 3, KW: 3, Stride: one, Dilation: one, PadTop: 1, PadLeft: 1},
		{O: 20, I: 50, Groups: 1, KH: 1, KW: 7, Stride: one, Dilation: one, PadLeft: 3},
		{O: 40, I: 600, Groups: 1, KH: 1, KW: 1, Stride: one, Dilation: one},
		{O: 48, I: 1200, Groups: 3, KH: 1, KW: 1, Stride: [2]int{2, 2}, Dilation: one},
		{O: 24, I: 72, Groups: 3, KH: 3, KW: 2, Stride: one, Dilation: [2]int{2, 1}},
		{O: 35, I: 35, Groups: 35, KH: 3, KW: 3, Stride: [2]int{2, 1}, Dilation: one, PadTop: 1, PadLeft: 1},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			c := newConvCase(r, s)
			p := Planes{c.x.H, c.x.W, c.y.H, c.y.W}
			x, want := make([]float32, s.I*p.H*p.W), make([]float32, p.OH*p.OW)
			for _, m := range Available() {
				for n := range c.x.N {
					if s.Depthwise() {
						conv := m.NewDepthwiseConv(m.DepthwiseForward(c.w, s), c.x, c.y, c.bias, false, nil)
						for b := range c.y.Count() {
							conv.Run(n, b, 0, p.OH, false)
						}
					} else {
						conv := m.NewConv(m.Forward(c.w, s), c.x, c.y, Epilogue{Bias: c.bias}, 1)
						for panel := range conv.Panels() {
							conv.Run(0, n, panel, 0, p.OH, false)
						}
					}
					for i := range x {
						x[i] = float32(c.x.value(n, i/(p.H*p.W), i/p.W%p.H, i%p.W))
					}
					for o := range s.O {
						s.Plain(want, x, c.w, p, o, c.bias[o])
						for i, v := range want {
							if got := float32(c.y.value(n, o, i/p.OW, i%p.OW)); got != v {
								t.Fatalf("%s: picture %d output %d at %d is %g, by the definition %g", m.Name, n, o, i, got, v)
							}
						}
					}
				}
			}
		})
	}
}

// TestConvParts compares the definition with sums written out.
func TestConvParts(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 4))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	one := [2]int{1, 1}

	// 3x3: the bias, and to that the sum over each block of 16 inputs.
	x, w := random(40*9), random(40*9)
	total := float32(0.3)
	for b := 0; b < 40; b += 16 {
		var part float32
		for tap := range 9 {
			for c := b; c < min(40, b+16); c++ {
				part = fma(x[c*9+tap], w[c*9+tap], part)
			}
		}
		total += part
	}
	s, y := ConvShape{O: 1, I: 40, Groups: 1, KH: 3, KW: 3, Stride: one, Dilation: one}, make([]float32, 1)
	if s.Plain(y, x, w, Planes{3, 3, 1, 1}, 0, 0.3); y[0] != total {
		t.Errorf("3x3 of 40 inputs is %g, want %g", y[0], total)
	}

	// 1x1: some inputs beginning at the bias, and to that the sums over the next.
	for _, test := range []struct{ side, outputs, part int }{{1, 1, 256}, {7, 300, 256}, {8, 256, 80}, {27, 1, 80}, {8, 257, 512}, {28, 1, 512}} {
		size := test.side * test.side
		x, w := random(600*size), random(600*test.outputs)
		total := float32(0)
		for b := 0; b < 600; b += test.part {
			var part float32
			if b == 0 {
				part = 0.3
			}
			for c := b; c < min(600, b+test.part); c++ {
				part = fma(x[c*size], w[c], part)
			}
			total += part
		}
		s := ConvShape{O: test.outputs, I: 600, Groups: 1, KH: 1, KW: 1, Stride: one, Dilation: one}
		y := make([]float32, size)
		if s.Plain(y, x, w, Planes{test.side, test.side, test.side, test.side}, 0, 0.3); y[0] != total {
			t.Errorf("1x1 to %d outputs of %d pixels is %g, want %g", test.outputs, size, y[0], total)
		}
	}
}

func TestConvBackward(t *testing.T) {
	r := rand.New(rand.NewPCG(30, 2))
	for _, s := range convShapes(r) {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			c := newConvCase(r, s)
			before := newBlocks(r, 2, s.I, c.x.H, c.x.W, 16, [4]int{1, 2, 0, 1})
			mask := newBlocks(r, 2, s.I, c.x.H, c.x.W, 16, [4]int{0, 1, 0, 0})
			sum, size := map[[4]int]float64{}, map[[4]int]float64{}
			for n := range 2 {
				c.terms(func(o, oh, ow, i, h, w int, weight float64) {
					v := weight * c.y.value(n, o, oh, ow)
					sum[[4]int{n, i, h, w}] += v
					size[[4]int{n, i, h, w}] += math.Abs(v)
				})
			}
			for _, add := range []bool{false, true} {
				var first *Blocks
				for _, m := range Available() {
					dx := before.clone()
					for _, f := range m.Backward(c.w, s) {
						conv := m.NewConv(f, c.y, dx, Epilogue{Mask: mask}, 1)
						split := dx.H / 3
						for n := range 2 {
							for p := range conv.Panels() {
								conv.Run(0, n, p, split, dx.H, add)
								conv.Run(0, n, p, 0, split, add)
							}
						}
					}
					checkBlocks(t, dx, before, func(n, i, h, w int) (float64, float64) {
						at := [4]int{n, i, h, w}
						v := sum[at]
						if add {
							v += before.value(n, i, h, w)
						}
						if mask.value(n, i, h, w) <= 0 {
							v = 0
						}
						return v, size[at]
					})
					first = sameBlocks(t, m, first, dx)
				}
			}
		})
	}
}

// sameBlocks wants the bits of the first kernels from all others.
func sameBlocks(t *testing.T, m *Set, first, got *Blocks) *Blocks {
	t.Helper()
	if first == nil {
		return got
	}
	for n := range got.N {
		for c := range got.C {
			for h := range got.H {
				for w := range got.W {
					at := got.At(n, c/Lanes, h, w) + c%Lanes
					if math.Float32bits(got.Data[at]) != math.Float32bits(first.Data[at]) {
						t.Fatalf("%s: picture %d channel %d at %d,%d is %g, %s has %g", m.Name, n, c, h, w, got.Data[at], Generic.Name, first.Data[at])
					}
				}
			}
		}
	}
	return first
}

// TestConvEpilogue: what becomes of NaN, infinities and zeros of either sign.
func TestConvEpilogue(t *testing.T) {
	nan, inf, negative := float32(math.NaN()), float32(math.Inf(1)), float32(math.Copysign(0, -1))
	s := ConvShape{O: 16, I: 1, Groups: 1, KH: 1, KW: 1, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	w := make([]float32, 16)
	for i := range w {
		w[i] = 1
	}
	in := []float32{nan, inf, -inf, 0, negative, 3, -3}
	picture := func(v ...float32) *Blocks {
		b := &Blocks{N: 1, C: 16, H: 1, W: len(v), Lanes: 16, Row: 16 * len(v), Block: 16 * len(v), Image: 16 * len(v), Data: make([]float32, 16*len(v))}
		for i := range b.Data {
			b.Data[i] = v[i/16]
		}
		return b
	}
	for _, m := range Available() {
		for _, c := range []struct {
			relu bool
			mask []float32
			want []float32
		}{
			{true, nil, []float32{nan, inf, 0, 0, 0, 3, 0}},
			{false, []float32{1, inf, 1, 1, 1, nan, 1}, []float32{nan, inf, -inf, 0, 0, 0, -3}},
			{false, []float32{negative, 0, 1e-45, 1, 1, -1, 1}, []float32{0, 0, -inf, 0, 0, 0, -3}},
		} {
			y := picture(make([]float32, len(in))...)
			x := &Blocks{N: 1, C: 1, H: 1, W: len(in), Lanes: 1, Row: len(in), Block: len(in), Image: len(in), Data: in}
			var mask *Blocks
			if c.mask != nil {
				mask = picture(c.mask...)
			}
			m.NewConv(m.Forward(w, s), x, y, Epilogue{ReLU: c.relu, Mask: mask}, 1).Run(0, 0, 0, 0, 1, false)
			for i, v := range y.Data {
				if want := c.want[i/16]; v != want && (v == v || want == want) {
					t.Errorf("%s: relu %v, mask %v: %g became %g, want %g", m.Name, c.relu, c.mask, in[i/16], v, want)
				}
			}
		}
	}
}
