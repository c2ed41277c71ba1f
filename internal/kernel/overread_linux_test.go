//go:build !race

package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// These tests run every kernel in assembly on operands beside pages that cannot be touched: no
// kernel reads or writes a byte beyond what it was given, whatever the length. The plain kernels
// that use pointers run, too. That results are right is for other tests. With the race detector, which
// does not see what assembly does, these would only be slow.

// TestElementwiseStaysInside: functions of values, and dot products.
func TestElementwiseStaysInside(t *testing.T) {
	cases := slices.Concat(elementwiseCases(), smoothCases(), unaryElementwise())
	for _, a := range []float32{0, 0.3} {
		cases = append(cases, elementwiseCase{name: "Dot", run: func(d, x, _ []float32) { Dot(d, x) }},
			elementwiseCase{name: "MulGrad", run: func(d, x, z []float32) { MulGrad([][]float32{d}, x, [][]float32{z}, 0, len(x)) }},
			elementwiseCase{name: "Power", run: func(d, x, _ []float32) { Power(d, x, a, a, 1) }},
			elementwiseCase{name: "PowerGrad", run: func(d, x, z []float32) { PowerGrad(d, x, z, a, a, 1) }})
	}
	eachFence(t, func(t *testing.T, f *fence) {
		eachSet(t, func(t *testing.T, _ *elementwiseKernels) {
			r := rand.New(rand.NewPCG(81, 1))
			for _, c := range cases {
				for n := range 131 {
					d, x, z := fenced(f, "the result", mixed(r, n)), fenced(f, "x", mixed(r, n)), fenced(f, "z", mixed(r, n))
					if err := f.try(func() { c.run(d, x, z) }); err != nil {
						t.Fatalf("%s of %d values %v", c.name, n, err)
					}
					f.release()
				}
			}
		})
	})
}

// TestTransposeStaysInside: matrices whose last row has no gap behind it.
func TestTransposeStaysInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		r := rand.New(rand.NewPCG(81, 2))
		for rows := 1; rows < 50; rows++ {
			for cols := 1; cols < 50; cols++ {
				lds, ldd := cols+r.IntN(5), rows+r.IntN(5)
				src := fenced(f, "the source", random(r, (rows-1)*lds+cols))
				dst := fenced(f, "the result", random(r, (cols-1)*ldd+rows))
				for _, m := range Available() {
					for _, run := range []func(dst []float32, ldd int, src []float32, lds, rows, cols int){m.transpose, m.transposeAdd} {
						if err := f.try(func() { run(dst, ldd, src, lds, rows, cols) }); err != nil {
							t.Fatalf("%s, %d x %d with rows %d and %d apart: %v", m.Name, rows, cols, lds, ldd, err)
						}
					}
				}
				f.release()
			}
		}
	})
}

// TestLanesStayInside: kernels that work lane by lane.
func TestLanesStayInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		r := rand.New(rand.NewPCG(81, 3))
		pixel := func(name string) *Pixel { return (*Pixel)(fenced(f, name, random(r, Lanes))) }
		for _, m := range Available() {
			for pixels := range 41 {
				n := pixels * Lanes
				x, dy, add := fenced(f, "x", random(r, n)), fenced(f, "dy", random(r, n)), fenced(f, "the addend", random(r, n))
				y, p, q, s := fenced(f, "the result", random(r, n)), pixel("p"), pixel("q"), pixel("s")
				for name, run := range map[string]func(){
					"sum": func() { m.LaneSum(p, x) }, "squares": func() { m.LaneSquares(p, q, x) },
					"pairs": func() { m.LanePairs(p, q, s, dy, x) }, "scale": func() { m.LaneScale(y, x, nil, p, q, true) },
					"scale and add": func() { m.LaneScale(y, x, add, p, q, false) },
					"mix":           func() { m.LaneMix(y, dy, x, p, q, s, false) }, "mix and add": func() { m.LaneMix(y, dy, x, p, q, s, true) },
				} {
					if err := f.try(run); err != nil {
						t.Fatalf("%s, %s of %d pixels: %v", m.Name, name, pixels, err)
					}
				}
				f.release()
			}
		}
	})
}

