package onnx

import (
	"fmt"
	"math"
)

// chain writes nodes as "y = Op a b".
func chain(nodes ...[]string) []testNode {
	var list []testNode
	for _, n := range nodes {
		list = append(list, testNode{op: n[1], in: n[2:], out: []string{n[0]}})
	}
	return list
}

// patternCases are what exporters write for operators that ONNX does not have.
func patternCases() []opCase {
	number := func(name string, v float64) testTensor { return floats(name, nil, float64(float32(v))) }
	consts := []testTensor{number("half", .5), number("one", 1), number("two", 2), number("three", 3), number("six", 6), number("zero", 0), number("sqrt2", math.Sqrt2), number("rsqrt2", math.Sqrt2/2),
		number("a", 0.044715), number("b", math.Sqrt(2/math.Pi)), number("eps", 1e-5), number("sixth", 1.0/6)}
	var list []opCase
	add := func(kind, name string, f func(float64) float64, nodes ...[]string) {
		list = append(list, opCase{name: name, nodes: chain(nodes...), inits: consts, shape: []int{1, 3, 4}, lo: -4, hi: 4, want: each(f), kind: kind})
	}
	add("Gelu", "GELU: x*(1+erf)*0.5", gelu, []string{"s", "Div", "x", "sqrt2"}, []string{"e", "Erf", "s"}, []string{"p", "Add", "e", "one"}, []string{"m", "Mul", "x", "p"}, []string{"y", "Mul", "m", "half"})
	add("Gelu", "GELU: 0.5*x*(1+erf)", gelu, []string{"h", "Mul", "half", "x"}, []string{"s", "Mul", "x", "rsqrt2"}, []string{"e", "Erf", "s"}, []string{"p", "Add", "one", "e"}, []string{"y", "Mul", "h", "p"})
	add("Gelu", "GELU: x*((1+erf)*0.5)", gelu, []string{"s", "Mul", "x", "rsqrt2"}, []string{"e", "Erf", "s"}, []string{"p", "Add", "e", "one"}, []string{"q", "Mul", "p", "half"}, []string{"y", "Mul", "x", "q"})
	add("Gelu", "GELU: x*(1+erf)/2", gelu, []string{"s", "Div", "x", "sqrt2"}, []string{"e", "Erf", "s"}, []string{"p", "Add", "e", "one"}, []string{"m", "Mul", "x", "p"}, []string{"y", "Div", "m", "two"})
	add("GeluTanh", "GELU by tanh, Pow", geluTanh, []string{"c", "Pow", "x", "three"}, []string{"d", "Mul", "c", "a"}, []string{"s", "Add", "x", "d"}, []string{"u", "Mul", "s", "b"}, []string{"t", "Tanh", "u"},
		[]string{"p", "Add", "t", "one"}, []string{"m", "Mul", "x", "p"}, []string{"y", "Mul", "m", "half"})
	add("GeluTanh", "GELU by tanh, Mul", geluTanh, []string{"q", "Mul", "x", "x"}, []string{"c", "Mul", "q", "x"}, []string{"d", "Mul", "a", "c"}, []string{"s", "Add", "d", "x"}, []string{"u", "Mul", "b", "s"}, []string{"t", "Tanh", "u"},
		[]string{"p", "Add", "one", "t"}, []string{"h", "Mul", "x", "half"}, []string{"y", "Mul", "h", "p"})
	add("SiLU", "SiLU", func(v float64) float64 { return v * sigmoid(v) }, []string{"s", "Sigmoid", "x"}, []string{"y", "Mul", "s", "x"})
	add("Mish", "Mish", func(v float64) float64 { return v * math.Tanh(softplus(v)) }, []string{"s", "Softplus", "x"}, []string{"t", "Tanh", "s"}, []string{"y", "Mul", "x", "t"})
	add("HardSwish", "hard swish: x*(clip/6)", hardSwish, []string{"p", "Add", "x", "three"}, []string{"c", "Clip", "p", "zero", "six"}, []string{"d", "Div", "c", "six"}, []string{"y", "Mul", "x", "d"})
	add("HardSwish", "hard swish: (x*clip)/6", hardSwish, []string{"p", "Add", "x", "three"}, []string{"c", "Clip", "p", "zero", "six"}, []string{"m", "Mul", "x", "c"}, []string{"y", "Div", "m", "six"})
	add("HardSwish", "hard swish: x*clip*(1/6)", hardSwish, []string{"p", "Add", "three", "x"}, []string{"c", "Clip", "p", "zero", "six"}, []string{"m", "Mul", "c", "x"}, []string{"y", "Mul", "sixth", "m"})
	list = append(list, opCase{name: "hard swish by HardSigmoid", nodes: []testNode{{op: "HardSigmoid", in: []string{"x"}, out: []string{"h"}, attrs: attrs{"alpha": float32(1.0 / 6)}}, {op: "Mul", in: []string{"x", "h"}, out: []string{"y"}}},
		shape: []int{1, 5}, lo: -4, hi: 4, want: each(hardSwish), kind: "HardSwish"})
	// Like a pattern, but not one.
	add("", "x*sigmoid(-x)", func(v float64) float64 { return v * sigmoid(-v) }, []string{"n", "Neg", "x"}, []string{"s", "Sigmoid", "n"}, []string{"y", "Mul", "s", "x"})
	add("", "x*(1+erf(x/2))*0.5", func(v float64) float64 { return v / 2 * (1 + math.Erf(v/2)) }, []string{"s", "Div", "x", "two"}, []string{"e", "Erf", "s"}, []string{"p", "Add", "e", "one"}, []string{"m", "Mul", "x", "p"}, []string{"y", "Mul", "m", "half"})

	scale, bias := weights("s", 4), weights("bias", 4)
	mean := func(out, in string, axes ...int) testNode {
		return testNode{op: "ReduceMean", in: []string{in}, out: []string{out}, attrs: attrs{"axes": axes}}
	}
	for i, body := range [][]testNode{
		chain([]string{"d", "Sub", "x", "m"}, []string{"q", "Pow", "d", "two"}),
		chain([]string{"d", "Sub", "x", "m"}, []string{"q", "Mul", "d", "d"}),
		chain([]string{"d", "Sub", "x", "m"}, []string{"d2", "Sub", "x", "m"}, []string{"q", "Pow", "d2", "two"}),
	} {
		for j, end := range [][]testNode{
			chain([]string{"ve", "Add", "v", "eps"}, []string{"r", "Sqrt", "ve"}, []string{"n", "Div", "d", "r"}),
			chain([]string{"ve", "Add", "eps", "v"}, []string{"r", "Pow", "ve", "half"}, []string{"n", "Div", "d", "r"}),
			chain([]string{"ve", "Add", "v", "eps"}, []string{"r", "Sqrt", "ve"}, []string{"i", "Reciprocal", "r"}, []string{"n", "Mul", "d", "i"}),
		} {
			nodes := append([]testNode{mean("m", "x", -1)}, body...)
			nodes = append(append(nodes, mean("v", "q", -1)), end...)
			nodes = append(nodes, chain([]string{"g", "Mul", "n", "s"}, []string{"y", "Add", "g", "bias"})...)
			list = append(list, opCase{name: fmt.Sprint("layer normalisation ", i, j), nodes: nodes, inits: append(consts[:len(consts):len(consts)], scale, bias), shape: []int{1, 3, 4},
				want: func(x array) array { return layerNormed(x, 2, 1e-5, scale.array(), bias.array()) }, kind: "LayerNorm"})
		}
	}
	return list
}
