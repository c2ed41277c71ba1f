package onnx

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// An integerCase is a graph from x to y that computes with integers.
type integerCase struct {
	name  string
	opset int
	input elemType // of x
	nodes []testNode
	inits []testTensor
	x     []float64
	shape []int
}

// runtimeNode is a node of ONNX Runtime's domain.
func runtimeNode(op string, a attrs, out string, in ...string) testNode {
	return testNode{op: op, domain: runtimeDomain, in: in, out: []string{out}, attrs: a}
}

func standardNode(op string, a attrs, out string, in ...string) testNode {
	return testNode{op: op, in: in, out: []string{out}, attrs: a}
}

func typed(name string, typ elemType, shape []int, v ...float64) testTensor {
	return testTensor{name: name, typ: typ, shape: shape, f: v}
}

// eighteen is a picture of two channels, with values beyond what its integers hold.
var eighteen = []float64{-1.3, -.4, 0, .3, .55, .8, 1.2, 2.6, .1, .7, -.2, .9, 1.5, .05, -.9, .33, .66, 1.01}

func integerCases() []integerCase {
	scales := []testTensor{floats("sx", nil, .01), typed("zx", typeUint8, nil, 100), floats("sy", nil, .02), typed("zy", typeUint8, nil, 120), floats("sw", nil, .005), typed("zw", typeInt8, nil, 3),
		floats("si", nil, .0125), typed("zi", typeInt8, nil, -7), floats("sb", nil, .03), typed("zb", typeUint8, nil, 9)}
	filters := typed("w", typeInt8, []int{2, 2, 2, 2}, 127, -128, 5, 40, -60, 7, 90, 33, -11, 100, 3, -90, 28, 77, -45, 64)
	bias := typed("b", typeInt32, []int{2}, 700, -1200)
	columns := typed("m", typeInt8, []int{3, 2}, 120, -90, 33, -128, 7, 60)
	perColumn := []testTensor{floats("sc", []int{2}, .004, .009), typed("zc", typeInt8, []int{2}, 0, 0)}
	quantize := standardNode("QuantizeLinear", nil, "q", "x", "sx", "zx")
	dequantize := func(from string) testNode { return standardNode("DequantizeLinear", nil, "y", from, "sy", "zy") }
	same := func(from string) testNode { return standardNode("DequantizeLinear", nil, "y", from, "sx", "zx") }
	dynamic := testNode{op: "DynamicQuantizeLinear", in: []string{"x"}, out: []string{"q", "s", "z"}}
	plane, matrix := []int{1, 2, 3, 3}, []int{1, 6, 3}
	graph := func(inits []testTensor, nodes ...testNode) integerCase {
		return integerCase{nodes: nodes, inits: slices.Concat(scales, inits), x: eighteen, shape: plane, opset: 18}
	}
	name := func(name string, c integerCase) integerCase { c.name = name; return c }
	of := func(shape []int, c integerCase) integerCase { c.shape = shape; return c }
	from := func(typ elemType, x []float64, c integerCase) integerCase { c.input, c.x = typ, x; return c }
	ofOpset := func(opset int, c integerCase) integerCase { c.opset = opset; return c }
	pixels := []float64{0, 1, 5, 20, 100, 127, 128, 200, 255, 254, 30, 31, 32, 33, 64, 90, 91, 92}
	signed := []float64{0, 1, 5, 20, 100, 127, -128, -100, -1, 54, 30, 31, 32, -33, 64, 90, -91, 92}
	return []integerCase{
		name("QLinearConv", graph([]testTensor{filters, bias}, quantize, standardNode("QLinearConv", attrs{"pads": []int{1, 0, 0, 1}}, "c", "q", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"), dequantize("c"))),
		name("QLinearConv by filter", graph(append(perColumn, filters), quantize, standardNode("QLinearConv", nil, "c", "q", "sx", "zx", "w", "sc", "zc", "sy", "zy"), dequantize("c"))),
		name("QLinearConv of int8", graph([]testTensor{filters, bias}, standardNode("QuantizeLinear", nil, "q", "x", "si", "zi"), standardNode("QLinearConv", nil, "c", "q", "si", "zi", "w", "sw", "zw", "si", "zi", "b"),
			standardNode("DequantizeLinear", nil, "y", "c", "si", "zi"))),
		name("QLinearMatMul", of(matrix, graph(append(perColumn, columns), quantize, standardNode("QLinearMatMul", nil, "c", "q", "sx", "zx", "m", "sc", "zc", "sy", "zy"), dequantize("c")))),
		name("QLinearMatMul of two", of(matrix, graph(nil, quantize, standardNode("Transpose", attrs{"perm": []int{0, 2, 1}}, "t", "q"), standardNode("QLinearMatMul", nil, "c", "q", "sx", "zx", "t", "sx", "zx", "sb", "zb"),
			standardNode("DequantizeLinear", nil, "y", "c", "sb", "zb")))),
		name("QGemm", of([]int{6, 3}, graph([]testTensor{columns, bias}, quantize, runtimeNode("QGemm", attrs{"alpha": float32(.5)}, "c", "q", "sx", "zx", "m", "sw", "zw", "b", "sy", "zy"), dequantize("c")))),
		name("QGemm to numbers", of([]int{6, 3}, graph([]testTensor{typed("m", typeInt8, []int{2, 3}, 120, -90, 33, -128, 7, 60), bias}, quantize, runtimeNode("QGemm", attrs{"transB": 1}, "y", "q", "sx", "zx", "m", "sw", "zw", "b")))),
		name("QLinearAdd", graph(nil, quantize, standardNode("QuantizeLinear", nil, "p", "x", "sb", "zb"), runtimeNode("QLinearAdd", nil, "c", "q", "sx", "zx", "p", "sb", "zb", "sy", "zy"), dequantize("c"))),
		name("QLinearAdd of a constant", graph([]testTensor{typed("k", typeUint8, []int{2, 1, 1}, 130, 99)}, quantize, runtimeNode("QLinearAdd", nil, "c", "q", "sx", "zx", "k", "sb", "zb", "sy", "zy"), dequantize("c"))),
		name("QLinearMul", graph([]testTensor{floats("s7", nil, .0173)}, quantize, standardNode("QuantizeLinear", nil, "p", "x", "sb", "zb"), runtimeNode("QLinearMul", nil, "c", "q", "sx", "zx", "p", "sb", "zb", "s7", "zx"), standardNode("DequantizeLinear", nil, "y", "c", "s7", "zx"))),
		name("QLinearSigmoid", graph(nil, quantize, runtimeNode("QLinearSigmoid", nil, "c", "q", "sx", "zx", "sy", "zy"), dequantize("c"), standardNode("Neg", nil, "n", "y"))),
		name("QLinearLeakyRelu", graph(nil, quantize, runtimeNode("QLinearLeakyRelu", attrs{"alpha": float32(.25)}, "c", "q", "sx", "zx", "sy", "zy"), dequantize("c"))),
		name("QLinearSoftmax", graph(nil, quantize, runtimeNode("QLinearSoftmax", attrs{"axis": 3, "opset": 13}, "c", "q", "sx", "zx", "sw", "zp"), standardNode("DequantizeLinear", nil, "y", "c", "sw", "zp"))),
		name("QLinearGlobalAveragePool", graph(nil, quantize, runtimeNode("QLinearGlobalAveragePool", nil, "c", "q", "sx", "zx", "sy", "zy"), dequantize("c"))),
		name("QLinearAveragePool", graph(nil, quantize, runtimeNode("QLinearAveragePool", attrs{"kernel_shape": []int{2, 2}, "pads": []int{0, 0, 1, 1}}, "c", "q", "sx", "zx", "sy", "zy"), dequantize("c"))),
		name("QLinearConcat", graph(nil, quantize, standardNode("QuantizeLinear", nil, "p", "x", "sb", "zb"), runtimeNode("QLinearConcat", attrs{"axis": 1}, "c", "sy", "zy", "q", "sx", "zx", "p", "sb", "zb"), dequantize("c"))),

		name("ConvInteger", graph([]testTensor{filters, floats("bias", []int{1, 2, 1, 1}, .3, -.2)}, dynamic, standardNode("ConvInteger", attrs{"pads": []int{1, 1, 1, 1}}, "i", "q", "w", "z", "zw"), standardNode("Cast", attrs{"to": 1}, "f", "i"),
			standardNode("Mul", nil, "both", "s", "sw"), standardNode("Mul", nil, "c", "f", "both"), standardNode("Add", nil, "y", "c", "bias"))),
		name("MatMulInteger", of(matrix, graph(append(perColumn, columns), dynamic, standardNode("MatMulInteger", nil, "i", "q", "m", "z", "zc"), standardNode("Cast", attrs{"to": 1}, "f", "i"),
			standardNode("Mul", nil, "both", "s", "sc"), standardNode("Mul", nil, "y", "f", "both")))),
		name("MatMulInteger of two", of(matrix, graph([]testTensor{typed("order", typeInt64, []int{3}, 1, 3, 6)}, dynamic, standardNode("Reshape", nil, "t", "q", "order"), standardNode("MatMulInteger", nil, "i", "q", "t", "z", "z"), standardNode("Cast", attrs{"to": 1}, "y", "i")))),
		name("DynamicQuantizeLinear and back", graph(nil, dynamic, standardNode("DequantizeLinear", nil, "y", "q", "s", "z"))),
		name("DynamicQuantizeLinear to numbers", graph(nil, dynamic, standardNode("Cast", attrs{"to": 1}, "f", "q"), standardNode("Cast", attrs{"to": 1}, "g", "z"), standardNode("Sub", nil, "d", "f", "g"), standardNode("Mul", nil, "y", "d", "s"))),
		name("MatMulIntegerToFloat", of(matrix, graph(append(perColumn, columns, floats("bias", []int{2}, .3, -.2)), dynamic, runtimeNode("MatMulIntegerToFloat", nil, "y", "q", "m", "s", "sc", "z", "zc", "bias")))),
		name("DynamicQuantizeMatMul", of(matrix, graph(append(perColumn, columns, floats("bias", []int{2}, .3, -.2)), runtimeNode("DynamicQuantizeMatMul", nil, "y", "x", "m", "sc", "zc", "bias")))),

		name("integers moved", graph([]testTensor{ints("order", 1, 3, 6), ints("first", 0), ints("last", 5), ints("axis", 2), ints("around", 0, 0, 1, 0, 0, 0), typed("seven", typeUint8, nil, 7)}, quantize, standardNode("Reshape", nil, "r", "q", "order"),
			standardNode("Slice", nil, "t", "r", "first", "last", "axis"), standardNode("Pad", nil, "p", "t", "around", "seven"), standardNode("Transpose", attrs{"perm": []int{0, 2, 1}}, "u", "p"), same("u"))),
		name("MaxPool of integers", graph(nil, quantize, standardNode("MaxPool", attrs{"kernel_shape": []int{2, 2}, "pads": []int{1, 1, 0, 0}}, "p", "q"), same("p"))),
		name("Clip of integers", graph([]testTensor{typed("lo", typeUint8, nil, 90), typed("hi", typeUint8, nil, 170)}, quantize, standardNode("Clip", nil, "p", "q", "lo", "hi"), same("p"))),
		name("another scale", graph(nil, quantize, dequantize("q"))),
		name("integers as numbers", graph(nil, quantize, standardNode("Cast", attrs{"to": 1}, "y", "q"))),
		name("scales by axis", graph([]testTensor{floats("s2", []int{2}, .01, .03), typed("z2", typeInt8, []int{2}, 5, -9)}, standardNode("QuantizeLinear", attrs{"axis": 1}, "q", "x", "s2", "z2"), standardNode("Identity", nil, "i", "q"),
			standardNode("DequantizeLinear", attrs{"axis": 1}, "d", "i", "s2", "z2"), standardNode("Cast", attrs{"to": 1}, "n", "q"), standardNode("Add", nil, "y", "d", "n"))),
		name("QuantizeLinear to int16", ofOpset(21, graph([]testTensor{floats("s1", nil, .0001), typed("z1", typeInt16, nil, 300)}, standardNode("QuantizeLinear", nil, "q", "x", "s1", "z1"), standardNode("DequantizeLinear", nil, "y", "q", "s1", "z1")))),
		name("QuantizeLinear by output_dtype", ofOpset(21, graph(nil, standardNode("QuantizeLinear", attrs{"output_dtype": int(typeInt8)}, "q", "x", "si"), standardNode("DequantizeLinear", nil, "y", "q", "si")))),

		name("weights of four bits by blocks", ofOpset(21, of(matrix, graph([]testTensor{{name: "w4", typ: typeInt4, shape: []int{3, 2}, raw: []byte{0x7f, 0x82, 0x3d}}, floats("s4", []int{2, 2}, .1, .2, .3, .4),
			{name: "z4", typ: typeInt4, shape: []int{2, 2}, raw: []byte{0x1e, 0xf0}}}, standardNode("DequantizeLinear", attrs{"axis": 0, "block_size": 2}, "d", "w4", "s4", "z4"), standardNode("MatMul", nil, "y", "x", "d"))))),
		name("unsigned weights of four bits", ofOpset(21, of(matrix, graph([]testTensor{{name: "w4", typ: typeUint4, shape: []int{3, 1}, raw: []byte{0x9f, 0x03}}, floats("s4", nil, .1)},
			standardNode("DequantizeLinear", nil, "d", "w4", "s4"), standardNode("MatMul", nil, "y", "x", "d"))))),
		name("Cast to int32", graph([]testTensor{floats("k", nil, 3)}, standardNode("Mul", nil, "m", "x", "k"), standardNode("Cast", attrs{"to": 6}, "i", "m"), standardNode("Cast", attrs{"to": 1}, "y", "i"))),
		name("Cast to uint8 behind Round and Clip", graph([]testTensor{floats("k", nil, 100), floats("lo", nil, 0), floats("hi", nil, 255)}, standardNode("Mul", nil, "m", "x", "k"), standardNode("Round", nil, "r", "m"), standardNode("Clip", nil, "c", "r", "lo", "hi"),
			standardNode("Cast", attrs{"to": 2}, "i", "c"), standardNode("Cast", attrs{"to": 1}, "y", "i"))),
		name("Floor and Ceil", graph([]testTensor{floats("k", nil, 5)}, standardNode("Mul", nil, "m", "x", "k"), standardNode("Floor", nil, "f", "m"), standardNode("Ceil", nil, "c", "m"), standardNode("Sub", nil, "d", "c", "f"), standardNode("Add", nil, "y", "d", "m"))),
		name("arithmetic of integers", graph([]testTensor{floats("k", nil, 30), typed("i7", typeInt32, nil, 7), typed("i3", typeInt32, nil, -3)}, standardNode("Mul", nil, "m", "x", "k"), standardNode("Cast", attrs{"to": 6}, "i", "m"), standardNode("Mul", nil, "a", "i", "i7"),
			standardNode("Add", nil, "b2", "a", "i3"), standardNode("Div", nil, "c", "b2", "i3"), standardNode("Max", nil, "e", "c", "i"), standardNode("Cast", attrs{"to": 1}, "y", "e"))),

		name("uint8 pictures", from(typeUint8, pixels, graph([]testTensor{floats("k", nil, 255)}, standardNode("Cast", attrs{"to": 1}, "f", "x"), standardNode("Div", nil, "y", "f", "k")))),
		name("uint8 pictures dequantized", from(typeUint8, pixels, graph(nil, same("x")))),
		name("uint8 pictures into QLinearConv", from(typeUint8, pixels, graph([]testTensor{filters, bias}, standardNode("QLinearConv", nil, "c", "x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"), dequantize("c")))),
		name("uint8 pictures transposed", from(typeUint8, pixels, graph(nil, standardNode("Transpose", attrs{"perm": []int{0, 2, 3, 1}}, "t", "x"), standardNode("Cast", attrs{"to": 1}, "y", "t")))),
		name("int8 pictures dequantized", from(typeInt8, signed, graph(nil, standardNode("DequantizeLinear", nil, "y", "x", "si", "zi")))),
		name("int32 pictures", from(typeInt32, pixels, graph([]testTensor{typed("i7", typeInt32, nil, 7)}, standardNode("Sub", nil, "d", "x", "i7"), standardNode("Cast", attrs{"to": 1}, "y", "d")))),
		name("int64 pictures", from(typeInt64, pixels, graph(nil, standardNode("Cast", attrs{"to": 1}, "y", "x")))),
		name("half pictures", from(typeFloat16, pixels, graph(nil, standardNode("Cast", attrs{"to": 1}, "y", "x")))),
		name("double pictures", from(typeDouble, eighteen, graph(nil, standardNode("Cast", attrs{"to": 1}, "y", "x")))),
	}
}

// model adds what makes a vector of y, or n, as the results; and the zero of probabilities.
func (c *integerCase) model() *testModel {
	last := c.nodes[len(c.nodes)-1].out[0]
	dims := []any{"batch"}
	for _, d := range c.shape[1:] {
		dims = append(dims, d)
	}
	if c.shape[0] > 1 {
		dims[0] = 1
		c.nodes = append([]testNode{standardNode("Reshape", nil, "x", "pictures", "whole")}, c.nodes...)
		dims = append([]any{1}, dims[1:]...)
	}
	m := &testModel{opset: c.opset, nodes: append(slices.Clone(c.nodes), standardNode("Flatten", attrs{"axis": 0}, "out", last)),
		inits: append(slices.Clone(c.inits), typed("zp", typeUint8, nil, 0)), inputs: []testInput{{name: "x", typ: c.input, dims: dims}}, outputs: []string{"out"}}
	if c.shape[0] > 1 {
		whole := make([]float64, len(c.shape))
		for i, d := range c.shape {
			whole[i] = float64(d)
		}
		m.inits = append(m.inits, typed("whole", typeInt64, []int{len(whole)}, whole...))
		m.inputs[0] = testInput{name: "pictures", typ: c.input, dims: []any{1, tensor.Size(c.shape)}}
	}
	return m
}

// TestIntegers compares graphs of integers with ONNX Runtime, and a picture in a batch with
// the same one alone. Some gradient flows back to every picture.
func TestIntegers(t *testing.T) {
	for _, c := range integerCases() {
		t.Run(c.name, func(t *testing.T) {
			m := c.model()
			model, net := build(t, m)
			s, err := net.NewSession(nn.SessionOptions{Batch: 2, Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range c.x {
				s.Input().Image(0)[i], s.Input().Image(1)[i] = float32(3*v), float32(v)
			}
			got := slices.Clone(s.Forward().Image(1))
			x := tensor.New(1, len(c.x))
			copy(x.Data, s.Input().Image(1))
			keepCase(t, fmt.Sprintf("integers %s", c.name), m.encode(), x, tensor.FromSlice(got, 1, len(got)))
			if model.Activation() != NoActivation {
				t.Errorf("its activation is %q", model.Activation())
			}
			want := integerResults[c.name]
			if len(got) != len(want) {
				t.Fatalf("the results are %v, want %v", got, want)
			}
			if d := largest(got, want); !(d <= 2e-6) {
				t.Errorf("the results differ by %g:\n%v, want\n%v", d, got, want)
			}
			d := tensor.New(2, len(got))
			for i := range d.Image(1) {
				d.Image(1)[i] = 1 + float32(i)/7
			}
			if grad := s.Backward(d); !(tensor.L2(grad.Image(1)) > 0) || math.IsInf(tensor.L2(grad.Image(1)), 0) || tensor.L2(grad.Image(0)) != 0 {
				t.Errorf("the gradients are %v and, where none is wanted, %v", grad.Image(1), grad.Image(0))
			}
		})
	}
}
