package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// tensorFields are the fields of a tensor before they are interpreted.
type tensorFields struct {
	constant
	dims     []int64
	typed    map[protowire.Number]*constant // float_data, int32_data, ... as they are
	raw      *constant                      // raw_data of a known type
	early    []byte                         // raw_data that came before its type
	hasRaw   bool
	external map[string]string
	location int64 // 1 is external
}

// Fields of a TensorProto with values of a type of their own.
const (
	floatData  protowire.Number = 4
	int32Data  protowire.Number = 5
	int64Data  protowire.Number = 7
	doubleData protowire.Number = 10
	uint64Data protowire.Number = 11
)

// typedIn returns the field for values of a type that are not raw.
func (t elemType) typedIn() protowire.Number {
	switch t {
	case typeFloat:
		return floatData
	case typeDouble:
		return doubleData
	case typeInt64:
		return int64Data
	case typeUint32, typeUint64:
		return uint64Data
	}
	return int32Data
}

// readTensor reads a tensor with its values.
func (d *decoder) readTensor(typ protowire.Type) (namedConstant, error) {
	out := namedConstant{}
	if err := d.count(); err != nil {
		return out, err
	}
	t := &tensorFields{typed: map[protowire.Number]*constant{}}
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			t.dims, err = d.Ints(t.dims, typ, maxAxes)
		case 2:
			var v int64
			v, err = d.Int(typ)
			t.typ = elemType(v)
		case floatData, doubleData:
			err = d.readFloats(t, num, typ)
		case int32Data, int64Data, uint64Data:
			c := t.typed[num]
			if c == nil {
				c = t.wholes(num)
				t.typed[num] = c
			}
			err = d.readInts(c, typ)
		case 6:
			t.typ = typeString
			err = d.Skip(num, typ)
		case 8:
			out.name, err = d.Text(typ)
			d.tensor = out.name
		case 9:
			err = d.readRaw(t, typ)
		case 13:
			err = d.readExternal(t, typ)
		case 14:
			t.location, err = d.Int(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	d.tensor = out.name
	if out.value, err = d.makeConstant(t); err != nil {
		return out, err
	}
	d.tensor = ""
	return out, nil
}

// readFloats reads float_data or double_data, which a writer may split.
func (d *decoder) readFloats(t *tensorFields, num protowire.Number, typ protowire.Type) error {
	c := t.typed[num]
	if c == nil {
		c = &constant{typ: typeFloat}
		if num == doubleData {
			c.typ = typeDouble
		}
		t.typed[num] = c
	}
	return d.Chunks(typ, c.typ.width(), func(n int) {
		if n > 1 {
			c.f = slices.Grow(c.f, n)
		}
	}, c.appendRaw)
}

// readRaw reads raw_data.
func (d *decoder) readRaw(t *tensorFields, typ protowire.Type) error {
	if t.hasRaw {
		return errors.New("it has raw_data twice")
	}
	t.hasRaw = true
	w := t.typ.width()
	if w == 0 {
		return d.Chunks(typ, 1, func(n int) { t.early = make([]byte, 0, n) }, func(b []byte) { t.early = append(t.early, b...) })
	}
	t.raw = emptyConstant(t.typ)
	return d.Chunks(typ, w, t.raw.room, t.raw.appendRaw)
}

// room allocates room for n values of an empty constant.
func (c *constant) room(n int) {
	if c.typ.floating() {
		c.f = make([]float32, 0, n)
	} else {
		c.i = makeIntegers(c.typ, n).part(0, 0)
	}
}

func (d *decoder) readExternal(t *tensorFields, typ protowire.Type) error {
	key, value := "", ""
	err := d.Message(typ, func(num protowire.Number, typ protowire.Type) (err error) {
		switch num {
		case 1:
			key, err = d.Text(typ)
		case 2:
			value, err = d.Text(typ)
		default:
			err = d.Skip(num, typ)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(t.external) > 16 {
		return errors.New("it has too many settings of external data")
	}
	if t.external == nil {
		t.external = map[string]string{}
	}
	t.external[key] = value
	return nil
}

// unpack reads a tensor of integers of four bits: two in a byte, the lower bits first.
func (d *decoder) unpack(t *tensorFields) (*constant, error) {
	shape := t.shape()
	n, ok := tensor.CheckedSize(shape, maxValues)
	if !ok {
		return nil, fmt.Errorf("it has the shape %s: at most %d values are possible", wording.Shape(shape), maxValues)
	}
	bytes := *t
	bytes.typ, bytes.dims = typeUint8, []int64{int64(n+1) / 2}
	packed, err := d.makeConstant(&bytes)
	if err != nil {
		return nil, err
	}
	if err := d.hold(n); err != nil {
		return nil, err
	}
	c := newConstant(t.typ, shape...)
	for i := range n {
		c.i.set(i, packed.i.at(i/2)>>(4*(i%2)))
	}
	return c, nil
}

// wholes returns an empty constant for the numbers of a typed field: of the tensor's type, if that is
// known and belongs to the field, so that they take no more memory than they must.
func (t *tensorFields) wholes(num protowire.Number) *constant {
	if t.typ.width() > 0 && !t.typ.floating() && t.typ.typedIn() == num {
		return emptyConstant(t.typ)
	}
	return emptyConstant(typeInt64)
}

// readInts reads int32_data, int64_data or uint64_data. Small numbers take less room in the file than
// here: those of a packed field are counted before there is room for them, which is then made once.
func (d *decoder) readInts(c *constant, typ protowire.Type) error {
	if typ != protowire.BytesType {
		v, err := d.Int(typ)
		if err == nil {
			err = d.hold(c.i.width())
		}
		if err == nil {
			c.i.append(v)
		}
		return err
	}
	var packed []byte
	err := d.Chunks(typ, 1, func(n int) { packed = make([]byte, 0, n) }, func(b []byte) { packed = append(packed, b...) })
	if err != nil {
		return err
	}
	n := 0
	for _, b := range packed {
		if b < 0x80 { // the last byte of a number
			n++
		}
	}
	if err := d.hold(n * c.i.width()); err != nil {
		return err
	}
	c.i.grow(n)
	for len(packed) > 0 {
		v, read := protowire.ConsumeVarint(packed)
		if read < 0 {
			return fmt.Errorf("a number that is not whole, %d bytes before byte %d", len(packed), d.Pos())
		}
		c.i.append(int64(v))
		packed = packed[read:]
	}
	return nil
}

// shape returns the dimensions read so far.
func (t *tensorFields) shape() []int {
	shape := make([]int, len(t.dims))
	for i, v := range t.dims {
		shape[i] = int(v)
	}
	return shape
}

// makeConstant checks that type, dimensions and values agree.
func (d *decoder) makeConstant(t *tensorFields) (*constant, error) {
	if t.typ.bits() == 4 {
		return d.unpack(t)
	}
	width := t.typ.width()
	if width == 0 && t.typ != typeString {
		return nil, fmt.Errorf("values of %s are not supported", t.typ)
	}
	shape := t.shape()
	n, ok := tensor.CheckedSize(shape, maxValues)
	if !ok {
		return nil, fmt.Errorf("it has the shape %s: at most %d values are possible", wording.Shape(shape), maxValues)
	}
	if t.typ == typeString {
		return &constant{typ: typeString, shape: shape}, nil // names of classes, beside the scores
	}
	d.model.weights += n
	if d.model.weights > maxValues {
		return nil, fmt.Errorf("all weights together are more than %d values", maxValues)
	}
	c := emptyConstant(t.typ)
	switch typed := t.typed[t.typ.typedIn()]; {
	case t.location == 1:
		if len(t.typed) > 0 || t.hasRaw {
			return nil, errors.New("it has values both inside and outside of the model file")
		}
		offset, err := externalNumber(t.external, "offset")
		if err != nil {
			return nil, err
		}
		length := int64(n) * int64(width)
		if t.external["length"] != "" {
			if got, err := externalNumber(t.external, "length"); err != nil || got != length {
				return nil, fmt.Errorf("the length of its external data is %q: %d bytes are wanted for the shape %s", t.external["length"], length, wording.Shape(shape))
			}
		}
		if err := d.external.read(c, t.external["location"], offset, length); err != nil {
			return nil, err
		}
	case t.hasRaw:
		if len(t.typed) > 0 {
			return nil, errors.New("it has values of two kinds")
		}
		if t.raw != nil && t.raw.typ == t.typ {
			c = t.raw
		} else if t.raw == nil {
			if len(t.early) != n*width {
				return nil, fmt.Errorf("it has the shape %s but %d bytes", wording.Shape(shape), len(t.early))
			}
			c.room(n)
			c.appendRaw(t.early)
		} else {
			return nil, errors.New("it has two types")
		}
	case typed != nil:
		if len(t.typed) > 1 {
			return nil, errors.New("it has values of two kinds")
		}
		if c.typ.floating() {
			if err := d.hold(4 * typed.i.len()); err != nil {
				return nil, err
			}
		}
		c.take(typed)
	case len(t.typed) > 0:
		return nil, fmt.Errorf("its values are not in the field for %s", t.typ)
	}
	if c.len() != n {
		return nil, fmt.Errorf("it has the shape %s but %d values", wording.Shape(shape), c.len())
	}
	c.shape = shape
	if n == 0 {
		return newConstant(t.typ, shape...), nil
	}
	return c, nil
}

// take converts the values of a typed field.
func (c *constant) take(from *constant) {
	switch c.typ {
	case typeFloat, typeDouble:
		c.f = from.f
	case typeFloat16, typeBfloat16:
		for _, v := range from.i.all() {
			c.appendRaw([]byte{byte(v), byte(v >> 8)})
		}
	default:
		if c.i = from.i; from.typ != c.typ {
			c.i = makeIntegers(c.typ, from.len())
			for i, v := range from.i.all() {
				c.i.set(i, v)
			}
		}
	}
	c.f, c.i.data = slices.Clip(c.f), slices.Clip(c.i.data)
}

// externalNumber returns a setting that is a number, 0 if it is missing.
func externalNumber(settings map[string]string, key string) (int64, error) {
	s := settings[key]
	if s == "" {
		return 0, nil
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("the %s of its external data is %q", key, s)
	}
	return v, nil
}
