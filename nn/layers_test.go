package nn

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/tensor"
)

// A layerCase is one setting of one layer in the table that every layer has to pass.
type layerCase struct {
	name  string
	layer Layer
	in    [][]int
	fill  filling
}

// layerCases are small enough for finite differences; largeCases, below, are cut in
// several tasks.
func layerCases(r *rand.Rand) []layerCase {
	one := func(s ...int) [][]int { return [][]int{s} }
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	return []layerCase{
		{"ReLU", &ReLU{}, one(2, 3, 4, 5), distinct},
		{"ReLU leaky", &ReLU{Slope: 0.1}, one(2, 3, 4, 5), distinct},
		{"ReLU turned", &ReLU{Slope: -0.5}, one(2, 7), distinct},
		{"PReLU shared", &PReLU{Slope: []float32{0.3}}, one(2, 3, 4, 5), distinct},
		{"PReLU by channel", &PReLU{Slope: []float32{0.3, 0, 1.5}}, one(2, 3, 4, 5), distinct},
		{"PReLU turned", &PReLU{Slope: []float32{-0.3, 0.2, 0}}, one(2, 3), distinct},
		{"ELU", &ELU{Alpha: 1}, one(2, 3, 2, 5), distinct},
		{"ELU kinked", &ELU{Alpha: 0.4}, one(2, 3, 2, 5), distinct},
		{"Sigmoid", &Sigmoid{}, one(2, 3, 4, 5), normal},
		{"TanH", &TanH{}, one(2, 3, 4, 5), normal},
		{"Power 1", &Power{Power: 1, Scale: -3, Shift: 2}, one(2, 3, 4), normal},
		{"Power 2", &Power{Power: 2, Scale: 0.5, Shift: 0.2}, one(2, 3, 4), normal},
		{"Power 3", &Power{Power: 3, Scale: 0.5, Shift: 0.2}, one(2, 3, 4), normal},
		{"Power -0.75", &Power{Power: -0.75, Scale: 2, Shift: 1}, one(2, 3, 4), positive},
		{"Power 0", &Power{Power: 0, Scale: 2, Shift: 1}, one(2, 3, 4), normal},
		{"Power scale 0", &Power{Power: 0.5, Scale: 0, Shift: 0}, one(2, 3, 4), normal},
		{"Affine", &Affine{Scale: some(3), Shift: some(3)}, one(2, 3, 4, 5), normal},
		{"Affine scale", &Affine{Scale: some(6)}, one(2, 6), normal},
		{"Affine shift", &Affine{Shift: some(3)}, one(2, 3, 4), normal},
		{"Max pooling", &Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, one(2, 3, 6, 6), distinct},
		{"Max pooling overlaps", &Pooling{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Ceil: true}, one(1, 2, 8, 7), distinct},
		{"Max pooling padded", &Pooling{Kernel: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}}, one(1, 2, 5, 6), distinct},
		{"Max pooling uneven", &Pooling{Kernel: [2]int{2, 4}, Stride: [2]int{1, 3}, Pad: [4]int{1, 2, 0, 3}}, one(1, 2, 7, 8), distinct},
		{"Max pooling global", &Pooling{Global: true}, one(2, 3, 5, 4), distinct},
		{"Average pooling", &Pooling{Method: AveragePool, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, one(2, 3, 6, 6), normal},
		{"Average pooling overlaps", &Pooling{Method: AveragePool, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Ceil: true}, one(1, 2, 8, 7), normal},
		{"Average pooling padded", &Pooling{Method: AveragePool, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, Ceil: true}, one(1, 2, 6, 7), normal},
		{"Average pooling without pad", &Pooling{Method: AveragePool, Kernel: [2]int{3, 4}, Stride: [2]int{1, 2}, Pad: [4]int{1, 1, 2, 1}, ExcludePad: true}, one(1, 2, 6, 7), normal},
		{"Average pooling global", &Pooling{Method: AveragePool, Global: true}, one(2, 3, 5, 4), normal},
		{"LRN", &LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}, one(2, 7, 3, 4), normal},
		{"LRN alone", &LRN{Size: 1, Alpha: 0.5, Beta: 0.5, K: 2}, one(2, 4, 3, 4), normal},
		{"LRN even", &LRN{Size: 4, Alpha: 2, Beta: 1, K: 1}, one(1, 9, 3, 4), normal},
		{"LRN wider than all", &LRN{Size: 11, Alpha: 2, Beta: 0.6, K: 1.5}, one(1, 4, 3, 4), normal},
		{"LRN within", &LRN{Size: 3, Alpha: 1, Beta: 0.75, WithinChannel: true}, one(2, 3, 5, 6), normal},
		{"LRN within, wide", &LRN{Size: 9, Alpha: 3, Beta: 0.9, WithinChannel: true}, one(1, 2, 4, 12), normal},
		{"Eltwise sum", &Eltwise{Op: Sum}, [][]int{{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, normal},
		{"Eltwise weighted", &Eltwise{Op: Sum, Coeff: []float32{-2, 0.5}}, [][]int{{2, 3, 4}, {2, 3, 4}}, normal},
		{"Eltwise product", &Eltwise{Op: Product}, [][]int{{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, normal},
		{"Eltwise max", &Eltwise{Op: Max}, [][]int{{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, distinct},
		{"Eltwise of one", &Eltwise{Op: Max}, one(2, 5), distinct},
		{"Concat channels", &Concat{Axis: 1}, [][]int{{2, 3, 4, 5}, {2, 1, 4, 5}, {2, 4, 4, 5}}, normal},
		{"Concat last", &Concat{Axis: -1}, [][]int{{2, 3, 4}, {2, 3, 1}}, normal},
		{"Slice channels", &Slice{Axis: 1, Points: []int{1, 4}}, one(2, 6, 3, 4), normal},
		{"Slice last", &Slice{Axis: -1, Points: []int{3}}, one(2, 2, 3, 5), normal},
		{"Flatten", &Flatten{Axis: 1, EndAxis: -1}, one(2, 3, 4, 5), normal},
		{"Flatten part", &Flatten{Axis: 2, EndAxis: 3}, one(2, 3, 4, 5, 2), normal},
		{"Reshape", &Reshape{Dims: []int{0, -1, 2}, NumAxes: -1}, one(2, 3, 4, 5), normal},
		{"Softmax", &Softmax{Axis: 1}, one(2, 10), normal},
		{"Softmax of planes", &Softmax{Axis: 1}, one(2, 5, 3, 4), normal},
		{"Softmax last", &Softmax{Axis: -1}, one(2, 5, 3, 4), normal},
		{"InnerProduct", &InnerProduct{Weights: randomTensor(r, 5, 12), Bias: some(5)}, one(3, 3, 4), normal},
		{"Convolution", &Convolution{Weights: randomTensor(r, 4, 3, 3, 3), Bias: some(4), Pad: [4]int{1, 1, 1, 1}}, one(2, 3, 6, 5), normal},
		{"MatMul", &MatMul{}, [][]int{{2, 3, 4, 5}, {2, 3, 5, 6}}, normal},
		{"MatMul broadcasts", &MatMul{}, [][]int{{2, 1, 4, 5}, {2, 3, 5, 2}}, normal},
		{"MatMul broadcasts right", &MatMul{}, [][]int{{2, 3, 4, 5}, {2, 1, 5, 2}}, normal},
		{"MatMul of one matrix", &MatMul{}, [][]int{{1, 3, 4, 5}, {1, 5, 2}}, normal},
		{"MatMul by a vector", &MatMul{Const: randomTensor(r, 5)}, one(2, 4, 5), normal},
		{"MatMul constant", &MatMul{Const: randomTensor(r, 5, 7)}, one(2, 3, 5), normal},
		{"MatMul constants", &MatMul{Const: randomTensor(r, 3, 5, 7)}, one(2, 3, 4, 5), normal},
		{"LayerNorm", &LayerNorm{Axis: -1, Eps: 1e-5, Scale: some(7), Bias: some(7)}, one(2, 3, 7), normal},
		{"LayerNorm of planes", &LayerNorm{Axis: 2, Eps: 1e-3, Scale: some(20)}, one(2, 3, 4, 5), normal},
		{"LayerNorm of all", &LayerNorm{Eps: 1e-5, Bias: some(12)}, one(1, 3, 4), normal},
		{"GroupNorm", &GroupNorm{Groups: 2, Eps: 1e-5, Scale: some(6), Bias: some(6)}, one(2, 6, 3, 2), normal},
		{"GroupNorm by channel", &GroupNorm{Groups: 3, Eps: 1e-2, Scale: some(3)}, one(2, 3, 4, 5), normal},
		{"GroupNorm of a vector", &GroupNorm{Groups: 1, Eps: 1e-5}, one(2, 9), normal},
		{"LpNorm", &LpNorm{Axis: 1, P: 2}, one(2, 6, 3), normal},
		{"LpNorm absolute", &LpNorm{Axis: -1, P: 1}, one(2, 3, 6), distinct},
		{"ConvTranspose", &ConvTranspose{Weights: randomTensor(r, 4, 3, 3, 3), Bias: some(3), Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, OutputPad: [2]int{1, 1}}, one(2, 4, 3, 4), normal},
		{"ConvTranspose groups", &ConvTranspose{Weights: randomTensor(r, 4, 3, 2, 3), Stride: [2]int{1, 3}, Dilation: [2]int{2, 1}, Pad: [4]int{0, 1, 1, 0}, Groups: 2}, one(2, 4, 4, 3), normal},
		{"Convolution strided groups", &Convolution{Weights: randomTensor(r, 4, 2, 3, 2), Groups: 2, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}}, one(2, 4, 7, 6), normal},
	}
}

// largeCases have more than one task whatever the layer, and last tasks that are not full.
func largeCases(r *rand.Rand) []layerCase {
	planes, vector := [][]int{{2, 11, 57, 61}}, [][]int{{3, 2*blockSize + 77}}
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	three := [][]int{vector[0], vector[0], vector[0]}
	return []layerCase{
		{"ReLU", &ReLU{}, planes, normal},
		{"PReLU", &PReLU{Slope: some(11)}, planes, normal},
		{"PReLU of a vector", &PReLU{Slope: some(vector[0][1])}, vector, normal},
		{"ELU", &ELU{Alpha: 1}, planes, normal},
		{"Sigmoid", &Sigmoid{}, planes, normal},
		{"TanH", &TanH{}, planes, normal},
		{"Power", &Power{Power: 2, Scale: 0.5, Shift: 0.2}, planes, normal},
		{"Affine", &Affine{Scale: some(11), Shift: some(11)}, planes, normal},
		{"Max pooling", &Pooling{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Ceil: true}, planes, normal},
		{"Average pooling", &Pooling{Method: AveragePool, Kernel: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}}, planes, normal},
		{"LRN", &LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}, planes, normal},
		{"LRN within", &LRN{Size: 3, Alpha: 1, Beta: 0.75, WithinChannel: true}, planes, normal},
		{"Eltwise sum", &Eltwise{Op: Sum, Coeff: []float32{1, 2, 3}}, three, normal},
		{"Eltwise product", &Eltwise{Op: Product}, three, normal},
		{"Eltwise max", &Eltwise{Op: Max}, three, normal},
		{"Concat", &Concat{Axis: 1}, [][]int{vector[0], {3, 5}, vector[0]}, normal},
		{"Concat of short rows", &Concat{Axis: 2}, [][]int{{2, 9000, 3}, {2, 9000, 2}}, normal},
		{"Slice", &Slice{Axis: 1, Points: []int{5}}, vector, normal},
		{"Flatten", &Flatten{Axis: 1, EndAxis: -1}, planes, normal},
		{"Reshape", &Reshape{Dims: []int{0, -1}, NumAxes: -1}, planes, normal},
		{"Softmax", &Softmax{Axis: 1}, planes, normal},
		{"MatMul", &MatMul{}, [][]int{{2, 3, 197, 64}, {2, 3, 64, 197}}, normal},
		{"MatMul constant", &MatMul{Const: randomTensor(r, 600, 300)}, [][]int{{2, 50, 600}}, normal},
		{"MatMul of windows", &MatMul{Const: randomTensor(r, 40, 30)}, [][]int{{2, 64, 49, 40}}, normal},
		{"InnerProduct", &InnerProduct{Weights: randomTensor(r, 300, 700), Bias: some(300)}, [][]int{{5, 700}}, normal},
		{"LayerNorm", &LayerNorm{Axis: -1, Eps: 1e-5, Scale: some(61), Bias: some(61)}, planes, normal},
		{"LayerNorm of long rows", &LayerNorm{Axis: 1, Eps: 1e-5, Scale: some(vector[0][1])}, vector, normal},
		{"GroupNorm", &GroupNorm{Groups: 11, Eps: 1e-5, Scale: some(11), Bias: some(11)}, planes, normal},
		{"LpNorm", &LpNorm{Axis: 2, P: 2}, planes, normal},
		{"ConvTranspose", &ConvTranspose{Weights: randomTensor(r, 11, 37, 3, 3), Bias: some(37), Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}}, [][]int{{2, 11, 23, 21}}, normal},
	}
}

// TestGradients compares every layer's Backward with central differences.
func TestGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for _, c := range layerCases(r) {
		t.Run(c.name, func(t *testing.T) {
			h := newBench(t, c.layer, c.in, 2)
			fill(r, h.x, c.fill)
			dy := h.cotangents(r)
			_, dx := h.run(dy)
			loss := func() float64 {
				var s float64
				for i, y := range h.forward() {
					s += tensor.Dot(dy[i], y.Data)
				}
				return s
			}
			for i, x := range h.x {
				if worst := gradcheck.Check(x, dx[i], loss, gradcheck.Options{}); !(worst.Err <= 1e-3) {
					t.Errorf("input %d of shape %v: %v", i, x.Shape, worst)
				}
			}
		})
	}
}

