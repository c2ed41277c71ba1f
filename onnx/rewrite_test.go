package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// circular are small files of which some rewriting could turn operands round without end:
// products of known factors beside a computed sum, in every order, and chains of what
// undoes itself.
func circular() map[string]*testModel {
	end := func(nodes []testNode, inits ...testTensor) *testModel {
		return &testModel{inits: inits, inputs: []testInput{{name: "x", dims: []any{"n", 4}}}, outputs: []string{"y"}, nodes: nodes}
	}
	one := func(op string, a attrs, in []string, inits ...testTensor) *testModel {
		return end([]testNode{{op: op, in: in, out: []string{"y"}, attrs: a}}, inits...)
	}
	a, b := floats("a", []int{1, 2}, 1, 2), floats("b", []int{2, 4}, 1, 2, 3, 4, 5, 6, 7, 8)
	list := map[string]*testModel{
		"Gemm of two known factors": one("Gemm", nil, []string{"a", "b", "x"}, a, b),
		"Gemm of integers":          one("Gemm", nil, []string{"i", "j", "x"}, testTensor{name: "i", typ: typeInt64, shape: []int{1, 1}, f: []float64{2}}, testTensor{name: "j", typ: typeInt64, shape: []int{1, 4}, f: []float64{1, 2, 3, 4}}),
		"Gemm of nothing":           one("Gemm", nil, []string{"e", "f", "x"}, floats("e", []int{1, 0}), floats("f", []int{0, 4})),
		"Einsum of known factors":   one("Einsum", attrs{"equation": "ij,jk->ik"}, []string{"a", "b"}, a, b),
		"MatMul of known vectors":   one("MatMul", nil, []string{"v", "v"}, floats("v", []int{2}, 1, 2)),
	}
	for turns := range 4 {
		at := attrs{"transA": turns & 1, "transB": turns >> 1, "alpha": float32(2), "beta": float32(.5)}
		p, q := a, b
		if turns&1 != 0 {
			p.shape = []int{2, 1}
		}
		if turns>>1 != 0 {
			q = floats("b", []int{4, 2}, 1, 5, 2, 6, 3, 7, 4, 8)
		}
		list[fmt.Sprint("Gemm turned ", turns)] = one("Gemm", at, []string{"a", "b", "x"}, p, q)
	}
	var nodes []testNode
	last := "x"
	for i := range 500 {
		for k, n := range []testNode{{op: "Unsqueeze", in: []string{last, "zero"}}, {op: "Transpose"}, {op: "Squeeze"}, {op: "Neg"}} {
			if k > 0 {
				n.in = []string{last}
			}
			last = fmt.Sprint(n.op, i)
			n.out = []string{last}
			nodes = append(nodes, n)
		}
		// Squeeze of (4,1,1) gives (4): put the batch back.
		nodes = append(nodes, testNode{op: "Unsqueeze", in: []string{last, "zero"}, out: []string{fmt.Sprint("back", i)}})
		last = fmt.Sprint("back", i)
	}
	nodes[len(nodes)-1].out[0] = "y"
	list["a chain that undoes itself"] = end(nodes, ints("zero", 0))
	return list
}

// TestRewritingEnds: each is a network or one clear error, soon.
func TestRewritingEnds(t *testing.T) {
	for name, m := range circular() {
		t.Run(name, func(t *testing.T) {
			if _, err := read(t, m).Build(); err != nil && err.Error() == "" {
				t.Error("an error without words")
			}
		})
	}
	if n := len(circular()["Gemm of two known factors"].encode()); n > 300 {
		t.Errorf("the smallest file has %d bytes", n)
	}
}

// TestRewritesAreBounded: whatever builders call each other, the stack is not what ends it.
func TestRewritesAreBounded(t *testing.T) {
	s := &site{lowering: &lowering{model: &Model{}}, node: &nodeProto{name: "n", op: "Gemm"}}
	var forever func()
	forever = func() {
		defer s.rewrites()()
		forever()
	}
	err := func() (err error) {
		defer recovered(&err)
		forever()
		return nil
	}()
	if err == nil || !strings.Contains(err.Error(), "rewritings inside each other") {
		t.Error(err)
	}
}

