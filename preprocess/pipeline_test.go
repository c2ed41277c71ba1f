package preprocess

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// specs returns every preset and some that are none, for a small network.
func specs(t testing.TB, width, height int) []Spec {
	t.Helper()
	var all []Spec
	for _, name := range Presets() {
		s, err := Preset(name, width, height)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	gray := Spec{Preset: "gray", Width: width, Height: height, Resize: Stretch, Order: "gray", Scale: 1, Mean: []float32{0.1307}, Std: []float32{0.3081}}
	smooth := all[0]
	smooth.Preset, smooth.Antialias = "caffe antialiased", true
	rough := all[2]
	rough.Preset, rough.Antialias = "torchvision not antialiased", false
	last, cubic, keys, nearest := all[2], all[2], all[1], all[3]
	last.Preset, last.Layout = "torchvision, channels last", NHWC
	cubic.Preset, cubic.Interpolation = "torchvision bicubic", Bicubic
	keys.Preset, keys.Interpolation, keys.Layout = "caffe-mean bicubic", Bicubic, NHWC
	nearest.Preset, nearest.Interpolation, nearest.Antialias = "raw nearest", Nearest, true
	cut := all[1]
	cut.Preset, cut.ResizeTo = "caffe-mean, cut", max(width, height)+3
	return append(all, gray, smooth, rough, last, cubic, keys, nearest, cut)
}

// sizes are heights and widths of pictures around a network of 7 x 10.
var sizes = [][2]int{
	{1, 1}, {1, 2}, {2, 1}, {1, 50}, {50, 1}, {2, 3}, {3, 3}, {5, 4}, {7, 10}, {10, 7},
	{8, 11}, {11, 12}, {14, 20}, {21, 10}, {7, 25}, {13, 29}, {31, 17}, {40, 41}, {64, 97},
}

func random(seed uint64, shape ...int) *tensor.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	x := tensor.New(shape...)
	for i := range x.Data {
		x.Data[i] = r.Float32()
	}
	return x
}

func bind(t testing.TB, s Spec, n, h, w int) *Pipeline {
	t.Helper()
	p, err := s.Bind(n, h, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// forEach runs a test for every spec and size.
func forEach(t *testing.T, test func(t *testing.T, s Spec, h, w int)) {
	for _, s := range specs(t, 10, 7) {
		for _, hw := range sizes {
			t.Run(fmt.Sprintf("%s/%dx%d", s.Preset, hw[0], hw[1]), func(t *testing.T) { test(t, s, hw[0], hw[1]) })
		}
	}
}

// keys is the cubic convolution kernel, written out.
func keys(x, a float64) float64 {
	switch x = math.Abs(x); {
	case x <= 1:
		return (a+2)*math.Pow(x, 3) - (a+3)*math.Pow(x, 2) + 1
	case x < 2:
		return a*math.Pow(x, 3) - 5*a*math.Pow(x, 2) + 8*a*x - 4*a
	}
	return 0
}

// TestForwardAgainstDefinition evaluates the filter directly, in float64 and two dimensions.
func TestForwardAgainstDefinition(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		p := bind(t, s, 1, h, w)
		x, got := random(5, p.InShape()...), tensor.New(p.OutShape()...)
		p.Forward(got, x)
		rh, rw, top, left := s.Height, s.Width, 0, 0
		switch {
		case s.Resize == Stretch && s.ResizeTo > 0:
			rh, rw = s.ResizeTo, s.ResizeTo
			top, left = (rh-s.Height)/2, (rw-s.Width)/2
		case s.Resize == ShorterSide:
			short := min(h, w)
			rh, rw = s.ResizeTo*h/short, s.ResizeTo*w/short
			top, left = evenHalf(rh-s.Height), evenHalf(rw-s.Width)
		}
		// The weight of sample j of n, which stands for those beyond the border if it is the
		// last and the border is repeated.
		weight := func(centre, radius float64, j, n int) float64 {
			switch s.Interpolation {
			case Nearest:
				if j == int(centre) {
					return 1
				}
				return 0
			case Bicubic:
				if s.Antialias {
					return keys((float64(j)+0.5-centre)/radius, -0.5)
				}
				from, to := j, j
				if j == 0 {
					from = -5
				}
				if j == n-1 {
					to = n + 5
				}
				var sum float64
				for k := from; k <= to; k++ {
					sum += keys(float64(k)+0.5-centre, -0.75)
				}
				return sum
			}
			return max(0, 1-math.Abs(float64(j)+0.5-centre)/radius)
		}
		ratio := func(in, out int) (scale, radius float64) {
			scale = float64(in) / float64(out)
			if s.Antialias {
				return scale, max(scale, 1)
			}
			return scale, 1
		}
		ys, yr := ratio(h, rh)
		xs, xr := ratio(w, rw)
		for i := range s.Height {
			for j := range s.Width {
				var rgb [3]float64
				var total float64
				for y := range h {
					for k := range w {
						f := weight((float64(top+i)+0.5)*ys, yr, y, h) * weight((float64(left+j)+0.5)*xs, xr, k, w)
						total += f
						for c := range rgb {
							rgb[c] += f * float64(x.Data[(c*h+y)*w+k])
						}
					}
				}
				for c := range rgb {
					rgb[c] /= total
				}
				channels := rgb[:]
				switch s.Order {
				case "BGR":
					channels = []float64{rgb[2], rgb[1], rgb[0]}
				case "gray":
					channels = []float64{0.299*rgb[0] + 0.587*rgb[1] + 0.114*rgb[2]}
				}
				for c, v := range channels {
					want := v * float64(s.Scale)
					if s.Mean != nil {
						want -= float64(s.Mean[c])
					}
					if s.Std != nil {
						want /= float64(s.Std[c])
					}
					at := (c*s.Height+i)*s.Width + j
					if s.Layout == NHWC {
						at = (i*s.Width+j)*len(channels) + c
					}
					if g := float64(got.Data[at]); !(math.Abs(g-want) <= 3e-6*float64(s.Scale)) {
						t.Fatalf("channel %d, row %d, column %d: %g, want %g", c, i, j, g, want)
					}
				}
			}
		}
	})
}