// TestBackwardAdds: Backward adds to the gradients that are there.
func TestBackwardAdds(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 2))
	for _, c := range layerCases(r) {
		t.Run(c.name, func(t *testing.T) {
			h := newBench(t, c.layer, c.in, 1)
			fill(r, h.x, c.fill)
			dy := h.cotangents(r)
			_, dx := h.run(dy)
			const base = 3
			for i, d := range h.backward(dy, base) {
				for j, v := range d.Data {
					want := float64(dx[i][j]) + base
					if diff := math.Abs(float64(v) - want); !(diff <= 1e-5*(1+math.Abs(want))) {
						t.Fatalf("input %d: gradient %d is %g on top of %d, want %g", i, j, v, base, want)
					}
				}
			}
		})
	}
}

// TestInputWithoutGradient: an input may want no gradient, which leaves those of the
// others as they are.
func TestInputWithoutGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 3))
	for _, c := range layerCases(r) {
		if len(c.in) == 1 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			all := newBench(t, c.layer, c.in, 1)
			fill(r, all.x, c.fill)
			dy := all.cotangents(r)
			_, want := all.run(dy)
			for skip := range c.in {
				h := newBench(t, c.layer, c.in, 1, skip)
				for i, x := range all.x {
					copy(h.x[i].Data, x.Data)
				}
				_, dx := h.run(dy)
				for i := range dx {
					if i != skip && firstDifference(dx[i], want[i]) >= 0 {
						t.Errorf("without a gradient for input %d, that of input %d changes", skip, i)
					}
				}
			}
		})
	}
}