// TestNarrowStaysInside: the way back to few channels.
func TestNarrowStaysInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		for _, m := range Available() {
			r := rand.New(rand.NewPCG(81, 4))
			for c := 1; c <= MaxNarrow; c++ {
				for round := range 4 * 41 {
					a := newNarrowRun(r, round%41, c, r.IntN(12))
					a.dx, a.dy, a.w = fenced(f, "dx", a.dx), fenced(f, "dy", a.dy), fenced(f, "the weights", a.w)
					a.taps = fenced(f, "the taps", a.taps)
					if err := f.try(func() { a.call(m.narrow) }); err != nil {
						t.Fatalf("%s: n=%d c=%d step=%d plane=%d taps=%v add=%v: %v", m.Name, a.n, c, a.step, a.plane, a.taps, a.accumulate, err)
					}
					f.release()
				}
			}
		}
	})
}

// TestWindowsStayInside: pooling and depthwise convolution.
func TestWindowsStayInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		for _, k := range windowSets() {
			for _, test := range windowCases {
				r := rand.New(rand.NewPCG(81, 5))
				for round := range 8 * 41 {
					c := newWindowRun(r, round%41)
					for name, x := range map[string]*[]float32{
						"the source": &c.source, "out": &c.out, "the mask": &c.mask, "dense": &c.dense, "dy": &c.dy,
						"the weights": &c.weights, "the bias": &c.bias,
					} {
						*x = fenced(f, name, *x)
					}
					c.which, c.ids = fenced(f, "which", c.which), fenced(f, "the numbers", c.ids)
					if err := f.try(func() { test.call(k, c) }); err != nil {
						t.Fatalf("%s, %s: n=%d steps=%d,%d taps=%+v: %v", k.name, test.name, c.n, c.xstep, c.ystep, c.taps, err)
					}
					f.release()
				}
			}
		}
	})
}

// TestLRNStaysInside: rows of local response normalisation.
func TestLRNStaysInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		for _, m := range Available() {
			for _, test := range lrnCases {
				r := rand.New(rand.NewPCG(81, 6))
				for _, size := range []int{1, 2, 3, 4, 5} {
					for _, beta := range []float32{0.75, 0.5, 1, 0.6} {
						for n := range 21 {
							a := newLRNRowRun(r, LRN{size, r.Float32(), beta, 1 + r.Float32()}, n)
							for name, x := range map[string]*[]float32{
								"x": &a.x, "before": &a.before, "after": &a.after, "t": &a.t, "t before": &a.tBefore, "t after": &a.tAfter,
								"dy": &a.dy, "d": &a.d, "the mask": &a.mask, "out": &a.out, "out2": &a.out2,
							} {
								*x = fenced(f, name, *x)
							}
							if err := f.try(func() { test.call(m.lrn, a) }); err != nil {
								t.Fatalf("%s, %s, %+v: n=%d lanes=%d,%d: %v", m.Name, test.name, a.l, n, a.lanes, a.lanesAfter, err)
							}
							f.release()
						}
					}
				}
			}
		}
	})
}

// fencedBlocks makes random pictures as the planner lays them out, in memory with a fence.
func fencedBlocks(f *fence, name string, r *rand.Rand, shape [4]int, margin [4]int, narrow bool) *Blocks {
	b := Layout(shape[:], margin, narrow)
	b.Data = fenced(f, name, random(r, b.N*b.Image))
	return b
}

