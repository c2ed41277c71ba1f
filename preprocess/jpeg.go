package preprocess

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// A jpegImage is a decoded JPEG before its components are brought to one size and turned into
// colours. The decoder follows libjpeg bit for bit (its "islow" inverse transform and "fancy"
// upsampling), because networks were trained on what libjpeg decodes. It supports sequential and
// progressive Huffman coding with samples of 8 bits (ITU-T T.81), any integer ratio of sampling
// factors and any order of scans; the rest is refused by name.
type jpegImage struct {
	width, height int
	planes        []*jpegPlane
	colours       jpegColours
}

// A jpegPlane is one component: its samples, at its own resolution, in whole blocks.
type jpegPlane struct {
	id, table     byte // its name in scans; its quantisation table
	h, v          int  // sampling factors
	hx, vx        int  // width and height of a sample, in pixels
	width, height int  // in samples
	stride        int  // samples in a row of pix
	pix           []uint8
	coefs         [][64]int16 // of a progressive picture, by blocks
	quant         *[64]uint16 // the table as it was at the first scan; nil before it
	precision     [64]int8    // lowest bit of each coefficient that has been read; -1 for none
}

type jpegColours int

const (
	jpegGray jpegColours = iota
	jpegYCbCr
	jpegRGB
	jpegCMYK // inverted, as Adobe stores it
	jpegYCCK
)

// Markers of segments.
const (
	markSOF0, markSOF2, markDHT, markSOI, markEOI, markSOS, markDQT = 0xc0, 0xc2, 0xc4, 0xd8, 0xd9, 0xda, 0xdb
	markDNL, markDRI, markAPP0, markAPP14, markRST0, markRST7       = 0xdc, 0xdd, 0xe0, 0xee, 0xd0, 0xd7
)

// jpegKinds are the kinds of frames that are not decoded.
var jpegKinds = map[byte]string{
	0xc3: "lossless coding", 0xc5: "hierarchical coding", 0xc6: "hierarchical coding", 0xc7: "hierarchical coding",
	0xc9: "arithmetic coding", 0xca: "progressive arithmetic coding", 0xcb: "lossless arithmetic coding",
	0xcd: "hierarchical arithmetic coding", 0xce: "hierarchical arithmetic coding", 0xcf: "hierarchical arithmetic coding",
	0xde: "hierarchical coding", 0xf7: "JPEG-LS coding",
}

// A jpegDecoder walks through the segments of a file.
type jpegDecoder struct {
	data        []byte
	pos         int
	img         *jpegImage
	progressive bool
	jfif        bool
	adobe       int // colour transform of the Adobe marker; -1 without one
	maxH, maxV  int
	mcusX       int // units of an interleaved scan in a row and a column
	mcusY       int
	restart     int // units between restart markers; 0 for none
	quant       [4]*[64]uint16
	huff        [2][4]*jpegHuffman // for the mean, for the rest
}

func jpegConfig(data []byte) (extent, error) {
	d := &jpegDecoder{data: data, adobe: -1}
	if err := d.segments(true); err != nil {
		return extent{}, err
	}
	return extent{d.img.width, d.img.height, d.memory()}, nil
}

// memory bounds what the components take, in bytes.
func (d *jpegDecoder) memory() (n int64) {
	sample := int64(1)
	if d.progressive {
		sample += 2 // its coefficient
	}
	for _, p := range d.img.planes {
		n += sample*int64(d.blocks(p))*64 + int64(p.width*p.hx)
	}
	return n
}

// blocks returns the number of a component's blocks.
func (d *jpegDecoder) blocks(p *jpegPlane) int { return d.mcusX * p.h * d.mcusY * p.v }

func decodeJPEG(data []byte) (image.Image, error) {
	d := &jpegDecoder{data: data, adobe: -1}
	if err := d.segments(false); err != nil {
		return nil, err
	}
	return d.img, d.finish()
}

