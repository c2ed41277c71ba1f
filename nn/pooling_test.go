package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// windowsReference counts windows by trying: rounding down, as many as fit into the
// padded extent; rounding up, the fewest that reach its end (none, if the kernel is so
// large that a window before the first one would), but none that begins behind the
// picture.
func windowsReference(size, kernel, stride, before, after int, ceil bool) int {
	n := 0
	if !ceil {
		for n*stride+kernel <= before+size+after {
			n++
		}
		return n
	}
	n = 1
	for (n-1)*stride+kernel < before+size+after {
		n++
	}
	for n > 0 && ((n-1)*stride >= before+size || (n-2)*stride+kernel >= before+size+after) {
		n--
	}
	return n
}

// poolReference is the definition on one plane: results, and for a maximum the place
// of the first one.
func poolReference(l *Pooling, x []float32, h, w, oh, ow int) (y []float64, first []int) {
	for i := range oh {
		for j := range ow {
			best, at := math.Inf(-1), -1
			var sum, area float64
			for a := range l.Kernel[0] {
				for b := range l.Kernel[1] {
					r, c := i*l.Stride[0]-l.Pad[0]+a, j*l.Stride[1]-l.Pad[1]+b
					if r >= h+l.Pad[2] || c >= w+l.Pad[3] {
						continue // behind the padding: not even an average counts it
					}
					inside := r >= 0 && c >= 0 && r < h && c < w
					if inside || !l.ExcludePad {
						area++
					}
					if !inside {
						continue
					}
					v := float64(x[r*w+c])
					sum += v
					if at < 0 || v > best || v != v && best == best {
						best, at = v, r*w+c
					}
				}
			}
			if l.Method == AveragePool {
				best = sum / area
			}
			y, first = append(y, best), append(first, at)
		}
	}
	return y, first
}

// TestPoolingAgainstDefinition tries every small combination of size, kernel, stride
// and padding on pictures full of ties.
func TestPoolingAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 1))
	cases := 0
	for size := 1; size <= 8; size++ {
		for kernel := 1; kernel <= 5; kernel++ {
			for stride := 1; stride <= 4; stride++ {
				for pad := range kernel {
					for _, ceil := range []bool{false, true} {
						l := &Pooling{
							Method: PoolMethod(r.IntN(2)), Ceil: ceil, ExcludePad: r.IntN(2) == 0,
							Kernel: [2]int{kernel, 1 + r.IntN(4)}, Stride: [2]int{stride, 1 + r.IntN(3)},
						}
						l.Pad = [4]int{pad, r.IntN(l.Kernel[1]), r.IntN(kernel), r.IntN(l.Kernel[1])}
						checkPool(t, r, l, size, 4+r.IntN(6))
						cases++
					}
				}
			}
		}
	}
	if cases != 960 {
		t.Errorf("%d cases, want 960", cases)
	}
}

func checkPool(t *testing.T, r *rand.Rand, l *Pooling, h, w int) {
	t.Helper()
	in := [][]int{{1, 2, h, w}}
	oh := windowsReference(h, l.Kernel[0], l.Stride[0], l.Pad[0], l.Pad[2], l.Ceil)
	ow := windowsReference(w, l.Kernel[1], l.Stride[1], l.Pad[1], l.Pad[3], l.Ceil)
	got, err := l.OutShapes(in)
	if oh == 0 || ow == 0 {
		if err == nil {
			t.Fatalf("%+v on %dx%d: gives %v, want an error", *l, h, w, got)
		}
		return
	}
	if err != nil || !slices.Equal(got[0], []int{1, 2, oh, ow}) {
		t.Fatalf("%+v on %dx%d: gives %v, error %v; want %dx%d windows", *l, h, w, got, err, oh, ow)
	}
	b := newBench(t, l, in, 1)
	x := b.x[0].Data
	for i := range x {
		x[i] = float32(r.IntN(3)-1) * 0.5
		switch r.IntN(40) {
		case 0:
			x[i] = nan32
		case 1:
			x[i] = float32(math.Copysign(0, -1))
		case 2:
			x[i] = float32(math.Inf(-1))
		}
	}
	dy := b.cotangents(r)
	y, dx := b.run(dy)
	for c := range 2 {
		want, first := poolReference(l, x[c*h*w:], h, w, oh, ow)
		grad := make([]float64, h*w)
		for i, v := range want {
			g := float64(y[0][c*oh*ow+i])
			if !(math.Abs(g-v) <= 1e-6) && !(g != g && v != v) && g != v {
				t.Fatalf("%+v on %dx%d: window %d is %g, want %g", *l, h, w, i, g, v)
			}
			grad[first[i]] += float64(dy[0][c*oh*ow+i])
		}
		if l.Method != MaxPool {
			continue // its gradient is in TestGradients and TestAveragePoolingAdjoint
		}
		for i, v := range grad {
			if g := float64(dx[0][c*h*w+i]); !(math.Abs(g-v) <= 1e-5) {
				t.Fatalf("%+v on %dx%d: gradient of pixel %d is %g, want %g (%v)", *l, h, w, i, g, v, x[c*h*w:(c+1)*h*w])
			}
		}
	}
}

