package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/pb"
	"hoodwink/nn"
)

func newReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }

// small is a classifier of two nodes.
func small() *testModel {
	return &testModel{
		nodes: []testNode{
			{op: "Conv", name: "conv", in: []string{"image", "w"}, out: []string{"c"}},
			{op: "GlobalAveragePool", name: "pool", in: []string{"c"}, out: []string{"y"}},
		},
		inits:   []testTensor{weights("w", 4, 3, 3, 3)},
		inputs:  []testInput{{name: "image", dims: []any{"batch", 3, 8, 8}}},
		outputs: []string{"y"},
	}
}

func kindsOf(t *testing.T, net *nn.Network) string {
	t.Helper()
	var list []string
	for _, r := range net.Table() {
		list = append(list, r.Kind)
	}
	return strings.Join(list, " ")
}

func build(t *testing.T, m *testModel) (*Model, *nn.Network) {
	t.Helper()
	model := read(t, m)
	net, err := model.Build()
	if err != nil {
		t.Fatal(err)
	}
	return model, net
}

func TestBuild(t *testing.T) {
	m, net := build(t, small())
	if m.Name != "net" || m.Producer != "test" || m.Opset != 17 || net.Name() != "net" {
		t.Errorf("name %q, producer %q, opset %d", m.Name, m.Producer, m.Opset)
	}
	if !slices.Equal(net.InputShape(), []int{3, 8, 8}) || !slices.Equal(net.OutputShape(), []int{4}) || net.Table()[0].Name != "conv" {
		t.Errorf("input %v, output %v, first layer %q", net.InputShape(), net.OutputShape(), net.Table()[0].Name)
	}
	if again, err := m.Build(); again != net || err != nil {
		t.Error("Build makes another network the second time")
	}
}

// TestSoftmaxIsDropped at the end, and nowhere else.
func TestSoftmaxIsDropped(t *testing.T) {
	for _, tc := range []struct {
		name          string
		opset         int
		end           []testNode
		probabilities bool
	}{
		{"none", 17, chain([]string{"z", "Relu", "y"}), false},
		{"Softmax", 17, []testNode{{op: "Softmax", in: []string{"y"}, out: []string{"z"}, attrs: attrs{"axis": 1}}}, true},
		{"Softmax of old", 11, chain([]string{"z", "Softmax", "y"}), true},
		{"LogSoftmax and Flatten", 17, []testNode{{op: "LogSoftmax", in: []string{"y"}, out: []string{"p"}, attrs: attrs{"axis": -3}}, {op: "Flatten", in: []string{"p"}, out: []string{"z"}}}, true},
		{"Softmax and Dropout", 17, []testNode{{op: "Softmax", in: []string{"y"}, out: []string{"p"}, attrs: attrs{"axis": 1}}, {op: "Dropout", in: []string{"p"}, out: []string{"z"}}}, true},
		{"Softmax of nothing", 17, chain([]string{"z", "Softmax", "y"}), false}, // along an axis of 1
		{"Softmax and more", 17, []testNode{{op: "Softmax", in: []string{"y"}, out: []string{"p"}, attrs: attrs{"axis": 1}}, {op: "Neg", in: []string{"p"}, out: []string{"z"}}}, false},
	} {
		m := small()
		m.opset, m.outputs = tc.opset, []string{"z"}
		m.nodes = append(m.nodes, tc.end...)
		model, net := build(t, m)
		if model.Probabilities() != tc.probabilities {
			t.Errorf("%s: probabilities %v", tc.name, model.Probabilities())
		}
		if got := strings.Contains(kindsOf(t, net), "oftmax"); tc.probabilities && got {
			t.Errorf("%s: layers %s", tc.name, kindsOf(t, net))
		}
	}
}

// TestOldInputs: weights may be listed as inputs.
func TestOldInputs(t *testing.T) {
	m := small()
	m.inputs = append(m.inputs, testInput{name: "w", dims: []any{4, 3, 3, 3}})
	build(t, m)
}

// TestOrder: nodes may be in any order, and what the result does not need is left out.
func TestOrder(t *testing.T) {
	m := small()
	slices.Reverse(m.nodes)
	m.nodes = append(m.nodes, testNode{op: "NonMaxSuppression", in: []string{"c"}, out: []string{"unused"}})
	m.outputs = append(m.outputs, "unused")
	if _, net := build(t, m); len(net.Table()) < 2 {
		t.Errorf("layers %s", kindsOf(t, net))
	}
}

