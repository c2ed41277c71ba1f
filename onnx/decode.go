package onnx

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/pb"
)

// Limits on what a file may hold.
const (
	maxNodes     = 1 << 17 // of all graphs and functions
	maxParts     = 1 << 19 // functions, attributes, inputs, outputs and weights
	maxListed    = 1 << 20 // numbers in an attribute
	maxAxes      = 32
	maxGraphs    = 32      // nested
	maxValues    = 1 << 30 // of all weights together
	maxModelSize = 1 << 36 // bytes
	maxSpare     = 1 << 26 // bytes that numbers may take beyond twice those read
)

// A field is called for every field of a message with its number and type.
type field = func(num protowire.Number, typ protowire.Type) error

// A decoder reads the messages of a model as they stream by.
type decoder struct {
	*pb.Reader
	model    *Model
	external *folder
	node     *nodeProto // the one being read, for errors
	tensor   string     // the one being read
	nodes    int
	parts    int
	depth    int
	held     int64 // bytes of numbers that are shorter in the file
}

const notModel = "an ONNX model is a binary file, usually *.onnx"

func (d *decoder) decode() error {
	head, err := d.Peek(8)
	if len(head) == 0 {
		if err != nil && err != io.EOF {
			return &Error{Err: err}
		}
		return &Error{Err: errors.New("the file is empty"), hint: "download or copy the file again"}
	}
	// The first field is ir_version, or another that is not longer.
	if t := head[0] & 7; t != byte(protowire.VarintType) && t != byte(protowire.BytesType) || head[0] < 8 {
		return &Error{Err: fmt.Errorf("not an ONNX model: it begins with %q", head), hint: notModel}
	}
	if err := d.Fields(d.modelField); err != nil {
		return d.failed(err)
	}
	if d.model.graph == nil {
		return &Error{Err: errors.New("no graph in it: not an ONNX model"), hint: notModel}
	}
	return nil
}

// failed adds where an error happened.
func (d *decoder) failed(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	e = &Error{Err: err}
	if d.node != nil {
		e.Node, e.Op = d.node.label(), d.node.op
	}
	if d.tensor != "" {
		e.Err = fmt.Errorf("tensor %q: %w", d.tensor, err)
	}
	var cut *pb.TruncatedError
	if errors.As(err, &cut) {
		e.hint = "download or copy the file again"
	}
	return e
}

// label returns the name of a node in errors: that of its first output if it has none.
func (n *nodeProto) label() string {
	if n.name == "" && len(n.out) > 0 {
		return n.out[0]
	}
	return n.name
}

func (d *decoder) modelField(num protowire.Number, typ protowire.Type) (err error) {
	if d.Pos() > maxModelSize {
		return fmt.Errorf("more than %d bytes", int64(maxModelSize))
	}
	m := d.model
	switch num {
	case 2:
		m.Producer, err = d.Text(typ)
	case 3:
		m.ProducerVersion, err = d.Text(typ)
	case 7:
		if m.graph != nil {
			return errors.New("a second graph")
		}
		m.graph = &graphProto{}
		err = d.Message(typ, d.graphFields(m.graph, true))
	case 8:
		var opset int
		opset, err = d.opset(typ)
		m.Opset = max(m.Opset, opset)
	case 25:
		err = d.function(typ)
	default:
		err = d.Skip(num, typ)
	}
	return err
}

// opset reads an import and returns the version of the standard operators that it names, or 0.
func (d *decoder) opset(typ protowire.Type) (int, error) {
	domain, version := "", int64(0)
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			domain, err = d.Text(typ)
		case 2:
			version, err = d.Int(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if !standard(domain) {
		return 0, err
	}
	return int(min(max(version, 0), 1<<20)), err
}

// graphFields reads a graph: the main one (whose name is the model's) or a branch.
func (d *decoder) graphFields(g *graphProto, main bool) field {
	return func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			var n *nodeProto
			n, err = d.readNode(typ)
			g.nodes = append(g.nodes, n)
		case 2:
			if !main {
				return d.Skip(num, typ)
			}
			d.model.Name, err = d.Text(typ)
		case 5:
			var c namedConstant
			c, err = d.readTensor(typ)
			g.inits = append(g.inits, c)
		case 11:
			var v valueInfo
			v, err = d.readValueInfo(typ)
			g.inputs = append(g.inputs, v)
		case 12:
			var v valueInfo
			v, err = d.readValueInfo(typ)
			g.outputs = append(g.outputs, v)
		case 15:
			err = errors.New("sparse weights are not supported")
		default:
			err = d.Skip(num, typ)
		}
		return err
	}
}

// hold counts n bytes, before they are taken, for numbers that may be shorter in the file. A small
// file must not fill the memory.
func (d *decoder) hold(n int) error {
	if d.held += int64(n); d.held > maxSpare+2*d.Pos() {
		return errSpare
	}
	return nil
}

var errSpare = fmt.Errorf("its integers take more than %d MB beyond what was read of the file", maxSpare>>20)

// count counts one more of the parts, whose number in a file is limited.
func (d *decoder) count() error {
	if d.parts++; d.parts > maxParts {
		return fmt.Errorf("more than %d attributes, inputs and outputs", maxParts)
	}
	return nil
}

// name appends a name to a list.
func (d *decoder) name(list []string, typ protowire.Type) ([]string, error) {
	if err := d.count(); err != nil {
		return list, err
	}
	s, err := d.Text(typ)
	return append(list, s), err
}

func (d *decoder) readValueInfo(typ protowire.Type) (valueInfo, error) {
	v := valueInfo{}
	if err := d.count(); err != nil {
		return v, err
	}
	dim := func(num protowire.Number, typ protowire.Type) (err error) {
		last := &v.dims[len(v.dims)-1]
		switch num {
		case 1:
			last.value, err = d.Int(typ)
		case 2:
			last.param, err = d.Text(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	}
	shape := func(num protowire.Number, typ protowire.Type) error {
		if num != 1 {
			return d.Skip(num, typ)
		}
		if len(v.dims) == maxAxes {
			return fmt.Errorf("value %q has more than %d dimensions", v.name, maxAxes)
		}
		v.dims = append(v.dims, dimension{})
		return d.Message(typ, dim)
	}
	tensorType := func(num protowire.Number, typ protowire.Type) error {
		switch num {
		case 1:
			n, err := d.Int(typ)
			v.typ = elemType(n)
			return err
		case 2:
			v.hasShape = true
			return d.Message(typ, shape)
		}
		return d.Skip(num, typ)
	}
	anyType := func(num protowire.Number, typ protowire.Type) error {
		if num == 1 {
			return d.Message(typ, tensorType)
		}
		return d.Skip(num, typ)
	}
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			v.name, err = d.Text(typ)
		case 2:
			err = d.Message(typ, anyType)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	return v, err
}
