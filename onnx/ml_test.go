package onnx

import (
	"math"
	"strings"
	"testing"

	"hoodwink/nn"
)

// forward runs a network on values.
func forward(t *testing.T, net *nn.Network, values ...float32) []float32 {
	t.Helper()
	s, err := net.NewSession(nn.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Input().Data, values)
	return s.Forward().Data
}

// TestScikitLearn holds the operators of scikit-learn's models against what ONNX Runtime
// 1.32 gives for the row (0.5,-1,2). Of probabilities the network has the logits.
func TestScikitLearn(t *testing.T) {
	w := []float32{.5, -.25, 1, -1, .75, .25, .125, .5, -.5}
	opposite := []float32{.5, -.25, 1, -.5, .25, -1}
	linear := func(end string, w, b []float32, labels ...int) testNode {
		return testNode{op: "LinearClassifier", domain: mlDomain, in: []string{"x"}, out: []string{"label", "y"},
			attrs: attrs{"coefficients": w, "intercepts": b, "classlabels_ints": labels, "post_transform": end}}
	}
	one := func(op string, a attrs) testNode {
		return testNode{op: op, domain: mlDomain, in: []string{"x"}, out: []string{"y"}, attrs: a}
	}
	b := []float32{.1, -.2, .3}
	for _, tc := range []struct {
		name string
		node testNode
		end  Activation
		want []float64 // the file's results
	}{
		{"scores", linear("NONE", w, b, 0, 1, 2), NoActivation, []float64{2.6, -.95, -1.1375}},
		{"softmax", linear("SOFTMAX", w, b, 0, 1, 2), Softmax, []float64{.95008421, .02729083, .02262489}},
		{"sigmoids", linear("LOGISTIC", w, b, 0, 1, 2), Sigmoid, []float64{.93086159, .27888483, .24277967}},
		{"two classes", linear("LOGISTIC", opposite, []float32{.1, -.1}, 0, 1), Softmax, []float64{.93086159, .06913838}},
		{"softmax of two", linear("SOFTMAX", opposite, []float32{.1, -.1}, 0, 1), Softmax, []float64{.99451375, .0054863}},
		{"one score", linear("LOGISTIC", w[:3], b[:1], 0, 1), Softmax, []float64{.06913841, .93086159}},
		{"one plain score", linear("NONE", w[:3], b[:1], 0, 1), NoActivation, []float64{-1.6, 2.6}},
		{"regression", one("LinearRegressor", attrs{"coefficients": w, "intercepts": b, "targets": 3}), NoActivation, []float64{2.6, -.95, -1.1375}},
		{"largest", one("Normalizer", attrs{"norm": "MAX"}), NoActivation, []float64{.25, -.5, 1}},
		{"L1", one("Normalizer", attrs{"norm": "L1"}), NoActivation, []float64{.14285715, -.2857143, .5714286}},
		{"L2", one("Normalizer", attrs{"norm": "L2"}), NoActivation, []float64{.21821789, -.43643579, .87287158}},
		{"scaler", one("Scaler", attrs{"offset": []float32{1, 2, 3}, "scale": []float32{.5, 2, -1}}), NoActivation, []float64{-.25, -6, 1}},
		{"one scale", one("Scaler", attrs{"offset": []float32{1}, "scale": []float32{.5}}), NoActivation, []float64{-.25, -1, .5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, net := build(t, &testModel{nodes: []testNode{tc.node, {op: "ZipMap", domain: mlDomain, in: []string{"y"}, out: []string{"map"}}},
				inputs: []testInput{{name: "x", dims: []any{"n", 3}}}, outputs: []string{"map"}})
			if m.Activation() != tc.end {
				t.Errorf("it ends in %q, want %q", m.Activation(), tc.end)
			}
			got := forward(t, net, .5, -1, 2)
			sum := 0.0
			for _, v := range got {
				sum += math.Exp(float64(v))
			}
			for i, v := range got {
				p := float64(v)
				switch tc.end {
				case Softmax:
					p = math.Exp(p) / sum
				case Sigmoid:
					p = 1 / (1 + math.Exp(-p))
				}
				if len(got) != len(tc.want) || !(math.Abs(p-tc.want[i]) <= 1e-6) {
					t.Fatalf("result %v (value %d is %g), want %v", got, i, p, tc.want)
				}
			}
		})
	}
}

