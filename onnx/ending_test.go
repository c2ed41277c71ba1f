package onnx

import (
	"testing"
)

// TestActivation: a softmax or sigmoid at the end is taken off, whatever moves, rounds or
// limits its results, and however it is written down; but not if more is done with them.
func TestActivation(t *testing.T) {
	number := func(name string, v float64) testTensor { return floats(name, nil, v) }
	quantized := []testTensor{floats("s", nil, 1./255), {name: "z0", typ: typeUint8, f: []float64{0}}}
	consts := append(quantized, number("zero", 0), number("one", 1), number("minus", -1), number("tiny", 1e-7), number("most", 1-1e-7), number("half", .5),
		ints("shape", 1, 4), ints("axes", 2, 3), ints("a1", 1))
	softmax := []string{"p", "Softmax", "y"}
	sigmoid := []string{"p", "Sigmoid", "y"}
	for _, tc := range []struct {
		name string
		end  []testNode // from y (1,4,1,1) to z
		want Activation
	}{
		{"none", chain([]string{"z", "Relu", "y"}), NoActivation},
		{"Softmax of a map", chain([]string{"z", "Softmax", "y"}), Softmax},
		{"Sigmoid", chain([]string{"z", "Sigmoid", "y"}), Sigmoid},
		{"LogSoftmax", chain([]string{"z", "LogSoftmax", "y"}), Softmax},
		{"rounded to integers and back", chain(softmax, []string{"q", "QuantizeLinear", "p", "s", "z0"}, []string{"z", "DequantizeLinear", "q", "s", "z0"}), Softmax},
		{"sigmoid rounded", chain(sigmoid, []string{"q", "QuantizeLinear", "p", "s", "z0"}, []string{"z", "DequantizeLinear", "q", "s", "z0"}), Sigmoid},
		{"integers in another shape", chain(softmax, []string{"q", "QuantizeLinear", "p", "s", "z0"}, []string{"i", "Identity", "q"}, []string{"d", "DequantizeLinear", "i", "s", "z0"}, []string{"z", "Flatten", "d"}), Softmax},
		{"Identity", chain(softmax, []string{"z", "Identity", "p"}), Softmax},
		{"Reshape", chain(softmax, []string{"z", "Reshape", "p", "shape"}), Softmax},
		{"Squeeze, Unsqueeze, Transpose", chain(sigmoid, []string{"f", "Squeeze", "p", "axes"}, []string{"u", "Unsqueeze", "f", "axes"}, []string{"z", "Transpose", "u"}), Sigmoid},
		{"Clip", chain(softmax, []string{"z", "Clip", "p", "zero", "one"}), Softmax},
		{"Clip off the ends", chain(sigmoid, []string{"z", "Clip", "p", "tiny", "most"}), Sigmoid},
		{"Clip from below", chain(softmax, []string{"z", "Clip", "p", "zero"}), Softmax},
		{"Clip of half", chain(softmax, []string{"z", "Clip", "p", "zero", "half"}), NoActivation},
		{"Clip of logarithms", chain([]string{"p", "LogSoftmax", "y"}, []string{"z", "Clip", "p", "zero", "one"}), NoActivation},
		{"Relu", chain(softmax, []string{"z", "Relu", "p"}), Softmax},
		{"Min and Max", chain(sigmoid, []string{"m", "Max", "tiny", "p"}, []string{"z", "Min", "m", "most"}), Sigmoid},
		{"Dropout", chain(sigmoid, []string{"z", "Dropout", "p"}), Sigmoid},
		{"written out", chain([]string{"e", "Exp", "y"}, []string{"n", "ReduceSum", "e", "a1"}, []string{"z", "Div", "e", "n"}), Softmax},
		{"written out, by the reciprocal", chain([]string{"e", "Exp", "y"}, []string{"n", "ReduceSum", "e", "a1"}, []string{"r", "Reciprocal", "n"}, []string{"z", "Mul", "r", "e"}), Softmax},
		{"written out, flat", chain([]string{"f", "Flatten", "y"}, []string{"e", "Exp", "f"}, []string{"n", "ReduceSum", "e", "a1"}, []string{"x", "Expand", "n", "shape"}, []string{"z", "Div", "e", "x"}), Softmax},
		{"written out, less the largest", chain([]string{"m", "ReduceMax", "y", "a1"}, []string{"d", "Sub", "y", "m"}, []string{"e", "Exp", "d"}, []string{"n", "ReduceSum", "e", "a1"}, []string{"z", "Div", "e", "n"}), Softmax},
		{"its logarithm written out", chain([]string{"e", "Exp", "y"}, []string{"n", "ReduceSum", "e", "a1"}, []string{"l", "Log", "n"}, []string{"z", "Sub", "y", "l"}), Softmax},
		{"Log of it", chain(softmax, []string{"z", "Log", "p"}), Softmax},
		{"Exp of its logarithm", chain([]string{"p", "LogSoftmax", "y"}, []string{"z", "Exp", "p"}), Softmax},
		{"exp over another sum", chain([]string{"e", "Exp", "y"}, []string{"n", "ReduceSum", "y", "a1"}, []string{"z", "Div", "e", "n"}), NoActivation},
		{"sigmoid written out", chain([]string{"n", "Neg", "y"}, []string{"e", "Exp", "n"}, []string{"d", "Add", "one", "e"}, []string{"z", "Div", "one", "d"}), Sigmoid},
		{"sigmoid by Mul and Reciprocal", chain([]string{"n", "Mul", "y", "minus"}, []string{"e", "Exp", "n"}, []string{"d", "Add", "e", "one"}, []string{"z", "Reciprocal", "d"}), Sigmoid},
		{"sigmoid by its exponential", chain([]string{"e", "Exp", "y"}, []string{"d", "Add", "e", "one"}, []string{"z", "Div", "e", "d"}), Sigmoid},
		{"no sigmoid", chain([]string{"e", "Exp", "y"}, []string{"d", "Add", "e", "one"}, []string{"z", "Div", "one", "d"}), NoActivation},
		{"Sigmoid and more", chain(sigmoid, []string{"z", "Mul", "p", "y"}), NoActivation},
	} {
		m := small()
		m.opset, m.outputs = 18, []string{"z"}
		m.inits = append(m.inits, consts...)
		m.nodes = append(m.nodes, tc.end...)
		for i, n := range m.nodes {
			if n.op == "Softmax" || n.op == "LogSoftmax" {
				m.nodes[i].attrs = attrs{"axis": 1}
			}
			if n.op == "Transpose" {
				m.nodes[i].attrs = attrs{"perm": []int{0, 2, 3, 1}}
			}
		}
		model, net := build(t, m)
		if got := model.Activation(); got != tc.want {
			t.Errorf("%s: the activation is %q, want %q", tc.name, got, tc.want)
		}
		if got := kindsOf(t, net); tc.want != NoActivation && got != "Convolution Pooling View" {
			t.Errorf("%s: layers %s, want those that make the logits", tc.name, got)
		}
	}
}

// TestActivationOfIntegers: a softmax or sigmoid from integers to integers is taken off too.
func TestActivationOfIntegers(t *testing.T) {
	for op, want := range map[string]Activation{"QLinearSoftmax": Softmax, "QLinearSigmoid": Sigmoid} {
		m := small()
		m.inits = append(m.inits, floats("s", nil, 1./255), typed("z", typeUint8, nil, 0))
		m.nodes = append(m.nodes, standardNode("QuantizeLinear", nil, "q", "y", "s", "z"),
			runtimeNode(op, attrs{"axis": 1, "opset": 13}, "p", "q", "s", "z", "s", "z"), standardNode("DequantizeLinear", nil, "r", "p", "s", "z"))
		m.outputs = []string{"r"}
		model, net := build(t, m)
		if got := model.Activation(); got != want || kindsOf(t, net) != "Convolution Pooling Quantize View" {
			t.Errorf("%s: the activation is %q, the layers %s", op, got, kindsOf(t, net))
		}
	}
}
