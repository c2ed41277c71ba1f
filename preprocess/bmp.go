package preprocess

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
	"slices"
)

// A bmpFile is the header of a Windows or OS/2 bitmap.
type bmpFile struct {
	width, height int
	topDown       bool
	bits          int
	compression   uint32
	masks         [4]uint32 // bits of red, green, blue and opacity, for pixels without a palette
	palette       color.Palette
	pixels        []byte // the bytes of the pixels
}

// Compressions of a bitmap.
const (
	bmpRaw, bmpRLE8, bmpRLE4, bmpFields, bmpAlphaFields = 0, 1, 2, 3, 6
)

// readBMP reads header and palette.
func readBMP(data []byte) (*bmpFile, error) {
	le := binary.LittleEndian
	if len(data) < 18 {
		return nil, io.ErrUnexpectedEOF
	}
	size := int(le.Uint32(data[14:]))
	if !slices.Contains([]int{12, 16, 40, 52, 56, 64, 108, 124}, size) {
		return nil, refusef("a header of %d bytes", size)
	}
	if len(data) < 14+size {
		return nil, io.ErrUnexpectedEOF
	}
	var (
		h      = data[14 : 14+size]
		b      = &bmpFile{}
		planes uint16
		used   int
		entry  = 4
	)
	if size == 12 { // OS/2 1: sizes of 16 bits, palettes without padding
		b.width, b.height, planes, b.bits, entry = int(le.Uint16(h[4:])), int(le.Uint16(h[6:])), le.Uint16(h[8:]), int(le.Uint16(h[10:])), 3
	} else {
		b.width, b.height = int(int32(le.Uint32(h[4:]))), int(int32(le.Uint32(h[8:])))
		planes, b.bits = le.Uint16(h[12:]), int(le.Uint16(h[14:]))
	}
	if size >= 40 {
		b.compression, used = le.Uint32(h[16:]), int(le.Uint32(h[32:]))
	}
	if b.height < 0 {
		b.height, b.topDown = -b.height, true
	}
	if planes != 1 {
		return nil, fmt.Errorf("%d planes", planes)
	}
	after := 14 + size
	switch name := map[uint32]string{4: "an embedded JPEG", 5: "an embedded PNG", 11: "CMYK inks", 12: "CMYK inks", 13: "CMYK inks"}[b.compression]; {
	case size == 64 && b.compression >= 3:
		return nil, refusef("OS/2 compression %d", b.compression)
	case name != "":
		return nil, refusef("compression %d, %s", b.compression, name)
	case b.compression == bmpFields || b.compression == bmpAlphaFields:
		n := 3
		if b.compression == bmpAlphaFields || size >= 56 {
			n = 4
		}
		from := h[min(40, size):]
		if size == 40 { // the masks follow the header
			from, after = data[after:], after+4*n
		}
		if len(from) < 4*n {
			return nil, io.ErrUnexpectedEOF
		}
		for i := range n {
			b.masks[i] = le.Uint32(from[4*i:])
		}
	case b.compression > bmpFields:
		return nil, refusef("compression %d", b.compression)
	case b.bits == 16:
		b.masks = [4]uint32{0x7c00, 0x3e0, 0x1f}
	default:
		b.masks = [4]uint32{0xff0000, 0xff00, 0xff}
	}
	known := map[uint32][]int{bmpRaw: {1, 2, 4, 8, 16, 24, 32}, bmpRLE8: {8}, bmpRLE4: {4}, bmpFields: {16, 24, 32}, bmpAlphaFields: {16, 24, 32}}[b.compression]
	if !slices.Contains(known, b.bits) {
		return nil, refusef("pixels of %d bits with compression %d", b.bits, b.compression)
	}
	for _, m := range b.masks {
		if m>>bits.TrailingZeros32(m)&(m>>bits.TrailingZeros32(m)+1) != 0 {
			return nil, refusef("a colour mask with gaps (%#x)", m)
		}
	}
	if b.bits <= 8 {
		if used <= 0 || used > 1<<b.bits {
			used = 1 << b.bits
		}
		if len(data) < after+entry*used {
			return nil, io.ErrUnexpectedEOF
		}
		for c := range slices.Chunk(data[after:after+entry*used], entry) {
			b.palette = append(b.palette, color.NRGBA{c[2], c[1], c[0], 255})
		}
		after += entry * used
	}
	from := int(le.Uint32(data[10:]))
	if from == 0 {
		from = after
	}
	if from > len(data) {
		return nil, io.ErrUnexpectedEOF
	}
	b.pixels = data[from:]
	return b, nil
}

