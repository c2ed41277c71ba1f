package onnx

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/files"
	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/nn"
)

// The format that Write writes, which all current readers know.
const (
	writtenIR    = 8
	writtenOpset = 17

	// maxWritten is what protocol buffers, and so all readers, allow.
	maxWritten = math.MaxInt32
)

// WriteOptions say how a network is written. The zero value is the default.
type WriteOptions struct {
	// Half writes the weights of convolutions, inner products and similar layers in half precision;
	// a Cast behind them converts to single precision. The file is half as large, and the weights
	// are rounded. Weights that are too large for half precision keep single precision.
	Half bool
}

// Write writes a network as an ONNX model of opset 17, from which Read and any other reader of the
// format make the same network. Its input (N,...) and its output have the network's names and a
// batch dimension called "N"; that is 1 if the network mixes the batch axis with others. Layers
// without a single operator in ONNX are written as several. The same network gives the same bytes.
//
// The error is an *Error that lists all layers for which there are no operators, or says why
// writing to w failed. Nothing is written before all layers have been checked.
func Write(w io.Writer, net *nn.Network, o WriteOptions) error {
	e, err := newExport(net, o)
	if err != nil {
		return err
	}
	return e.write(w, net, maxWritten)
}

// newExport emits the operators of all layers.
func newExport(net *nn.Network, o WriteOptions) (*export, error) {
	nodes := net.Nodes()
	e := &export{half: o.Half, fixed: net.Mixes(), used: map[string]bool{net.Input().Name: true}, labels: map[string]bool{}}
	for _, n := range nodes {
		for _, v := range n.Out {
			e.used[v.Name] = true
		}
	}
	if len(nodes) == 0 || e.used[""] {
		return nil, &Error{Err: errors.New("a network to be written needs layers, and names for what they make")}
	}
	for _, n := range nodes {
		e.layer(n)
	}
	if len(e.refused) > 0 {
		return nil, &Error{Err: fmt.Errorf("layers that cannot be written: %s", wording.Some(e.refused, 100))}
	}
	return e, nil
}

// An export is a network that is being written.
type export struct {
	half    bool
	fixed   bool // the batch dimension is 1
	ops     []*operation
	inits   []namedConstant
	used    map[string]bool // names of values
	labels  map[string]bool // names of nodes
	refused []string
}

// unique returns a name that the set does not contain, and adds it to the set.
func unique(set map[string]bool, name string) string {
	free := name
	for n := 2; set[free]; n++ {
		free = fmt.Sprintf("%s@%d", name, n)
	}
	set[free] = true
	return free
}

// dims returns a shape whose first dimension is that of the batch.
func (e *export) dims(shape []int) []dimension {
	d := make([]dimension, len(shape))
	for i, n := range shape {
		d[i].value = int64(n)
	}
	if !e.fixed {
		d[0] = dimension{param: "N"}
	}
	return d
}

// write joins the parts, in a file of at most the given size. Lengths come before contents, so
// everything except the weights is encoded first; the weights are written to w from where they are.
func (e *export) write(w io.Writer, net *nn.Network, most int) error {
	var graph []byte
	for _, op := range e.ops {
		graph = pb.AppendMessage(graph, 1, op.encode())
	}
	name := net.Name()
	if name == "" {
		name = "network" // a graph must have one
	}
	graph = pb.AppendText(graph, 2, name)
	var ends []byte
	for i, v := range []nn.Value{net.Input(), net.Output()} {
		info := valueInfo{name: v.Name, typ: typeFloat, dims: e.dims(v.Shape), hasShape: true}
		ends = pb.AppendMessage(ends, protowire.Number(11+i), info.encode())
	}
	size := len(graph) + len(ends)
	heads := make([][]byte, len(e.inits))
	for i, c := range e.inits {
		head := c.encodeHead()
		heads[i] = append(pb.AppendLength(nil, 5, len(head)+c.value.bytes()), head...)
		size += len(heads[i]) + c.value.bytes()
	}
	begin := pb.AppendLength(pb.AppendText(pb.AppendInt(nil, 1, writtenIR), 2, "hoodwink"), 7, size)
	end := pb.AppendMessage(nil, 8, pb.AppendInt(nil, 2, writtenOpset))
	if total := len(begin) + size + len(end); total > most {
		return &Error{Err: fmt.Errorf("the network takes %d bytes, an ONNX file has at most %d", total, most), hint: "weights in half precision take half of that"}
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(begin)
	out.Write(graph)
	var buffer []byte
	for i, c := range e.inits {
		out.Write(heads[i])
		const chunk = 1 << 12
		for lo := 0; lo < c.value.len(); lo += chunk {
			buffer = c.value.encodeValues(buffer[:0], lo, min(lo+chunk, c.value.len()))
			out.Write(buffer)
		}
	}
	out.Write(ends)
	out.Write(end)
	if err := out.Flush(); err != nil {
		return &Error{Err: files.Cause(err)}
	}
	return nil
}

// layer writes one layer as operators.
func (e *export) layer(n nn.Node) {
	p := &place{export: e, node: n, first: len(e.ops)}
	write := writers[layerType(n.Layer)]
	if write == nil {
		p.refuse("there are no operators for it")
		return
	}
	outs := write(p, n.Layer)
	if p.bad {
		return
	}
	for i, v := range outs {
		p.result(v, n.Out[i].Name)
	}
	for i, op := range e.ops[p.first:] {
		label := n.Name
		if i < len(e.ops)-p.first-1 {
			label += "/" + op.op
		}
		op.name = unique(e.labels, label)
	}
}
