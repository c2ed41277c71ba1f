package onnx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// several is a network of 5 classes with all kinds of outputs, of which some are the graph's.
func several(results ...testInput) *testModel {
	n := func(op, out string, in ...string) testNode {
		return testNode{op: op, in: in, out: []string{out}}
	}
	return &testModel{
		nodes: []testNode{
			n("Conv", "map", "x", "w"), n("Relu", "r", "map"), n("GlobalAveragePool", "p", "r"), n("Flatten", "features", "p"), n("MatMul", "y", "features", "v"),
			n("Softmax", "z", "y"), {op: "ArgMax", in: []string{"z"}, out: []string{"label"}, attrs: attrs{"axis": 1}}, {op: "TopK", in: []string{"z", "k"}, out: []string{"best", "places"}},
			n("MatMul", "other", "features", "u"), {op: "LpNormalization", in: []string{"features"}, out: []string{"e"}, attrs: attrs{"axis": 1}}, n("Flatten", "again", "p"),
			n("ReduceMean", "mean", "y"), n("Flatten", "flat", "map"), n("MatMul", "early", "flat", "t"), n("Identity", "aux_logits", "early"), n("Conv", "c", "p", "q"), n("Identity", "same", "y"),
		},
		inits:   []testTensor{weights("w", 4, 3, 3, 3), weights("v", 4, 5), weights("u", 4, 7), weights("t", 4*6*6, 5), weights("q", 5, 4, 1, 1), ints("k", 3)},
		inputs:  []testInput{{name: "x", dims: []any{"n", 3, 8, 8}}},
		results: results,
	}
}

func out(name string, dims ...any) testInput { return testInput{name: name, dims: dims} }

// TestResults: of several outputs the one with the scores is chosen, for a reason.
func TestResults(t *testing.T) {
	whole := func(name string) testInput { return testInput{name: name, typ: typeInt64, dims: []any{"n"}} }
	for _, tc := range []struct {
		name    string
		outputs []testInput
		options Options
		want    string
		note    string
	}{
		{"one", []testInput{out("y", "n", 5)}, Options{}, "", ""},
		{"label first", []testInput{whole("label"), out("z", "n", 5)}, Options{}, "z", "no floating-point numbers"},
		{"named", []testInput{out("features", "n", 4), out("y", "n", 5)}, Options{}, "y", "by the names"},
		{"computed from the other", []testInput{out("again", "n", 4), out("y", "n", 5)}, Options{}, "y", "computed from what the others are"},
		{"the other way round", []testInput{out("y", "n", 5), out("again", "n", 4)}, Options{}, "y", "computed from what the others are"},
		{"without shapes", []testInput{{name: "again"}, {name: "y"}}, Options{}, "y", "computed from what the others are"},
		{"logits and probabilities", []testInput{out("y", "n", 5), out("z", "n", 5)}, Options{}, "z", "computed from what the others are"},
		{"a map", []testInput{out("map", "n", 4, 6, 6), out("y", "n", 5)}, Options{}, "y", "not one number for each class"},
		{"a map of any size", []testInput{out("map", "n", 4, "h", "w"), out("y", "n", 5)}, Options{}, "y", "not one number for each class"},
		{"1x1 maps", []testInput{out("p", "n", 4, 1, 1), out("c", "n", 5, 1, 1)}, Options{}, "c", "computed from"},
		{"a loss", []testInput{out("mean"), out("y", "n", 5)}, Options{}, "y", "not one number for each class"},
		{"one number", []testInput{out("mean", "n", 1), out("y", "n", 5)}, Options{}, "y", "single numbers"},
		{"the best", []testInput{out("best", "n", 3), whole("places"), out("z", "n", 5)}, Options{}, "z", "picked out of scores"},
		{"normed features", []testInput{out("e", "n", 4), out("y", "n", 5)}, Options{}, "y", "a linear layer or a softmax"},
		{"auxiliary by name", []testInput{out("aux_logits", "n", 5), out("y", "n", 5)}, Options{}, "y", "by the names"},
		{"auxiliary by place", []testInput{out("y", "n", 5), out("early", "n", 5)}, Options{}, "y", "the first of those with as many values"},
		{"the same twice", []testInput{out("y", "n", 5), out("same", "n", 5)}, Options{}, "y", "the first of those"},
		{"number of classes", []testInput{out("other", "n", 7), out("y", "n", 5)}, Options{Classes: 5}, "y", "it has 5 values, one for each class"},
		{"asked for", []testInput{out("y", "n", 5), out("other", "n", 7)}, Options{Output: "other"}, "other", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := read(t, several(tc.outputs...))
			m.Options = tc.options
			net, err := m.Build()
			if err != nil {
				t.Fatal(err)
			}
			if m.Output() != tc.want {
				t.Errorf("output %q, want %q", m.Output(), tc.want)
			}
			if got := strings.Join(m.Notes, "\n"); !strings.Contains(got, tc.note) || (tc.note == "") != (got == "") {
				t.Errorf("notes %q, want %q in them", got, tc.note)
			}
			// The scores are those of a file with the one output.
			result := tc.want
			if tc.want == "" {
				result = "y"
			}
			alone := several()
			alone.outputs = []string{result}
			_, ref := build(t, alone)
			x := make([]float32, 3*8*8)
			for i := range x {
				x[i] = float32(i%7) / 7
			}
			if got, want := forward(t, net, x...), forward(t, ref, x...); !slices.Equal(got, want) {
				t.Errorf("result %v, want %v", got, want)
			}
		})
	}
}

// TestResultsAsk: where nothing tells outputs apart, that is a question.
func TestResultsAsk(t *testing.T) {
	for _, tc := range []struct {
		outputs []testInput
		options Options
		want    string
	}{
		{[]testInput{out("y", "n", 5), out("other", "n", 7)}, Options{}, `which of "y", "other" has the scores`},
		{[]testInput{out("early", "n", 5), out("y", "n", 5)}, Options{}, `which of "early", "y" has the scores`},
		{[]testInput{out("y", "n", 5), out("map", "n", 4, 6, 6), out("other", "n", 7)}, Options{Classes: 9}, `which of "y", "other" has the scores`},
		{[]testInput{out("y", "n", 5), out("other", "n", 7)}, Options{Output: "logits"}, `no output "logits": it has "y", "other"`},
	} {
		m := read(t, several(tc.outputs...))
		m.Options = tc.options
		_, err := m.Build()
		var e *Error
		if !errors.As(err, &e) || e.Asks != AsksOutput || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %q in it", err, tc.want)
		}
	}
}
