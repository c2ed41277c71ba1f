package onnx

import (
	"encoding/binary"
	"iter"
	"slices"
)

// integers are whole numbers, or truth values, of one type. Each takes as many bytes as the type has
// in a file, so that a file's integers take no more memory than they take in the file; one of four
// bits takes a byte.
type integers struct {
	typ  elemType
	data []byte // little-endian
}

// makeIntegers returns zeros.
func makeIntegers(t elemType, n int) integers {
	return integers{t, make([]byte, n*max(1, t.width()))}
}

func (v integers) width() int { return max(1, v.typ.width()) }

func (v integers) len() int { return len(v.data) / v.width() }

// at returns number i.
func (v integers) at(i int) int64 {
	le := binary.LittleEndian
	switch v.typ {
	case typeInt64, typeUint64:
		return int64(le.Uint64(v.data[8*i:]))
	case typeInt32:
		return int64(int32(le.Uint32(v.data[4*i:])))
	case typeUint32:
		return int64(le.Uint32(v.data[4*i:]))
	case typeInt16:
		return int64(int16(le.Uint16(v.data[2*i:])))
	case typeUint16:
		return int64(le.Uint16(v.data[2*i:]))
	case typeInt8, typeInt4:
		return int64(int8(v.data[i]))
	}
	return int64(v.data[i])
}

// set stores number i, reduced to the type's range.
func (v integers) set(i int, x int64) {
	le := binary.LittleEndian
	switch x = v.typ.wrap(x); v.width() {
	case 8:
		le.PutUint64(v.data[8*i:], uint64(x))
	case 4:
		le.PutUint32(v.data[4*i:], uint32(x))
	case 2:
		le.PutUint16(v.data[2*i:], uint16(x))
	default:
		v.data[i] = byte(x)
	}
}

// grow makes room for n more numbers.
func (v *integers) grow(n int) { v.data = slices.Grow(v.data, n*v.width()) }

// append adds a number.
func (v *integers) append(x int64) {
	n := v.len()
	v.data = append(v.data, make([]byte, v.width())...)
	v.set(n, x)
}

// part returns numbers [lo, hi), which stay the same memory.
func (v integers) part(lo, hi int) integers {
	w := v.width()
	return integers{v.typ, v.data[lo*w : hi*w]}
}

// all yields all numbers with their places.
func (v integers) all() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for i := range v.len() {
			if !yield(i, v.at(i)) {
				return
			}
		}
	}
}

// list returns all numbers.
func (v integers) list() []int64 {
	list := make([]int64, v.len())
	for i, x := range v.all() {
		list[i] = x
	}
	return list
}
