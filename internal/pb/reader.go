package pb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A Reader parses protocol buffer messages as they stream by, so that memory holds the weights of a
// file and not the file too. It allocates no more than a small multiple of the bytes that have
// really arrived.
//
// To read a field, call Next or Fields for its number and type, and then one of the methods that
// consume its value.
type Reader struct {
	r    *bufio.Reader
	pos  int64 // bytes read
	end  int64 // where the innermost message ends
	size int64 // bytes in all, or -1 if unknown
}

const (
	readerBuffer = 1 << 16

	// MaxText bounds names, the only strings that are read.
	MaxText = 1 << 16
)

// A TruncatedError says that a file ends early.
type TruncatedError struct{ At int64 }

func (e *TruncatedError) Error() string {
	return fmt.Sprintf("the file is cut off: it ends at byte %d in the middle of a field", e.At)
}

var errWireType = errors.New("a field has the wrong type")

// NewReader returns a Reader of the message that r holds from here to its end.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, readerBuffer), end: math.MaxInt64, size: Unread(r)}
}

// Unread returns the number of bytes that r has left, or -1 if that is unknown. A reader of another
// kind may say it by a method of this name.
func Unread(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Unread() int64 }:
		return r.Unread()
	case *bytes.Reader:
		return int64(r.Len())
	case *strings.Reader:
		return int64(r.Len())
	case *os.File:
		info, err := r.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return -1
		}
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil || at > info.Size() {
			return -1
		}
		return info.Size() - at
	}
	return -1
}

// Pos returns the number of bytes read so far.
func (r *Reader) Pos() int64 { return r.pos }

// Size returns the number of bytes in all, or -1 if that is unknown.
func (r *Reader) Size() int64 { return r.size }

// Peek returns up to n bytes without reading them.
func (r *Reader) Peek(n int) ([]byte, error) { return r.r.Peek(n) }

// next reads the next field's number and type; false at the end of the message.
func (r *Reader) next() (protowire.Number, protowire.Type, bool, error) {
	if r.pos >= r.end {
		return 0, 0, false, nil
	}
	if r.end == math.MaxInt64 {
		if _, err := r.r.Peek(1); err == io.EOF {
			return 0, 0, false, nil
		}
	}
	at := r.pos
	tag, err := r.Varint()
	if err != nil {
		return 0, 0, false, err
	}
	num, typ := protowire.DecodeTag(tag)
	if num < protowire.MinValidNumber || num > protowire.MaxValidNumber || typ > protowire.Fixed32Type {
		return 0, 0, false, fmt.Errorf("no protocol buffer field starts at byte %d", at)
	}
	return num, typ, true, nil
}

// Fields calls field for each field of the innermost message. It must consume the value.
func (r *Reader) Fields(field func(protowire.Number, protowire.Type) error) error {
	for {
		num, typ, more, err := r.next()
		if err != nil || !more {
			return err
		}
		if err := field(num, typ); err != nil {
			return err
		}
	}
}

// Message reads a nested message, calling field for each of its fields.
func (r *Reader) Message(typ protowire.Type, field func(protowire.Number, protowire.Type) error) error {
	return r.within(typ, func() error { return r.Fields(field) })
}

// within calls read with the end of a length-delimited field as the end of the message.
func (r *Reader) within(typ protowire.Type, read func() error) error {
	n, err := r.length(typ)
	if err != nil {
		return err
	}
	outer := r.end
	r.end = r.pos + n
	defer func() { r.end = outer }()
	return read()
}

// failed wraps an error from reading: the end of the file means truncation.
func (r *Reader) failed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &TruncatedError{r.pos}
	}
	return err
}

