package onnx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A writeCase is a layer that is written and read again. The inputs have the given shapes
// for one example.
type writeCase struct {
	layer nn.Layer
	in    [][]int
	near  bool // what is read may round differently
}

func writeCases(r *rand.Rand) []writeCase {
	one := func(s ...int) [][]int { return [][]int{append([]int{1}, s...)} }
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	exact := func(l nn.Layer, in [][]int) writeCase { return writeCase{l, in, false} }
	near := func(l nn.Layer, in [][]int) writeCase { return writeCase{l, in, true} }
	two := [][]int{{1, 3, 4}, {1, 3, 4}}
	three := append(two, two[0])
	list := []writeCase{
		exact(&nn.Convolution{Weights: randomTensor(r, 4, 3, 3, 3), Bias: some(4), Pad: [4]int{1, 1, 1, 1}}, one(3, 6, 5)),
		exact(&nn.Convolution{Weights: randomTensor(r, 4, 2, 3, 2), Groups: 2, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Pad: [4]int{0, 1, 2, 0}}, one(4, 7, 6)),
		exact(&nn.ConvTranspose{Weights: randomTensor(r, 4, 3, 3, 3), Bias: some(3), Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, OutputPad: [2]int{1, 1}}, one(4, 3, 4)),
		exact(&nn.ConvTranspose{Weights: randomTensor(r, 4, 3, 2, 3), Stride: [2]int{1, 3}, Dilation: [2]int{2, 1}, Pad: [4]int{0, 1, 1, 0}, Groups: 2}, one(4, 4, 3)),
		exact(&nn.InnerProduct{Weights: randomTensor(r, 5, 12), Bias: some(5)}, one(3, 4)),
		exact(&nn.InnerProduct{Weights: randomTensor(r, 5, 12)}, one(12)),
		near(&nn.MatMul{Const: randomTensor(r, 5, 4)}, one(5)),
		exact(&nn.MatMul{Const: randomTensor(r, 5, 4)}, one(3, 5)),
		near(&nn.MatMul{Const: randomTensor(r, 5)}, one(3, 5)),
		near(&nn.MatMul{Const: randomTensor(r, 1)}, [][]int{{1}}),
		exact(&nn.MatMul{}, [][]int{{1, 2, 3, 4}, {1, 2, 4, 5}}),
		exact(&nn.MatMul{}, [][]int{{1, 1, 3, 4}, {1, 2, 4, 5}}),
		exact(&nn.Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, one(3, 6, 6)),
		exact(&nn.Pooling{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Ceil: true}, one(2, 8, 7)),
		exact(&nn.Pooling{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, Ceil: true}, one(2, 8, 7)),
		exact(&nn.Pooling{Kernel: [2]int{2, 4}, Stride: [2]int{1, 3}, Pad: [4]int{1, 2, 0, 3}}, one(2, 7, 8)),
		exact(&nn.Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{3, 3}, Pad: [4]int{0, 0, 1, 1}, Ceil: true}, one(2, 6, 6)),
		exact(&nn.Pooling{Kernel: [2]int{5, 6}, Stride: [2]int{3, 3}, Ceil: true}, one(2, 4, 4)),
		exact(&nn.Pooling{Global: true}, one(3, 5, 4)),
		exact(&nn.Pooling{Method: nn.AveragePool, Global: true}, one(3, 5, 4)),
		exact(&nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, one(3, 6, 6)),
		exact(&nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Ceil: true}, one(2, 8, 7)),
		exact(&nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{3, 3}, Pad: [4]int{1, 0, 2, 1}}, one(2, 6, 7)),
		exact(&nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, Ceil: true}, one(2, 6, 7)),
		exact(&nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{3, 4}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 2, 1}, ExcludePad: true, Ceil: true}, one(2, 6, 7)),
		exact(&nn.Resize{Scale: [2]float32{2, 1.5}, Coordinates: nn.Asymmetric, Nearest: nn.RoundFloor}, one(3, 4, 5)),
		exact(&nn.Resize{Scale: [2]float32{1.5, 2}, Coordinates: nn.PyTorchHalfPixel, Nearest: nn.RoundPreferCeil}, one(3, 4, 5)),
		exact(&nn.Resize{Size: [2]int{7, 9}, Linear: true}, one(2, 4, 5)),
		exact(&nn.Resize{Size: [2]int{3, 9}, Nearest: nn.RoundCeil}, one(2, 2, 2, 4, 5)),
		exact(&nn.Resize{Scale: [2]float32{0.6, 0.5}, Linear: true, Coordinates: nn.AlignCorners}, one(5, 6)),

		near(&nn.Resample{Axis: 2, First: []int{0, 1, 3}, Weights: [][]float32{{0.5, 0.5}, {-1, 2, 0.25}, {1}}}, one(3, 4, 5)),
		near(&nn.Resample{Axis: -1, First: []int{0, 1, 3}, Weights: [][]float32{{0.5, 0.5}, {-1, 2, 0.25}, nil}}, one(3, 4)),

		exact(&nn.Affine{Scale: some(3), Shift: some(3)}, one(3, 4, 5)),
		exact(&nn.Affine{Scale: some(6)}, one(6)),
		exact(&nn.Affine{Shift: some(3)}, one(3, 4)),
		exact(&nn.Affine{}, one(3, 4)),
		near(&nn.GroupNorm{Groups: 2, Eps: 1e-5, Scale: some(6), Bias: some(6)}, one(6, 3, 2)),
		exact(&nn.GroupNorm{Groups: 1, Eps: 1e-2}, one(9)),
		exact(&nn.LayerNorm{Axis: -1, Eps: 1e-5, Scale: some(7), Bias: some(7)}, one(3, 7)),
		exact(&nn.LayerNorm{Axis: 2, Eps: 1e-3}, one(3, 4, 5)),
		exact(&nn.LayerNorm{Eps: 1e-5, Bias: some(12)}, one(3, 4)),
		near(&nn.RBF{Mean: randomTensor(r, 5, 12), Beta: randomTensor(r, 5, 12)}, one(3, 4)),
		exact(&nn.LpNorm{Axis: 1, P: 2}, one(6, 3)),
		exact(&nn.LpNorm{Axis: -1, P: 1}, one(3, 6)),
		exact(&nn.LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 2}, one(7, 3, 4)),
		near(&nn.LRN{Size: 4, Alpha: 2, Beta: 1, K: 1}, one(9, 3, 4)),
		near(&nn.LRN{Size: 3, Alpha: 1, Beta: 0.75, WithinChannel: true}, one(3, 5, 6)),
		near(&nn.LRN{Size: 9, Alpha: 3, Beta: 0.9, WithinChannel: true}, one(2, 4, 12)),
		exact(&nn.Quantize{Scale: []float32{0.25}, Zero: []float32{7}, Low: 0, High: 255}, one(3, 5)),
		exact(&nn.Quantize{Scale: []float32{0.5, 0.25, 1}, Zero: []float32{0, 5, -7}, Axis: -2, Low: -128, High: 127}, one(3, 5)),
		exact(&nn.Quantize{Scale: []float32{0.5, 0.25, 1}, Zero: []float32{0, 5, -7}, Axis: -2, Low: -128, High: 127, Integers: true}, one(3, 5)),
		exact(&nn.DynamicQuantize{Axis: 1}, one(3, 5)),
		exact(&nn.DynamicQuantize{}, [][]int{{3, 5}}),
		exact(&nn.Softmax{Axis: 1}, one(10)),
		exact(&nn.Softmax{Axis: -1, Log: true}, one(5, 6)),

		exact(&nn.ReLU{}, one(3, 4)),
		exact(&nn.ReLU{Slope: 0.1}, one(3, 4)),
		exact(&nn.PReLU{Slope: []float32{0.3}}, one(3, 4)),
		exact(&nn.PReLU{Slope: some(3)}, one(3, 4, 5)),
		exact(&nn.PReLU{Slope: some(3)}, one(3)),
		exact(&nn.ELU{Alpha: 0.4}, one(3, 4)),
		exact(&nn.Sigmoid{}, one(3, 4)),
		exact(&nn.TanH{}, one(3, 4)),
		near(&nn.Power{Power: 1, Scale: -3, Shift: 2}, one(3, 4)),
		near(&nn.Power{Power: 3, Scale: 0.5, Shift: 0.2}, one(3, 4)),
		near(&nn.Power{Power: -0.75, Scale: 2, Shift: 5}, one(3, 4)),
		exact(&nn.Power{Power: 0, Scale: 2, Shift: 1}, one(3, 4)),
		exact(&nn.Power{Power: 0.5, Scale: 0, Shift: 0}, one(3, 4)),
		exact(&nn.Power{Power: 2, Scale: 0, Shift: 3}, one(3, 4)),
		exact(&nn.Power{Power: 1, Scale: 1}, one(3, 4)),
		exact(&nn.Eltwise{}, three),
		exact(&nn.Eltwise{}, two),
		exact(&nn.Eltwise{}, one(5)),
		near(&nn.Eltwise{Coeff: []float32{-2, 0.5}}, two),
		near(&nn.Eltwise{Op: nn.Product}, three),
		exact(&nn.Eltwise{Op: nn.Max}, three),

		exact(&nn.Concat{Axis: 1}, [][]int{{1, 3, 4, 5}, {1, 1, 4, 5}, {1, 4, 4, 5}}),
		exact(&nn.Concat{Axis: -1}, [][]int{{1, 3, 4}, {1, 3, 1}}),
		exact(&nn.Concat{Axis: 0}, [][]int{{1, 3, 4}, {2, 3, 4}}),
		exact(&nn.Concat{Axis: 1, Const: []*tensor.Tensor{randomTensor(r, 1, 1, 5), nil, randomTensor(r, 1, 2, 5), nil}}, [][]int{{1, 3, 5}, {1, 1, 5}}),
		exact(&nn.Concat{Axis: 1, Const: []*tensor.Tensor{nil, randomTensor(r, 1, 1, 5)}}, [][]int{{3, 3, 5}}),
		exact(&nn.Crop{Starts: []int{-2, 3}, Ends: []int{9, -9}, Steps: []int{1, -2}, Axes: []int{1, 3}}, one(3, 2, 5)),
		exact(&nn.Crop{Starts: []int{0, 1}, Ends: []int{1 << 30, 3}}, one(4)),
		exact(&nn.Crop{Starts: []int{1}, Ends: []int{3}}, [][]int{{3, 4}}),
		exact(&nn.Crop{}, one(3, 4)),
		exact(&nn.Expand{Shape: []int{3, 1, 5}}, one(1, 4, 1)),
		exact(&nn.Expand{Shape: []int{2, 3, 2, 4}}, one(2, 1)),
		exact(&nn.Flatten{Axis: 1, EndAxis: -1}, one(3, 4, 5)),
		exact(&nn.Flatten{Axis: 2, EndAxis: 3}, one(3, 4, 5, 2)),
		exact(&nn.Gather{Axis: 1, Indices: []int{4, 0, -1, 0, 2, 2}, IndexShape: []int{2, 3}}, one(5, 4)),
		exact(&nn.Gather{Axis: 1, Indices: []int{-2}}, one(5, 4)),
		exact(&nn.Gather{Indices: []int{1}}, [][]int{{3, 5, 4}}),
		exact(&nn.Gather{Indices: []int{2}}, [][]int{{3}}),
		exact(&nn.Pad{Before: []int{0, 1, -1, 2}, After: []int{0, -2, 1, 0}, Value: 3}, one(4, 3, 5)),
		exact(&nn.Pad{Mode: nn.PadReflect, Before: []int{0, 0, 1, 3}, After: []int{0, 0, 2, -1}}, one(2, 3, 5)),
		exact(&nn.Pad{Mode: nn.PadEdge, Before: []int{0, 3, 0, 2}, After: []int{0, 0, -1, 4}}, one(2, 3, 4)),
		exact(&nn.Pad{Before: []int{1, 0}, After: []int{2, 1}}, [][]int{{2, 3}}),
		exact(&nn.Reshape{Dims: []int{0, -1, 2}, NumAxes: -1}, one(3, 4, 5)),
		exact(&nn.Slice{Axis: 1, Points: []int{1, 4}}, one(6, 3)),
		exact(&nn.Slice{Axis: -1, Points: []int{3}}, one(2, 5)),
		exact(&nn.Slice{Axis: 1}, one(2, 5)),
		exact(&nn.Tile{Repeats: []int{1, 2, 1, 3}}, one(2, 3, 2)),
		exact(&nn.Tile{Repeats: []int{2, 2}}, one(3)),
		exact(&nn.Transpose{Perm: []int{0, 2, 3, 1}}, one(3, 4, 5)),
		exact(&nn.Transpose{Perm: []int{2, 0, 3, 1}}, [][]int{{2, 3, 4, 5}}),
		exact(&nn.View{Dims: []int{0, -1, 6}}, one(3, 4, 5)),
		exact(&nn.View{Dims: []int{1, 4, 3}}, one(3, 4)),
		exact(&nn.View{Dims: []int{4, -1}}, [][]int{{2, 3, 4}}),
	}
	for op := nn.Clip; op <= nn.IsInf; op++ {
		list = append(list, writeCase{&nn.Unary{Op: op, A: 0.25, B: 0.75}, one(3, 4), op == nn.Swish})
	}
	list = append(list, exact(&nn.Unary{Op: nn.Clip, A: float32(math.Inf(-1)), B: 1}, one(3, 4)))
	for mode := nn.ToNearest; mode <= nn.ToZero; mode++ {
		list = append(list, exact(&nn.Round{Mode: mode}, one(3, 4)))
	}
	for op := nn.Add; op <= nn.Fmod; op++ {
		list = append(list, writeCase{&nn.Binary{Op: op}, two, op == nn.Mod}, writeCase{&nn.Binary{Op: op}, [][]int{{1, 3, 4, 5}, {1, 3, 1, 1}}, op == nn.Mod},
			near(&nn.Binary{Op: op, Const: randomTensor(r, 3, 1)}, one(3, 4)),
			near(&nn.Binary{Op: op, Const: randomTensor(r, 1, 3, 4), ConstFirst: true}, one(1, 4)))
	}
	for op := nn.ReduceMean; op <= nn.ReduceL2; op++ {
		list = append(list, exact(&nn.Reduce{Op: op, Axes: []int{-1, 2}}, one(3, 4, 5)), exact(&nn.Reduce{Op: op, Axes: []int{1}, KeepDims: true}, one(3, 4)),
			exact(&nn.Reduce{Op: op}, one(3, 4)), exact(&nn.Reduce{Op: op, Axes: []int{0, 1}}, one(4)))
	}
	return list
}