// TestScikitLearnRefuses by name and reason what has no gradient, or no meaning.
func TestScikitLearnRefuses(t *testing.T) {
	for _, tc := range []struct {
		op   string
		a    attrs
		want string
	}{
		{"TreeEnsembleClassifier", nil, `"y" (ai.onnx.ml.TreeEnsembleClassifier): decision trees answer in steps, which have no gradient`},
		{"Binarizer", nil, "a threshold is a step"},
		{"SVMClassifier", nil, "ai.onnx.ml.SVMClassifier"},
		{"Imputer", attrs{"replaced_value_float": float32(0)}, "it replaces the value 0"},
		{"LinearRegressor", attrs{"coefficients": []float32{1, 2}}, "it has 2 coefficients for 1 scores of 3 values"},
		{"LinearRegressor", attrs{"coefficients": []float32{1, 2, float32(inf())}}, "coefficients has the value +Inf at index 2"},
		{"LinearRegressor", attrs{"targets": -1}, "it has 0 coefficients for -1 scores"},
		{"LinearClassifier", attrs{"post_transform": "PROBIT", "coefficients": []float32{1, 2, 3}, "classlabels_ints": []int{5}}, `post_transform is "PROBIT"`},
		{"Normalizer", attrs{"norm": "L7"}, `norm is "L7"`},
		{"Scaler", attrs{"scale": []float32{1, 2}}, "it has 2 values of scale for 3 columns"},
	} {
		out := []string{"y"}
		if tc.op == "LinearClassifier" {
			out = []string{"label", "y"}
		}
		_, err := read(t, &testModel{nodes: []testNode{{op: tc.op, name: "y", domain: mlDomain, in: []string{"x"}, out: out, attrs: tc.a}},
			inputs: []testInput{{name: "x", dims: []any{"n", 3}}}, outputs: []string{"y"}}).Build()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q in it", tc.op, err, tc.want)
		}
	}
}

// named returns a model with the names of its two classes as strings, beside the scores, as skl2onnx
// writes naive Bayes. No number depends on the names.
func named() *testModel {
	names := testTensor{name: "classes", typ: typeString, shape: []int{2}}
	one := testTensor{name: "one", typ: typeString, shape: []int{1}}
	return &testModel{
		nodes: []testNode{
			{op: "MatMul", in: []string{"x", "w"}, out: []string{"y"}},
			{op: "ArgMax", in: []string{"y"}, out: []string{"best"}, attrs: attrs{"axis": 1}},
			{op: "ArrayFeatureExtractor", domain: mlDomain, in: []string{"classes", "best"}, out: []string{"label"}},
			{op: "Constant", out: []string{"again"}, attrs: attrs{"value": names}},
			{op: "Gather", in: []string{"again", "best"}, out: []string{"other"}},
			{op: "ConstantOfShape", in: []string{"two"}, out: []string{"filled"}, attrs: attrs{"value": one}},
			{op: "Add", in: []string{"y", "filled"}, out: []string{"sum"}},
		},
		inits:   []testTensor{floats("w", []int{3, 2}, 1, 0, 2, 1, 0, -1), ints("two", 2), names},
		inputs:  []testInput{{name: "x", dims: []any{"n", 3}}},
		results: []testInput{{name: "label", typ: typeString, dims: []any{"n"}}, {name: "y", dims: []any{"n", 2}}},
	}
}

// TestNamesOfClasses: strings are an error only where a result needs them.
func TestNamesOfClasses(t *testing.T) {
	_, net := build(t, named())
	if got := forward(t, net, 1, 2, 3); got[0] != 5 || got[1] != -1 {
		t.Errorf("result %v, want 5 and -1", got)
	}
	for result, want := range map[string]string{"label": `it needs "classes", which holds strings`,
		"other": `it needs "again", which holds strings`, "sum": "its value is of string"} {
		m := named()
		m.results, m.outputs = nil, []string{result}
		if _, err := read(t, m).Build(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", result, err, want)
		}
	}
}