func bmpConfig(data []byte) (extent, error) {
	b, err := readBMP(data)
	if err != nil {
		return extent{}, err
	}
	pixel := 4
	if b.bits <= 8 {
		pixel = 1
	}
	s := extentOf(image.Config{Width: b.width, Height: b.height}, pixel)
	s.samples += 2 * int64(len(data)) // copied if its last padding is missing
	return s, nil
}

func decodeBMP(data []byte) (image.Image, error) {
	b, err := readBMP(data)
	switch {
	case err != nil:
		return nil, err
	case b.compression == bmpRLE4 || b.compression == bmpRLE8:
		return b.runs()
	}
	stride := (b.width*b.bits + 31) / 32 * 4
	if len(b.pixels) < stride*b.height {
		// The last row's padding may be missing.
		if len(b.pixels) < stride*(b.height-1)+(b.width*b.bits+7)/8 {
			return nil, io.ErrUnexpectedEOF
		}
		b.pixels = append(slices.Clip(b.pixels), make([]byte, 3)...)
	}
	if b.bits <= 8 {
		return b.indices(stride)
	}
	return b.colours(stride), nil
}

// row returns the index in the file of row y of the picture.
func (b *bmpFile) row(y int) int {
	if b.topDown {
		return y
	}
	return b.height - 1 - y
}

var errPalette = errors.New("a pixel beyond the palette")

// indices reads pixels that are indices into a palette.
func (b *bmpFile) indices(stride int) (image.Image, error) {
	m := image.NewPaletted(image.Rect(0, 0, b.width, b.height), b.palette)
	for y := range b.height {
		row := b.pixels[b.row(y)*stride:]
		for x := range b.width {
			bit := x * b.bits
			v := row[bit/8] >> (8 - b.bits - bit%8) & (1<<b.bits - 1)
			if int(v) >= len(b.palette) {
				return nil, errPalette
			}
			m.Pix[y*m.Stride+x] = v
		}
	}
	return m, nil
}

// colours reads pixels that are bits of red, green, blue and perhaps opacity.
func (b *bmpFile) colours(stride int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, b.width, b.height))
	size := b.bits / 8
	var shift, top [4]uint32
	for i, mask := range b.masks {
		if mask != 0 {
			shift[i] = uint32(bits.TrailingZeros32(mask))
			top[i] = mask >> shift[i]
		}
	}
	for y := range b.height {
		row := b.pixels[b.row(y)*stride:]
		for x := range b.width {
			v := uint32(0)
			for k := range size {
				v |= uint32(row[x*size+k]) << (8 * k)
			}
			px := m.Pix[y*m.Stride+4*x:][:4]
			px[3] = 255
			for i, mask := range b.masks {
				if top[i] != 0 {
					px[i] = uint8(uint64(v&mask>>shift[i]) * 255 / uint64(top[i]))
				}
			}
		}
	}
	return m
}

// runs reads run lengths (RLE4 and RLE8). Pixels that are skipped have index 0.
func (b *bmpFile) runs() (image.Image, error) {
	// A run of 255 takes two bytes. A file that skips nearly everything would take memory out of
	// proportion.
	if b.width*b.height/1024 > len(b.pixels) {
		return nil, io.ErrUnexpectedEOF
	}
	m := image.NewPaletted(image.Rect(0, 0, b.width, b.height), b.palette)
	x, y, src := 0, 0, b.pixels
	put := func(v byte) bool {
		if x < b.width && y < b.height {
			m.Pix[b.row(y)*m.Stride+x] = v
		}
		x++
		return int(v) < len(b.palette)
	}
	for {
		if y >= b.height || y == b.height-1 && x >= b.width && len(src) < 2 {
			return m, nil // some writers leave out the end
		}
		if len(src) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		count, v := int(src[0]), src[1]
		src = src[2:]
		pixel := func(i int, v byte) byte { // the i-th pixel of a run; v holds one or two
			if b.bits == 8 {
				return v
			}
			return v >> (4 * (1 - i%2)) & 15
		}
		switch {
		case count > 0:
			for i := range count {
				if !put(pixel(i, v)) {
					return nil, errPalette
				}
			}
		case v == 0: // end of the row
			x, y = 0, y+1
		case v == 1: // end of the picture
			return m, nil
		case v == 2: // skip
			if len(src) < 2 {
				return nil, io.ErrUnexpectedEOF
			}
			x, y, src = x+int(src[0]), y+int(src[1]), src[2:]
		default: // literal pixels, padded to 16 bits
			n := (int(v)*b.bits + 15) / 16 * 2
			if len(src) < n {
				return nil, io.ErrUnexpectedEOF
			}
			for i := range int(v) {
				if !put(pixel(i, src[i*b.bits/8])) {
					return nil, errPalette
				}
			}
			src = src[n:]
		}
	}
}