// TestForwardOnly: without gradients there is no Backward, and the same result.
func TestForwardOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 4))
	for _, c := range layerCases(r) {
		h := newBench(t, c.layer, c.in, 1)
		fill(r, h.x, c.fill)
		y, _ := h.run(h.cotangents(r))
		only := &Binding{In: h.x, Out: h.b.Out, Team: h.b.Team, scratch: &scratch{}}
		op := c.layer.Bind(only)
		if op.Backward != nil {
			t.Errorf("%s: has a Backward without gradients", c.name)
		}
		only.scratch.perWorker = [][]float32{make([]float32, only.scratch.size)}
		op.Forward()
		for i, out := range only.Out {
			if firstDifference(out.Data, y[i]) >= 0 {
				t.Errorf("%s: output %d differs in a forward-only session", c.name, i)
			}
		}
	}
}

// TestSameBitsEverywhere: results are the same for any number of threads, and for an
// example alone and in a batch.
func TestSameBitsEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 5))
	for _, c := range append(layerCases(r), largeCases(r)...) {
		t.Run(c.name, func(t *testing.T) {
			h := newBench(t, c.layer, c.in, 1)
			fill(r, h.x, c.fill)
			dy := h.cotangents(r)
			y, dx := h.run(dy)
			for _, threads := range []int{2, 3} {
				m := newBench(t, c.layer, c.in, threads)
				for i, x := range h.x {
					copy(m.x[i].Data, x.Data)
				}
				my, mdx := m.run(dy)
				compareBits(t, fmt.Sprintf("%d threads", threads), append(my, mdx...), append(y, dx...))
			}
			n := c.in[0][0]
			var alone [][]int
			for _, s := range c.in {
				alone = append(alone, append([]int{1}, s[1:]...))
			}
			one := newBench(t, c.layer, alone, 1)
			part := func(x []float32, e int) []float32 { return x[e*len(x)/n : (e+1)*len(x)/n] }
			parts := func(xs [][]float32, e int) (p [][]float32) {
				for _, x := range xs {
					p = append(p, part(x, e))
				}
				return p
			}
			for e := range n {
				for i, x := range h.x {
					copy(one.x[i].Data, part(x.Data, e))
				}
				y1, dx1 := one.run(parts(dy, e))
				compareBits(t, fmt.Sprintf("example %d alone", e), append(y1, dx1...), append(parts(y, e), parts(dx, e)...))
			}
		})
	}
}