func randomTensor(r *rand.Rand, shape ...int) *tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = 0.2 + r.Float32() // positive, for roots and powers
	}
	return t
}

// network puts the layer behind parts of one input, and makes a vector of what it makes.
func (c writeCase) network(t *testing.T) *nn.Network {
	t.Helper()
	b := nn.NewBuilder("net")
	total, points := 0, []int(nil)
	var parts, in, out, flat []string
	for i, s := range c.in {
		if total > 0 {
			points = append(points, total)
		}
		total += tensor.Size(s)
		parts, in = append(parts, fmt.Sprint("part", i)), append(in, fmt.Sprint("in", i))
		dims := append([]int{0}, s[1:]...)
		if s[0] != 1 || len(s) == 1 {
			dims = s
		}
		b.Add("view of "+parts[i], &nn.View{Dims: dims}, parts[i:], in[i:])
	}
	b.Input("input", total)
	b.Add("split", &nn.Slice{Axis: 1, Points: points}, []string{"input"}, parts)
	shapes, err := c.layer.OutShapes(c.in)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range shapes {
		out, flat = append(out, fmt.Sprint("out", i)), append(flat, fmt.Sprint("flat", i))
		dims := []int{0, -1}
		if s[0] != 1 || len(s) == 1 {
			dims = []int{1, tensor.Size(s)}
		}
		b.Add("flat "+out[i], &nn.View{Dims: dims}, out[i:], flat[i:])
	}
	b.Add("the layer", c.layer, in, out)
	b.Add("join", &nn.Concat{Axis: 1}, flat, []string{"joined"})
	b.Add("guard", &nn.Power{Power: 1, Scale: 2}, []string{"joined"}, []string{"result"})
	net, err := b.Build("result")
	if err != nil {
		t.Fatal(err)
	}
	return net
}
