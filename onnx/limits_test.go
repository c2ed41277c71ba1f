package onnx

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"hoodwink/internal/pb"
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

// TestPackedIntegersAreCounted: the list of a tensor's integers is made once, as long as there are
// numbers, wherever the shape stands; it is refused before it is made if it would be too long. A shape
// that promises more than there is takes nothing.
func TestPackedIntegersAreCounted(t *testing.T) {
	const width = 8
	for name, c := range map[string]struct {
		promised, numbers int
		most              int // bytes allocated for each number
		wrong             string
	}{
		"as promised":    {3 << 20, 3 << 20, 1 + width, ""},
		"shape behind":   {-3 << 20, 3 << 20, 1 + width, ""},
		"more promised":  {1 << 29, 1 << 10, 0, "1024 values"},
		"fewer promised": {1 << 10, 1 << 11, 0, "2048 values"},
		"too many":       {20 << 20, 20 << 20, 1, "more than 64 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			shape := []int{c.promised}
			if c.promised < 0 {
				shape = nil
			}
			fields := encodeTensorType("k", typeInt64, shape)
			fields = pb.AppendMessage(fields, int64Data, bytes.Repeat([]byte{1}, c.numbers))
			if shape == nil {
				fields = pb.AppendInt(fields, 1, int64(-c.promised))
			}
			graph := pb.AppendMessage(nil, 5, fields)
			file := pb.AppendMessage(pb.AppendInt(nil, 1, 8), 7, graph)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(bytes.NewReader(file), "")
			runtime.ReadMemStats(&after)
			const spare = 4 << 20
			if took := int(after.TotalAlloc - before.TotalAlloc); took > c.most*c.numbers+spare {
				t.Errorf("%d numbers took %d bytes", c.numbers, took)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("error %v, want one with %q", err, c.wrong)
			}
		})
	}
}
