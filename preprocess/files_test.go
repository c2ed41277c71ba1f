package preprocess

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// This file makes picture files, down to the ones that no encoder at hand makes.

// A component is one colour of a jpegFile, in blocks of 8 x 8 equal samples.
type component struct {
	h, v   int       // sampling factors
	blocks [][]uint8 // the sample of every block, rows of blocks from the top
}

// jpegFile makes a baseline JPEG. Only the mean of a block is stored, so that decoders
// agree on every sample. adobe is the colour transform of an Adobe marker, -1 for none.
func jpegFile(width, height, adobe int, comps ...component) []byte {
	var out bytes.Buffer
	out.WriteString("\xff\xd8")
	segment := func(marker byte, body ...byte) {
		out.Write([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)})
		out.Write(body)
	}
	if adobe >= 0 {
		segment(0xee, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, byte(adobe))
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	frame := []byte{8, byte(height >> 8), byte(height), byte(width >> 8), byte(width), byte(len(comps))}
	scan := []byte{byte(len(comps))}
	maxH, maxV := 1, 1
	for i, c := range comps {
		frame = append(frame, byte(i+1), byte(c.h<<4|c.v), 0)
		scan = append(scan, byte(i+1), 0)
		maxH, maxV = max(maxH, c.h), max(maxV, c.v)
	}
	segment(0xc0, frame...)
	// Means: twelve codes of four bits, the size of the difference. The rest of a
	// block: one code of one bit, its end.
	segment(0xc4, append(append([]byte{0x00}, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)...)
	segment(0xc4, append([]byte{0x10}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)...)
	segment(0xda, append(scan, 0, 63, 0)...)
	var acc uint64
	var n int
	put := func(v, bits int) {
		acc, n = acc<<bits|uint64(v), n+bits
		for n >= 8 {
			b := byte(acc >> (n - 8))
			out.WriteByte(b)
			if b == 0xff {
				out.WriteByte(0)
			}
			n -= 8
		}
	}
	last := make([]int, len(comps))
	ceil := func(a, b int) int { return (a + b - 1) / b }
	for my := range ceil(height, 8*maxV) {
		for mx := range ceil(width, 8*maxH) {
			for i, c := range comps {
				for b := range c.h * c.v {
					row := c.blocks[min(my*c.v+b/c.h, len(c.blocks)-1)]
					mean := 8 * (int(row[min(mx*c.h+b%c.h, len(row)-1)]) - 128)
					diff := mean - last[i]
					last[i] = mean
					size := 0
					for m := max(diff, -diff); m > 0; m >>= 1 {
						size++
					}
					put(size, 4)
					if diff < 0 {
						diff += 1<<size - 1
					}
					put(diff, size)
					put(0, 1)
				}
			}
		}
	}
	put(0x7f, 7)
	out.WriteString("\xff\xd9")
	return out.Bytes()
}

// exif is a TIFF file of one entry: the orientation.
func exif(orientation uint16) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	b = binary.BigEndian.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// insert returns file with more after its first n bytes.
func insert(file []byte, n int, more ...byte) []byte {
	return slices.Concat(file[:n], more, file[n:])
}

// pngChunk is one chunk of a PNG.
func pngChunk(kind string, body []byte) []byte {
	var b bytes.Buffer
	appendChunk(&b, kind, body)
	return b.Bytes()
}

// afterHeader is where the chunks after the header of a PNG begin.
const afterHeader = 8 + 25

// pngHeader begins a PNG that claims a size, and ends there.
func pngHeader(width, height uint32) []byte {
	body := binary.BigEndian.AppendUint32(nil, width)
	body = append(binary.BigEndian.AppendUint32(body, height), 8, 2, 0, 0, 0)
	return append([]byte(pngMagic), pngChunk("IHDR", body)...)
}

// tiffFile makes an uncompressed 8-bit gray TIFF.
func tiffFile(width, height int, orientation uint16, pix []byte) []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x09\x00")
	const end = 10 + 9*12 + 4
	for _, e := range [][2]uint32{
		{256, uint32(width)}, {257, uint32(height)}, {258, 8}, {259, 1}, {262, 1},
		{273, end}, {274, uint32(orientation)}, {278, uint32(height)}, {279, uint32(len(pix))},
	} {
		kind := uint16(3) // 16 bits
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, kind)
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, e[1])
	}
	return append(append(b, 0, 0, 0, 0), pix...)
}

