package onnx

import (
	"slices"
	"strings"
	"testing"
)

// TestFixedBatch: a graph for a fixed number of pictures gives for one what it gives for
// each; where the number is in its shapes, these are made for one, or copies run.
func TestFixedBatch(t *testing.T) {
	n := func(op, out string, in ...string) testNode { return testNode{op: op, in: in, out: []string{out}} }
	turned := func(out, in string, perm ...int) testNode {
		return testNode{op: "Transpose", in: []string{in}, out: []string{out}, attrs: attrs{"perm": perm}}
	}
	mean := func(out, in string, axis int) testNode {
		return testNode{op: "ReduceMean", in: []string{in}, out: []string{out}, attrs: attrs{"axes": []int{axis}, "keepdims": 0}}
	}
	for _, tc := range []struct {
		name   string
		nodes  func(batch int) ([]testNode, []testTensor)
		copied bool
	}{
		{"no shapes", func(b int) ([]testNode, []testTensor) {
			return []testNode{n("GlobalAveragePool", "p", "x"), n("Flatten", "f", "p"), n("MatMul", "y", "f", "v")}, []testTensor{weights("v", 3, 5)}
		}, false},
		{"batch and the rest", func(b int) ([]testNode, []testTensor) {
			return []testNode{n("Reshape", "f", "x", "s"), n("MatMul", "y", "f", "v")}, []testTensor{ints("s", b, -1), weights("v", 192, 5)}
		}, false},
		{"batch and size", func(b int) ([]testNode, []testTensor) {
			return []testNode{n("Reshape", "f", "x", "s"), n("MatMul", "y", "f", "v")}, []testTensor{ints("s", b, 192), weights("v", 192, 5)}
		}, false},
		{"windows", func(b int) ([]testNode, []testTensor) { // of 4x4 pixels, as those of a Swin
			return []testNode{n("Reshape", "a", "x", "s1"), turned("c", "a", 0, 2, 4, 1, 3, 5), n("Reshape", "d", "c", "s2"), n("Softmax", "e", "d"), n("Reshape", "f", "e", "s3"),
				mean("p", "f", 1), n("MatMul", "y", "p", "v")}, []testTensor{ints("s1", b, 3, 2, 4, 2, 4), ints("s2", b*4, 48), ints("s3", b, 4, 48), weights("v", 48, 5)}
		}, false},
		{"batch second", func(b int) ([]testNode, []testTensor) { // (places, batch, channels), heads beside the batch
			return []testNode{n("Reshape", "a", "x", "s1"), turned("c", "a", 2, 0, 1), n("Reshape", "d", "c", "s2"), n("Relu", "e", "d"), n("Reshape", "f", "e", "s3"),
				mean("p", "f", 0), n("MatMul", "y", "p", "v")}, []testTensor{ints("s1", b, 3, 64), ints("s2", 64, b*3, 1), ints("s3", 64, b, 3), weights("v", 3, 5)}
		}, false},
		{"batch inside an axis", func(b int) ([]testNode, []testTensor) {
			return []testNode{n("Reshape", "a", "x", "s1"), turned("c", "a", 2, 0, 1), n("Reshape", "d", "c", "s2"), n("MatMul", "e", "d", "q"), n("Reshape", "f", "e", "s3"),
				mean("p", "f", 0), n("MatMul", "y", "p", "v")}, []testTensor{ints("s1", b, 3, 64), ints("s2", 64*b, 3), ints("s3", 64, b, 3), weights("q", 3, 3), weights("v", 3, 5)}
		}, true},
		{"a token for each", func(b int) ([]testNode, []testTensor) {
			return []testNode{n("Reshape", "a", "x", "s1"), n("Expand", "k", "token", "s2"), {op: "Concat", in: []string{"k", "a"}, out: []string{"c"}, attrs: attrs{"axis": 1}},
				mean("p", "c", 1), n("MatMul", "y", "p", "v")}, []testTensor{ints("s1", b, 64, 3), weights("token", 1, 1, 3), ints("s2", b, 1, 3), weights("v", 3, 5)}
		}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			model := func(batch int) *testModel {
				nodes, inits := tc.nodes(batch)
				return &testModel{nodes: nodes, inits: inits, inputs: []testInput{{name: "x", dims: []any{batch, 3, 8, 8}}}, outputs: []string{"y"}}
			}
			_, one := build(t, model(1))
			x := make([]float32, 3*8*8)
			for i := range x {
				x[i] = float32(i%7)/7 - .3
			}
			want := slices.Clone(forward(t, one, x...))
			for _, batch := range []int{2, 8} {
				_, net := build(t, model(batch))
				if got := forward(t, net, x...); !(largest(got, want) <= 1e-6) {
					t.Errorf("for %d pictures the result is %v, want %v", batch, got, want)
				}
				if copied := strings.Contains(kindsOf(t, net), "Expand"); copied != tc.copied {
					t.Errorf("for %d pictures copied %v: layers %s", batch, copied, kindsOf(t, net))
				}
			}
		})
	}
}
