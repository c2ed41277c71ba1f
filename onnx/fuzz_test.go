package onnx

import (
	"bytes"
	"slices"
	"testing"
	"testing/iotest"

	"hoodwink/nn"
)

// FuzzRead: no bytes make the reader or the lowering panic, errors say something, it does
// not matter whether the size is known, and what is built can run, and be read again if it
// can be written, if it is small.
func FuzzRead(f *testing.F) {
	f.Add(small().encode())
	f.Add(named().encode())
	for _, m := range circular() {
		f.Add(m.encode())
	}
	for _, m := range openCases() {
		f.Add(m.encode())
	}
	for _, list := range [][]opCase{arithmeticCases()[:12], spatialCases()[:10], normCases(), movementCases(), productCases(), patternCases()[:6], composedCases()} {
		for _, c := range list {
			f.Add(c.model().encode())
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Read(bytes.NewReader(src), "")
		again, err2 := Read(iotest.OneByteReader(bytes.NewReader(src)), "")
		if (err == nil) != (err2 == nil) {
			t.Fatalf("with a known size the error is %v, without %v", err, err2)
		}
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if len(m.graph.nodes) != len(again.graph.nodes) || len(m.graph.inits) != len(again.graph.inits) {
			t.Fatal("known and unknown size differ")
		}
		m.Options = Options{Pictures: len(src)%2 == 0, Height: 8 * (len(src) % 3), Width: 8 * (len(src) % 3)}
		net, err := m.Build()
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		total := int64(0)
		for _, r := range net.Table() {
			total += r.MACs
			for _, s := range append(r.In, r.Out...) {
				n := int64(1)
				for _, d := range s {
					n *= int64(d)
				}
				total += n
			}
		}
		if total > 1<<18 {
			return
		}
		s, err := net.NewSession(nn.SessionOptions{Threads: 1})
		if err != nil {
			return
		}
		s.Backward(s.Forward())
		var file bytes.Buffer
		if Write(&file, net, WriteOptions{}) != nil {
			return
		}
		if copied := reread(t, file.Bytes()); !slices.Equal(copied.InputShape(), net.InputShape()) || !slices.Equal(copied.OutputShape(), net.OutputShape()) {
			t.Errorf("%v to %v, read again %v to %v", net.InputShape(), net.OutputShape(), copied.InputShape(), copied.OutputShape())
		}
	})
}

// openCases are files that leave something open: the size, the number of pictures, which
// input and output is meant.
func openCases() []*testModel {
	row := small()
	row.nodes = []testNode{{op: "Scaler", domain: mlDomain, in: []string{"image"}, out: []string{"r"}, attrs: attrs{"scale": []float32{2}}},
		{op: "LinearClassifier", domain: mlDomain, in: []string{"r"}, out: []string{"label", "y"}, attrs: attrs{"coefficients": make([]float32, 128), "classlabels_ints": []int{0, 1}}}}
	row.inputs[0].dims = []any{"n", 64}
	fixed := small()
	fixed.nodes = append(fixed.nodes, testNode{op: "Reshape", in: []string{"y", "s"}, out: []string{"z"}})
	fixed.inits = append(fixed.inits, ints("s", 4, -1))
	fixed.inputs[0].dims[0], fixed.outputs[0] = 4, "z"
	size := small()
	size.inputs[0].dims = []any{"n", "c", "h", "w"}
	settings := small()
	settings.inputs = append(settings.inputs, testInput{name: "is_training", typ: typeBool, dims: []any{1}})
	return []*testModel{row, fixed, size, settings, several(out("features", "n", 4), out("y", "n", 5)), several(out("y", "n", 5), out("other", "n", 7))}
}
