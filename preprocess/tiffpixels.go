package preprocess

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
	"slices"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// decodeTIFF decodes the first page of a TIFF file.
func decodeTIFF(data []byte) (image.Image, error) {
	p, err := readTIFFPage(data)
	if err != nil {
		return nil, err
	}
	var c *tiffCanvas
	across, down := p.blocks()
	planes := 1
	if p.planar {
		planes = p.samples
	}
	for plane := range planes {
		for j := range down {
			rows := min(p.blockHeight, p.height-j*p.blockHeight)
			for i := range across {
				raw, err := p.block((plane*down+j)*across + i)
				if err != nil {
					return nil, err
				}
				samples, err := p.unpack(raw, rows)
				if err != nil {
					return nil, err
				}
				if c == nil { // allocated only once a first part of the picture has been decoded
					c = p.canvas()
				}
				c.put(samples, plane, i*p.blockWidth, j*p.blockHeight, rows)
			}
		}
	}
	return c.finish(), nil
}

// perBlock returns how many samples a pixel has in one block.
func (p *tiffPage) perBlock() int {
	if p.planar {
		return 1
	}
	return p.samples
}

// rowBytes returns the length of a row of a block.
func (p *tiffPage) rowBytes() int { return (p.blockWidth*p.perBlock()*p.bits + 7) / 8 }

// unpack returns the samples of the first rows of a block, without compression and predictor.
func (p *tiffPage) unpack(raw []byte, rows int) ([]byte, error) {
	if p.compression == tiffJPEG {
		return p.unpackJPEG(raw, rows)
	}
	if p.reversed {
		turned := make([]byte, len(raw))
		for i, b := range raw {
			turned[i] = bits.Reverse8(b)
		}
		raw = turned
	}
	need := int64(p.rowBytes()) * int64(rows)
	var r io.Reader = bytes.NewReader(raw)
	switch p.compression {
	case tiffFax3:
		return p.unpackFax3(raw, rows)
	case tiffFax4:
		// Inverted means that white is 0, as in a fax; the photometric interpretation then says
		// what 0 means.
		r = ccitt.NewReader(r, ccitt.MSB, ccitt.Group4, p.blockWidth, rows, &ccitt.Options{Invert: true})
	case tiffLZW:
		if len(raw) > 1 && raw[0] == 0 && raw[1]&1 != 0 {
			return nil, refused("old-style LZW compression (codes from the lowest bit on)")
		}
		l := lzw.NewReader(r, lzw.MSB, 8)
		defer l.Close()
		r = l
	case tiffDeflate, tiffOldDeflate:
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	case tiffPackBits:
		r = &packBits{src: raw}
	}
	if p.compression == tiffRaw {
		if int64(len(raw)) < need {
			return nil, io.ErrUnexpectedEOF
		}
		return raw[:need], nil
	}
	var b bytes.Buffer // in proportion to the data that is there, not to the claimed size
	const ratio = 1032 // of deflate at its best
	b.Grow(int(min(need, ratio*int64(len(raw)))) + bytes.MinRead)
	if _, err := io.CopyN(&b, r, need); err != nil {
		return nil, err
	}
	p.undoPredictor(b.Bytes())
	return b.Bytes(), nil
}

// unpackFax3 decodes CCITT Group 3. An end of line precedes every row: eleven zeros and a one,
// which occur in no other code. More zeros may precede it, so that it ends on a whole byte. The
// decoder does not support this fill, so every row is decoded as a fax of its own.
func (p *tiffPage) unpackFax3(raw []byte, rows int) ([]byte, error) {
	const eol = 11
	var out bytes.Buffer
	var row []byte
	zeros, n, seen := 0, 0, 0 // zeros before the current bit; bits of row; ends of line
	finish := func() error {
		if seen == 0 || seen > rows {
			return nil
		}
		r := ccitt.NewReader(bytes.NewReader(row), ccitt.MSB, ccitt.Group3, p.blockWidth, 1, &ccitt.Options{Invert: true})
		_, err := io.CopyN(&out, r, int64(p.rowBytes()))
		return err
	}
	for i := range 8 * len(raw) {
		bit := raw[i/8] >> (7 - i%8) & 1
		if n%8 == 0 {
			row = append(row, 0)
		}
		row[n/8] |= bit << (7 - n%8)
		n++
		if bit == 0 {
			zeros++
			continue
		}
		if zeros >= eol {
			if err := finish(); err != nil {
				return nil, err
			}
			row, n, seen = append(row[:0], 0, 1<<(7-eol%8)), eol+1, seen+1
		}
		zeros = 0
	}
	if err := finish(); err != nil {
		return nil, err
	}
	if seen < rows {
		return nil, io.ErrUnexpectedEOF
	}
	return out.Bytes(), nil
}

