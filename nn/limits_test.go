package nn

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// claim is a tensor of a shape without the data: what OutShapes looks at.
func claim(shape ...int) *tensor.Tensor { return &tensor.Tensor{Shape: shape} }

// copies returns k times the same shape.
func copies(k int, shape ...int) [][]int { return slices.Repeat([][]int{shape}, k) }

// TestLimits: a layer refuses what would take minutes or gigabytes, and takes what
// the largest networks ask for.
func TestLimits(t *testing.T) {
	const operations = "more than 68719476736 operations"
	one, three := [4]int{1, 1, 1, 1}, [4]int{3, 3, 3, 3}
	for name, c := range map[string]struct {
		l    Layer
		in   [][]int
		says string // "" if it is accepted
	}{
		"VGG":              {&Convolution{Weights: claim(64, 64, 3, 3), Pad: one}, copies(1, 1, 64, 224, 224), ""},
		"VGG, large":       {&Convolution{Weights: claim(64, 64, 3, 3), Pad: one}, copies(1, 1, 64, 1024, 1024), ""},
		"VGG, batch":       {&Convolution{Weights: claim(64, 64, 3, 3), Pad: one}, copies(1, 64, 64, 224, 224), ""},
		"fc6 as a window":  {&Convolution{Weights: claim(4096, 512, 7, 7)}, copies(1, 1, 512, 20, 20), ""},
		"depthwise":        {&Convolution{Weights: claim(1024, 1, 7, 7), Groups: 1024, Pad: three}, copies(1, 1, 1024, 112, 112), ""},
		"padding":          {&Convolution{Weights: claim(1, 1, 64, 64), Pad: [4]int{2048, 2048, 2048, 2048}}, copies(1, 1, 1, 64, 64), operations},
		"thin outputs":     {&Convolution{Weights: claim(1, 1, 64, 64), Pad: [4]int{1024, 1024, 1024, 1024}}, copies(1, 1, 1, 64, 64), operations},
		"huge weights":     {&Convolution{Weights: claim(1<<20, 1<<19, 1, 1)}, copies(1, 1, 1<<19, 4, 4), "packed, they exceed"},
		"field":            {&Convolution{Weights: claim(1, 1, 1024, 1024)}, copies(1, 1, 1, 1024, 1024), ""},
		"many thin groups": {&Convolution{Weights: claim(1024, 1, 512, 512), Groups: 1024}, copies(1, 1, 1024, 512, 512), ""},
		"thin groups":      {&Convolution{Weights: claim(2048, 1, 512, 512), Groups: 1024}, copies(1, 1, 1024, 512, 512), "in 1024 groups: packed"},
		"product":          {&Eltwise{Op: Product}, copies(1024, 1, 65, 32, 32), operations},
		"product of two":   {&Eltwise{Op: Product}, copies(2, 1, 64, 1024, 1024), ""},
		"sum":              {&Eltwise{Op: Sum}, copies(1024, 1, 1<<26+1), operations},
		"sum of many":      {&Eltwise{Op: Sum}, copies(1024, 1, 64, 32, 32), ""},
		"AlexNet norm1":    {&LRN{Size: 5}, copies(1, 1, 96, 55, 55), ""},
		"global maximum":   {&Pooling{Global: true}, copies(1, 1, 64, 1024, 1024), ""},
	} {
		_, err := c.l.OutShapes(c.in)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v, want it accepted", name, err)
		case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
}

// TestScratchIsBounded: the working memory of a worker stays small for shapes that are
// just accepted.
func TestScratchIsBounded(t *testing.T) {
	const most = 1 << 25 // floats
	for name, c := range map[string]struct {
		l  Layer
		in []int
	}{
		"channels": {&LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}, []int{1, 1 << 20, 1, 4}},
		"plane":    {&LRN{Size: 5, Alpha: 1, Beta: 0.75, WithinChannel: true}, []int{1, 1, 1 << 11, 1 << 11}},
	} {
		if n := len(newBench(t, c.l, [][]int{c.in}, 1).scratch.Memory()[0]); n > most {
			t.Errorf("%s: %d floats for a worker, want at most %d", name, n, most)
		}
	}
}

// TestDeepConvolution: a kernel so large that its margins exceed the picture many times
// gives what the definition gives, and the adjoint of it.
func TestDeepConvolution(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	const side = 260
	l := &Convolution{Weights: randomTensor(r, 1, 1, side, side), Pad: [4]int{3, 3, 3, 3}}
	if _, ok := l.OnBlocks([][]int{{1, 1, side, side}}); ok {
		t.Error("blocked in spite of its margins")
	}
	x := randomTensor(r, 1, 1, side, side)
	s := sessionOf(t, l, x.Shape, 2)
	copy(s.Input().Data, x.Data)
	y := s.Forward()
	for i, v := range convolveReference(l, x, y.Shape) {
		if diff := float64(y.Data[i]) - v; !(diff < 1e-2 && diff > -1e-2) {
			t.Fatalf("output %d is %g, want %g", i, y.Data[i], v)
		}
	}
	dy := randomTensor(r, y.Shape...)
	dx := s.Backward(dy)
	a, b := tensor.Dot(dy.Data, y.Data), tensor.Dot(dx.Data, x.Data)
	if diff := (a - b) / (tensor.L2(dy.Data) * tensor.L2(y.Data)); !(diff < 1e-5 && diff > -1e-5) {
		t.Errorf("<dy, Jx> = %g but <J^T dy, x> = %g", a, b)
	}
}