// TestAveragePoolingAdjoint: averaging is linear, so <dy, A x> = <A^T dy, x>.
func TestAveragePoolingAdjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 2))
	for range 200 {
		l := &Pooling{Method: AveragePool, Ceil: r.IntN(2) == 0, ExcludePad: r.IntN(2) == 0}
		for a := range 2 {
			l.Kernel[a], l.Stride[a] = 1+r.IntN(4), 1+r.IntN(3)
			l.Pad[a], l.Pad[a+2] = r.IntN(l.Kernel[a]), r.IntN(l.Kernel[a])
		}
		b := newBench(t, l, [][]int{{2, 3, 4 + r.IntN(6), 4 + r.IntN(6)}}, 1)
		fill(r, b.x, normal)
		dy := b.cotangents(r)
		y, dx := b.run(dy)
		left, right := tensor.Dot(dy[0], y[0]), tensor.Dot(dx[0], b.x[0].Data)
		if !(math.Abs(left-right) <= 1e-4) {
			t.Fatalf("%+v: <dy, Ax> = %g but <A^T dy, x> = %g", *l, left, right)
		}
	}
}

// TestPoolingExtents: the pyramids of well-known networks.
func TestPoolingExtents(t *testing.T) {
	three := [2]int{3, 3}
	two := [2]int{2, 2}
	for name, c := range map[string]struct {
		l     Pooling
		sizes []int
	}{
		"GoogLeNet":            {Pooling{Kernel: three, Stride: two, Ceil: true}, []int{112, 56, 28, 14, 7}},
		"AlexNet":              {Pooling{Kernel: three, Stride: two, Ceil: true}, []int{55, 27, 13, 6}},
		"SqueezeNet":           {Pooling{Kernel: three, Stride: two, Ceil: true}, []int{113, 56, 28, 14}},
		"ResNet, rounded down": {Pooling{Kernel: three, Stride: two, Pad: [4]int{1, 1, 1, 1}}, []int{112, 56}},
		"ResNet, rounded up":   {Pooling{Kernel: three, Stride: two, Pad: [4]int{1, 1, 1, 1}, Ceil: true}, []int{112, 57}},
		"VGG":                  {Pooling{Kernel: two, Stride: two, Ceil: true}, []int{224, 112, 56, 28, 14, 7}},
		"larger than the rest": {Pooling{Kernel: [2]int{7, 7}, Stride: two, Ceil: true}, []int{6, 1}},
		"global":               {Pooling{Global: true}, []int{13, 1, 1}},
	} {
		for i, size := range c.sizes[:len(c.sizes)-1] {
			got, err := c.l.OutShapes([][]int{{1, 2, size, size}})
			if err != nil || got[0][2] != c.sizes[i+1] || got[0][3] != c.sizes[i+1] {
				t.Errorf("%s: %d pixels pool to %v, error %v; want %d", name, size, got, err, c.sizes[i+1])
			}
		}
	}
}

// TestPoolingFirstMaximumWins: on a constant picture every window's gradient goes to
// its top left pixel inside the picture.
func TestPoolingFirstMaximumWins(t *testing.T) {
	b := newBench(t, &Pooling{Kernel: [2]int{2, 2}, Pad: [4]int{1, 1, 0, 0}}, [][]int{{1, 1, 2, 3}}, 1)
	_, dx := b.run([][]float32{{1, 2, 4, 8, 16, 32}})
	// Windows begin at rows -1, 0 and columns -1, 0, 1.
	want := []float32{1 + 2 + 8 + 16, 4 + 32, 0, 0, 0, 0}
	if !slices.Equal(dx[0], want) {
		t.Errorf("gradient %v, want %v", dx[0], want)
	}
}

