package preprocess

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// A tiffMaker writes TIFF files of any tags.
type tiffMaker struct {
	order binary.AppendByteOrder
	big   bool
	tags  map[tiffTag][]uint64 // numbers of 32 bits, unless they are of the types below
	strip [][]byte
	bytes map[tiffTag][]byte // tags that are longer than four bytes, of type UNDEFINED
}

// file returns the file. Strip offsets and lengths are filled in.
func (m tiffMaker) file() []byte {
	o := m.order
	magic := map[binary.AppendByteOrder]string{binary.LittleEndian: "II", binary.BigEndian: "MM"}[o]
	var b []byte
	if m.big {
		b = o.AppendUint16(o.AppendUint16(o.AppendUint16([]byte(magic), 43), 8), 0)
	} else {
		b = o.AppendUint16([]byte(magic), 42)
	}
	tags := maps.Clone(m.tags)
	from, size := tagStripOffsets, tagStripBytes
	if tags[tagTileWidth] != nil {
		from, size = tagTileOffsets, tagTileBytes
	}
	tags[from], tags[size] = make([]uint64, len(m.strip)), make([]uint64, len(m.strip))
	word, entry, inline := 4, 12, 4
	if m.big {
		word, entry, inline = 8, 20, 8
	}
	at := len(b) + word // of the directory
	head, tail := 2, 4
	if m.big {
		head, tail = 8, 8
	}
	for tag := range m.bytes {
		tags[tag] = nil
	}
	more := at + head + len(tags)*entry + tail // of values that do not fit in
	end := more
	for tag, v := range tags {
		if 4*len(v) > inline {
			end += 4 * len(v)
		}
		end += len(m.bytes[tag])
	}
	for i, s := range m.strip {
		tags[from][i], tags[size][i] = uint64(end), uint64(len(s))
		end += len(s)
	}
	put := func(b []byte, v int) []byte {
		if m.big {
			return o.AppendUint64(b, uint64(v))
		}
		return o.AppendUint32(b, uint32(v))
	}
	b = put(b, at)
	if m.big {
		b = o.AppendUint64(b, uint64(len(tags)))
	} else {
		b = o.AppendUint16(b, uint16(len(tags)))
	}
	var values []byte
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		if v := m.bytes[tag]; v != nil {
			b = put(put(o.AppendUint16(o.AppendUint16(b, uint16(tag)), 7), len(v)), more+len(values))
			values = append(values, v...)
			continue
		}
		v := tags[tag]
		b = put(o.AppendUint16(o.AppendUint16(b, uint16(tag)), 4), len(v))
		var field []byte
		for _, n := range v {
			field = o.AppendUint32(field, uint32(n))
		}
		if len(field) > inline {
			b, values = put(b, more+len(values)), append(values, field...)
		} else {
			b = append(append(b, field...), make([]byte, inline-len(field))...)
		}
	}
	b = put(b, 0)
	return slices.Concat(b, values, slices.Concat(m.strip...))
}

// tiffOf makes a file of one strip from a width, a height and tag, number, tag, number and so on.
func tiffOf(strip string, width, height int, more ...int) tiffMaker {
	m := tiffMaker{order: binary.LittleEndian, strip: [][]byte{[]byte(strip)}, tags: map[tiffTag][]uint64{
		tagWidth: {uint64(width)}, tagHeight: {uint64(height)}, tagBits: {8}, tagCompression: {1}, tagPhotometric: {blackIsZero}}}
	for i := 0; i < len(more); i += 2 {
		m.tags[tiffTag(more[i])] = []uint64{uint64(more[i+1])}
	}
	return m
}

func (m tiffMaker) with(tag tiffTag, v ...uint64) tiffMaker {
	m.tags = maps.Clone(m.tags)
	m.tags[tag] = v
	return m
}