func compareBits(t *testing.T, what string, got, want [][]float32) {
	t.Helper()
	for i := range want {
		if j := firstDifference(got[i], want[i]); j >= 0 {
			t.Fatalf("%s: value %d of result %d is %g, want %g", what, j, i, got[i][j], want[i][j])
		}
	}
}

// TestSamePlaceSameBits: where all pixels of a channel are equal, so are all outputs
// whose windows lie inside, and all gradients of equal output gradients.
func TestSamePlaceSameBits(t *testing.T) {
	for name, c := range map[string]struct {
		layer  Layer
		border int
	}{
		"LRN":             {&LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}, 0},
		"LRN within":      {&LRN{Size: 5, Alpha: 1, Beta: 0.75, WithinChannel: true}, 4},
		"Max pooling":     {&Pooling{Kernel: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}}, 2},
		"Average pooling": {&Pooling{Method: AveragePool, Kernel: [2]int{3, 3}, Pad: [4]int{1, 1, 1, 1}}, 2},
		"Softmax":         {&Softmax{Axis: 1}, 0},
	} {
		const channels, size = 9, 47
		h := newBench(t, c.layer, [][]int{{1, channels, size, size}}, 2)
		dy := tensor.New(1, channels, size, size)
		for i := range dy.Data {
			h.x[0].Data[i] = 0.1 + float32(i/size/size)
			dy.Data[i] = 0.7 - 0.3*float32(i/size/size)
		}
		y, dx := h.run([][]float32{dy.Data})
		check := func(what string, v []float32) {
			for m := range channels {
				plane := v[m*size*size : (m+1)*size*size]
				centre := plane[size/2*size+size/2]
				for i := c.border; i < size-c.border; i++ {
					for j := c.border; j < size-c.border; j++ {
						if plane[i*size+j] != centre {
							t.Errorf("%s: %s at %d,%d of channel %d is %g, %g in the centre", name, what, i, j, m, plane[i*size+j], centre)
							return
						}
					}
				}
			}
		}
		check("output", y[0])
		check("gradient", dx[0])
	}
}