// TestShapeArithmetic: what exporters write for x.view(x.size(0), -1).
func TestShapeArithmetic(t *testing.T) {
	m := small()
	m.nodes = append(m.nodes, chain([]string{"s", "Shape", "y"}, []string{"n", "Gather", "s", "0"}, []string{"n1", "Unsqueeze", "n", "a0"}, []string{"t", "Concat", "n1", "-1"}, []string{"z", "Reshape", "y", "t"})...)
	m.nodes[len(m.nodes)-2].attrs = attrs{"axis": 0}
	m.inits = append(m.inits, testTensor{name: "0", typ: typeInt64, f: []float64{0}}, ints("a0", 0), ints("-1", -1))
	m.outputs = []string{"z"}
	_, net := build(t, m)
	if got := kindsOf(t, net); got != "Convolution Pooling View" {
		t.Errorf("layers %s", got)
	}
}

func functionProto(domain, name string, in, out, attributes []string, nodes []testNode) []byte {
	b := pb.AppendText(nil, 1, name)
	for _, s := range in {
		b = pb.AppendText(b, 4, s)
	}
	for _, s := range out {
		b = pb.AppendText(b, 5, s)
	}
	for _, s := range attributes {
		b = pb.AppendText(b, 6, s)
	}
	for _, n := range nodes {
		b = pb.AppendMessage(b, 7, n.encode())
	}
	b = pb.AppendMessage(b, 9, pb.AppendInt(nil, 2, 17))
	b = pb.AppendText(b, 10, domain)
	return pb.AppendMessage(b, 11, encodeAttr("beta", float32(.5))) // a default
}

