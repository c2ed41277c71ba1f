package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"hoodwink/tensor"
)

// An elemType is the type of a tensor's values, by the numbers of TensorProto.DataType.
type elemType int

const (
	typeFloat    elemType = 1
	typeUint8    elemType = 2
	typeInt8     elemType = 3
	typeUint16   elemType = 4
	typeInt16    elemType = 5
	typeInt32    elemType = 6
	typeInt64    elemType = 7
	typeString   elemType = 8
	typeBool     elemType = 9
	typeFloat16  elemType = 10
	typeDouble   elemType = 11
	typeUint32   elemType = 12
	typeUint64   elemType = 13
	typeBfloat16 elemType = 16
	typeUint4    elemType = 21
	typeInt4     elemType = 22
)

var typeNames = map[elemType]string{
	typeFloat: "float", typeUint8: "uint8", typeInt8: "int8", typeUint16: "uint16", typeInt16: "int16",
	typeInt32: "int32", typeInt64: "int64", typeString: "string", typeBool: "bool", typeFloat16: "float16",
	typeDouble: "double", typeUint32: "uint32", typeUint64: "uint64", 14: "complex64", 15: "complex128",
	typeBfloat16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz",
	typeUint4: "uint4", typeInt4: "int4", 23: "float4e2m1",
}

func (t elemType) String() string {
	if s, ok := typeNames[t]; ok {
		return s
	}
	return fmt.Sprintf("type %d", int(t))
}

// floating reports whether values of the type are kept as float32.
func (t elemType) floating() bool {
	return t == typeFloat || t == typeFloat16 || t == typeDouble || t == typeBfloat16
}

// width returns the number of bytes of a value in raw_data, or 0 for types that are not supported.
func (t elemType) width() int {
	switch t {
	case typeUint8, typeInt8, typeBool:
		return 1
	case typeUint16, typeInt16, typeFloat16, typeBfloat16:
		return 2
	case typeFloat, typeInt32, typeUint32:
		return 4
	case typeDouble, typeInt64, typeUint64:
		return 8
	}
	return 0
}

// bits returns the number of bits of a value, 0 for types that are not supported.
func (t elemType) bits() int {
	if t == typeUint4 || t == typeInt4 {
		return 4
	}
	return 8 * t.width()
}

// wrap reduces an integer to the range of the type, as a conversion in C does.
func (t elemType) wrap(v int64) int64 {
	switch t {
	case typeUint4:
		return v & 15
	case typeInt4:
		return v << 60 >> 60
	case typeUint8:
		return int64(uint8(v))
	case typeInt8:
		return int64(int8(v))
	case typeUint16:
		return int64(uint16(v))
	case typeInt16:
		return int64(int16(v))
	case typeInt32:
		return int64(int32(v))
	case typeUint32:
		return int64(uint32(v))
	case typeBool:
		if v != 0 {
			return 1
		}
	}
	return v
}

// A constant is a tensor whose values are known. Floating-point values of any width are held as
// float32; the others are whole numbers, and f is nil. Strings are not held: nothing that a network
// computes depends on them.
type constant struct {
	typ   elemType
	shape []int
	f     []float32
	i     integers
}

// newConstant returns zeros.
func newConstant(t elemType, shape ...int) *constant {
	c := &constant{typ: t, shape: shape}
	if n := tensor.Size(shape); t.floating() {
		c.f = make([]float32, n)
	} else {
		c.i = makeIntegers(t, n)
	}
	return c
}

// emptyConstant returns a constant to which values are appended.
func emptyConstant(t elemType) *constant { return &constant{typ: t, i: integers{typ: t}} }

// intConstant returns a vector of int64.
func intConstant(values ...int) *constant {
	c := newConstant(typeInt64, len(values))
	for i, v := range values {
		c.i.set(i, int64(v))
	}
	return c
}

func (c *constant) len() int { return len(c.f) + c.i.len() }

// bytes returns the number of bytes of its values in a file.
func (c *constant) bytes() int { return c.len() * c.typ.width() }

// at returns value i in double precision.
func (c *constant) at(i int) float64 {
	if c.f != nil {
		return float64(c.f[i])
	}
	return float64(c.i.at(i))
}

// tensor returns float values as a tensor, a scalar as a vector of one value.
func (c *constant) tensor() *tensor.Tensor { return tensor.FromSlice(c.f, padRank(c.shape)...) }

// reshaped returns the same values in another shape of the same size.
func (c *constant) reshaped(shape ...int) *constant {
	return &constant{typ: c.typ, shape: slices.Clone(shape), f: c.f, i: c.i}
}

// padRank returns the shape of one value for a scalar, which nn does not have, and other shapes as
// they are.
func padRank(shape []int) []int {
	if len(shape) == 0 {
		return []int{1}
	}
	return shape
}

// strided returns the constant of the given shape whose value at (i0,i1,...) is the
// value of c at offset + i0*strides[0] + i1*strides[1] + ...
func (c *constant) strided(shape, strides []int, offset int) *constant {
	out := newConstant(c.typ, slices.Clone(shape)...)
	if out.len() == 0 {
		return out
	}
	i, w := 0, out.i.width()
	eachStrided(shape, strides, offset, func(from int) {
		switch {
		case c.f != nil:
			out.f[i] = c.f[from]
		case w == 1:
			out.i.data[i] = c.i.data[from]
		default:
			copy(out.i.data[w*i:w*i+w], c.i.data[w*from:])
		}
		i++
	})
	return out
}