// Varint reads a number.
func (r *Reader) Varint() (uint64, error) {
	var v uint64
	for shift := uint(0); shift < 70; shift += 7 {
		if r.pos >= r.end {
			return 0, fmt.Errorf("a number runs over the end of its message at byte %d", r.pos)
		}
		b, err := r.r.ReadByte()
		if err != nil {
			return 0, r.failed(err)
		}
		r.pos++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("a number is longer than 10 bytes at byte %d", r.pos)
}

// Int reads a field that is one number.
func (r *Reader) Int(typ protowire.Type) (int64, error) {
	if typ != protowire.VarintType {
		return 0, errWireType
	}
	v, err := r.Varint()
	return int64(v), err
}

// length reads the length of a field and checks it against the enclosing message.
func (r *Reader) length(typ protowire.Type) (int64, error) {
	if typ != protowire.BytesType {
		return 0, errWireType
	}
	n, err := r.Varint()
	if err != nil {
		return 0, err
	}
	return int64(n), r.fits(n)
}

// fits reports whether n more bytes stay inside the innermost message.
func (r *Reader) fits(n uint64) error {
	if n > uint64(r.end-r.pos) {
		return fmt.Errorf("a field of %d bytes runs over the end of its message at byte %d", n, r.pos)
	}
	return nil
}

// Text reads a name.
func (r *Reader) Text(typ protowire.Type) (string, error) {
	n, err := r.length(typ)
	if err != nil {
		return "", err
	}
	if n > MaxText {
		return "", fmt.Errorf("a name of %d bytes at byte %d", n, r.pos)
	}
	b := make([]byte, n)
	got, err := io.ReadFull(r.r, b)
	r.pos += int64(got)
	if err != nil {
		return "", r.failed(err)
	}
	return string(b), nil
}

// Skip skips the value of a field that is not needed.
func (r *Reader) Skip(num protowire.Number, typ protowire.Type) error {
	switch typ {
	case protowire.VarintType:
		_, err := r.Varint()
		return err
	case protowire.Fixed32Type:
		return r.discard(4)
	case protowire.Fixed64Type:
		return r.discard(8)
	case protowire.BytesType:
		n, err := r.length(typ)
		if err != nil {
			return err
		}
		return r.discard(n)
	}
	return fmt.Errorf("field %d at byte %d is a group, which no model file has", num, r.pos)
}

func (r *Reader) discard(n int64) error {
	if err := r.fits(uint64(n)); err != nil {
		return err
	}
	for n > 0 {
		got, err := r.r.Discard(int(min(n, 1<<30)))
		r.pos += int64(got)
		n -= int64(got)
		if err != nil {
			return r.failed(err)
		}
	}
	return nil
}

// Ints appends the numbers of a packed or unpacked field to dst, which may have at most most
// numbers then.
func (r *Reader) Ints(dst []int64, typ protowire.Type, most int) ([]int64, error) {
	one := func() error {
		v, err := r.Varint()
		if err == nil && len(dst) == most {
			err = fmt.Errorf("more than %d numbers in a list at byte %d", most, r.pos)
		}
		if err == nil {
			dst = append(dst, int64(v))
		}
		return err
	}
	if typ == protowire.VarintType {
		err := one()
		return dst, err
	}
	err := r.within(typ, func() error {
		for r.pos < r.end {
			if err := one(); err != nil {
				return err
			}
		}
		return nil
	})
	return dst, err
}

// Chunks reads values of width bytes each, a power of two up to 8: a length-delimited field, or a
// single value if it has the fixed type of that width. It calls begin with the number of values,
// once it knows that all their bytes are there, and then chunk for one run of whole values after
// the other. With a source of unknown size begin gets 0.
func (r *Reader) Chunks(typ protowire.Type, width int, begin func(values int), chunk func([]byte)) error {
	n := int64(width)
	switch {
	case typ == protowire.BytesType:
		var err error
		if n, err = r.length(typ); err != nil {
			return err
		}
		if n%int64(width) != 0 {
			return fmt.Errorf("%d bytes at byte %d are not a whole number of values", n, r.pos)
		}
	case typ == protowire.Fixed32Type && width == 4, typ == protowire.Fixed64Type && width == 8:
		if err := r.fits(uint64(n)); err != nil {
			return err
		}
	default:
		return errWireType
	}
	sure := 0
	if r.size >= 0 {
		if n > r.size-r.pos {
			return &TruncatedError{r.size}
		}
		sure = int(n) / width
	}
	begin(sure)
	for n > 0 {
		b, err := r.r.Peek(int(min(n, readerBuffer)))
		if err != nil {
			r.pos += int64(len(b))
			return r.failed(err)
		}
		chunk(b)
		r.r.Discard(len(b))
		r.pos += int64(len(b))
		n -= int64(len(b))
	}
	return nil
}