func TestFunctions(t *testing.T) {
	m := small()
	scaled := []testNode{
		{op: "Constant", out: []string{"f"}, attrs: attrs{"value_float": ref("alpha")}},
		{op: "Constant", out: []string{"g"}, attrs: attrs{"value_float": ref("beta")}},
		{op: "Mul", in: []string{"a", "f"}, out: []string{"b"}},
		{op: "Add", in: []string{"b", "g"}, out: []string{"c"}}, // c is a name outside as well
	}
	twice := []testNode{
		{op: "Scaled", domain: "own", in: []string{"x"}, out: []string{"y"}, attrs: attrs{"alpha": float32(3)}},
		{op: "Scaled", domain: "own", in: []string{"y"}, out: []string{"z"}, attrs: attrs{"alpha": float32(2), "beta": float32(-1)}},
	}
	m.functions = [][]byte{functionProto("own", "Scaled", []string{"a", "absent"}, []string{"c"}, []string{"alpha"}, scaled), functionProto("own", "Twice", []string{"x"}, []string{"z"}, nil, twice)}
	m.nodes = append(m.nodes, testNode{op: "Twice", domain: "own", in: []string{"y"}, out: []string{"r"}})
	plain, _ := small(), 0
	_, reference := build(t, plain)
	m.outputs = []string{"r"}
	_, net := build(t, m)
	run := func(net *nn.Network) []float32 {
		s, err := net.NewSession(nn.SessionOptions{ForwardOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Input().Data {
			s.Input().Data[i] = float32(i%7) / 7
		}
		return slices.Clone(s.Forward().Data)
	}
	want, got := run(reference), run(net)
	for i, v := range want {
		if w := (v*3+.5)*2 - 1; got[i]-w > 1e-5 || w-got[i] > 1e-5 {
			t.Errorf("value %d is %g, want %g", i, got[i], w)
		}
	}
}

// TestOpsets: operators that did not change give the same in every version.
func TestOpsets(t *testing.T) {
	_, want := build(t, small())
	for opset := minOpset; opset <= maxOpset; opset++ {
		m := small()
		m.opset = opset
		if _, net := build(t, m); kindsOf(t, net) != kindsOf(t, want) {
			t.Errorf("opset %d: %s", opset, kindsOf(t, net))
		}
	}
	for _, opset := range []int{minOpset - 1, maxOpset + 1} {
		m := small()
		m.opset = opset
		if _, err := Read(newReader(m.encode()), ""); err == nil || !strings.Contains(err.Error(), "are supported") {
			t.Errorf("opset %d: %v", opset, err)
		}
	}
}

func TestIf(t *testing.T) {
	for cond, want := range map[float64]string{0: "Convolution Pooling Exp View", 1: "Convolution Pooling ReLU View"} {
		m := small()
		m.inits = append(m.inits, testTensor{name: "cond", typ: typeBool, f: []float64{cond}})
		m.nodes = append(m.nodes, testNode{op: "If", in: []string{"cond"}, out: []string{"z"}, attrs: attrs{
			"then_branch": testGraph{nodes: chain([]string{"a", "Relu", "y"}), outputs: []string{"a"}},
			"else_branch": testGraph{nodes: chain([]string{"b", "Exp", "y"}), outputs: []string{"b"}},
		}})
		m.outputs = []string{"z"}
		if _, net := build(t, m); kindsOf(t, net) != want {
			t.Errorf("condition %g: layers %s, want %s", cond, kindsOf(t, net), want)
		}
	}
}

func TestExternalData(t *testing.T) {
	dir := t.TempDir()
	inner := filepath.Join(dir, "model")
	if err := os.MkdirAll(filepath.Join(inner, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	w := weights("w", 4, 3, 3, 3)
	w.typ = typeFloat
	data := append(make([]byte, 16), rawBytes(w)...)
	for _, path := range []string{"secret", "model/w.bin", "model/sub/w.bin"} {
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(inner, "link")); err != nil {
		t.Skip(err)
	}
	_, reference := build(t, small())
	for _, tc := range []struct {
		external map[string]string
		want     string // part of the error, "" if there is none
	}{
		{map[string]string{"location": "w.bin", "offset": "16", "length": "432"}, ""},
		{map[string]string{"location": "sub/w.bin", "offset": "16"}, ""},
		{map[string]string{"location": "../secret", "offset": "16"}, "only files in the folder"},
		{map[string]string{"location": "sub/../../secret", "offset": "16"}, "only files in the folder"},
		{map[string]string{"location": filepath.Join(dir, "secret"), "offset": "16"}, "only files in the folder"},
		{map[string]string{"location": "link", "offset": "16"}, "escapes"},
		{map[string]string{"location": "", "offset": "16"}, "only files in the folder"},
		{map[string]string{"location": "sub"}, "not a regular file"},
		{map[string]string{"location": "none"}, "no such file"},
		{map[string]string{"location": "w.bin", "offset": "17"}, "the file has 448"},
		{map[string]string{"location": "w.bin", "offset": "-1"}, "offset"},
		{map[string]string{"location": "w.bin", "offset": "9223372036854775807"}, "the file has 448"},
		{map[string]string{"location": "w.bin", "length": "12"}, "432 bytes are wanted"},
	} {
		m := small()
		m.inits[0].external = tc.external
		path := filepath.Join(inner, "m.onnx")
		if err := os.WriteFile(path, m.encode(), 0o666); err != nil {
			t.Fatal(err)
		}
		net, err := Load(path)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%v: %v", tc.external, err)
		case tc.want == "" && net.Params() != reference.Params():
			t.Errorf("%v: %d parameters", tc.external, net.Params())
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path)):
			t.Errorf("%v: error %v, want %q", tc.external, err, tc.want)
		}
		if _, err := Read(newReader(m.encode()), ""); err == nil || tc.want == "" && !strings.Contains(err.Error(), "did not come from a file") {
			t.Errorf("without a folder: %v", err)
		}
	}
}

// TestExternalIsBounded: a small file cannot be used for large weights many times.
func TestExternalIsBounded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "w.bin"), make([]byte, 1<<16), 0o666); err != nil {
		t.Fatal(err)
	}
	m := small()
	for i := range 100 {
		m.inits = append(m.inits, testTensor{name: fmt.Sprint("e", i), shape: []int{1 << 14}, external: map[string]string{"location": "w.bin"}})
	}
	if _, err := Read(newReader(m.encode()), dir); err == nil || !strings.Contains(err.Error(), "more than twice") {
		t.Error(err)
	}
}