// TestCallsAreBounded: of a function of many nodes that is called often, only what a call needs is
// looked through each time, and that is counted.
func TestCallsAreBounded(t *testing.T) {
	body := []testNode{{op: "Neg", in: []string{"a"}, out: []string{"b"}}}
	several := []string{"b"}
	for i := range 4000 {
		body = append(body, testNode{op: "Neg", in: []string{"a"}, out: []string{fmt.Sprint("n", i)}})
		several = append(several, fmt.Sprint("n", i))
	}
	for _, outs := range [][]string{several[:1], several} {
		err := callOften(t, functionProto("my", "Long", []string{"a"}, outs, nil, body))
		switch needed := len(outs) > 1; {
		case !needed && err != nil:
			t.Errorf("nodes that no call needs are counted: %v", err)
		case needed && (err == nil || !strings.Contains(err.Error(), "layers are needed") && !strings.Contains(err.Error(), "at every call")):
			t.Errorf("error %v, want one about the number of nodes", err)
		}
	}
	many := []string{"a"}
	for i := range 4000 {
		many = append(many, fmt.Sprint("i", i))
	}
	if err := callOften(t, functionProto("my", "Long", many, several[:1], nil, body[:1])); err == nil || !strings.Contains(err.Error(), "at every call") {
		t.Errorf("error %v, want one about the number of inputs", err)
	}
}

// callOften builds a model that calls the function my.Long 4000 times.
func callOften(t *testing.T, f []byte) error {
	t.Helper()
	m := &testModel{functions: [][]byte{f}, inputs: []testInput{{name: "x", dims: []any{"n", 4}}}, outputs: []string{"y"}}
	last := "x"
	for i := range 4000 {
		m.nodes = append(m.nodes, testNode{op: "Long", domain: "my", in: []string{last}, out: []string{fmt.Sprint("c", i)}})
		last = fmt.Sprint("c", i)
	}
	m.nodes[len(m.nodes)-1].out[0] = "y"
	_, err := read(t, m).Build()
	return err
}

// TestLayersAreBounded: a few nodes that each need many layers do not fill the memory.
func TestLayersAreBounded(t *testing.T) {
	m := &testModel{opset: 18, inputs: []testInput{{name: "x", dims: []any{"n", 2, maxFactors}}}, outputs: []string{"y"}, inits: []testTensor{ints("a", 2)}}
	for i := range 200 {
		m.nodes = append(m.nodes, testNode{op: "ReduceProd", in: []string{"x", "a"}, out: []string{fmt.Sprint("p", i)}})
	}
	sum := testNode{op: "Sum", out: []string{"y"}}
	for i := range 200 {
		sum.in = append(sum.in, fmt.Sprint("p", i))
	}
	m.nodes = append(m.nodes, sum)
	if _, err := read(t, m).Build(); err == nil || !strings.Contains(err.Error(), "layers are needed") {
		t.Error(err)
	}
}

// run returns what a model makes of x, and the gradient of the sum of it.
func run(t *testing.T, m *testModel, x ...float32) (y, dx []float32) {
	t.Helper()
	_, net := build(t, m)
	s, err := net.NewSession(nn.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Input().Data, x)
	out := s.Forward()
	y = slices.Clone(out.Data)
	ones := tensor.New(out.Shape...)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	return y, slices.Clone(s.Backward(ones).Data)
}

// TestGemmOfKnownFactors: ONNX Runtime gives 11+x, 14+x, ... for (1,2) by (1,2,3,4;5,6,7,8).
func TestGemmOfKnownFactors(t *testing.T) {
	y, dx := run(t, circular()["Gemm of two known factors"], 1, 2, 3, 4)
	if want := []float32{12, 16, 20, 24}; !slices.Equal(y, want) || !slices.Equal(dx, []float32{1, 1, 1, 1}) {
		t.Errorf("%v with the gradient %v, want %v", y, dx, want)
	}
	for turns := range 4 {
		y, dx := run(t, circular()[fmt.Sprint("Gemm turned ", turns)], 1, 2, 3, 4)
		if want := []float32{22.5, 29, 35.5, 42}; !slices.Equal(y, want) || !slices.Equal(dx, []float32{.5, .5, .5, .5}) {
			t.Errorf("turned %d: %v with the gradient %v, want %v", turns, y, dx, want)
		}
	}
}