// segments reads up to the end of the picture, or of its header only.
func (d *jpegDecoder) segments(header bool) error {
	d.pos = 2
	for {
		marker, err := d.marker()
		if err != nil {
			return err
		}
		if marker == markEOI {
			if d.img == nil {
				return errors.New("no frame")
			}
			return nil
		}
		if d.pos+2 > len(d.data) {
			return io.ErrUnexpectedEOF
		}
		n := int(d.data[d.pos])<<8 | int(d.data[d.pos+1])
		if n < 2 {
			return errors.New("a segment without a length")
		}
		if d.pos+n > len(d.data) {
			return io.ErrUnexpectedEOF
		}
		body := d.data[d.pos+2 : d.pos+n]
		d.pos += n
		switch {
		case jpegKinds[marker] != "":
			return refused(jpegKinds[marker])
		case marker >= markSOF0 && marker <= markSOF2:
			d.progressive = marker == markSOF2
			if err := d.frame(body); err != nil || header {
				return err
			}
		case marker == markDHT:
			err = d.huffmanTables(body)
		case marker == markDQT:
			err = d.quantTables(body)
		case marker == markDRI:
			if len(body) != 2 {
				return errors.New("a restart interval of a wrong length")
			}
			d.restart = int(body[0])<<8 | int(body[1])
		case marker == markDNL:
			return refused("a height that is told after the picture (DNL)")
		case marker == markAPP0:
			d.jfif = d.jfif || len(body) >= 12 && string(body[:5]) == "JFIF\x00"
		case marker == markAPP14:
			if len(body) >= 12 && string(body[:5]) == "Adobe" {
				d.adobe = int(body[11])
			}
		case marker == markSOS:
			if d.img == nil {
				return errors.New("a scan before the frame")
			}
			err = d.scan(body)
		}
		if err != nil {
			return err
		}
	}
}