// runConv runs all panels of a convolution. All that its tiles point at gets a fence first.
func runConv(f *fence, c *Conv, more bool) error {
	for i := range c.f.panels {
		c.f.panels[i].w = fenced(f, "the packed weights", c.f.panels[i].w)
		c.spans[i] = fenced(f, "the spans", c.spans[i])
	}
	if c.tiles[0].sums != nil {
		c.tiles[0].sums = &fenced(f, "the sums of parts", make([]float32, c.m.conv.blocks*c.m.conv.pixels*Lanes))[0]
	}
	return f.try(func() {
		for n := range c.y.N {
			for p := range c.Panels() {
				c.Run(0, n, p, 0, c.y.H/2, more)
				c.Run(0, n, p, c.y.H/2, c.y.H, more)
			}
		}
	})
}

// TestConvStaysInside: convolutions of all kinds, forward, back, and the gradient of their weights.
func TestConvStaysInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		r := rand.New(rand.NewPCG(81, 7))
		shapes := convShapes(r)
		for c := 1; c <= 33; c++ { // every rest of inputs and of outputs
			shapes = append(shapes, ConvShape{
				O: 34 - c, I: c, Groups: 1, KH: 1 + c%3, KW: 1 + c%2, Stride: [2]int{1 + c%2, 1 + c%3}, Dilation: [2]int{1, 1}, PadTop: c % 2, PadLeft: c % 2,
			}, ConvShape{O: c, I: c, Groups: c, KH: 3, KW: 2, Stride: [2]int{1, 1 + c%2}, Dilation: [2]int{1, 1}, PadTop: 1, PadLeft: 1})
		}
		for _, s := range shapes {
			for range 3 {
				oh, ow := 1+r.IntN(3), 1+r.IntN(31)
				h := max(1, (oh-1)*s.Stride[0]+(s.KH-1)*s.Dilation[0]+1-2*s.PadTop+r.IntN(s.Stride[0]))
				w := max(1, (ow-1)*s.Stride[1]+(s.KW-1)*s.Dilation[1]+1-2*s.PadLeft+r.IntN(s.Stride[1]))
				for _, m := range Available() {
					if err := convInside(f, m, r, s, h, w, oh, ow); err != nil {
						t.Fatalf("%s, %+v, %d x %d to %d x %d: %v", m.Name, s, h, w, oh, ow, err)
					}
				}
			}
		}
	})
}

// convInside runs all that one set of kernels does for a convolution.
func convInside(f *fence, m *Set, r *rand.Rand, s ConvShape, h, w, oh, ow int) error {
	defer f.release()
	const n = 2
	xMargin, dyMargin := s.Margins(h, w, oh, ow)
	in, out := [4]int{n, s.I, h, w}, [4]int{n, s.O, oh, ow}
	weights := random(r, s.O*s.I/s.Groups*s.KH*s.KW)
	x := fencedBlocks(f, "x", r, in, xMargin, s.I < Lanes && r.IntN(2) == 0)
	y, dy := fencedBlocks(f, "y", r, out, [4]int{}, false), fencedBlocks(f, "dy", r, out, dyMargin, false)
	add, mask := fencedBlocks(f, "the addend", r, out, [4]int{0, 0, 1, 0}, false), fencedBlocks(f, "the mask", r, in, [4]int{}, false)
	dx, bias := fencedBlocks(f, "dx", r, in, [4]int{}, false), fenced(f, "the bias", random(r, y.Count()*Lanes))

	if s.Depthwise() {
		wide := fencedBlocks(f, "x", r, in, xMargin, false)
		deep := m.DepthwiseForward(weights, s)
		for i := range deep.w {
			deep.w[i] = fenced(f, "the packed weights", deep.w[i])
		}
		c := m.NewDepthwiseConv(deep, wide, y, bias, true, nil)
		if err := f.try(func() {
			for i := range n {
				for b := range y.Count() {
					c.Run(i, b, 0, oh, false)
				}
			}
		}); err != nil {
			return fmt.Errorf("depthwise %w", err)
		}
	}
	for _, e := range []Epilogue{{Bias: bias, ReLU: true}, {Add: add}, {}} {
		if err := runConv(f, m.NewConv(m.Forward(weights, s), x, y, e, 1), false); err != nil {
			return fmt.Errorf("forward %w", err)
		}
	}
	for _, back := range m.Backward(weights, s) {
		if err := runConv(f, m.NewConv(back, dy, dx, Epilogue{Mask: mask}, 1), r.IntN(2) == 0); err != nil {
			return fmt.Errorf("back %w", err)
		}
	}
	if s.Groups == 1 && s.I <= MaxNarrow {
		planes := fenced(f, "the planes", random(r, n*s.I*h*w))
		for _, back := range m.NarrowBackward(weights, s) {
			back.w = fenced(f, "the packed weights", back.w)
			c := m.NewNarrowConv(back, dy, h, w, 1)
			if err := f.try(func() { c.Run(0, planes, 1, 0, h, true); c.Run(0, planes, 0, 0, h, false) }); err != nil {
				return fmt.Errorf("back to few channels %w", err)
			}
		}
	}
	g := m.NewFilterGrad(s, x, dy, 1)
	for i := range g.sums {
		g.sums[i] = fenced(f, "the sums of gradients", g.sums[i])
	}
	dw := fenced(f, "the gradient of weights", weights)
	if err := f.try(func() {
		for task := range g.Tasks() {
			g.Run(0, task)
		}
		for p := range g.Stores() {
			g.Store(dw, p)
		}
	}); err != nil {
		return fmt.Errorf("gradient of weights %w", err)
	}
	return nil
}

