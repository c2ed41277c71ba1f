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
	"hoodwink/nn/internal/graph"
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
		{"Clip", &Unary{Op: Clip, A: -0.5, B: 0.8}, one(2, 3, 4, 5), distinct},
		{"Selu", &Unary{Op: Selu, A: 1.67, B: 1.05}, one(2, 3, 5), distinct},
		{"Celu", &Unary{Op: Celu, A: 0.7}, one(2, 3, 5), distinct},
		{"ThresholdedRelu", &Unary{Op: ThresholdedRelu, A: 0.5}, one(2, 3, 5), distinct},
		{"HardSigmoid", &Unary{Op: HardSigmoid, A: 0.5, B: 0.5}, one(2, 3, 4, 5), distinct},
		{"HardSwish", &Unary{Op: HardSwish}, one(2, 3, 4, 6), distinct},
		{"Softplus", &Unary{Op: Softplus}, one(2, 3, 5), normal},
		{"Softsign", &Unary{Op: Softsign}, one(2, 3, 5), distinct},
		{"Mish", &Unary{Op: Mish}, one(2, 3, 5), normal},
		{"Erf", &Unary{Op: Erf}, one(2, 3, 5), normal},
		{"Gelu", &Unary{Op: Gelu}, one(2, 3, 5), normal},
		{"GeluTanh", &Unary{Op: GeluTanh}, one(2, 3, 5), normal},
		{"SiLU", &Unary{Op: SiLU}, one(2, 3, 5), normal},
		{"Exp", &Unary{Op: Exp}, one(2, 3, 5), normal},
		{"Log", &Unary{Op: Log}, one(2, 3, 5), positive},
		{"Sqrt", &Unary{Op: Sqrt}, one(2, 3, 5), positive},
		{"Reciprocal", &Unary{Op: Reciprocal}, one(2, 3, 5), positive},
		{"Abs", &Unary{Op: Abs}, one(2, 3, 5), distinct},
		{"Neg", &Unary{Op: Neg}, one(2, 3, 5), normal},
		{"Sin", &Unary{Op: Sin}, one(2, 3, 5), normal},
		{"Cos", &Unary{Op: Cos}, one(2, 3, 5), normal},
		{"Resample", &Resample{Axis: 2, First: []int{0, 1, 3, 0, 2}, Weights: [][]float32{{0.5, 0.5}, {-1, 2, 0.25}, {1}, {0.2, 0.2, 0.2, 0.2}, nil}}, one(2, 3, 4, 5), normal},
		{"Resample of the last axis", &Resample{Axis: -1, First: []int{0, 1}, Weights: [][]float32{{0.5, 0.5}, {-1, 2, 0.25}}}, one(2, 3, 4), normal},
		{"Tan", &Unary{Op: Tan}, one(2, 3, 5), fraction},
		{"Asin", &Unary{Op: Asin}, one(2, 3, 5), fraction},
		{"Acos", &Unary{Op: Acos}, one(2, 3, 5), fraction},
		{"Atan", &Unary{Op: Atan}, one(2, 3, 5), normal},
		{"Sinh", &Unary{Op: Sinh}, one(2, 3, 5), normal},
		{"Cosh", &Unary{Op: Cosh}, one(2, 3, 5), normal},
		{"Asinh", &Unary{Op: Asinh}, one(2, 3, 5), normal},
		{"Acosh", &Unary{Op: Acosh}, one(2, 3, 5), aboveOne},
		{"Atanh", &Unary{Op: Atanh}, one(2, 3, 5), fraction},
		{"Swish", &Unary{Op: Swish, A: 1.7}, one(2, 3, 5), normal},
		{"Shrink", &Unary{Op: Shrink, A: 0.5, B: 0.2}, one(2, 3, 5), distinct},
		{"Keep", &Binary{Op: Keep, Const: tensor.FromSlice([]float32{1, 0, 3}, 3, 1)}, one(2, 2, 3, 5), normal},
		{"Drop", &Binary{Op: Drop, Const: tensor.FromSlice([]float32{1, 0, 0, 2}, 4)}, one(2, 3, 4), normal},
		{"Fmod", &Binary{Op: Fmod, Const: tensor.FromSlice([]float32{50}, 1)}, one(2, 3, 4), positive},
		{"Add", &Binary{Op: Add}, [][]int{{2, 3, 4, 5}, {2, 3, 4, 5}}, normal},
		{"Add of a row", &Binary{Op: Add, Const: randomTensor(r, 5)}, one(2, 3, 5), normal},
		{"Sub of columns", &Binary{Op: Sub}, [][]int{{2, 3, 4}, {2, 3, 1}}, normal},
		{"Sub from a constant", &Binary{Op: Sub, Const: randomTensor(r, 1), ConstFirst: true}, one(2, 3, 4), normal},
		{"Mul", &Binary{Op: Mul}, [][]int{{2, 3, 4}, {2, 3, 4}}, normal},
		{"Mul by channel", &Binary{Op: Mul}, [][]int{{2, 3, 4, 5}, {2, 3, 1, 1}}, normal},
		{"Mul by place", &Binary{Op: Mul}, [][]int{{2, 1, 4, 5}, {2, 3, 4, 5}}, normal},
		{"Mul across", &Binary{Op: Mul}, [][]int{{2, 3, 1, 5, 1}, {2, 1, 4, 1, 2}}, normal},
		{"Mul by all", &Binary{Op: Mul}, [][]int{{1, 3, 4}, {1, 4}}, normal},
		{"Mul by one", &Binary{Op: Mul}, [][]int{{1, 1, 1}, {1, 3, 4}}, normal},
		{"Mul by a constant", &Binary{Op: Mul, Const: randomTensor(r, 3, 1)}, one(2, 3, 4), normal},
		{"Mul of a larger constant", &Binary{Op: Mul, Const: randomTensor(r, 1, 3, 4)}, one(2, 1, 4), normal},
		{"Div", &Binary{Op: Div}, [][]int{{2, 3, 4}, {2, 3, 4}}, positive},
		{"Div by a row", &Binary{Op: Div}, [][]int{{2, 3, 4}, {2, 1, 4}}, positive},
		{"Div by a constant", &Binary{Op: Div, Const: randomTensor(r, 3, 1)}, one(2, 3, 4), normal},
		{"Div of a constant", &Binary{Op: Div, Const: randomTensor(r, 4), ConstFirst: true}, one(2, 3, 4), positive},
		{"Min", &Binary{Op: Min}, [][]int{{2, 3, 4}, {2, 3, 4}}, distinct},
		{"Max", &Binary{Op: Maximum}, [][]int{{2, 3, 4}, {2, 1, 4}}, distinct},
		{"Pow", &Binary{Op: Pow}, [][]int{{2, 3, 4}, {2, 3, 1}}, positive},
		{"Pow of a constant", &Binary{Op: Pow, Const: tensor.FromSlice([]float32{1.7}, 1), ConstFirst: true}, one(2, 3, 4), normal},
		{"Mean of planes", &Reduce{Op: ReduceMean, Axes: []int{-1, 2}}, one(2, 3, 4, 5), normal},
		{"Mean of tokens", &Reduce{Op: ReduceMean, Axes: []int{1}}, one(2, 5, 7), normal},
		{"Sum across", &Reduce{Op: ReduceSum, Axes: []int{1, 3}, KeepDims: true}, one(2, 3, 4, 5, 2), normal},
		{"Sum of all", &Reduce{Op: ReduceSum}, one(1, 3, 4), normal},
		{"Sum of one", &Reduce{Op: ReduceSum, Axes: []int{1}}, one(2, 1, 4), normal},
		{"Reduced maximum", &Reduce{Op: ReduceMax, Axes: []int{2}, KeepDims: true}, one(2, 3, 4), distinct},
		{"Reduced maximum across", &Reduce{Op: ReduceMax, Axes: []int{1}}, one(2, 3, 4), distinct},
		{"Reduced minimum", &Reduce{Op: ReduceMin, Axes: []int{1, 3}}, one(2, 3, 4, 5), distinct},
		{"Absolute sum", &Reduce{Op: ReduceL1, Axes: []int{-1}}, one(2, 3, 4), distinct},
		{"Absolute sum across", &Reduce{Op: ReduceL1, Axes: []int{1}}, one(2, 3, 4), distinct},
		{"L2", &Reduce{Op: ReduceL2, Axes: []int{-1}, KeepDims: true}, one(2, 3, 4), normal},
		{"L2 across", &Reduce{Op: ReduceL2, Axes: []int{1}, KeepDims: true}, one(2, 3, 4), normal},
		{"Power 1", &Power{Power: 1, Scale: -3, Shift: 2}, one(2, 3, 4), normal},
		{"Power 2", &Power{Power: 2, Scale: 0.5, Shift: 0.2}, one(2, 3, 4), normal},
		{"Power 3", &Power{Power: 3, Scale: 0.5, Shift: 0.2}, one(2, 3, 4), normal},
		{"Power -0.75", &Power{Power: -0.75, Scale: 2, Shift: 1}, one(2, 3, 4), positive},
		{"Power 0", &Power{Power: 0, Scale: 2, Shift: 1}, one(2, 3, 4), normal},
		{"Power scale 0", &Power{Power: 0.5, Scale: 0, Shift: 0}, one(2, 3, 4), normal},
		{"Affine", &Affine{Scale: some(3), Shift: some(3)}, one(2, 3, 4, 5), normal},
		{"Affine scale", &Affine{Scale: some(6)}, one(2, 6), normal},
		{"Affine shift", &Affine{Shift: some(3)}, one(2, 3, 4), normal},
		{"Batch normalisation", &BatchNorm{Scale: some(3), Shift: some(3), Mean: make([]float32, 3), Variance: make([]float32, 3), Eps: 0.1}, one(2, 3, 4, 5), normal},
		{"Batch normalisation of vectors", NewBatchNorm(4), one(6, 4), normal},
		{"Dropout", &Dropout{Rate: 0.4}, one(2, 3, 4, 5), normal},
		{"RBF", &RBF{Mean: randomTensor(r, 4, 6), Beta: randomTensor(r, 4, 6)}, one(3, 2, 3), normal},
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
		{"Concat of examples", &Concat{Axis: 0}, [][]int{{1, 3, 4}, {2, 3, 4}}, normal},
		{"Concat constants", &Concat{Axis: 1, Const: []*tensor.Tensor{randomTensor(r, 1, 1, 5), nil, randomTensor(r, 1, 2, 5), nil}}, [][]int{{2, 3, 5}, {2, 1, 5}}, normal},
		{"Transpose", &Transpose{Perm: []int{0, 2, 3, 1}}, one(2, 3, 4, 5), normal},
		{"Transpose keeps rows", &Transpose{Perm: []int{0, 2, 1, 3}}, one(2, 3, 4, 5), normal},
		{"Transpose mixes", &Transpose{Perm: []int{2, 0, 3, 1}}, one(2, 3, 4, 5), normal},
		{"View", &View{Dims: []int{0, -1, 6}}, one(2, 3, 4, 5), normal},
		{"View mixes", &View{Dims: []int{4, -1}}, one(2, 3, 4), normal},
		{"Expand", &Expand{Shape: []int{3, 1, 5}}, one(2, 1, 4, 1), normal},
		{"Expand mixes", &Expand{Shape: []int{2, 3, 2, 4}}, one(1, 2, 1), normal},
		{"Tile", &Tile{Repeats: []int{1, 2, 1, 3}}, one(2, 2, 3, 2), normal},
		{"Tile mixes", &Tile{Repeats: []int{2, 2}}, one(2, 3), normal},
		{"Gather", &Gather{Axis: 1, Indices: []int{4, 0, -1, 0, 2, 2}, IndexShape: []int{2, 3}}, one(2, 5, 4), normal},
		{"Gather last", &Gather{Axis: -1, Indices: []int{2, 0}, IndexShape: []int{2}}, one(2, 5, 4), normal},
		{"Gather mixes", &Gather{Indices: []int{1}}, one(3, 5, 4), normal},
		{"Crop", &Crop{Starts: []int{-2, 3}, Ends: []int{9, -9}, Steps: []int{1, -2}, Axes: []int{1, 3}}, one(2, 3, 2, 5), normal},
		{"Crop mixes", &Crop{Starts: []int{1}, Ends: []int{3}}, one(3, 4), normal},
		{"Pad", &Pad{Before: []int{0, 1, -1, 2}, After: []int{0, -2, 1, 0}, Value: 3}, one(2, 4, 3, 5), normal},
		{"Pad reflect", &Pad{Mode: PadReflect, Before: []int{0, 0, 1, 3}, After: []int{0, 0, 2, -1}}, one(2, 2, 3, 5), normal},
		{"Pad edge", &Pad{Mode: PadEdge, Before: []int{0, 3, 0, 2}, After: []int{0, 0, -1, 4}}, one(2, 2, 3, 4), normal},
		{"Pad mixes", &Pad{Before: []int{1, 0}, After: []int{2, 1}}, one(2, 3), normal},
		{"Resize nearest", &Resize{Scale: [2]float32{2, 1.5}, Coordinates: Asymmetric, Nearest: RoundFloor}, one(2, 3, 4, 5), normal},
		{"Resize linear", &Resize{Size: [2]int{7, 9}, Linear: true}, one(2, 2, 4, 5), normal},
		{"Resize smaller", &Resize{Scale: [2]float32{0.6, 0.5}, Linear: true, Coordinates: AlignCorners}, one(2, 2, 5, 6), normal},
		{"Slice channels", &Slice{Axis: 1, Points: []int{1, 4}}, one(2, 6, 3, 4), normal},
		{"Slice last", &Slice{Axis: -1, Points: []int{3}}, one(2, 2, 3, 5), normal},
		{"Flatten", &Flatten{Axis: 1, EndAxis: -1}, one(2, 3, 4, 5), normal},
		{"Flatten part", &Flatten{Axis: 2, EndAxis: 3}, one(2, 3, 4, 5, 2), normal},
		{"Reshape", &Reshape{Dims: []int{0, -1, 2}, NumAxes: -1}, one(2, 3, 4, 5), normal},
		{"Softmax", &Softmax{Axis: 1}, one(2, 10), normal},
		{"Softmax of planes", &Softmax{Axis: 1}, one(2, 5, 3, 4), normal},
		{"Softmax last", &Softmax{Axis: -1}, one(2, 5, 3, 4), normal},
		{"Quantize finely", &Quantize{Scale: []float32{1e-6}, Zero: []float32{7}, Low: -500000, High: 800000}, one(2, 3, 5), distinct},
		{"Quantize to integers", &Quantize{Scale: []float32{1e-6}, Zero: []float32{-3}, Low: -500000, High: 800000, Integers: true}, one(2, 3, 5), distinct},
		{"Quantize by channel", &Quantize{Scale: []float32{1e-6, 2e-6, 3e-6}, Zero: []float32{0, 5, -7}, Axis: -2, Low: -1e6, High: 1e6}, one(2, 3, 5), distinct},
		{"LogSoftmax", &Softmax{Axis: -1, Log: true}, one(2, 5, 6), normal},
		{"LogSoftmax of planes", &Softmax{Axis: 1, Log: true}, one(2, 5, 3, 4), normal},
		{"Softmax of the first axis", &Softmax{}, one(1, 5), normal},
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
		{"Gelu", &Unary{Op: Gelu}, planes, normal},
		{"Exp", &Unary{Op: Exp}, planes, normal},
		{"Clip", &Unary{Op: Clip, A: -1, B: 1}, planes, normal},
		{"Mul", &Binary{Op: Mul}, [][]int{vector[0], vector[0]}, normal},
		{"Mul by channel", &Binary{Op: Mul}, [][]int{planes[0], {2, 11, 1, 1}}, normal},
		{"Mul by place", &Binary{Op: Mul}, [][]int{{2, 1, 57, 61}, planes[0]}, normal},
		{"Mul by one", &Binary{Op: Mul}, [][]int{{3, 1}, vector[0]}, normal},
		{"Add of a row", &Binary{Op: Add, Const: randomTensor(r, 61)}, planes, normal},
		{"Div by columns", &Binary{Op: Div}, [][]int{planes[0], {2, 11, 57, 1}}, normal},
		{"Mean of planes", &Reduce{Op: ReduceMean, Axes: []int{2, 3}}, planes, normal},
		{"Mean of rows", &Reduce{Op: ReduceMean, Axes: []int{2}}, planes, normal},
		{"Mean of channels", &Reduce{Op: ReduceMean, Axes: []int{1}, KeepDims: true}, planes, normal},
		{"Reduced maximum", &Reduce{Op: ReduceMax, Axes: []int{1}}, planes, normal},
		{"L2 across", &Reduce{Op: ReduceL2, Axes: []int{1, 3}}, planes, normal},
		{"Quantize", &Quantize{Scale: []float32{0.1}, Zero: []float32{3}, Low: -8, High: 7}, planes, normal},
		{"Quantize to integers", &Quantize{Scale: []float32{0.1}, Zero: []float32{3}, Low: -8, High: 7, Integers: true}, planes, normal},
		{"Round", &Round{}, planes, normal},
		{"DynamicQuantize", &DynamicQuantize{Axis: 1}, planes, normal},
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
		{"Transpose", &Transpose{Perm: []int{0, 2, 3, 1}}, planes, normal},
		{"Transpose to channels", &Transpose{Perm: []int{0, 3, 1, 2}}, [][]int{{2, 113, 131, 3}}, normal},
		{"Transpose heads", &Transpose{Perm: []int{2, 0, 3, 1, 4}}, [][]int{{1, 131, 3, 5, 33}}, normal},
		{"Transpose small matrices", &Transpose{Perm: []int{0, 1, 3, 2}}, [][]int{{2, 170, 17, 23}}, normal},
		{"View", &View{Dims: []int{0, -1}}, planes, normal},
		{"Expand", &Expand{Shape: []int{1, 3, 57, 400}}, [][]int{{2, 3, 1, 400}}, normal},
		{"Tile", &Tile{Repeats: []int{1, 3}}, vector, normal},
		{"Gather", &Gather{Axis: 0, Indices: []int{2, 2, 0}, IndexShape: []int{3}}, vector, normal},
		{"Crop", &Crop{Starts: []int{3}, Ends: []int{1 << 30}, Axes: []int{3}}, planes, normal},
		{"Pad", &Pad{Mode: PadReflect, Before: []int{0, 0, 2, 3}, After: []int{0, 0, 1, 4}}, planes, normal},
		{"Resize nearest", &Resize{Scale: [2]float32{2, 2}, Coordinates: Asymmetric, Nearest: RoundFloor}, planes, normal},
		{"Resize linear", &Resize{Scale: [2]float32{1.7, 2}, Linear: true}, planes, normal},
		{"Slice", &Slice{Axis: 1, Points: []int{5}}, vector, normal},
		{"Flatten", &Flatten{Axis: 1, EndAxis: -1}, planes, normal},
		{"Reshape", &Reshape{Dims: []int{0, -1}, NumAxes: -1}, planes, normal},
		{"Softmax", &Softmax{Axis: 1}, planes, normal},
		{"Softmax last", &Softmax{Axis: -1}, planes, normal},
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