// broadcast returns the constant repeated to a shape, or itself if it has that shape.
func (c *constant) broadcast(shape []int) *constant {
	if slices.Equal(c.shape, shape) {
		return c
	}
	return c.strided(shape, broadcastStrides(c.shape, shape), 0)
}

// eachStrided calls each with offset + i0*strides[0] + i1*strides[1] + ... for all places
// (i0,i1,...) of a shape, the last axis first.
func eachStrided(shape, strides []int, offset int, each func(at int)) {
	if len(shape) == 0 {
		each(offset)
		return
	}
	last := len(shape) - 1
	at := make([]int, last)
	for range tensor.Size(shape[:last]) {
		p := offset
		for range shape[last] {
			each(p)
			p += strides[last]
		}
		for a := last - 1; a >= 0; a-- {
			at[a]++
			offset += strides[a]
			if at[a] < shape[a] {
				break
			}
			offset -= at[a] * strides[a]
			at[a] = 0
		}
	}
}

// contiguous returns the strides of a row-major array.
func contiguous(shape []int) []int {
	strides := make([]int, len(shape))
	n := 1
	for a := len(shape) - 1; a >= 0; a-- {
		strides[a] = n
		n *= shape[a]
	}
	return strides
}

// broadcastStrides returns the strides that read an array of one shape as if it were broadcast to
// another.
func broadcastStrides(from, to []int) []int {
	strides := make([]int, len(to))
	own := contiguous(from)
	skip := len(to) - len(from)
	for a := range from {
		if from[a] != 1 {
			strides[skip+a] = own[a]
		}
	}
	return strides
}

// broadcastShape is numpy's rule for the shape of an operation on arrays of two shapes.
func broadcastShape(a, b []int) ([]int, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	skip := len(a) - len(b)
	for i, d := range b {
		switch {
		case out[skip+i] == 1:
			out[skip+i] = d
		case d != 1 && d != out[skip+i]:
			return nil, false
		}
	}
	return out, true
}

// appendRaw decodes all whole little-endian values in b.
func (c *constant) appendRaw(b []byte) {
	le := binary.LittleEndian
	switch c.typ {
	case typeFloat:
		at := len(c.f)
		c.f = slices.Grow(c.f, len(b)/4)[:at+len(b)/4]
		for i, out := 0, c.f[at:]; i < len(out); i++ {
			out[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
	case typeDouble:
		for ; len(b) >= 8; b = b[8:] {
			c.f = append(c.f, float32(math.Float64frombits(le.Uint64(b))))
		}
	case typeFloat16:
		for ; len(b) >= 2; b = b[2:] {
			c.f = append(c.f, fromFloat16(le.Uint16(b)))
		}
	case typeBfloat16:
		for ; len(b) >= 2; b = b[2:] {
			c.f = append(c.f, math.Float32frombits(uint32(le.Uint16(b))<<16))
		}
	case typeBool:
		for _, v := range b {
			c.i.append(int64(v))
		}
	default:
		c.i.data = append(c.i.data, b[:len(b)/c.i.width()*c.i.width()]...)
	}
}

// encodeValues appends the values from lo to hi in the form that appendRaw reads.
func (c *constant) encodeValues(b []byte, lo, hi int) []byte {
	le := binary.LittleEndian
	for k := lo; k < hi; k++ {
		switch c.typ {
		case typeFloat:
			b = le.AppendUint32(b, math.Float32bits(c.f[k]))
		case typeDouble:
			b = le.AppendUint64(b, math.Float64bits(float64(c.f[k])))
		case typeFloat16:
			b = le.AppendUint16(b, toFloat16(c.f[k]))
		case typeBfloat16:
			b = le.AppendUint16(b, uint16(math.Float32bits(c.f[k])>>16))
		case typeUint16, typeInt16:
			b = le.AppendUint16(b, uint16(c.i.at(k)))
		case typeUint32, typeInt32:
			b = le.AppendUint32(b, uint32(c.i.at(k)))
		case typeUint64, typeInt64:
			b = le.AppendUint64(b, uint64(c.i.at(k)))
		default:
			b = append(b, byte(c.i.at(k)))
		}
	}
	return b
}

// maxFloat16 is the largest number of half precision.
const maxFloat16 = 65504

// toFloat16 rounds to half precision, half to even; numbers that are too large become infinite.
func toFloat16(v float32) uint16 {
	bits := math.Float32bits(v)
	sign, a := uint16(bits>>16&0x8000), math.Float32frombits(bits&^(1<<31))
	switch {
	case a != a:
		return sign | 0x7e00
	case a >= maxFloat16+16: // half-way to what would be the next number
		return sign | 0x7c00
	case a < 1.0/(1<<14): // subnormal: a multiple of 2^-24
		return sign | uint16(math.RoundToEven(float64(a)*(1<<24)))
	}
	b := bits &^ (1 << 31)
	b += 0xfff + b>>13&1
	return sign | uint16(b>>13-112<<10)
}

// fromFloat16 converts a half-precision value (IEEE 754 binary16).
func fromFloat16(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10)&31, uint32(h&0x3ff)
	switch exp {
	case 0: // zero and subnormal numbers: multiples of 2^-24
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