// marker skips to the next marker that begins a segment or ends the picture.
func (d *jpegDecoder) marker() (byte, error) {
	for ; d.pos+1 < len(d.data); d.pos++ {
		m := d.data[d.pos+1]
		if d.data[d.pos] == 0xff && m != 0 && m != 0xff && m != 1 && (m < markRST0 || m > markSOI) {
			d.pos += 2
			return m, nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// frame reads size and components.
func (d *jpegDecoder) frame(body []byte) error {
	if d.img != nil {
		return errors.New("two frames")
	}
	if len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return errors.New("a frame header of a wrong length")
	}
	if body[0] != 8 {
		return refusef("samples of %d bits", body[0])
	}
	m := &jpegImage{height: int(body[1])<<8 | int(body[2]), width: int(body[3])<<8 | int(body[4])}
	d.img = m
	if m.height == 0 {
		return refused("a height that is told after the picture (DNL)")
	}
	if n := body[5]; n != 1 && n != 3 && n != 4 {
		return refusef("%d colour components", n)
	}
	for b := body[6:]; len(b) > 0; b = b[3:] {
		p := &jpegPlane{id: b[0], h: int(b[1] >> 4), v: int(b[1] & 15), table: b[2]}
		for _, other := range m.planes {
			if other.id == p.id {
				return errors.New("two components of one name")
			}
		}
		if p.h < 1 || p.h > 4 || p.v < 1 || p.v > 4 || p.table > 3 {
			return fmt.Errorf("component with sampling factors %d x %d and quantisation table %d", p.h, p.v, p.table)
		}
		for i := range p.precision {
			p.precision[i] = -1
		}
		d.maxH, d.maxV = max(d.maxH, p.h), max(d.maxV, p.v)
		m.planes = append(m.planes, p)
	}
	d.mcusX, d.mcusY = ceilDiv(m.width, 8*d.maxH), ceilDiv(m.height, 8*d.maxV)
	for _, p := range m.planes {
		if d.maxH%p.h != 0 || d.maxV%p.v != 0 {
			return refusef("sampling factors %d x %d beside %d x %d, which are no whole ratio", p.h, p.v, d.maxH, d.maxV)
		}
		p.hx, p.vx, p.stride = d.maxH/p.h, d.maxV/p.v, 8*d.mcusX*p.h
		p.width, p.height = ceilDiv(m.width*p.h, d.maxH), ceilDiv(m.height*p.v, d.maxV)
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func (d *jpegDecoder) quantTables(b []byte) error {
	for len(b) > 0 {
		size, n := 1+int(b[0]>>4), b[0]&15
		if size > 2 || n > 3 || len(b) < 1+64*size {
			return errors.New("a wrong quantisation table")
		}
		t := new([64]uint16)
		for i := range t {
			if size == 1 {
				t[zigzag[i]] = uint16(b[1+i])
			} else {
				t[zigzag[i]] = uint16(b[1+2*i])<<8 | uint16(b[2+2*i])
			}
		}
		d.quant[n], b = t, b[1+64*size:]
	}
	return nil
}

// finish checks that everything has been read, transforms the remaining blocks, and decides what
// the components are.
func (d *jpegDecoder) finish() error {
	m := d.img
	for _, p := range m.planes {
		if p.quant == nil {
			return errors.New("a component without a scan")
		}
	}
	for _, p := range m.planes {
		if p.coefs == nil {
			continue
		}
		for _, bits := range p.precision[:] {
			if bits != 0 { // libjpeg estimates missing bits from the blocks around
				return refused("progressive coding that ends before full detail")
			}
		}
		for i := range p.coefs {
			x, y := i%(p.stride/8), i/(p.stride/8)
			inverseDCT(p.pix[8*(y*p.stride+x):], p.stride, &p.coefs[i], p.quant)
		}
		p.coefs = nil
	}
	ids := ""
	for _, p := range m.planes {
		ids += string(rune(p.id))
	}
	switch n := len(m.planes); {
	case n == 1:
		m.colours = jpegGray
	case n == 4 && (d.adobe == 0 || d.adobe < 0):
		m.colours = jpegCMYK
	case n == 4:
		m.colours = jpegYCCK
	case !d.jfif && (d.adobe == 0 || d.adobe < 0 && ids == "RGB"):
		m.colours = jpegRGB
	default:
		m.colours = jpegYCbCr
	}
	return nil
}

func (m *jpegImage) Bounds() image.Rectangle { return image.Rect(0, 0, m.width, m.height) }

func (m *jpegImage) ColorModel() color.Model { return color.NRGBAModel }

func (m *jpegImage) At(x, y int) color.Color {
	r, g, b, _ := m.sampler()(x, y)
	return color.NRGBA{Level(r), Level(g), Level(b), 255}
}

// sampler reads the picture row by row.
func (m *jpegImage) sampler() sampler {
	row, at := m.rows(), -1
	var c [4][]uint8
	return func(x, y int) (float32, float32, float32, float32) {
		if y != at {
			c, at = row(y), y
		}
		switch m.colours {
		case jpegGray:
			v := level8[c[0][x]]
			return v, v, v, 1
		case jpegRGB:
			return level8[c[0][x]], level8[c[1][x]], level8[c[2][x]], 1
		}
		r, g, b := c[0][x], c[1][x], c[2][x]
		switch m.colours {
		case jpegYCbCr:
			r, g, b = jfif(r, g, b)
			return level8[r], level8[g], level8[b], 1
		case jpegCMYK: // the light that the inks leave
			r, g, b = 255-r, 255-g, 255-b
		case jpegYCCK:
			r, g, b = jfif(r, g, b)
		}
		k := 255 - c[3][x]
		return inked(r, k), inked(g, k), inked(b, k), 1
	}
}

// rows returns a function that upsamples row y of all components. What it returns is overwritten by the next call.
func (m *jpegImage) rows() func(y int) [4][]uint8 {
	var c [4][]uint8
	for i, p := range m.planes {
		c[i] = make([]uint8, p.width*p.hx)
	}
	return func(y int) [4][]uint8 {
		for i, p := range m.planes {
			p.upsample(c[i], y)
		}
		return c
	}
}