// TestLayersAllocateNothing: neither Forward nor Backward allocates.
func TestLayersAllocateNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 6))
	for _, c := range append(layerCases(r), largeCases(r)...) {
		for _, threads := range []int{1, 2} {
			h := newBench(t, c.layer, c.in, threads)
			fill(r, h.b.In, c.fill)
			dy := h.cotangents(r)
			for i, d := range h.b.DOut {
				copy(d.Data, dy[i])
			}
			if a := testing.AllocsPerRun(5, func() { h.op.Forward(); h.op.Backward() }); a != 0 {
				t.Errorf("%s, %d threads: %g allocations", c.name, threads, a)
			}
		}
	}
}

// TestCosts: what Network.Table tells about the layers that have weights.
func TestCosts(t *testing.T) {
	for _, c := range []struct {
		layer        Coster
		in           []int
		params, macs int64
	}{
		{&Affine{Scale: make([]float32, 3), Shift: make([]float32, 3)}, []int{1, 3, 4, 5}, 6, 60},
		{&Affine{Shift: make([]float32, 3)}, []int{1, 3}, 3, 3},
		{&PReLU{Slope: make([]float32, 3)}, []int{1, 3, 4, 5}, 3, 0},
		{&MatMul{Const: tensor.New(5, 7)}, []int{1, 3, 4, 5}, 35, 420},
		{&LayerNorm{Axis: -1, Scale: make([]float32, 5), Bias: make([]float32, 5)}, []int{1, 3, 4, 5}, 10, 60},
		{&GroupNorm{Groups: 1, Scale: make([]float32, 3)}, []int{1, 3, 4, 5}, 3, 60},
		{&ConvTranspose{Weights: tensor.New(3, 2, 2, 2), Bias: make([]float32, 2)}, []int{1, 3, 4, 5}, 26, 480},
		{&InnerProduct{Weights: tensor.New(2, 60), Bias: make([]float32, 2)}, []int{1, 3, 4, 5}, 122, 120},
		{&Convolution{Weights: tensor.New(2, 3, 3, 3), Bias: make([]float32, 2)}, []int{1, 3, 4, 5}, 56, 54 * 6},
	} {
		if p, m := c.layer.Cost([][]int{c.in}); p != c.params || m != c.macs {
			t.Errorf("%T on %v costs %d parameters and %d multiply-adds, want %d and %d", c.layer, c.in, p, m, c.params, c.macs)
		}
	}
}

// TestEveryLayerIsInTheTable finds the layers of this package by their OutShapes method.
func TestEveryLayerIsInTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range layerCases(rand.New(rand.NewPCG(1, 1))) {
		seen[reflect.TypeOf(c.layer).Elem().Name()] = true
	}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Name.Name != "OutShapes" || fn.Recv == nil || strings.HasSuffix(path, "_test.go") {
				continue
			}
			name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
			if found++; !seen[name] {
				t.Errorf("%s (%s) is not in layerCases", name, path)
			}
		}
	}
	if found < 17 {
		t.Errorf("only %d layers found: is the search broken?", found)
	}
}