// webpFile wraps chunks in a WebP file.
func webpFile(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), slices.Concat(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riffChunk(id string, body []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// losslessWebP returns the VP8L chunk of a picture whose pixels have green 0 or 200, as
// bits says row by row, and no red and blue.
func losslessWebP(width, height int, bits ...int) []byte {
	var acc uint64
	var n int
	b := []byte{0x2f}
	put := func(v, size int) {
		acc |= uint64(v) << n
		for n += size; n >= 8; n -= 8 {
			b, acc = append(b, byte(acc)), acc>>8
		}
	}
	put(width-1, 14)
	put(height-1, 14)
	put(0, 1+3)    // no transparency, version 0
	put(0, 1+1+1)  // no transform, no colour cache, one group of codes
	put(1|1<<1, 3) // green: a simple code of two symbols, of which the first takes one bit
	put(0, 1)      // 0
	put(200, 8)    // 200
	for range 2 {  // red and blue: always 0
		put(1, 4)
	}
	put(1|1<<2, 3) // alpha: one symbol of eight bits
	put(255, 8)
	put(1, 4) // distance: never used
	for _, v := range bits {
		put(v, 1)
	}
	put(0, 16)
	return riffChunk("VP8L", b)
}

// Two pictures of 7 x 5 by libwebp, and what it decodes them to: RGB, then RGBA.
var (
	lossyWebP      = unbase64("UklGRkoAAABXRUJQVlA4ID4AAABQAgCdASoHAAUAA4BaJbACdLoBQAAKTz0TYAAA/qoczVehOUqkrpf9Uexd59G3e435Sd7VLlittqi71VgAAA==")
	lossyPixels    = unbase64("AxbYFhjSOBjAXRamiRSJsBNx0RRfET7aIj/QRD++aj6mlz2LvTxz3zxfHH3KL3/BT36udn2Wonx7yXtj6ntPHa62MLCuUrCceK+Gpa5py61Q7a0+JeGvNuGoWOKWfN57s+dr1+RQ+eU8")
	lossyWebPAlpha = unbase64("UklGRoYAAABXRUJQVlA4WAoAAAAQAAAABgAABAAAQUxQSCQAAAAAAAAAAAAAAAALFiEsN0IAFixCWG6EACFCY4SlxgAsWISw3AhWUDggPAAAABACAJ0BKgcABQADgFolsAJ0ugADCEHwqgAA/qoczVehOUqk3+gorh+aJ4c4fX3T/QmQ7Qvg4K5N/iWQAA==")
	alphaPixels    = unbase64("Axu8ABQdtwAxH6kAUh6YAHkegwCbHnEAuCBjABRCvQAiRLYLP0aqFmFGmCGJRoMsqkZxN8dHZUIjf60ANIKnFk+CmixxgohCl4NzWLmDYW7XhFWEKa6aADqwlSFXsodCeLJ1Y56yYITAslCl3rNCxjbdkwBF340sY+CBWIPebYSz6WOw0udO3O/oQgg=")
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// gradient is a colourful picture of 9 x 6.
func gradient() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 9, 6))
	for y := range 6 {
		for x := range 9 {
			m.SetNRGBA(x, y, color.NRGBA{uint8(28 * x), uint8(51 * y), uint8(255 - 14*x - 17*y), 255})
		}
	}
	return m
}

// seeds returns one or more small files of every format, by name.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	put := func(name string, encode func(*bytes.Buffer) error) {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	m := gradient()
	clear := gradient()
	for i := 3; i < len(clear.Pix); i += 4 {
		clear.Pix[i] = uint8(i)
	}
	deep, gray16 := image.NewNRGBA64(m.Rect), image.NewGray16(m.Rect)
	gray, few := image.NewGray(m.Rect), image.NewPaletted(m.Rect, color.Palette{color.Black, color.NRGBA{200, 100, 50, 255}, color.White})
	for y := range 6 {
		for x := range 9 {
			deep.Set(x, y, color.NRGBA64{uint16(7000 * x), uint16(9001 * y), 12345, uint16(65535 - 1000*x)})
			gray16.Set(x, y, color.Gray16{uint16(7000*x + 300*y)})
			gray.Set(x, y, m.At(x, y))
			few.SetColorIndex(x, y, uint8((x+y)%3))
		}
	}
	put("rgb.png", func(b *bytes.Buffer) error { return png.Encode(b, m) })
	put("alpha.png", func(b *bytes.Buffer) error { return png.Encode(b, clear) })
	put("deep.png", func(b *bytes.Buffer) error { return png.Encode(b, deep) })
	put("gray.png", func(b *bytes.Buffer) error { return png.Encode(b, gray) })
	put("gray16.png", func(b *bytes.Buffer) error { return png.Encode(b, gray16) })
	put("palette.png", func(b *bytes.Buffer) error { return png.Encode(b, few) })
	put("go.jpg", func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) })
	put("gray.jpg", func(b *bytes.Buffer) error { return jpeg.Encode(b, gray, nil) })
	put("palette.gif", func(b *bytes.Buffer) error { return gif.Encode(b, few, nil) })
	put("rgb.bmp", func(b *bytes.Buffer) error { return bmp.Encode(b, m) })
	put("gray.bmp", func(b *bytes.Buffer) error { return bmp.Encode(b, gray) })
	put("palette.bmp", func(b *bytes.Buffer) error { return bmp.Encode(b, few) })
	put("rgb.tiff", func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) })
	put("deep.tiff", func(b *bytes.Buffer) error {
		return tiff.Encode(b, deep, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	})
	files["turned.tiff"] = tiffFile(3, 2, 6, []byte("abcdef"))
	full := component{1, 1, [][]uint8{{10, 200}, {100, 50}}}
	files["420.jpg"] = jpegFile(16, 16, -1, component{2, 2, [][]uint8{{10, 200}, {100, 50}}}, component{1, 1, [][]uint8{{90}}}, component{1, 1, [][]uint8{{170}}})
	files["cmyk.jpg"] = jpegFile(16, 16, 0, full, full, full, full)
	files["ycck.jpg"] = jpegFile(16, 16, 2, full, full, full, full)
	files["turned.jpg"] = insert(files["go.jpg"], 2, append([]byte("\xff\xe1\x00\x22Exif\x00\x00"), exif(6)...)...)
	files["turned.png"] = insert(files["rgb.png"], afterHeader, pngChunk("eXIf", exif(8))...)
	files["lossy.webp"], files["alpha.webp"] = lossyWebP, lossyWebPAlpha
	files["lossless.webp"] = webpFile(losslessWebP(2, 2, 0, 1, 1, 0))
	return files
}