// levels are all pixels of a picture in order, as 8-bit levels.
func levels(p *Picture) string {
	h, w := p.Size()
	var s []string
	for i := range h * w {
		s = append(s, fmt.Sprintf("%d,%d,%d", Level(p.Pixels.Data[i]), Level(p.Pixels.Data[h*w+i]), Level(p.Pixels.Data[2*h*w+i])))
	}
	return strings.Join(s, " ")
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

func rgbTIFF(strip string, width, height int, more ...int) tiffMaker {
	return tiffOf(strip, width, height, append([]int{int(tagPhotometric), rgbSamples, int(tagSamples), 3}, more...)...).with(tagBits, 8, 8, 8)
}

// TestTIFFTags: every tag that changes pixels changes them as the specification says.
func TestTIFFTags(t *testing.T) {
	gray := "0,0,0 85,85,85 170,170,170 255,255,255"
	for name, c := range map[string]struct {
		m    tiffMaker
		want string
	}{
		"1 bit":                {tiffOf("\x50", 4, 1, int(tagBits), 1), "0,0,0 255,255,255 0,0,0 255,255,255"},
		"1 bit, white is zero": {tiffOf("\x50", 4, 1, int(tagBits), 1, int(tagPhotometric), 0), "255,255,255 0,0,0 255,255,255 0,0,0"},
		"2 bits":               {tiffOf("\x1b", 4, 1, int(tagBits), 2), gray},
		"4 bits":               {tiffOf("\x05\xaf", 4, 1, int(tagBits), 4), gray},
		"2 bits, reversed":     {tiffOf("\xd8", 4, 1, int(tagBits), 2, int(tagFillOrder), 2), gray},
		"8 bits, reversed":     {tiffOf("\x00\xaa\x55\xff", 4, 1, int(tagFillOrder), 2), gray},
		"packed and reversed":  {tiffOf("\xc0\x00\xaa\x55\xff", 4, 1, int(tagFillOrder), 2, int(tagCompression), tiffPackBits), gray},
		"white is zero":        {tiffOf("\xff\xaa\x55\x00", 4, 1, int(tagPhotometric), 0), gray},
		"no photometric":       {tiffMaker{binary.LittleEndian, false, map[tiffTag][]uint64{tagWidth: {2}, tagHeight: {1}, tagBits: {8}}, [][]byte{{0, 55}}, nil}, "255,255,255 200,200,200"},
		"16 bits":              {tiffOf("\x00\x00\x55\x55\xaa\xaa\xff\xff", 4, 1, int(tagBits), 16), gray},
		"predictor, 16 bits":   {tiffOf(deflated("\x00\x00\x55\x55\x55\x55\x55\x55"), 4, 1, int(tagBits), 16, int(tagPredictor), 2, int(tagCompression), 8), gray},
		"predictor, ignored":   {tiffOf("\x00\x55\xaa\xff", 4, 1, int(tagPredictor), 2), gray},
		"RGB":                  {rgbTIFF("\x01\x02\x03\x04\x05\x06", 2, 1), "1,2,3 4,5,6"},
		"RGB, predictor":       {rgbTIFF(deflated("\x01\x02\x03\x03\x03\x03"), 2, 1, int(tagPredictor), 2, int(tagCompression), 8), "1,2,3 4,5,6"},
		"palette of 4 bits": {tiffOf("\x02\x10", 3, 1, int(tagBits), 4, int(tagPhotometric), 3).with(tagColorMap,
			slices.Concat([]uint64{257, 514, 771}, make([]uint64, 13), []uint64{4 * 257, 5 * 257, 6 * 257}, make([]uint64, 13), []uint64{0xff00, 8 * 257, 9*257 + 1}, make([]uint64, 13))...), "1,4,255 3,6,9 2,5,8"},
		"palette of low bytes":         {tiffOf("\x40", 2, 1, int(tagBits), 1, int(tagPhotometric), 3).with(tagColorMap, 1, 2, 3, 4, 5, 6), "1,3,5 2,4,6"},
		"CMYK":                         {tiffOf("\xff\x00\x80\x00\x00\x00\x00\xff", 2, 1, int(tagPhotometric), 5, int(tagSamples), 4), "0,255,127 0,0,0"},
		"extra, unspecified":           {rgbTIFF("\x01\x02\x03\x00", 1, 1, int(tagSamples), 4, int(tagExtraSamples), 0).with(tagBits, 8, 8, 8, 8), "1,2,3"},
		"extra, unassociated":          {rgbTIFF("\x01\x02\x03\x00", 1, 1, int(tagSamples), 4, int(tagExtraSamples), 2).with(tagBits, 8, 8, 8, 8), "255,255,255"},
		"extra, associated":            {rgbTIFF("\x0a\x00\xff\x0a", 1, 1, int(tagSamples), 4, int(tagExtraSamples), 1).with(tagBits, 8, 8, 8, 8), "255,245,255"},
		"gray with opacity":            {tiffOf("\x00\xff\x00\x00", 2, 1, int(tagSamples), 2, int(tagExtraSamples), 2).with(tagBits, 8, 8), "0,0,0 255,255,255"},
		"gray, inverted, with opacity": {tiffOf("\x00\xff\xff\xff", 2, 1, int(tagSamples), 2, int(tagExtraSamples), 2, int(tagPhotometric), 0).with(tagBits, 8, 8), "255,255,255 0,0,0"},
	} {
		if c.m.tags[tagCompression] != nil && c.m.tags[tagCompression][0] != 1 {
			c.m = c.m.with(tagRowsPerStrip, 1<<32-1)
		}
		for _, big := range []bool{false, true} {
			c.m.big = big
			if got := levels(decodeBytes(t, c.m.file())); got != c.want {
				t.Errorf("%s, BigTIFF %v: %s, want %s", name, big, got, c.want)
			}
		}
		if bits := c.m.tags[tagBits]; bits[0] == 16 && c.m.tags[tagCompression][0] != 1 {
			continue // the samples inside the compressed strip are of the other order
		}
		c.m.order = binary.BigEndian
		if got := levels(decodeBytes(t, c.m.file())); got != c.want {
			t.Errorf("%s, big-endian: %s, want %s", name, got, c.want)
		}
	}
	// Planes: all reds, then all greens, then all blues, each in strips of one row, or in tiles.
	m := rgbTIFF("", 2, 2, int(tagPlanar), 2, int(tagRowsPerStrip), 1)
	m.strip = [][]byte{{1, 2}, {3, 4}, {11, 12}, {13, 14}, {21, 22}, {23, 24}}
	if got := levels(decodeBytes(t, m.file())); got != "1,11,21 2,12,22 3,13,23 4,14,24" {
		t.Errorf("planes: %s", got)
	}
	tile := func(v byte) []byte { return bytes.Repeat([]byte{v, v + 1}, 8*16) }
	m = tiffOf("", 17, 2, int(tagTileWidth), 16, int(tagTileHeight), 16)
	m.strip = [][]byte{tile(50), tile(70)}
	p := decodeBytes(t, m.file())
	if got, want := levels(p), strings.Repeat(strings.Repeat("50,50,50 51,51,51 ", 8)+"70,70,70 ", 2); got+" " != want {
		t.Errorf("tiles: %s", got)
	}
}

// TestTIFFFax: white is 0 in a fax, and the photometric interpretation says how 0 looks. Two rows of eight
// pixels: two black and six white ones, and again the same.
func TestTIFFFax(t *testing.T) {
	// Group 4: H, white 0, black 2, then V0 to the end of the row; the second row is V0 V0 V0.
	group4 := bitString("001 00110101 11 1  1 1 1")
	// Group 3: an end of line before each row: white 0, black 2, white 6. Fill bits end it on a byte.
	const eol, row = "000000000001", "00110101 11 1110"
	group3 := bitString(eol + row + eol + row)
	filled := bitString("0000" + eol + row + "000000" + eol + row)
	turned := func(s string) string {
		m := tiffOf(s, 1, 1)
		m.strip[0] = slices.Clone(m.strip[0])
		for i, b := range m.strip[0] {
			for k := range 8 {
				m.strip[0][i] = m.strip[0][i]&^(1<<k) | b>>(7-k)&1<<k
			}
		}
		return string(m.strip[0])
	}
	black, white := "0,0,0 0,0,0", strings.Repeat(" 255,255,255", 6)
	row0 := black + white
	row1 := "255,255,255 255,255,255" + strings.Repeat(" 0,0,0", 6)
	for _, c := range []struct {
		name, data    string
		kind, options int
	}{{"Group 4", group4, tiffFax4, 0}, {"Group 3", group3, tiffFax3, 0}, {"Group 3 with fill bits", filled, tiffFax3, 4}} {
		for fill, data := range map[int]string{1: c.data, 2: turned(c.data)} {
			for photometric, want := range []string{row0, row1} {
				file := tiffOf(data, 8, 2, int(tagBits), 1, int(tagCompression), c.kind, int(tagPhotometric), photometric, int(tagFillOrder), fill, int(tagT4Options), c.options).file()
				if got := levels(decodeBytes(t, file)); got != want+" "+want {
					t.Errorf("%s, FillOrder %d, PhotometricInterpretation %d: %s", c.name, fill, photometric, got)
				}
			}
		}
	}
}

// bitString packs digits 0 and 1, and ignores spaces.
func bitString(s string) string {
	s = strings.ReplaceAll(s, " ", "")
	b := make([]byte, (len(s)+7)/8)
	for i, c := range s {
		b[i/8] |= byte(c-'0') << (7 - i%8)
	}
	return string(b)
}

// TestTIFFRefused: what is in order but not decoded is named.
func TestTIFFRefused(t *testing.T) {
	gray := func(more ...int) tiffMaker { return tiffOf("\x00\x00\x00\x00\x00\x00\x00\x00", 2, 1, more...) }
	for want, m := range map[string]tiffMaker{
		"signed samples (SampleFormat 2)":                   gray(int(tagSampleFormat), 2),
		"floating-point samples of 32 bits":                 gray(int(tagSampleFormat), 3, int(tagBits), 32),
		"samples of 32 bits":                                gray(int(tagBits), 32),
		"samples of 12 bits":                                gray(int(tagBits), 12),
		"samples of different size (BitsPerSample [5 6 5])": rgbTIFF("\x00\x00", 1, 1).with(tagBits, 5, 6, 5),
		"Predictor 3 (floating point)":                      gray(int(tagPredictor), 3, int(tagCompression), 5),
		"Predictor 2 with samples of 4 bits":                gray(int(tagPredictor), 2, int(tagCompression), 5, int(tagBits), 4),
		"compression 6, old-style JPEG":                     gray(int(tagCompression), 6),
		"compression 34925, LZMA":                           gray(int(tagCompression), 34925),
		"compression 50000, Zstandard":                      gray(int(tagCompression), 50000),
		"compression 50001, WebP":                           gray(int(tagCompression), 50001),
		"compression 2, CCITT modified Huffman":             gray(int(tagCompression), 2),
		"compression 1234":                                  gray(int(tagCompression), 1234),
		"two-dimensional CCITT Group 3":                     gray(int(tagCompression), 3, int(tagBits), 1, int(tagT4Options), 1),
		"PhotometricInterpretation 8, CIE L*a*b*":           rgbTIFF("\x00\x00\x00", 1, 1, int(tagPhotometric), 8),
		"YCbCr colours that are not compressed as JPEG":     rgbTIFF("\x00\x00\x00", 1, 1, int(tagPhotometric), 6),
		"inks that are not CMYK (InkSet 2)":                 rgbTIFF("\x00\x00\x00\x00", 1, 1, int(tagPhotometric), 5, int(tagSamples), 4, int(tagInkSet), 2),
		"its first page is a reduced copy (thumbnail)":      gray(int(tagSubfile), 1),
		"a camera's raw file":                               gray(int(tagDNGVersion), 0x01040000),
		"old-style LZW compression":                         tiffOf("\x00\x01\x02", 2, 1, int(tagCompression), 5),
	} {
		fails(t, m.file(), Limits{}, "is a TIFF of a kind that is not supported: "+want, "")
		_, err := Decode(bytes.NewReader(m.file()), "x", Limits{})
		if e := err.(*Error); !strings.Contains(e.Advice, "convert it to an 8-bit RGB PNG") && !strings.Contains(e.Advice, "develop it") {
			t.Errorf("%s: hint %q", want, e.Advice)
		}
	}
}

// TestTIFFHostile: files whose numbers do not fit are damaged, and take little memory to find that out.
func TestTIFFHostile(t *testing.T) {
	short := tiffOf("\x01\x02", 3, 1)
	fails(t, short.file(), Limits{}, "is a truncated TIFF", "again")
	tiles := tiffOf("", 2, 2, int(tagTileWidth), 1<<30, int(tagTileHeight), 1<<30)
	fails(t, tiles.file(), Limits{}, "is a damaged TIFF: tiles of 1073741824 x 1073741824 in a picture of 2 x 2", "again")
	few := tiffOf("\x01", 1, 5, int(tagRowsPerStrip), 1)
	fails(t, few.file(), Limits{}, "is a damaged TIFF: 1 strips or tiles where 5 are needed", "again")
	palette := tiffOf("\x01", 1, 1, int(tagPhotometric), 3).with(tagColorMap, 1, 2, 3)
	fails(t, palette.file(), Limits{}, "is a damaged TIFF: a ColorMap of 3 numbers for samples of 8 bits", "again")
	for _, compression := range []int{tiffDeflate, tiffLZW, tiffPackBits, tiffRaw} {
		file := tiffOf("\x78\x9c\x00\x00\x00\x00", 7000, 7000, int(tagCompression), compression, int(tagSamples), 8, int(tagBits), 16, int(tagExtraSamples), 0).file()
		if n := allocated(func() { Decode(bytes.NewReader(file), "x", Limits{}) }); n > 1<<20 {
			t.Errorf("compression %d: %d bytes were allocated for a file of %d", compression, n, len(file))
		}
	}
}

func FuzzTIFF(f *testing.F) {
	f.Add(tiffOf("\x00\x01\x02\x03", 2, 2).file())
	f.Add(rgbTIFF("\x01\x02\x03\x00", 1, 1, int(tagSamples), 4, int(tagExtraSamples), 1).file())
	f.Add(tiffOf(bitString("001 00110101 11 1  1 1 1"), 8, 2, int(tagBits), 1, int(tagCompression), tiffFax4).file())
	f.Add(tiffOf(deflated("\x00\x00\x55\x55"), 2, 1, int(tagBits), 16, int(tagPredictor), 2, int(tagCompression), 8).file())
	planes := rgbTIFF("", 2, 2, int(tagPlanar), 2, int(tagRowsPerStrip), 1)
	planes.strip, planes.big = [][]byte{{1, 2}, {3, 4}, {11, 12}, {13, 14}, {21, 22}, {23, 24}}, true
	f.Add(planes.file())
	f.Fuzz(fuzzOf("tiff"))
}

// TestTIFFJPEG: strips that are JPEGs with tables of their own or shared ones; what their components are is what the
// photometric interpretation says.
func TestTIFFJPEG(t *testing.T) {
	grays := func(n ...uint8) (c []component) {
		for _, v := range n {
			c = append(c, component{1, 1, [][]uint8{{v}}})
		}
		return c
	}
	for _, c := range []struct {
		comps       []component
		photometric int
		want        string
	}{
		{grays(77), blackIsZero, "77,77,77"},
		{grays(77), whiteIsZero, "178,178,178"},
		{grays(10, 20, 30), rgbSamples, "10,20,30"},
		{grays(100, 128, 228), ycbcrSamples, "240,29,100"},
		{grays(255, 0, 128, 0), cmykInks, "0,255,127"},
	} {
		file := jpegFile(8, 8, -1, c.comps...)
		m := tiffOf(string(file), 8, 8, int(tagCompression), tiffJPEG, int(tagPhotometric), c.photometric, int(tagSamples), len(c.comps)).with(tagBits, slices.Repeat([]uint64{8}, len(c.comps))...)
		want := strings.TrimSuffix(strings.Repeat(c.want+" ", 64), " ")
		if got := levels(decodeBytes(t, m.file())); got != want {
			t.Errorf("PhotometricInterpretation %d: %.30s, want %s", c.photometric, got, c.want)
		}
		frame, scan := bytes.Index(file, []byte{0xff, markSOF0}), bytes.Index(file, []byte{0xff, markSOS})
		tables := slices.Concat(file[:frame], file[frame+10+3*len(c.comps):scan], []byte{0xff, markEOI})
		m.strip[0] = slices.Concat([]byte("\xff\xd8"), file[frame:frame+10+3*len(c.comps)], file[scan:])
		m.bytes = map[tiffTag][]byte{tagJPEGTables: tables}
		if got := levels(decodeBytes(t, m.file())); got != want {
			t.Errorf("PhotometricInterpretation %d with tables apart: %.30s, want %s", c.photometric, got, c.want)
		}
	}
	m := tiffOf(string(jpegFile(16, 8, -1, grays(1)...)), 8, 8, int(tagCompression), tiffJPEG)
	fails(t, m.file(), Limits{}, "is a damaged TIFF: a strip or tile holds a JPEG of another size", "again")
	lossless := jpegFile(8, 8, -1, grays(1)...)
	lossless[bytes.Index(lossless, []byte{0xff, markSOF0})+1] = 0xc3
	fails(t, tiffOf(string(lossless), 8, 8, int(tagCompression), tiffJPEG).file(), Limits{}, "is a TIFF of a kind that is not supported: lossless coding", "convert it")
}
