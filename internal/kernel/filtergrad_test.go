package kernel

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

// weightGrad is the definition of one weight's gradient: the sum over pixels in order, in
// each chunk of pictures by itself.
func weightGrad(s ConvShape, x, dy *Blocks, chunks, o, i, kh, kw int) float32 {
	total := float32(0)
	for k := range chunks {
		sum := float32(0)
		for n := k * x.N / chunks; n < (k+1)*x.N/chunks; n++ {
			for oh := range dy.H {
				for ow := range dy.W {
					h, w := oh*s.Stride[0]-s.PadTop+kh*s.Dilation[0], ow*s.Stride[1]-s.PadLeft+kw*s.Dilation[1]
					if h >= 0 && h < x.H && w >= 0 && w < x.W {
						sum = fma(float32(x.value(n, i, h, w)), float32(dy.value(n, o, oh, ow)), sum)
					}
				}
			}
		}
		total += sum
	}
	return total
}

// TestFilterGrad compares every kernel with the definition, bit by bit. What surrounds the
// pictures is NaN.
func TestFilterGrad(t *testing.T) {
	r := rand.New(rand.NewPCG(71, 1))
	var cases []*convCase
	for _, s := range convShapes(r) {
		cases = append(cases, newConvCase(r, s))
	}
	one := [2]int{1, 1}
	for _, size := range [][4]int{{3, 20, 18, 16}, {19, 3, 5, 16}, {5, 1, 300, 3}} { // pictures, rows, columns, lanes
		c := &convCase{s: ConvShape{O: 33, I: 3, Groups: 1, KH: 3, KW: 3, Stride: one, Dilation: one, PadTop: 1, PadLeft: 1}}
		c.x = newBlocks(r, size[0], 3, size[1], size[2], size[3], [4]int{1, 1, 1, 1})
		c.y = newBlocks(r, size[0], 33, size[1], size[2], 16, [4]int{1, 0, 2, 3})
		cases = append(cases, c)
	}
	for _, c := range cases {
		s, each := c.s, c.s.I/c.s.Groups
		want := make([]float32, s.O*each*s.KH*s.KW)
		chunks := Generic.NewFilterGrad(s, c.x, c.y, 1).chunks
		for at := range want {
			o, i, kh, kw := at/(each*s.KH*s.KW), at/(s.KH*s.KW)%each, at/s.KW%s.KH, at%s.KW
			want[at] = weightGrad(s, c.x, c.y, chunks, o, o/(s.O/s.Groups)*each+i, kh, kw)
		}
		for _, m := range Available() {
			g := m.NewFilterGrad(s, c.x, c.y, 2)
			dw := make([]float32, len(want))
			for range 2 { // the second time there are sums already
				spoilFloats(dw)
				for task := g.Tasks() - 1; task >= 0; task-- {
					g.Run(task%2, task)
				}
				for p := range g.Stores() {
					g.Store(dw, p)
				}
			}
			for at, got := range dw {
				if got != want[at] {
					t.Fatalf("%s, %+v of %d pictures: gradient %d is %g, want %g", m.Name, s, c.x.N, at, got, want[at])
				}
			}
		}
	}
}

func spoilFloats(x []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

// TestRepack: Repack gives the same as packing the other weights.
func TestRepack(t *testing.T) {
	r := rand.New(rand.NewPCG(72, 1))
	for _, m := range Available() {
		for _, s := range convShapes(r) {
			a, b := make([]float32, s.O*s.I/s.Groups*s.KH*s.KW), make([]float32, s.O*s.I/s.Groups*s.KH*s.KW)
			for i := range a {
				a[i], b[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
			}
			check := func(what string, got, want any) {
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%s, %+v: %s repacked differ", m.Name, s, what)
				}
			}
			f := m.Forward(a, s)
			f.Repack(b)
			check("weights", f, m.Forward(b, s))
			back := m.Backward(a, s)
			for _, f := range back {
				f.Repack(b)
			}
			check("weights of the way back", back, m.Backward(b, s))
			if s.Groups == 1 && s.I <= MaxNarrow {
				narrow := m.NarrowBackward(a, s)
				for _, f := range narrow {
					f.Repack(b)
				}
				check("weights of few channels", narrow, m.NarrowBackward(b, s))
			}
			d := s
			d.I, d.Groups = s.O, s.O
			deep := m.DepthwiseForward(a, d)
			deep.Repack(b)
			check("weights of single channels", deep, m.DepthwiseForward(b, d))
		}
	}
}
