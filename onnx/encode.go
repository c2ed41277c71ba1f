package onnx

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of a model as bytes, by the field numbers of decode.go.

func appendMessage(b []byte, num protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), m)
}

// appendLength begins a message, or other bytes, of n bytes.
func appendLength(b []byte, num protowire.Number, n int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.BytesType), uint64(n))
}

func appendText(b []byte, num protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendInt(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

func appendFloat(b []byte, num protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, num, protowire.Fixed32Type), math.Float32bits(v))
}

// attrs are attributes by name: float32, int, string, []float32 or []int.
type attrs map[string]any

// An operation is a node to be written.
type operation struct {
	name, op, domain string
	in, out          []string
	attrs            attrs
}

// encode returns a NodeProto, with the attributes in the order of their names.
func (n *operation) encode() []byte {
	var b []byte
	for _, s := range n.in {
		b = appendText(b, 1, s)
	}
	for _, s := range n.out {
		b = appendText(b, 2, s)
	}
	if n.name != "" {
		b = appendText(b, 3, n.name)
	}
	b = appendText(b, 4, n.op)
	for _, name := range slices.Sorted(maps.Keys(n.attrs)) {
		b = appendMessage(b, 5, encodeAttr(name, n.attrs[name]))
	}
	if n.domain != "" {
		b = appendText(b, 7, n.domain)
	}
	return b
}

// encodeAttr returns an AttributeProto.
func encodeAttr(name string, a any) []byte {
	b := appendText(nil, 1, name)
	var kind attrKind
	switch a := a.(type) {
	case float32:
		b, kind = appendFloat(b, 2, a), attrFloat
	case int:
		b, kind = appendInt(b, 3, int64(a)), attrInt
	case string:
		b, kind = appendText(b, 4, a), attrString
	case []float32:
		for _, v := range a {
			b = appendFloat(b, 7, v)
		}
		kind = attrFloats
	case []int:
		for _, v := range a {
			b = appendInt(b, 8, int64(v))
		}
		kind = attrInts
	default:
		panic(fmt.Sprintf("onnx: attribute %s is a %T", name, a))
	}
	return appendInt(b, 20, int64(kind))
}

// encode returns a ValueInfoProto of a tensor.
func (v *valueInfo) encode() []byte {
	var shape []byte
	for _, d := range v.dims {
		if d.param != "" {
			shape = appendMessage(shape, 1, appendText(nil, 2, d.param))
		} else {
			shape = appendMessage(shape, 1, appendInt(nil, 1, d.value))
		}
	}
	t := appendInt(nil, 1, int64(v.typ))
	if v.hasShape {
		t = appendMessage(t, 2, shape)
	}
	return appendMessage(appendText(nil, 1, v.name), 2, appendMessage(nil, 1, t))
}

// encodeHead returns a TensorProto but for the bytes of its raw_data, which come last.
func (c *namedConstant) encodeHead() []byte {
	b := encodeTensorType(c.name, c.value.typ, c.value.shape)
	return appendLength(b, 9, c.value.bytes())
}

// encodeTensorType returns what a TensorProto says besides its values.
func encodeTensorType(name string, typ elemType, shape []int) []byte {
	var b []byte
	for _, d := range shape {
		b = appendInt(b, 1, int64(d))
	}
	b = appendInt(b, 2, int64(typ))
	if name != "" {
		b = appendText(b, 8, name)
	}
	return b
}