// TestWhereSelects: what is not taken may be infinite, or not a number, forward and back.
// ONNX Runtime gives the same values.
func TestWhereSelects(t *testing.T) {
	bools := func(name string, v ...float64) testTensor {
		return testTensor{name: name, typ: typeBool, shape: []int{1, len(v)}, f: v}
	}
	inputs := []testInput{{name: "x", dims: []any{"n", 3}}}
	// inv is infinite where x <= 1, the logarithm NaN where x < 0.
	bad := []testNode{
		{op: "Sub", in: []string{"x", "one"}, out: []string{"s"}}, {op: "Relu", in: []string{"s"}, out: []string{"r"}}, {op: "Reciprocal", in: []string{"r"}, out: []string{"inv"}},
		{op: "Log", in: []string{"x"}, out: []string{"log"}}, {op: "Sqrt", in: []string{"x"}, out: []string{"root"}}, {op: "Div", in: []string{"one", "r"}, out: []string{"quotient"}},
		{op: "Exp", in: []string{"inv"}, out: []string{"exp"}}, {op: "Gelu", in: []string{"inv"}, out: []string{"gelu"}}, {op: "Mul", in: []string{"inv", "log"}, out: []string{"product"}},
		{op: "Pow", in: []string{"r", "minus"}, out: []string{"power"}}, {op: "Softmax", in: []string{"inv"}, out: []string{"softmax"}},
	}
	consts := []testTensor{floats("one", []int{1}, 1), floats("minus", []int{1}, -1.5), bools("keep", 1, 1, 0), bools("drop", 0, 0, 1), floats("inf", nil, math.Inf(1))}
	check := func(name string, m *testModel, x, want, grad []float32) {
		t.Run(name, func(t *testing.T) {
			y, dx := run(t, m, x...)
			for i := range want {
				if !(math.Abs(float64(y[i]-want[i])) <= 1e-6) || !(math.Abs(float64(dx[i]-grad[i])) <= 1e-6) {
					t.Fatalf("%v with the gradient %v, want %v and %v", y, dx, want, grad)
				}
			}
		})
	}
	for _, v := range []string{"inv", "log", "root", "quotient", "exp", "gelu", "product", "power"} {
		where := func(in ...string) *testModel {
			return &testModel{opset: 20, inits: consts, inputs: inputs, outputs: []string{"y"}, nodes: append(slices.Clone(bad), testNode{op: "Where", in: in, out: []string{"y"}})}
		}
		// The third value, 2, is where all of them are finite.
		x := []float32{-1, 0.5, 2}
		value, slope := map[string]float64{"inv": 1, "log": math.Ln2, "root": math.Sqrt2, "quotient": 1, "exp": math.E, "gelu": 0.8413447461, "product": math.Ln2, "power": 1}[v],
			map[string]float64{"inv": -1, "log": 0.5, "root": 0.3535533906, "quotient": -1, "exp": -math.E, "gelu": -1.0833154706, "product": 0.5 - math.Ln2, "power": -1.5}[v]
		want, grad := []float32{-1, .5, float32(value)}, []float32{1, 1, float32(slope)}
		check(v+" second", where("keep", "x", v), x, want, grad)
		check(v+" first", where("drop", v, "x"), x, want, grad)
		computed := where("cond", v, "x")
		computed.nodes = append(computed.nodes, testNode{op: "Greater", in: []string{"x", "one"}, out: []string{"cond"}})
		check(v+" by a computed condition", computed, x, want, grad)
		negated := where("no", "x", v)
		negated.nodes = append(negated.nodes, testNode{op: "Greater", in: []string{"x", "one"}, out: []string{"cond"}}, testNode{op: "Not", in: []string{"cond"}, out: []string{"no"}})
		check(v+" by a condition turned round", negated, x, want, grad)
	}
}