// packBits reads Apple's run lengths (TIFF 6.0, section 9).
type packBits struct {
	src []byte
	n   int  // remaining bytes of the current run
	run bool // all the same, src[0]
}

func (p *packBits) Read(dst []byte) (int, error) {
	done := 0
	for done < len(dst) {
		if p.n == 0 {
			if len(p.src) == 0 {
				return done, io.EOF
			}
			code := int(int8(p.src[0]))
			p.src = p.src[1:]
			if code == -128 {
				continue
			}
			p.run, p.n = code < 0, 1+max(code, -code)
		}
		if len(p.src) == 0 {
			return done, io.ErrUnexpectedEOF
		}
		k := min(p.n, len(dst)-done)
		if p.run {
			for i := range k {
				dst[done+i] = p.src[0]
			}
		} else {
			k = copy(dst[done:done+k], p.src)
			p.src = p.src[k:]
		}
		p.n, done = p.n-k, done+k
		if p.run && p.n == 0 {
			p.src = p.src[1:]
		}
	}
	return done, nil
}

// undoPredictor adds to every sample the one of the previous pixel in its row.
func (p *tiffPage) undoPredictor(b []byte) {
	if p.predictor != 2 {
		return
	}
	n, row := p.perBlock(), p.rowBytes()
	for ; len(b) >= row; b = b[row:] {
		if p.bits == 8 {
			for i := n; i < row; i++ {
				b[i] += b[i-n]
			}
			continue
		}
		for i := 2 * n; i < row; i += 2 {
			p.order.PutUint16(b[i:], p.order.Uint16(b[i:])+p.order.Uint16(b[i-2*n:]))
		}
	}
}

// A tiffCanvas is the picture into which blocks are copied. A pixel has channels of one or two
// bytes.
type tiffCanvas struct {
	*tiffPage
	img      image.Image
	pix      []byte
	channels int
	deep     bool
	gray     bool // written to the first of several channels, and copied at the end
}

// canvas returns an empty picture of a kind that can hold the page.
func (p *tiffPage) canvas() *tiffCanvas {
	r := image.Rect(0, 0, p.width, p.height)
	c := &tiffCanvas{tiffPage: p, channels: 4, deep: p.bits == 16}
	one := p.photometric == whiteIsZero || p.photometric == blackIsZero
	switch {
	case p.photometric == paletteIndex:
		m := image.NewPaletted(r, p.colours())
		c.img, c.pix, c.channels = m, m.Pix, 1
	case p.photometric == cmykInks:
		m := image.NewCMYK(r)
		c.img, c.pix, c.deep = m, m.Pix, false
	case one && p.alpha == alphaNone && c.deep:
		m := image.NewGray16(r)
		c.img, c.pix, c.channels = m, m.Pix, 1
	case one && p.alpha == alphaNone:
		m := image.NewGray(r)
		c.img, c.pix, c.channels = m, m.Pix, 1
	case p.alpha == alphaAssociated && c.deep:
		m := image.NewRGBA64(r)
		c.img, c.pix = m, m.Pix
	case p.alpha == alphaAssociated:
		m := image.NewRGBA(r)
		c.img, c.pix = m, m.Pix
	case c.deep:
		m := image.NewNRGBA64(r)
		c.img, c.pix = m, m.Pix
	default:
		m := image.NewNRGBA(r)
		c.img, c.pix = m, m.Pix
	}
	c.gray = one && c.channels == 4
	return c
}

// colours returns the palette. Its numbers have 16 bits, of which the upper 8 count, as in libtiff.
// If only the lower 8 are ever set, the writer meant those.
func (p *tiffPage) colours() color.Palette {
	shift := 0
	for _, v := range p.palette {
		if v > 255 {
			shift = 8
		}
	}
	n := len(p.palette) / 3
	colours := make(color.Palette, n)
	for i := range colours {
		colours[i] = color.NRGBA{uint8(p.palette[i] >> shift), uint8(p.palette[n+i] >> shift), uint8(p.palette[2*n+i] >> shift), 255}
	}
	return colours
}

