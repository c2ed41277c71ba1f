package onnx

import (
	"fmt"
	"maps"
	"slices"

	"hoodwink/internal/pb"
)

// The messages of a model as bytes, with the field numbers of decode.go.

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
		b = pb.AppendText(b, 1, s)
	}
	for _, s := range n.out {
		b = pb.AppendText(b, 2, s)
	}
	if n.name != "" {
		b = pb.AppendText(b, 3, n.name)
	}
	b = pb.AppendText(b, 4, n.op)
	for _, name := range slices.Sorted(maps.Keys(n.attrs)) {
		b = pb.AppendMessage(b, 5, encodeAttr(name, n.attrs[name]))
	}
	if n.domain != "" {
		b = pb.AppendText(b, 7, n.domain)
	}
	return b
}

// encodeAttr returns an AttributeProto.
func encodeAttr(name string, a any) []byte {
	b := pb.AppendText(nil, 1, name)
	var kind attrKind
	switch a := a.(type) {
	case float32:
		b, kind = pb.AppendFloat(b, 2, a), attrFloat
	case int:
		b, kind = pb.AppendInt(b, 3, int64(a)), attrInt
	case string:
		b, kind = pb.AppendText(b, 4, a), attrString
	case []float32:
		for _, v := range a {
			b = pb.AppendFloat(b, 7, v)
		}
		kind = attrFloats
	case []int:
		for _, v := range a {
			b = pb.AppendInt(b, 8, int64(v))
		}
		kind = attrInts
	default:
		panic(fmt.Sprintf("onnx: attribute %s is a %T", name, a))
	}
	return pb.AppendInt(b, 20, int64(kind))
}

// encode returns a ValueInfoProto of a tensor.
func (v *valueInfo) encode() []byte {
	var shape []byte
	for _, d := range v.dims {
		if d.param != "" {
			shape = pb.AppendMessage(shape, 1, pb.AppendText(nil, 2, d.param))
		} else {
			shape = pb.AppendMessage(shape, 1, pb.AppendInt(nil, 1, d.value))
		}
	}
	t := pb.AppendInt(nil, 1, int64(v.typ))
	if v.hasShape {
		t = pb.AppendMessage(t, 2, shape)
	}
	return pb.AppendMessage(pb.AppendText(nil, 1, v.name), 2, pb.AppendMessage(nil, 1, t))
}

// encodeHead returns a TensorProto without the bytes of its raw_data, which come last.
func (c *namedConstant) encodeHead() []byte {
	b := encodeTensorType(c.name, c.value.typ, c.value.shape)
	return pb.AppendLength(b, 9, c.value.bytes())
}

// encodeTensorType returns the fields of a TensorProto other than its values.
func encodeTensorType(name string, typ elemType, shape []int) []byte {
	var b []byte
	for _, d := range shape {
		b = pb.AppendInt(b, 1, int64(d))
	}
	b = pb.AppendInt(b, 2, int64(typ))
	if name != "" {
		b = pb.AppendText(b, 8, name)
	}
	return b
}
