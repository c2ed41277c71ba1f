package preprocess

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// bmpOf makes a bitmap. The header has that many bytes; masks follow it, or fill it.
func bmpOf(header, width, height, bits, compression int, palette, pixels string, masks ...uint32) []byte {
	le := binary.LittleEndian
	var h []byte
	h = le.AppendUint32(h, uint32(header))
	if header == 12 {
		h = le.AppendUint16(le.AppendUint16(h, uint16(width)), uint16(height))
		h = le.AppendUint16(le.AppendUint16(h, 1), uint16(bits))
	} else {
		h = le.AppendUint32(le.AppendUint32(h, uint32(width)), uint32(height))
		h = le.AppendUint16(le.AppendUint16(h, 1), uint16(bits))
		h = le.AppendUint32(h, uint32(compression))
		h = append(h, make([]byte, 20)...)[:min(40, header)]
		for _, m := range masks {
			h = le.AppendUint32(h, m)
		}
		h = append(h, make([]byte, max(0, header-len(h)))...)
	}
	h = append(h, palette...)
	b := le.AppendUint32([]byte("BM"), uint32(14+len(h)+len(pixels)))
	b = le.AppendUint32(append(b, 0, 0, 0, 0), uint32(14+len(h)))
	return slices.Concat(b, h, []byte(pixels))
}