// evenHalf is n/2 rounded to the nearest integer, halves to even.
func evenHalf(n int) int { return n/2 + n%2*(n/2%2) }

// TestIdentity: a picture that has the network's size keeps every bit.
func TestIdentity(t *testing.T) {
	for _, name := range Presets() {
		s, err := Preset(name, 13, 9)
		if err != nil {
			t.Fatal(err)
		}
		s.Scale, s.Mean, s.Std, s.Order = 1, nil, nil, "RGB"
		s = s.AtModel()
		p := bind(t, s, 2, 9, 13)
		x, y := random(6, p.InShape()...), tensor.New(p.OutShape()...)
		p.Forward(y, x)
		if !slices.Equal(x.Data, y.Data) {
			t.Errorf("%s: Forward changed a picture of the network's size", name)
		}
		clear(y.Data)
		p.Adjoint(y, x)
		if !slices.Equal(x.Data, y.Data) {
			t.Errorf("%s: Adjoint changed a gradient of the network's size", name)
		}
		g, err := s.Geometry(x)
		if err != nil || !slices.Equal(g.Data, x.Data) {
			t.Errorf("%s: Geometry changed a picture of the network's size (%v)", name, err)
		}
	}
}

// TestBatchDoesNotMatter: a picture's values are the same bits alone and in company.
func TestBatchDoesNotMatter(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		const n = 3
		many, single := bind(t, s, n, h, w), bind(t, s, 1, h, w)
		x, y := random(7, many.InShape()...), tensor.New(many.OutShape()...)
		dy, dx := random(8, many.OutShape()...), tensor.New(many.InShape()...)
		many.Forward(y, x)
		many.Adjoint(dx, dy)
		for i := range n {
			out, in := tensor.New(single.OutShape()...), tensor.New(single.InShape()...)
			single.Forward(out, tensor.FromSlice(x.Image(i), single.InShape()...))
			single.Adjoint(in, tensor.FromSlice(dy.Image(i), single.OutShape()...))
			if !slices.Equal(out.Data, y.Image(i)) || !slices.Equal(in.Data, dx.Image(i)) {
				t.Fatalf("picture %d of %d differs from itself alone", i, n)
			}
		}
	})
}

