package preprocess

import (
	"errors"
	"io"
)

// lookBits is the length of the codes that one look into a table decodes.
const lookBits = 9

// A jpegHuffman decodes the symbols of one table.
type jpegHuffman struct {
	// by the next bits: symbol and length of a short code that they begin with; 0 for none
	look    [1 << lookBits]uint16
	symbols []byte
	limit   [18]int // one more than the last code of each length, as 16 bits; growing
	offset  [17]int // what to add to a code of each length to get the index of its symbol
}

// huffmanTables reads a segment of tables (T.81, B.2.4.2).
func (d *jpegDecoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 || b[0]>>4 > 1 || b[0]&15 > 3 {
			return errors.New("a wrong Huffman table")
		}
		class, id, lengths := b[0]>>4, b[0]&15, b[1:17]
		t := &jpegHuffman{}
		code, n := 0, 0
		for size := 1; size <= 16; size++ {
			t.offset[size] = n - code
			count := int(lengths[size-1])
			if len(b) < 17+n+count || code+count > 1<<size {
				return errors.New("a wrong Huffman table")
			}
			for range count {
				if size <= lookBits {
					first := code << (lookBits - size)
					for i := range 1 << (lookBits - size) {
						t.look[first+i] = uint16(b[17+n])<<8 | uint16(size)
					}
				}
				code, n = code+1, n+1
			}
			t.limit[size] = code << (16 - size)
			code <<= 1
		}
		t.symbols = b[17 : 17+n]
		d.huff[class][id], b = t, b[17+n:]
	}
	return nil
}

// jpegBits reads bits of a scan up to the next marker. After it come zeros; [jpegBits.overrun]
// reports whether they were used.
type jpegBits struct {
	data   []byte
	pos    int
	acc    uint64 // its lowest n bits are not yet used
	n      uint
	padded uint // of these, zeros from beyond the end
}

// fill makes at least 48 bits available.
func (r *jpegBits) fill() {
	for r.n <= 48 {
		b := byte(0)
		switch {
		case r.pos >= len(r.data):
			r.padded += 8
		case r.data[r.pos] != 0xff:
			b = r.data[r.pos]
			r.pos++
		case r.pos+1 < len(r.data) && r.data[r.pos+1] == 0:
			b = 0xff
			r.pos += 2
		case r.pos+1 < len(r.data) && r.data[r.pos+1] == 0xff:
			r.pos++ // a marker may be preceded by any number of these
			continue
		default:
			r.padded += 8
		}
		r.acc, r.n = r.acc<<8|uint64(b), r.n+8
	}
}

// overrun reports whether bits beyond the end have been used.
func (r *jpegBits) overrun() bool { return r.padded > r.n }

// read returns the next n <= 16 bits.
func (r *jpegBits) read(n uint) uint {
	if r.n < n {
		r.fill()
	}
	r.n -= n
	return uint(r.acc>>r.n) & (1<<n - 1)
}

// signed returns the next n bits as a number of n bits: those that begin with 0 are negative (T.81, F.2.2.1).
func (r *jpegBits) signed(n uint) int {
	if n == 0 {
		return 0
	}
	v := int(r.read(n))
	if v < 1<<(n-1) {
		v += 1 - 1<<n
	}
	return v
}

var errHuffmanCode = errors.New("bits that are no code of the Huffman table")

// symbol decodes the next code.
func (r *jpegBits) symbol(t *jpegHuffman) (byte, error) {
	if r.n < 16 {
		r.fill()
	}
	next := int(r.acc>>(r.n-16)) & 0xffff
	if l := t.look[next>>(16-lookBits)]; l != 0 {
		r.n -= uint(l & 255)
		return byte(l >> 8), nil
	}
	for size := lookBits + 1; size <= 16; size++ {
		if next < t.limit[size] {
			r.n -= uint(size)
			return t.symbols[t.offset[size]+next>>(16-size)], nil
		}
	}
	if r.padded > 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return 0, errHuffmanCode
}

// restart skips to the restart marker that must come next.
func (r *jpegBits) restart(marker byte) error {
	for ; r.pos+1 < len(r.data); r.pos++ {
		if m := r.data[r.pos+1]; r.data[r.pos] == 0xff && m != 0 && m != 0xff {
			if m != marker {
				return errors.New("a restart marker is missing or out of order")
			}
			*r = jpegBits{data: r.data, pos: r.pos + 2}
			return nil
		}
	}
	return io.ErrUnexpectedEOF
}
