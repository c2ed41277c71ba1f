package pb

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The functions here append a field with its number to b.

// AppendLength begins a message, or other bytes, of n bytes; these must follow.
func AppendLength(b []byte, num protowire.Number, n int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.BytesType), uint64(n))
}

// AppendMessage appends a nested message.
func AppendMessage(b []byte, num protowire.Number, m []byte) []byte {
	return append(AppendLength(b, num, len(m)), m...)
}

// AppendText appends a string.
func AppendText(b []byte, num protowire.Number, s string) []byte {
	return append(AppendLength(b, num, len(s)), s...)
}

// AppendInt appends an integer, which is not zigzag-encoded.
func AppendInt(b []byte, num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
}

// AppendFloat appends a number of single precision.
func AppendFloat(b []byte, num protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, num, protowire.Fixed32Type), math.Float32bits(v))
}