func TestPoolingRefuses(t *testing.T) {
	k3 := [2]int{3, 3}
	for name, c := range map[string]struct {
		l    *Pooling
		in   [][]int
		says string
	}{
		"no kernel":            {&Pooling{}, [][]int{{1, 2, 4, 4}}, "height: a kernel of 0"},
		"negative kernel":      {&Pooling{Kernel: [2]int{3, -3}}, [][]int{{1, 2, 4, 4}}, "width: a kernel of -3"},
		"huge kernel":          {&Pooling{Kernel: [2]int{1 << 40, 3}, Ceil: true}, [][]int{{1, 2, 4, 4}}, "out of range"},
		"kernel too large":     {&Pooling{Kernel: [2]int{5, 3}}, [][]int{{1, 2, 4, 4}}, "a kernel of 5 does not fit into 4 pixels"},
		"no window":            {&Pooling{Kernel: [2]int{6, 3}, Ceil: true}, [][]int{{1, 2, 4, 4}}, "no window on 4 pixels"},
		"negative stride":      {&Pooling{Kernel: k3, Stride: [2]int{-2, 1}}, [][]int{{1, 2, 4, 4}}, "a stride of -2"},
		"huge stride":          {&Pooling{Kernel: k3, Stride: [2]int{1, math.MaxInt}}, [][]int{{1, 2, 4, 4}}, "width: a stride"},
		"negative pad":         {&Pooling{Kernel: k3, Pad: [4]int{0, 0, -1, 0}}, [][]int{{1, 2, 4, 4}}, "padding of 0+-1"},
		"pad as the kernel":    {&Pooling{Kernel: k3, Pad: [4]int{0, 3, 0, 0}}, [][]int{{1, 2, 4, 4}}, "width: padding of 3+0"},
		"huge pad":             {&Pooling{Kernel: k3, Pad: [4]int{math.MaxInt, 0, math.MaxInt, 0}}, [][]int{{1, 2, 4, 4}}, "padding"},
		"global with kernel":   {&Pooling{Global: true, Kernel: k3}, [][]int{{1, 2, 4, 4}}, "is global"},
		"global with stride":   {&Pooling{Global: true, Stride: [2]int{1, 2}}, [][]int{{1, 2, 4, 4}}, "is global"},
		"global, minus stride": {&Pooling{Global: true, Stride: [2]int{-1, 1}}, [][]int{{1, 2, 4, 4}}, "is global"},
		"unknown method":       {&Pooling{Method: 2, Kernel: k3}, [][]int{{1, 2, 4, 4}}, "unknown method 2"},
		"vector":               {&Pooling{Kernel: k3}, [][]int{{1, 2}}, "[1 2]"},
		"five axes":            {&Pooling{Kernel: k3}, [][]int{{1, 2, 4, 4, 4}}, "[1 2 4 4 4]"},
		"two inputs":           {&Pooling{Kernel: k3}, [][]int{{1, 2, 4, 4}, {1, 2, 4, 4}}, "takes 1 input(s), got 2"},
		"no input":             {&Pooling{Kernel: k3}, nil, "got 0"},
		"years of work":        {&Pooling{Kernel: [2]int{8000, 8000}, Pad: [4]int{7999, 7999, 7999, 7999}}, [][]int{{1, 1, 8000, 8000}}, "more than 68719476736 operations"},
		"columns in vain":      {&Pooling{Kernel: [2]int{4096, 1}, Stride: [2]int{1, 1 << 16}, Pad: [4]int{4095, 0, 4095, 0}}, [][]int{{1, 1, 4096, 4096}}, "more than 68719476736 operations"},
		"endless row":          {&Pooling{Global: true}, [][]int{{1, 1, 2, 1 << 27}}, "rows of at most 1048576 pixels"},
	} {
		out, err := c.l.OutShapes(c.in)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, error %v; want one that says %q", name, out, err, c.says)
		}
	}
}