// channel returns the channel for sample s of a pixel, or -1 if the sample is ignored.
func (c *tiffCanvas) channel(s int) int {
	switch {
	case c.channels == 1:
		if s > 0 {
			return -1
		}
	case c.photometric == cmykInks:
		if s > 3 {
			return -1
		}
	case c.gray && s > 0, s >= 3:
		if c.alpha != alphaNone && (c.gray && s == 1 || !c.gray && s == 3) {
			return 3
		}
		return -1
	}
	return s
}

// put copies the samples of rows of a block whose corner is at (x0, y0).
func (c *tiffCanvas) put(samples []byte, plane, x0, y0, rows int) {
	var (
		n, stride = c.perBlock(), c.rowBytes()
		width     = min(c.blockWidth, c.width-x0)
		scale     = 255 / (1<<min(c.bits, 8) - 1)
		invert    = c.photometric == whiteIsZero
		size      = 1
	)
	if c.photometric == paletteIndex {
		scale = 1
	}
	if c.deep {
		size = 2
	}
	for s := range n {
		to := c.channel(s + plane)
		if to < 0 {
			continue
		}
		flip := byte(0)
		if invert && to == 0 {
			flip = 255
		}
		for y := range rows {
			row := samples[y*stride:][:stride]
			at := (((y0+y)*c.width+x0)*c.channels + to) * size
			for x := range width {
				k := x*n + s
				switch c.bits {
				case 16:
					v := c.order.Uint16(row[2*k:])
					c.pix[at] = byte(v>>8) ^ flip
					if c.deep {
						c.pix[at+1] = byte(v) ^ flip
					}
				case 8:
					c.pix[at] = row[k] ^ flip
				default:
					bit := k * c.bits
					v := int(row[bit/8]) >> (8 - c.bits - bit%8) & (1<<c.bits - 1)
					c.pix[at] = byte(v*scale) ^ flip
				}
				at += c.channels * size
			}
		}
	}
}

// finish fills in what no sample provides, and returns the picture.
func (c *tiffCanvas) finish() image.Image {
	if c.channels != 4 || c.photometric == cmykInks {
		return c.img
	}
	size := 1
	if c.deep {
		size = 2
	}
	for i := 0; i < len(c.pix); i += 4 * size {
		px := c.pix[i:][:4*size]
		if c.gray {
			copy(px[size:], px[:size])
			copy(px[2*size:], px[:size])
		}
		if c.alpha == alphaNone {
			for k := range size {
				px[3*size+k] = 255
			}
		}
		if c.alpha == alphaAssociated { // a colour brighter than its opacity is an error, which libtiff clips
			for k := range 3 {
				if bytes.Compare(px[k*size:][:size], px[3*size:]) > 0 {
					copy(px[k*size:][:size], px[3*size:])
				}
			}
		}
	}
	return c.img
}

// unpackJPEG decodes a block that is a JPEG file of its own, except for tables that it shares with
// others. The photometric interpretation, not the markers, says what the components are.
func (p *tiffPage) unpackJPEG(raw []byte, rows int) ([]byte, error) {
	if len(raw) < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	file := raw
	if tables := bytes.TrimSuffix(p.jpegTables, []byte{0xff, markEOI}); len(tables) > 2 {
		file = slices.Concat(tables, raw[2:])
	}
	d := &jpegDecoder{data: file, adobe: -1}
	if err := d.segments(true); err != nil {
		return nil, err
	}
	// The last strip may be as high as the others; nothing may be larger than that.
	if m := d.img; m == nil || m.width != p.blockWidth || m.height < rows || m.height > p.blockHeight || len(m.planes) != p.perBlock() {
		return nil, errors.New("a strip or tile holds a JPEG of another size")
	}
	if n := jpegScans(file); n > maxScans {
		return nil, fmt.Errorf("a JPEG of %d scans, more than the limit of %d", n, maxScans)
	}
	img, err := decodeJPEG(file)
	if err != nil {
		return nil, err
	}
	m := img.(*jpegImage)
	n := len(m.planes)
	out, row := make([]byte, p.blockWidth*n*rows), m.rows()
	for y := range rows {
		c := row(y)
		for x := range p.blockWidth {
			px := out[(y*p.blockWidth+x)*n:][:n]
			for i := range n {
				px[i] = c[i][x]
			}
			if p.photometric == ycbcrSamples {
				px[0], px[1], px[2] = jfif(px[0], px[1], px[2])
			}
		}
	}
	return out, nil
}
