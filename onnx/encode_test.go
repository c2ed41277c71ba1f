package onnx

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// A testModel is a model to be written. Its fields are the parts of messages, encoded.
type testModel struct {
	opset     int
	nodes     []testNode
	inits     []testTensor
	inputs    []testInput
	outputs   []string
	functions [][]byte
}

type testInput struct {
	name string
	typ  elemType
	dims []any // int for a value, string for a parameter
}

// attrs are attributes by name: float32, int, string, testTensor, testGraph, []float32,
// []int, or ref.
type attrs map[string]any

// ref is a reference to the attribute of a function's call.
type ref string

type testNode struct {
	op, domain string
	name       string // "" for that of the first output
	in, out    []string
	attrs      attrs
}

type testTensor struct {
	name     string
	typ      elemType
	shape    []int
	f        []float64
	raw      []byte            // instead of f
	external map[string]string // instead of f
}

type testGraph struct {
	nodes   []testNode
	inits   []testTensor
	outputs []string
}

func message(b []byte, num protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), m)
}

func text(b []byte, num protowire.Number, s string) []byte { return message(b, num, []byte(s)) }

func varint(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

func float(b []byte, num protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, num, protowire.Fixed32Type), math.Float32bits(v))
}

func (m *testModel) encode() []byte {
	opset := m.opset
	if opset == 0 {
		opset = 17
	}
	b := varint(nil, 1, 8)
	b = text(b, 2, "test")
	b = message(b, 8, varint(nil, 2, int64(opset)))
	var g []byte
	g = testGraph{m.nodes, m.inits, nil}.encode()
	g = text(g, 2, "net")
	for _, in := range m.inputs {
		g = message(g, 11, in.encode())
	}
	for _, o := range m.outputs {
		g = message(g, 12, text(nil, 1, o))
	}
	b = message(b, 7, g)
	for _, f := range m.functions {
		b = message(b, 25, f)
	}
	return b
}

func (g testGraph) encode() []byte {
	var b []byte
	for _, n := range g.nodes {
		b = message(b, 1, n.encode())
	}
	for _, t := range g.inits {
		b = message(b, 5, t.encode())
	}
	for _, o := range g.outputs {
		b = message(b, 12, text(nil, 1, o))
	}
	return b
}

func (in testInput) encode() []byte {
	var shape []byte
	for _, d := range in.dims {
		switch d := d.(type) {
		case int:
			shape = message(shape, 1, varint(nil, 1, int64(d)))
		case string:
			shape = message(shape, 1, text(nil, 2, d))
		}
	}
	typ := in.typ
	if typ == 0 {
		typ = typeFloat
	}
	tensor := message(varint(nil, 1, int64(typ)), 2, shape)
	return message(text(nil, 1, in.name), 2, message(nil, 1, tensor))
}

func (n testNode) encode() []byte {
	var b []byte
	for _, s := range n.in {
		b = text(b, 1, s)
	}
	for _, s := range n.out {
		b = text(b, 2, s)
	}
	if n.name != "" {
		b = text(b, 3, n.name)
	}
	b = text(b, 4, n.op)
	for name, a := range n.attrs {
		b = message(b, 5, encodeAttr(name, a))
	}
	if n.domain != "" {
		b = text(b, 7, n.domain)
	}
	return b
}

func encodeAttr(name string, a any) []byte {
	b := text(nil, 1, name)
	kind := attrKind(0)
	switch a := a.(type) {
	case float32:
		b, kind = float(b, 2, a), attrFloat
	case int:
		b, kind = varint(b, 3, int64(a)), attrInt
	case string:
		b, kind = text(b, 4, a), attrString
	case testTensor:
		b, kind = message(b, 5, a.encode()), attrTensor
	case testGraph:
		b, kind = message(b, 6, a.encode()), attrGraph
	case []float32:
		for _, v := range a {
			b = float(b, 7, v)
		}
		kind = attrFloats
	case []int:
		for _, v := range a {
			b = varint(b, 8, int64(v))
		}
		kind = attrInts
	case ref:
		return text(b, 21, string(a))
	}
	return varint(b, 20, int64(kind))
}

func (t testTensor) encode() []byte {
	var b []byte
	for _, d := range t.shape {
		b = varint(b, 1, int64(d))
	}
	typ := t.typ
	if typ == 0 {
		typ = typeFloat
	}
	b = varint(b, 2, int64(typ))
	if t.name != "" {
		b = text(b, 8, t.name)
	}
	if t.external != nil {
		for k, v := range t.external {
			b = message(b, 13, text(text(nil, 1, k), 2, v))
		}
		return varint(b, 14, 1)
	}
	raw := t.raw
	for _, v := range t.f {
		raw = appendValue(raw, typ, v)
	}
	return message(b, 9, raw)
}

// appendValue writes a value as raw_data has it. Half precision takes values that are
// exact in it.
func appendValue(b []byte, typ elemType, v float64) []byte {
	le := binary.LittleEndian
	bits := math.Float32bits(float32(v))
	switch typ {
	case typeFloat:
		return le.AppendUint32(b, bits)
	case typeDouble:
		return le.AppendUint64(b, math.Float64bits(v))
	case typeBfloat16:
		return le.AppendUint16(b, uint16(bits>>16))
	case typeFloat16:
		if v == 0 {
			return le.AppendUint16(b, 0)
		}
		return le.AppendUint16(b, uint16(bits>>16&0x8000|(bits>>23&0xff-112)<<10|bits>>13&0x3ff))
	case typeInt64, typeUint64:
		return le.AppendUint64(b, uint64(int64(v)))
	case typeInt32, typeUint32:
		return le.AppendUint32(b, uint32(int64(v)))
	case typeInt16, typeUint16:
		return le.AppendUint16(b, uint16(int64(v)))
	}
	return append(b, byte(int64(v)))
}

// floats and ints are weights.
func floats(name string, shape []int, v ...float64) testTensor {
	return testTensor{name: name, shape: shape, f: v}
}

func ints(name string, v ...int) testTensor {
	t := testTensor{name: name, typ: typeInt64, shape: []int{len(v)}}
	for _, i := range v {
		t.f = append(t.f, float64(i))
	}
	return t
}

// read reads a model that must be right.
func read(t testing.TB, m *testModel) *Model {
	t.Helper()
	out, err := Read(bytes.NewReader(m.encode()), "")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
