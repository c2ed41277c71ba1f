package onnx

import (
	"fmt"
	"strings"
	"testing"
)

// TestGrownConstants: constants that double each time end at the budget of the file, long before
// they fill the memory.
func TestGrownConstants(t *testing.T) {
	m := &testModel{inputs: []testInput{{name: "x", dims: []any{"n", 4}}}, outputs: []string{"y"}, inits: []testTensor{ints("one", 1), ints("two", 2), ints("zero", 0)}}
	last := "one"
	for i := range 30 {
		next := fmt.Sprint("t", i)
		m.nodes = append(m.nodes, testNode{op: "Tile", in: []string{last, "two"}, out: []string{next}})
		last = next
	}
	m.nodes = append(m.nodes, testNode{op: "Gather", in: []string{last, "zero"}, out: []string{"g"}},
		testNode{op: "Cast", in: []string{"g"}, out: []string{"f"}, attrs: attrs{"to": int(typeFloat)}},
		testNode{op: "Add", in: []string{"x", "f"}, out: []string{"y"}})
	if _, err := read(t, m).Build(); err == nil || !strings.Contains(err.Error(), "exceed the limit") || !strings.Contains(err.Error(), "(8388608)") {
		t.Errorf("error %v, want one about the constant of 2^23 values", err)
	}
}

// TestIntegersTakeTheirWidth: whole numbers take as many bytes as their type has.
func TestIntegersTakeTheirWidth(t *testing.T) {
	for typ, width := range map[elemType]int{typeInt8: 1, typeBool: 1, typeUint16: 2, typeInt32: 4, typeInt64: 8, typeInt4: 1} {
		if c := newConstant(typ, 1000); len(c.i.data) != 1000*width || c.len() != 1000 {
			t.Errorf("1000 values of %s take %d bytes", typ, len(c.i.data))
		}
	}
}
