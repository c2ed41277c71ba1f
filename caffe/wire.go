package caffe

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A wireReader takes protocol buffer messages apart as they stream by, so that a
// file of weights is never in memory besides the weights. It allocates no more than
// a small multiple of the bytes that have really arrived.
type wireReader struct {
	r    *bufio.Reader
	pos  int64 // bytes read
	end  int64 // where the innermost message ends
	size int64 // bytes in all, or -1 if that is not known
}

// maxString bounds names, which are the only strings anyone looks at.
const maxString = 1 << 16

// wireBuffer is also the largest run of floats converted at once.
const wireBuffer = 1 << 16

// A truncatedError says that the file ends early.
type truncatedError struct{ at int64 }

func (e *truncatedError) Error() string {
	return fmt.Sprintf("the file is cut off: it ends at byte %d in the middle of a field", e.at)
}

func newWireReader(r io.Reader) *wireReader {
	return &wireReader{r: bufio.NewReaderSize(r, wireBuffer), end: math.MaxInt64, size: sizeOf(r)}
}

// sizeOf returns the number of bytes r has left, or -1 if it does not say.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
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

// next reads the next field's number and type; false at the end of the message.
func (w *wireReader) next() (protowire.Number, protowire.Type, bool, error) {
	if w.pos >= w.end {
		return 0, 0, false, nil
	}
	if w.end == math.MaxInt64 {
		if _, err := w.r.Peek(1); err == io.EOF {
			return 0, 0, false, nil
		}
	}
	at := w.pos
	tag, err := w.varint()
	if err != nil {
		return 0, 0, false, err
	}
	num, typ := protowire.DecodeTag(tag)
	if num < protowire.MinValidNumber || num > protowire.MaxValidNumber || typ > protowire.Fixed32Type {
		return 0, 0, false, fmt.Errorf("no protocol buffer field starts at byte %d", at)
	}
	return num, typ, true, nil
}

// failed makes an error of one from reading: the end of the file is a truncation.
func (w *wireReader) failed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &truncatedError{w.pos}
	}
	return err
}

func (w *wireReader) varint() (uint64, error) {
	var v uint64
	for shift := uint(0); shift < 70; shift += 7 {
		if w.pos >= w.end {
			return 0, fmt.Errorf("a number runs over the end of its message at byte %d", w.pos)
		}
		b, err := w.r.ReadByte()
		if err != nil {
			return 0, w.failed(err)
		}
		w.pos++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, fmt.Errorf("a number is longer than 10 bytes at byte %d", w.pos)
}

// length reads the length of a field and checks it against the enclosing message.
func (w *wireReader) length() (int64, error) {
	n, err := w.varint()
	if err != nil {
		return 0, err
	}
	return int64(n), w.fits(n)
}

// fits reports whether n more bytes stay inside the innermost message.
func (w *wireReader) fits(n uint64) error {
	if n > uint64(w.end-w.pos) {
		return fmt.Errorf("a field of %d bytes runs over the end of its message at byte %d", n, w.pos)
	}
	return nil
}

// message reads a nested message, calling field for each of its fields.
func (w *wireReader) message(field func(protowire.Number, protowire.Type) error) error {
	n, err := w.length()
	if err != nil {
		return err
	}
	outer := w.end
	w.end = w.pos + n
	defer func() { w.end = outer }()
	return w.fields(field)
}

// fields calls field for each field of the innermost message. It must consume it.
func (w *wireReader) fields(field func(protowire.Number, protowire.Type) error) error {
	for {
		num, typ, more, err := w.next()
		if err != nil || !more {
			return err
		}
		if err := field(num, typ); err != nil {
			return err
		}
	}
}

func (w *wireReader) text() (string, error) {
	n, err := w.length()
	if err != nil {
		return "", err
	}
	if n > maxString {
		return "", fmt.Errorf("a name of %d bytes at byte %d", n, w.pos)
	}
	b := make([]byte, n)
	got, err := io.ReadFull(w.r, b)
	w.pos += int64(got)
	if err != nil {
		return "", w.failed(err)
	}
	return string(b), nil
}

// skip passes over the value of a field nobody asks for.
func (w *wireReader) skip(num protowire.Number, typ protowire.Type) error {
	switch typ {
	case protowire.VarintType:
		_, err := w.varint()
		return err
	case protowire.Fixed32Type:
		return w.discard(4)
	case protowire.Fixed64Type:
		return w.discard(8)
	case protowire.BytesType:
		n, err := w.length()
		if err != nil {
			return err
		}
		return w.discard(n)
	}
	// Groups went out of use before Caffe began.
	return fmt.Errorf("field %d at byte %d is a group, which no caffemodel has", num, w.pos)
}

func (w *wireReader) discard(n int64) error {
	if err := w.fits(uint64(n)); err != nil {
		return err
	}
	for n > 0 {
		got, err := w.r.Discard(int(min(n, 1<<30)))
		w.pos += int64(got)
		n -= int64(got)
		if err != nil {
			return w.failed(err)
		}
	}
	return nil
}

var errWireType = errors.New("a field has the wrong type")

// varints appends the numbers of a packed or unpacked field to dst.
func (w *wireReader) varints(dst []int64, typ protowire.Type, most int) ([]int64, error) {
	one := func() error {
		v, err := w.varint()
		if err == nil && len(dst) == most {
			err = fmt.Errorf("more than %d numbers in a list at byte %d", most, w.pos)
		}
		dst = append(dst, int64(v))
		return err
	}
	if typ == protowire.VarintType {
		return dst, one()
	}
	if typ != protowire.BytesType {
		return dst, errWireType
	}
	n, err := w.length()
	if err != nil {
		return dst, err
	}
	outer := w.end
	w.end = w.pos + n
	defer func() { w.end = outer }()
	for w.pos < w.end {
		if err := one(); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// floats appends the values of a packed or unpacked field of 4-byte (width 4) or
// 8-byte (width 8) floating-point numbers to dst.
func (w *wireReader) floats(dst []float32, typ protowire.Type, width int64) ([]float32, error) {
	n := width
	switch {
	case typ == protowire.BytesType:
		var err error
		if n, err = w.length(); err != nil {
			return dst, err
		}
		if n%width != 0 {
			return dst, fmt.Errorf("%d bytes at byte %d are no whole number of values", n, w.pos)
		}
	case typ == protowire.Fixed32Type && width == 4, typ == protowire.Fixed64Type && width == 8:
		if err := w.fits(uint64(n)); err != nil {
			return dst, err
		}
	default:
		return dst, errWireType
	}
	if w.size >= 0 {
		if w.pos+n > w.size {
			return dst, &truncatedError{w.size}
		}
		if n > width {
			// The bytes are there: make room for exactly these.
			dst = slices.Grow(dst, int(n/width))
		}
	}
	for n > 0 {
		b, err := w.r.Peek(int(min(n, wireBuffer)))
		if err != nil {
			w.pos += int64(len(b))
			return dst, w.failed(err)
		}
		dst = appendFloats(dst, b, width)
		w.r.Discard(len(b))
		w.pos += int64(len(b))
		n -= int64(len(b))
	}
	return dst, nil
}

// appendFloats converts little-endian values of the given width.
func appendFloats(dst []float32, b []byte, width int64) []float32 {
	if width == 8 {
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, float32(math.Float64frombits(binary.LittleEndian.Uint64(b))))
		}
		return dst
	}
	at := len(dst)
	dst = slices.Grow(dst, len(b)/4)[:at+len(b)/4]
	out := dst[at:]
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return dst
}