// TestErrors: each of these is one clear error with the node, a cause and often a hint.
func TestErrors(t *testing.T) {
	edit := func(f func(m *testModel)) *testModel {
		m := small()
		f(m)
		return m
	}
	end := func(inits []testTensor, nodes ...testNode) *testModel {
		return edit(func(m *testModel) {
			m.nodes = append(m.nodes, nodes...)
			m.inits = append(m.inits, inits...)
			m.outputs = []string{"z"}
		})
	}
	dims := func(d ...any) *testModel { return edit(func(m *testModel) { m.inputs[0].dims = d }) }
	for _, tc := range []struct {
		name string
		m    *testModel
		want []string // parts of the error
		hint string
	}{
		{"dynamic size", dims("N", 3, "height", "width"), []string{`"image" has the shape (N,3,height,width)`, "not of a fixed size"}, "the batch, height and width may be dynamic"},
		{"no size", dims("N", 3, 8, 0), []string{"not of a fixed size"}, "the batch, height and width may be dynamic"},
		{"negative size", dims("N", 3, 8, -5), []string{"not of a fixed size"}, "the batch, height and width may be dynamic"},
		{"huge size", dims("N", 1<<30, 1<<30, 1<<30), []string{"too large"}, ""},
		{"no picture", dims("N"), []string{"the batch and the shape"}, ""},
		{"truth values", edit(func(m *testModel) { m.inputs[0].typ = typeBool }), []string{"bool"}, "export"},
		{"integers into Conv", edit(func(m *testModel) { m.inputs[0].typ = typeUint8 }), []string{`"conv" (Conv): input 1 holds values of uint8`}, ""},
		{"two inputs", edit(func(m *testModel) {
			m.inputs = append(m.inputs, testInput{name: "other", dims: []any{1, 4, 1, 2}})
			m.nodes = append(m.nodes, testNode{op: "Add", in: []string{"y", "other"}, out: []string{"z"}})
			m.outputs[0] = "z"
		}), []string{`besides the picture "image" (batch,3,8,8) the graph needs "other" (1,4,1,2)`}, "fixed values"},
		{"no input", edit(func(m *testModel) { m.inputs = nil }), []string{"no input"}, ""},
		{"no output", edit(func(m *testModel) { m.outputs = nil }), []string{"no outputs"}, ""},
		{"unknown output", edit(func(m *testModel) { m.outputs = []string{"none"} }), []string{`no node makes the result "none"`}, ""},
		{"output is the input", edit(func(m *testModel) { m.outputs = []string{"image"} }), []string{"does not depend"}, ""},
		{"constant output", edit(func(m *testModel) { m.outputs = []string{"w"} }), []string{"does not depend"}, ""},
		{"missing weights", edit(func(m *testModel) { m.inits = nil }), []string{`"conv" (Conv)`, `reads "w"`}, "complete"},
		{"cycle", edit(func(m *testModel) { m.nodes[0].in[0] = "y" }), []string{"cyclic", `"conv"`, `"pool"`}, ""},
		{"own output", edit(func(m *testModel) { m.nodes[1].in[0] = "y" }), []string{"cyclic"}, ""},
		{"made twice", edit(func(m *testModel) { m.nodes[1].out[0] = "c" }), []string{`makes "c", which is made already`}, ""},
		{"makes the input", edit(func(m *testModel) { m.nodes[1].out[0] = "image" }), []string{"made already"}, ""},
		{"weights twice", edit(func(m *testModel) { m.inits = append(m.inits, weights("w", 1)) }), []string{`two weights are called "w"`}, ""},
		{"unsupported", end(nil, testNode{op: "TopK", name: "top", in: []string{"y"}, out: []string{"t"}}, testNode{op: "Relu", in: []string{"t"}, out: []string{"r"}}, testNode{op: "Det", in: []string{"r"}, out: []string{"d"}},
			testNode{op: "Gelu", domain: "com.microsoft", name: "g", in: []string{"d"}, out: []string{"z"}}), []string{`"top" (TopK)`, `"d" (Det)`, `"g" (com.microsoft.Gelu)`}, "supported are Abs"},
		{"computed index", end([]testTensor{floats("t", nil, 1)}, testNode{op: "Cast", in: []string{"y"}, out: []string{"i"}, attrs: attrs{"to": 7}}, testNode{op: "Gather", in: []string{"y", "i"}, out: []string{"z"}}), []string{`"z" (Gather): input 2 depends on the picture`}, ""},
		{"dropout mask", end(nil, testNode{op: "Dropout", name: "drop", in: []string{"y"}, out: []string{"a", "mask"}}, testNode{op: "Relu", in: []string{"mask"}, out: []string{"z"}}), []string{`"drop" (Dropout): output 2`}, ""},
		{"computed condition", end(nil, testNode{op: "If", name: "if", in: []string{"y"}, out: []string{"z"}}), []string{`"if" (If): its condition`}, ""},
		{"integer MatMul", end([]testTensor{floats("s", nil, 1)}, testNode{op: "QuantizeLinear", in: []string{"y", "s"}, out: []string{"q"}}, testNode{op: "Tanh", name: "r", in: []string{"q"}, out: []string{"z"}}), []string{"quantized"}, ""},
		{"shape mismatch", edit(func(m *testModel) { m.inits[0] = weights("w", 4, 2, 3, 3) }), []string{`"conv" (Conv)`, "[1 3 8 8]"}, ""},
		{"broken weights", edit(func(m *testModel) { m.inits[0].f[5] = inf() }), []string{"+Inf at index 5", "broken"}, ""},
		{"wrong attribute", edit(func(m *testModel) { m.nodes[0].attrs = attrs{"group": float32(1)} }), []string{"group is a float, an int is wanted"}, ""},
		{"huge kernel", edit(func(m *testModel) { m.nodes[0].attrs = attrs{"pads": []int{1 << 40, 0, 0, 0}} }), []string{"out of range"}, ""},
		{"no kernel fits", edit(func(m *testModel) { m.inits[0] = weights("w", 4, 3, 9, 9) }), []string{"does not fit"}, ""},
		{"too few inputs", edit(func(m *testModel) { m.nodes[0].in = m.nodes[0].in[:1] }), []string{"it has 1 inputs, 2 to 3"}, ""},
		{"reshape to nothing", end(nil, testNode{op: "Reshape", in: []string{"y"}, out: []string{"z"}}), []string{"input 2 is missing"}, ""},
		{"weights of sequences", end([]testTensor{weights("v", 4, 2, 1)}, testNode{op: "ConvTranspose", in: []string{"y", "v"}, out: []string{"z"}}), []string{"weights of the shape (4,2,1)"}, ""},
		{"not a classifier", edit(func(m *testModel) { m.outputs = []string{"c"} }), []string{"(1,4,6,6)", "one score for each class"}, "classifier"},
		{"reshape", end([]testTensor{ints("s", 8, -1, 5)}, testNode{op: "Reshape", in: []string{"y", "s"}, out: []string{"z"}}), []string{"(8,-1,5) of (1,4,1,1)"}, "exported"},
		{"reshape overflow", end([]testTensor{ints("s", 1<<40, 1<<40, 1<<40)}, testNode{op: "Reshape", in: []string{"y", "s"}, out: []string{"z"}}), []string{"makes the shape"}, ""},
		{"huge constant", end([]testTensor{ints("s", 1<<20, 1<<20)}, testNode{op: "ConstantOfShape", in: []string{"s"}, out: []string{"k"}}, testNode{op: "Add", in: []string{"y", "k"}, out: []string{"z"}}), []string{"exceed the limit"}, ""},
		{"negative constant", end([]testTensor{ints("s", -4)}, testNode{op: "ConstantOfShape", in: []string{"s"}, out: []string{"k"}}, testNode{op: "Add", in: []string{"y", "k"}, out: []string{"z"}}), []string{"exceed the limit"}, ""},
		{"huge expand", end([]testTensor{ints("s", 1<<31, 1, 1, 1)}, testNode{op: "Expand", in: []string{"y", "s"}, out: []string{"z"}}), []string{"Expand"}, ""},
		{"huge tile", end([]testTensor{ints("s", 1, 1<<31, 1<<31, 1)}, testNode{op: "Tile", in: []string{"y", "s"}, out: []string{"z"}}), []string{"Tile"}, ""},
		{"huge range", end([]testTensor{ints("a", 0), ints("b", 1<<50), ints("d", 1)}, testNode{op: "Range", in: []string{"a", "b", "d"}, out: []string{"k"}}, testNode{op: "Add", in: []string{"y", "k"}, out: []string{"z"}}), []string{"counts from 0"}, ""},
		{"huge pad", end([]testTensor{ints("p", 0, 1<<40, 0, 0, 0, 0, 0, 0)}, testNode{op: "Pad", in: []string{"y", "p"}, out: []string{"z"}}), []string{"Pad"}, ""},
		{"huge resize", end([]testTensor{ints("p", 1, 4, 1<<40, 1<<40)}, testNode{op: "Resize", in: []string{"y", "", "", "p"}, out: []string{"z"}}), []string{"Resize"}, ""},
		{"division by zero", end([]testTensor{ints("a", 1), ints("b", 0)}, testNode{op: "Div", in: []string{"a", "b"}, out: []string{"k"}}, testNode{op: "Reshape", in: []string{"y", "k"}, out: []string{"z"}}), []string{"divides 1 by 0"}, ""},
		{"index", end([]testTensor{ints("i", 4)}, testNode{op: "Gather", in: []string{"y", "i"}, out: []string{"z"}, attrs: attrs{"axis": 1}}), []string{"index 4 is outside"}, ""},
		{"axis", end(nil, testNode{op: "Softmax", in: []string{"y"}, out: []string{"z"}, attrs: attrs{"axis": 4}}), []string{"axis 4 is not one of 4"}, ""},
		{"nothing left", end([]testTensor{ints("a", 3), ints("b", 3)}, testNode{op: "Slice", in: []string{"y", "a", "b"}, out: []string{"z"}}), []string{"nothing is left"}, ""},
		{"old opset", edit(func(m *testModel) { m.opset = 6 }), []string{"opset 6"}, "opset_version"},
		{"new opset", edit(func(m *testModel) { m.opset = 99 }), []string{"opset 99"}, "opset_version"},
		{"type of weights", edit(func(m *testModel) { m.inits[0].typ = 17; m.inits[0].raw = []byte{1}; m.inits[0].f = nil }), []string{`tensor "w"`, "float8e4m3fn"}, ""},
		{"2^31 weights", edit(func(m *testModel) { m.inits[0] = testTensor{name: "w", shape: []int{1 << 31}, raw: []byte{0, 0, 0, 0}} }), []string{`tensor "w"`, "at most"}, ""},
		{"2^29 weights", edit(func(m *testModel) { m.inits[0] = testTensor{name: "w", shape: []int{1 << 29}, raw: []byte{0, 0, 0, 0}} }), []string{"but 1 values"}, ""},
		{"overflowing weights", edit(func(m *testModel) {
			m.inits[0] = testTensor{name: "w", shape: []int{1 << 62, 4, 1 << 62}, raw: []byte{0, 0, 0, 0}}
		}), []string{"at most"}, ""},
		{"negative weights", edit(func(m *testModel) { m.inits[0] = testTensor{name: "w", shape: []int{-1, -1}, raw: []byte{0, 0, 0, 0}} }), []string{"at most"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := Read(newReader(tc.m.encode()), "")
			if err == nil {
				_, err = m.Build()
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q, want %q in it", err, part)
				}
			}
			if !strings.Contains(e.Hint(), tc.hint) {
				t.Errorf("hint %q, want %q in it", e.Hint(), tc.hint)
			}
		})
	}
}

