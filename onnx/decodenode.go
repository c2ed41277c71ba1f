package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

func (d *decoder) readNode(typ protowire.Type) (*nodeProto, error) {
	if d.nodes++; d.nodes > maxNodes {
		return nil, fmt.Errorf("more than %d nodes", maxNodes)
	}
	n := &nodeProto{}
	outer := d.node
	d.node = n
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			n.in, err = d.name(n.in, typ)
		case 2:
			n.out, err = d.name(n.out, typ)
		case 3:
			n.name, err = d.Text(typ)
		case 4:
			n.op, err = d.Text(typ)
		case 5:
			err = d.readAttribute(typ, func(name string, a *attribute) error {
				if n.attrs[name] != nil {
					return fmt.Errorf("it has two attributes %q", name)
				}
				if n.attrs == nil {
					n.attrs = map[string]*attribute{}
				}
				n.attrs[name] = a
				return nil
			})
		case 7:
			n.domain, err = d.Text(typ)
		case 8:
			n.overload, err = d.Text(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	d.node = outer
	return n, nil
}

func (d *decoder) readAttribute(typ protowire.Type, add func(string, *attribute) error) error {
	if err := d.count(); err != nil {
		return err
	}
	name, kind, seen := "", attrKind(0), attrKind(0)
	a := &attribute{}
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			name, err = d.Text(typ)
		case 2:
			seen = attrFloat
			err = d.floats(typ, func(v float32) { a.f = v })
		case 3:
			seen = attrInt
			a.i, err = d.Int(typ)
		case 4:
			seen = attrString
			a.s, err = d.Text(typ)
		case 5:
			seen = attrTensor
			var c namedConstant
			c, err = d.readTensor(typ)
			a.t = c.value
		case 6:
			seen = attrGraph
			a.g, err = d.readBranch(typ)
		case 7:
			seen = attrFloats
			err = d.floats(typ, func(v float32) {
				if len(a.floats) < maxListed {
					a.floats = append(a.floats, v)
				}
			})
		case 8:
			seen = attrInts
			before := len(a.ints)
			if a.ints, err = d.Ints(a.ints, typ, maxListed); err == nil {
				err = d.hold(8 * (len(a.ints) - before))
			}
		case 9:
			seen = attrStrings
			a.strings, err = d.name(a.strings, typ)
		case 20:
			var v int64
			v, err = d.Int(typ)
			kind = attrKind(v)
		case 21:
			a.ref, err = d.Text(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if err != nil {
		return err
	}
	// Writers may leave out a value of zero, and old writers the kind.
	if a.kind = kind; kind == 0 {
		a.kind = seen
	}
	return add(name, a)
}

// floats calls each for every value of a field of single-precision numbers.
func (d *decoder) floats(typ protowire.Type, each func(float32)) error {
	c := &constant{typ: typeFloat}
	return d.Chunks(typ, 4, func(int) {}, func(b []byte) {
		c.f = c.f[:0]
		c.appendRaw(b)
		for _, v := range c.f {
			each(v)
		}
	})
}

// readBranch reads a graph that belongs to a node.
func (d *decoder) readBranch(typ protowire.Type) (*graphProto, error) {
	if d.depth++; d.depth > maxGraphs {
		return nil, fmt.Errorf("more than %d graphs inside each other", maxGraphs)
	}
	g := &graphProto{}
	err := d.Message(typ, d.graphFields(g, false))
	d.depth--
	return g, err
}

func (d *decoder) function(typ protowire.Type) error {
	if err := d.count(); err != nil {
		return err
	}
	id, f := functionID{}, &function{defaults: map[string]*attribute{}}
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			id.name, err = d.Text(typ)
		case 4:
			f.in, err = d.name(f.in, typ)
		case 5:
			f.out, err = d.name(f.out, typ)
		case 6:
			f.attrs, err = d.name(f.attrs, typ)
		case 7:
			var n *nodeProto
			n, err = d.readNode(typ)
			f.nodes = append(f.nodes, n)
		case 9:
			var opset int
			opset, err = d.opset(typ)
			f.opset = max(f.opset, opset)
		case 10:
			id.domain, err = d.Text(typ)
		case 11:
			err = d.readAttribute(typ, func(name string, a *attribute) error {
				f.defaults[name] = a
				return nil
			})
		case 13:
			id.overload, err = d.Text(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if err != nil {
		return err
	}
	if d.model.functions[id] != nil {
		return fmt.Errorf("a second function %q of the domain %q", id.name, id.domain)
	}
	if d.model.functions == nil {
		d.model.functions = map[functionID]*function{}
	}
	d.model.functions[id] = f
	return nil
}