// TestProductsStayInside: products of matrices, packed, transposed and not, of one row and many.
func TestProductsStayInside(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		r := rand.New(rand.NewPCG(81, 8))
		sizes := [][3]int{{1, 600, 530}, {2, 520, 260}, {3, 7, 129}, {14, 512, 32}, {1, 1, 1}, {3, 530, 256}, {30, 1024, 20}}
		for range 60 {
			sizes = append(sizes, [3]int{1 + r.IntN(40), 1 + r.IntN(60), 1 + r.IntN(140)})
		}
		for _, s := range sizes {
			for _, m := range Available() {
				for range 8 {
					if err := productInside(f, m, newMatrixCase(r, s[0], s[1], s[2], r.IntN(32))); err != nil {
						t.Fatalf("%s, %d x %d x %d: %v", m.Name, s[0], s[1], s[2], err)
					}
				}
				n, k, rows := s[0], s[1], s[2]
				x, w, bias := fenced(f, "x", random(r, n*k)), fenced(f, "w", random(r, rows*k)), fenced(f, "the bias", random(r, rows))
				d := m.NewDots(k, 1)
				y, work := fenced(f, "y", random(r, n*rows)), fenced(f, "working memory", make([]float32, d.Work(n)))
				if err := f.try(func() { d.Run(0, y, rows, x, n, w, rows, bias, work) }); err != nil {
					t.Fatalf("%s, dots of %d x %d x %d: %v", m.Name, n, k, rows, err)
				}
				f.release()
			}
		}
	})
}

// productInside runs one product.
func productInside(f *fence, m *Set, x *matrixCase) error {
	defer f.release()
	p := m.NewProduct(x.m, x.k, x.n, 1)
	a, b := x.fa, x.fb
	if x.packB {
		b = p.PackFactor(b)
		b.packed = fenced(f, "packed B", b.packed)
	}
	a.Data, b.Data = fenced(f, "A", a.Data), fenced(f, "B", b.Data)
	c := fenced(f, "C", x.resultInit[:(x.m-1)*x.ldc+x.n])
	bias, work := fenced(f, "the bias", x.biasInUse), fenced(f, "working memory", make([]float32, p.Work()))
	return f.try(func() {
		for t := range p.Tasks() {
			p.Run(0, t, c, x.ldc, a, b, bias, x.add, work)
		}
	})
}