// TestBMP: every header, depth, order of rows, mask and run length.
func TestBMP(t *testing.T) {
	const palette, short = "\x03\x02\x01\x00\x06\x05\x04\x00", "\x03\x02\x01\x06\x05\x04" // 1,2,3 and 4,5,6
	four := palette + strings.Repeat("\x00\x00\x00\x00", 13) + "\x09\x08\x07\x00"
	many := palette + strings.Repeat("\x00\x00\x00\x00", 254)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"OS/2, 1 bit":             {bmpOf(12, 2, 1, 1, 0, short, "\x40\x00\x00\x00"), "1,2,3 4,5,6"},
		"OS/2 2, 1 bit":           {bmpOf(64, 2, 1, 1, 0, palette, "\x40\x00\x00\x00"), "1,2,3 4,5,6"},
		"short OS/2 2":            {bmpOf(16, 2, 1, 1, 0, palette, "\x40\x00\x00\x00"), "1,2,3 4,5,6"},
		"bottom up":               {bmpOf(40, 1, 2, 1, 0, palette, "\x80\x00\x00\x00\x00\x00\x00\x00"), "1,2,3 4,5,6"},
		"top down":                {bmpOf(40, 1, -2, 1, 0, palette, "\x00\x00\x00\x00\x80\x00\x00\x00"), "1,2,3 4,5,6"},
		"4 bits":                  {bmpOf(40, 3, 1, 4, 0, four, "\x01\xf0\x00\x00"), "1,2,3 4,5,6 7,8,9"},
		"16 bits are 5 5 5":       {bmpOf(40, 2, 1, 16, 0, "", "\x1f\x7c\xe0\x03"), "255,0,255 0,255,0"},
		"5 6 5":                   {bmpOf(40, 2, 1, 16, 3, "", "\x00\x08\x20\x00", 0xf800, 0x7e0, 0x1f), "8,0,0 0,4,0"},
		"5 6 5 in a large header": {bmpOf(108, 2, 1, 16, 3, "", "\x00\x08\x20\x00", 0xf800, 0x7e0, 0x1f, 0), "8,0,0 0,4,0"},
		"24 bits":                 {bmpOf(40, 1, 1, 24, 0, "", "\x03\x02\x01\x00"), "1,2,3"},
		"32 bits have no opacity": {bmpOf(124, 1, 1, 32, 0, "", "\x03\x02\x01\x00", 0xff0000, 0xff00, 0xff, 0xff000000), "1,2,3"},
		"but with masks":          {bmpOf(124, 2, 1, 32, 3, "", "\x03\x02\x01\x00\x03\x02\x01\xff", 0xff0000, 0xff00, 0xff, 0xff000000), "255,255,255 1,2,3"},
		"in another order":        {bmpOf(56, 1, 1, 32, 3, "", "\xff\x03\x02\x01", 0xff000000, 0xff0000, 0xff00, 0xff), "1,2,3"},
		"10 10 10":                {bmpOf(40, 1, 1, 32, 3, "", "\xff\x03\x00\x20", 0x3ff00000, 0xffc00, 0x3ff), "127,0,255"},
		"RLE8: runs and pixels":   {bmpOf(40, 5, 1, 8, 1, many, "\x02\x01\x00\x03\x00\x01\x00\x00\x00\x01"), "4,5,6 4,5,6 1,2,3 4,5,6 1,2,3"},
		"RLE8: a skip, a new row": {bmpOf(40, 2, 2, 8, 1, many, "\x00\x02\x01\x00\x01\x01\x00\x00\x01\x01\x00\x01"), "4,5,6 1,2,3 1,2,3 4,5,6"},
		"RLE8: an early end":      {bmpOf(40, 2, 1, 8, 1, many, "\x01\x01\x00\x01"), "4,5,6 1,2,3"},
		"RLE8: no end":            {bmpOf(40, 2, 1, 8, 1, many, "\x02\x01"), "4,5,6 4,5,6"},
		"RLE4: runs and pixels":   {bmpOf(40, 8, 1, 4, 2, four, "\x03\x1f\x00\x05\x01\xf0\x10\x00\x00\x01"), "4,5,6 7,8,9 4,5,6 1,2,3 4,5,6 7,8,9 1,2,3 4,5,6"},
		"RLE8 beyond the row":     {bmpOf(40, 2, 1, 8, 1, many, "\x05\x01\x00\x01"), "4,5,6 4,5,6"},
		"padding is missing":      {bmpOf(40, 1, 1, 24, 0, "", "\x03\x02\x01"), "1,2,3"},
	} {
		if got := levels(decodeBytes(t, c.file)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	const kind = "is a BMP of a kind that is not supported: "
	fails(t, bmpOf(40, 1, 1, 0, 4, "", "\xff\xd8\xff"), Limits{}, kind+"compression 4, an embedded JPEG", "convert it")
	fails(t, bmpOf(40, 1, 1, 0, 5, "", "\x89PNG"), Limits{}, kind+"compression 5, an embedded PNG", "convert it")
	fails(t, bmpOf(64, 1, 1, 1, 3, palette, "\x00\x00\x00\x00"), Limits{}, kind+"OS/2 compression 3", "convert it")
	fails(t, bmpOf(40, 1, 1, 32, 3, "", "\x00\x00\x00\x00", 0xff00ff, 0xff00, 0xff), Limits{}, kind+"a colour mask with gaps (0xff00ff)", "convert it")
	fails(t, bmpOf(40, 1, 1, 5, 0, "", "\x00\x00\x00\x00"), Limits{}, kind+"pixels of 5 bits with compression 0", "convert it")
	fails(t, bmpOf(40, 3, 3, 24, 0, "", "\x00\x00\x00\x00"), Limits{}, "is a truncated BMP", "again")
	fails(t, bmpOf(40, 2, 1, 8, 1, many, "\x02"), Limits{}, "is a truncated BMP", "again")
	for _, file := range [][]byte{bmpOf(40, 7000, 7000, 8, 1, many, "\x00\x01"), bmpOf(40, 7000, 7000, 24, 0, "", "\x00\x01")} {
		if n := allocated(func() { Decode(bytes.NewReader(file), "x", Limits{}) }); n > 1<<16 {
			t.Errorf("%d bytes were allocated for a file of %d", n, len(file))
		}
	}
}

func FuzzBMP(f *testing.F) {
	f.Add(bmpOf(40, 8, 1, 4, 2, strings.Repeat("\x01\x02\x03\x00", 16), "\x03\x1f\x00\x05\x01\xf0\x10\x00\x00\x01"))
	f.Add(bmpOf(40, 2, 2, 8, 1, strings.Repeat("\x01\x02\x03\x00", 256), "\x00\x02\x01\x00\x01\x01\x00\x00\x01\x01\x00\x01"))
	f.Add(bmpOf(40, 2, 1, 16, 3, "", "\x00\x08\x20\x00", 0xf800, 0x7e0, 0x1f))
	f.Add(bmpOf(12, 2, 1, 1, 0, "\x03\x02\x01\x06\x05\x04", "\x40\x00\x00\x00"))
	f.Fuzz(fuzzOf("bmp"))
}
