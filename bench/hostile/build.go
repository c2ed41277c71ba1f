package main

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/pb"
)

// The functions here write messages of ONNX field by field, because the files that are wanted are
// such as no exporter writes.

// An attribute is one of a node.
type attribute struct {
	name  string
	value any // int64, []int64, float32, []byte (a tensor) or graph
}

// A graph is an encoded GraphProto.
type graph []byte

// ONNX's numbers for the types of elements and of attributes.
const (
	typeFloat = 1
	typeInt64 = 7

	attributeFloat  = 1
	attributeInt    = 2
	attributeTensor = 4
	attributeGraph  = 5
	attributeInts   = 7
)

func node(op string, in, out []string, attributes ...attribute) (b []byte) {
	for _, name := range in {
		b = pb.AppendText(b, 1, name)
	}
	for _, name := range out {
		b = pb.AppendText(b, 2, name)
	}
	b = pb.AppendText(b, 4, op)
	for _, a := range attributes {
		b = pb.AppendMessage(b, 5, a.encode())
	}
	return b
}

// custom is node for a function of the file.
func custom(op string, in, out []string) []byte { return pb.AppendText(node(op, in, out), 7, "own") }

func (a attribute) encode() []byte {
	b := pb.AppendText(nil, 1, a.name)
	kind := int64(0)
	switch v := a.value.(type) {
	case float32:
		b, kind = pb.AppendFloat(b, 2, v), attributeFloat
	case int64:
		b, kind = pb.AppendInt(b, 3, v), attributeInt
	case []int64:
		for _, x := range v {
			b = pb.AppendInt(b, 8, x)
		}
		kind = attributeInts
	case []byte:
		b, kind = pb.AppendMessage(b, 5, v), attributeTensor
	case graph:
		b, kind = pb.AppendMessage(b, 6, v), attributeGraph
	}
	return pb.AppendInt(b, 20, kind)
}

func dims(shape []int64) (b []byte) {
	for _, d := range shape {
		b = pb.AppendInt(b, 1, d)
	}
	return b
}

func floats(name string, shape []int64, values ...float32) []byte {
	b := pb.AppendText(pb.AppendInt(dims(shape), 2, typeFloat), 8, name)
	var raw []byte
	for _, v := range values {
		raw = protowire.AppendFixed32(raw, math.Float32bits(v))
	}
	return pb.AppendMessage(b, 9, raw)
}

func integers(name string, values ...int64) []byte {
	b := pb.AppendText(pb.AppendInt(dims([]int64{int64(len(values))}), 2, typeInt64), 8, name)
	var packed []byte
	for _, v := range values {
		packed = protowire.AppendVarint(packed, uint64(v))
	}
	return pb.AppendMessage(b, 7, packed)
}

// info describes a value of floats.
func info(name string, shape ...int64) []byte {
	var s []byte
	for _, d := range shape {
		s = pb.AppendMessage(s, 1, pb.AppendInt(nil, 1, d))
	}
	t := pb.AppendMessage(pb.AppendInt(nil, 1, typeFloat), 2, s)
	return pb.AppendMessage(pb.AppendText(nil, 1, name), 2, pb.AppendMessage(nil, 1, t))
}

// A file is an ONNX file with one input x and one output y.
type file struct {
	in, out   []int64 // shapes
	nodes     [][]byte
	constants [][]byte
	functions [][]byte
	name      string
}

func (f *file) add(op string, in, out string, attributes ...attribute) {
	f.nodes = append(f.nodes, node(op, []string{in}, []string{out}, attributes...))
}

func (f *file) join(op string, in []string, out string, attributes ...attribute) {
	f.nodes = append(f.nodes, node(op, in, []string{out}, attributes...))
}

// head ends the file with scores of two classes for the value from, whose axes after the second are averaged.
func (f *file) head(from string, channels int64) {
	weights := make([]float32, 2*channels)
	for i := range weights {
		weights[i] = float32(i%7) - 3
	}
	f.constants = append(f.constants, floats("head", []int64{2, channels}, weights...))
	f.add("GlobalAveragePool", from, "mean")
	f.add("Flatten", "mean", "flat")
	f.join("Gemm", []string{"flat", "head"}, "y", attribute{"transB", int64(1)})
	f.out = []int64{1, 2}
}

func body(name string, nodes, constants [][]byte, in, out []byte) graph {
	var g []byte
	for _, n := range nodes {
		g = pb.AppendMessage(g, 1, n)
	}
	g = pb.AppendText(g, 2, name)
	for _, c := range constants {
		g = pb.AppendMessage(g, 5, c)
	}
	if in != nil {
		g = pb.AppendMessage(g, 11, in)
	}
	return pb.AppendMessage(g, 12, out)
}

func (f *file) encode() []byte {
	g := body(f.name, f.nodes, f.constants, info("x", f.in...), info("y", f.out...))
	b := pb.AppendInt(nil, 1, 8)
	b = pb.AppendMessage(b, 7, g)
	b = pb.AppendMessage(b, 8, pb.AppendInt(nil, 2, 17))
	b = pb.AppendMessage(b, 8, pb.AppendInt(pb.AppendText(nil, 1, "own"), 2, 1))
	for _, fn := range f.functions {
		b = pb.AppendMessage(b, 25, fn)
	}
	return b
}

// function is one of the domain "own" with the input a and the output b.
func function(name string, nodes ...[]byte) []byte {
	b := pb.AppendText(nil, 1, name)
	b = pb.AppendText(b, 4, "a")
	b = pb.AppendText(b, 5, "b")
	for _, n := range nodes {
		b = pb.AppendMessage(b, 7, n)
	}
	b = pb.AppendMessage(b, 9, pb.AppendInt(nil, 2, 17))
	b = pb.AppendMessage(b, 9, pb.AppendInt(pb.AppendText(nil, 1, "own"), 2, 1))
	return pb.AppendText(b, 10, "own")
}
