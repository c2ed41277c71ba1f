package onnx

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"hoodwink/internal/pb"
)

// A testModel is a model to be written. Its fields are the parts of messages, encoded.
type testModel struct {
	opset     int
	nodes     []testNode
	inits     []testTensor
	inputs    []testInput
	outputs   []string
	results   []testInput // outputs with their types, after those
	functions [][]byte
}

type testInput struct {
	name string
	typ  elemType
	dims []any // int for a value, string for a parameter
}

// ref is a reference to the attribute of a function's call.
type ref string

type testNode struct {
	op, domain string
	name       string // "" for that of the first output
	in, out    []string
	attrs      attrs // those of operation, testTensor, testGraph, or ref
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

func (m *testModel) encode() []byte {
	opset := m.opset
	if opset == 0 {
		opset = 17
	}
	b := pb.AppendInt(nil, 1, 8)
	b = pb.AppendText(b, 2, "test")
	b = pb.AppendMessage(b, 8, pb.AppendInt(nil, 2, int64(opset)))
	var g []byte
	g = testGraph{m.nodes, m.inits, nil}.encode()
	g = pb.AppendText(g, 2, "net")
	for _, in := range m.inputs {
		g = pb.AppendMessage(g, 11, in.encode())
	}
	for _, o := range m.outputs {
		g = pb.AppendMessage(g, 12, pb.AppendText(nil, 1, o))
	}
	for _, o := range m.results {
		g = pb.AppendMessage(g, 12, o.encode())
	}
	b = pb.AppendMessage(b, 7, g)
	for _, f := range m.functions {
		b = pb.AppendMessage(b, 25, f)
	}
	return b
}

func (g testGraph) encode() []byte {
	var b []byte
	for _, n := range g.nodes {
		b = pb.AppendMessage(b, 1, n.encode())
	}
	for _, t := range g.inits {
		b = pb.AppendMessage(b, 5, t.encode())
	}
	for _, o := range g.outputs {
		b = pb.AppendMessage(b, 12, pb.AppendText(nil, 1, o))
	}
	return b
}

func (in testInput) encode() []byte {
	v := valueInfo{name: in.name, typ: in.typ, hasShape: true}
	for _, d := range in.dims {
		switch d := d.(type) {
		case int:
			v.dims = append(v.dims, dimension{value: int64(d)})
		case string:
			v.dims = append(v.dims, dimension{param: d})
		}
	}
	if v.typ == 0 {
		v.typ = typeFloat
	}
	return v.encode()
}

// encode also knows attributes that Write has no use for.
func (n testNode) encode() []byte {
	plain, more := attrs{}, []byte(nil)
	for name, a := range n.attrs {
		attr := pb.AppendText(nil, 1, name)
		switch a := a.(type) {
		case testTensor:
			attr = pb.AppendInt(pb.AppendMessage(attr, 5, a.encode()), 20, int64(attrTensor))
		case testGraph:
			attr = pb.AppendInt(pb.AppendMessage(attr, 6, a.encode()), 20, int64(attrGraph))
		case ref:
			attr = pb.AppendText(attr, 21, string(a))
		default:
			plain[name] = a
			continue
		}
		more = pb.AppendMessage(more, 5, attr)
	}
	o := operation{name: n.name, op: n.op, domain: n.domain, in: n.in, out: n.out, attrs: plain}
	return append(o.encode(), more...)
}

func (t testTensor) encode() []byte {
	typ := t.typ
	if typ == 0 {
		typ = typeFloat
	}
	b := encodeTensorType(t.name, typ, t.shape)
	if t.external != nil {
		for k, v := range t.external {
			b = pb.AppendMessage(b, 13, pb.AppendText(pb.AppendText(nil, 1, k), 2, v))
		}
		return pb.AppendInt(b, 14, 1)
	}
	raw := t.raw
	for _, v := range t.f {
		raw = appendValue(raw, typ, v)
	}
	return pb.AppendMessage(b, 9, raw)
}

// appendValue writes a value as raw_data has it.
func appendValue(b []byte, typ elemType, v float64) []byte {
	if typ == typeDouble {
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v)) // more than a constant holds
	}
	c := newConstant(typ, 1)
	if c.f != nil {
		c.f[0] = float32(v)
	} else {
		c.i.set(0, int64(v))
	}
	return c.encodeValues(b, 0, 1)
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