func inf() float64 {
	zero := 0.0
	return 1 / zero
}

// TestTruncated cuts a model off at every byte.
func TestTruncated(t *testing.T) {
	m := small()
	m.inits[0] = weights("w", 1, 3, 2, 2)
	whole := m.encode()
	for n := range len(whole) {
		model, err := Read(newReader(whole[:n]), "")
		if err == nil {
			_, err = model.Build()
		}
		if err == nil {
			t.Errorf("cut off after %d of %d bytes, it is read", n, len(whole))
		}
	}
}

// TestDeep: graphs inside each other, and functions that call others, have an end.
func TestDeep(t *testing.T) {
	g := testGraph{nodes: chain([]string{"a", "Relu", "y"}), outputs: []string{"a"}}
	for i := range 100 {
		n := testNode{op: "If", in: []string{"cond"}, out: []string{fmt.Sprint("o", i)}, attrs: attrs{"then_branch": g, "else_branch": testGraph{}}}
		g = testGraph{nodes: []testNode{n}, outputs: n.out}
	}
	m := small()
	m.nodes = append(m.nodes, g.nodes...)
	m.inits = append(m.inits, testTensor{name: "cond", typ: typeBool, f: []float64{1}})
	m.outputs = g.outputs
	if _, err := Read(newReader(m.encode()), ""); err == nil || !strings.Contains(err.Error(), "inside each other") {
		t.Error(err)
	}

	// Each function calls the next twice: 2^60 nodes, and one that calls itself.
	m = small()
	for i := range 60 {
		f := fmt.Sprint("F", i+1)
		m.functions = append(m.functions, functionProto("own", fmt.Sprint("F", i), []string{"x"}, []string{"z"}, nil, []testNode{
			{op: f, domain: "own", in: []string{"x"}, out: []string{"y"}}, {op: f, domain: "own", in: []string{"y"}, out: []string{"z"}}}))
	}
	m.functions = append(m.functions, functionProto("own", "F60", []string{"x"}, []string{"z"}, nil, chain([]string{"z", "Relu", "x"})),
		functionProto("own", "Self", []string{"x"}, []string{"z"}, nil, []testNode{{op: "Self", domain: "own", in: []string{"x"}, out: []string{"z"}}}))
	for _, start := range []string{"F0", "F40", "Self"} {
		m.nodes = append(small().nodes, testNode{op: start, domain: "own", in: []string{"y"}, out: []string{"r"}})
		m.outputs = []string{"r"}
		model := read(t, m)
		if _, err := model.Build(); err == nil || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%s: %v", start, err)
		}
	}

	// A chain that doubles a constant with every node.
	m = small()
	m.inits = append(m.inits, floats("k0", []int{1}, 1))
	for i := range 40 {
		k := fmt.Sprint("k", i)
		m.nodes = append(m.nodes, testNode{op: "Concat", in: []string{k, k}, out: []string{fmt.Sprint("k", i+1)}, attrs: attrs{"axis": 0}})
	}
	m.nodes = append(m.nodes, testNode{op: "Mul", in: []string{"y", "k40"}, out: []string{"r"}})
	m.outputs = []string{"r"}
	if _, err := read(t, m).Build(); err == nil || !strings.Contains(err.Error(), "exceed the limit") {
		t.Error(err)
	}
}