// TestGeometryThenModel: the picture that the network sees, prepared again at its own
// size, gives the network's input.
func TestGeometryThenModel(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		if s.Interpolation == Bicubic {
			return // overshoots, which a picture cannot hold
		}
		direct := bind(t, s, 2, h, w)
		x, want := random(9, direct.InShape()...), tensor.New(direct.OutShape()...)
		direct.Forward(want, x)
		small, err := s.Geometry(x)
		if err != nil {
			t.Fatal(err)
		}
		if !tensor.SameShape(small.Shape, []int{2, 3, s.Height, s.Width}) {
			t.Fatalf("shape %v", small.Shape)
		}
		again, got := bind(t, s.AtModel(), 2, s.Height, s.Width), tensor.New(direct.OutShape()...)
		again.Forward(got, small)
		if !slices.Equal(got.Data, want.Data) {
			t.Error("the detour changed the network's input")
		}
	})
}

// TestWhiteAndGrayStay: a picture of one colour is that colour at any size, a gray
// picture has exactly its brightness as luma, and Geometry never leaves [0,1].
func TestWhiteAndGrayStay(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		x := tensor.New(1, 3, h, w)
		for i := range x.Data {
			x.Data[i] = 1
		}
		g, err := s.Geometry(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range g.Data {
			if !(v <= 1 && v >= 1-1e-6) {
				t.Fatalf("value %d of a white picture is %g", i, v)
			}
		}
	})
	r, y := random(10, 256), make([]float32, 256)
	luma(y, r.Data, r.Data, r.Data)
	if !slices.Equal(y, r.Data) {
		t.Error("the luma of gray is not itself")
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, s := range specs(t, 10, 7) {
		p := bind(t, s, 2, 31, 23)
		x, y := random(11, p.InShape()...), tensor.New(p.OutShape()...)
		if n := testing.AllocsPerRun(20, func() { p.Forward(y, x); p.Adjoint(x, y) }); n != 0 {
			t.Errorf("%s: %v allocations a step", s.Preset, n)
		}
	}
}

func TestExtremeShapesTakeLittleMemory(t *testing.T) {
	for _, hw := range [][2]int{{1, 2_000_000}, {2_000_000, 1}} {
		for _, s := range specs(t, 10, 7) {
			p := bind(t, s, 1, hw[0], hw[1])
			if n := len(p.rows.weight) + len(p.cols.weight) + len(p.lines[0].wide); n > 7_000_000 {
				t.Errorf("%s %v: %d numbers to resize %d pixels", s.Preset, hw, n, hw[0]*hw[1])
			}
		}
	}
}

func TestWrongShapes(t *testing.T) {
	s, _ := Preset("caffe", 8, 8)
	p := bind(t, s, 1, 5, 6)
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "[1 3 6 5]") {
			t.Errorf("recovered %v", v)
		}
	}()
	for _, shape := range [][]int{{3, 5, 6}, {1, 4, 5, 6}, {1, 3, 0, 6}} {
		if _, err := s.Geometry(tensor.New(shape...)); err == nil {
			t.Errorf("Geometry takes %v", shape)
		}
	}
	p.Forward(tensor.New(1, 3, 8, 8), tensor.New(1, 3, 6, 5))
	t.Error("Forward took a picture of another shape")
}

func BenchmarkPipeline(b *testing.B) {
	for _, name := range []string{"caffe", "torchvision"} {
		s, err := Preset(name, 224, 224)
		if err != nil {
			b.Fatal(err)
		}
		p := bind(b, s, 1, 375, 500)
		x, y := random(12, p.InShape()...), tensor.New(p.OutShape()...)
		b.Run(name+"/forward", func(b *testing.B) {
			for b.Loop() {
				p.Forward(y, x)
			}
		})
		b.Run(name+"/adjoint", func(b *testing.B) {
			for b.Loop() {
				p.Adjoint(x, y)
			}
		})
	}
}

func ExampleSpec_Bind() {
	spec, err := Preset("caffe", 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := spec.Bind(1, 2, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	pixels := tensor.FromSlice([]float32{
		1, 0, 0, 0, // red: one of four pixels
		0, 0, 0, 0,
		1, 1, 0, 0, // blue: two of four
	}, 1, 3, 2, 2)
	in, grad := tensor.New(p.OutShape()...), tensor.New(p.InShape()...)
	p.Forward(in, pixels)
	fmt.Println("blue, green, red:", in.Data)
	p.Adjoint(grad, tensor.FromSlice([]float32{0, 0, 4}, 1, 3, 1, 1))
	fmt.Println("gradient of four times red:", grad.Data[:4])
	// Output:
	// blue, green, red: [127.5 0 63.75]
	// gradient of four times red: [255 255 255 255]
}