// TestForwardOnly: without gradients there is no Backward, and the result is the same.
func TestForwardOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 4))
	for _, c := range layerCases(r) {
		h := newBench(t, c.layer, c.in, 1)
		fill(r, h.x, c.fill)
		y, _ := h.run(h.cotangents(r))
		only := &Binding{In: h.x, Out: h.b.Out}
		op, _ := bind(c.layer, only, h.b.Team)
		if op.Backward != nil {
			t.Errorf("%s: has a Backward without gradients", c.name)
		}
		op.Forward()
		for i, out := range only.Out {
			if firstDifference(out.Data, y[i]) >= 0 {
				t.Errorf("%s: output %d differs in a forward-only session", c.name, i)
			}
		}
	}
}

// TestSameBitsEverywhere: results are the same for any number of threads, and for an
// example alone and in a batch unless the layer mixes them or is one for training.
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
			if m, ok := c.layer.(Mixer); ok && m.Mixes(c.in) {
				return
			}
			if _, ok := c.layer.(graph.Inferrer); ok {
				return
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
		{NewBatchNorm(3), []int{1, 3, 4, 5}, 6, 60},
		{&RBF{Mean: tensor.New(2, 60), Beta: tensor.New(2, 60)}, []int{1, 3, 4, 5}, 240, 240},
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
	for _, c := range largeCases(rand.New(rand.NewPCG(1, 1))) {
		if _, ok := c.layer.(rounder); ok { // its gradient is not that of differences; TestRound and its like hold it
			seen[reflect.TypeOf(c.layer).Elem().Name()] = true
		}
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