// TestNotAModel: other files are recognised at once.
func TestNotAModel(t *testing.T) {
	for _, src := range []string{"", "PK\x03\x04 a checkpoint", "\x89HDF\r\n\x1a\n", "name: \"net\"", "\x08\x08", strings.Repeat("\x00", 100), "\x80\x02}q\x00"} {
		_, err := Read(strings.NewReader(src), "")
		if err == nil {
			t.Errorf("%q is read", src)
		}
	}
}

// TestLengths: no length is believed before its bytes are there.
func TestLengths(t *testing.T) {
	for _, inner := range [][]byte{
		protowire.AppendVarint(protowire.AppendTag(pb.AppendInt(pb.AppendInt(nil, 1, 1<<28), 2, 1), 9, protowire.BytesType), 1<<30),
		protowire.AppendVarint(protowire.AppendTag(pb.AppendInt(pb.AppendInt(nil, 1, 1<<26), 2, 7), 7, protowire.BytesType), 1<<40),
	} {
		// The lengths of the messages around it are just as wrong.
		b := protowire.AppendVarint(protowire.AppendTag(pb.AppendInt(nil, 1, 8), 7, protowire.BytesType), 1<<41)
		b = protowire.AppendVarint(protowire.AppendTag(b, 5, protowire.BytesType), 1<<41)
		for _, r := range []*strings.Reader{strings.NewReader(string(append(b, inner...)))} {
			allocated := testing.AllocsPerRun(1, func() {
				r.Seek(0, 0)
				if _, err := Read(r, ""); err == nil {
					t.Error("it is read")
				}
			})
			if allocated > 1000 {
				t.Errorf("%g allocations", allocated)
			}
		}
	}
}

// TestMemory: weights are read once, and used as they are.
func TestMemory(t *testing.T) {
	const k, n = 1 << 11, 1 << 11
	w := testTensor{name: "w", shape: []int{n, k}, raw: make([]byte, 4*n*k)}
	m := &testModel{nodes: []testNode{{op: "Flatten", in: []string{"x"}, out: []string{"f"}}, {op: "Gemm", in: []string{"f", "w"}, out: []string{"y"}, attrs: attrs{"transB": 1}}},
		inits: []testTensor{w}, inputs: []testInput{{name: "x", dims: []any{"N", k, 1, 1}}}, outputs: []string{"y"}}
	src := m.encode()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	model, err := Read(newReader(src), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := model.Build(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(4*n*k*5/4); got > most {
		t.Errorf("%d bytes are allocated for %d of weights", got, 4*n*k)
	}
}
