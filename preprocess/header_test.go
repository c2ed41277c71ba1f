package preprocess

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// interlacedPNG is a black picture in seven passes.
func interlacedPNG(t *testing.T, width, height int) []byte {
	body := binary.BigEndian.AppendUint32(nil, uint32(width))
	body = append(binary.BigEndian.AppendUint32(body, uint32(height)), 8, 6, 0, 0, 1)
	var data bytes.Buffer
	z := zlib.NewWriter(&data)
	for _, p := range [7][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		w, h := ceilDiv(width-p[0], p[2]), ceilDiv(height-p[1], p[3])
		z.Write(make([]byte, h*(1+4*w)))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat([]byte(pngMagic), pngChunk("IHDR", body), pngChunk("IDAT", data.Bytes()), pngChunk("IEND", nil))
}

// TestDecodingMemory: what decoding allocates is known before, for every format and form. The bound
// is no more than twice as much, so that a photo is not turned away for nothing.
func TestDecodingMemory(t *testing.T) {
	const w, h = 901, 702
	r := image.Rect(0, 0, w, h)
	rgb, deep, gray, gray16 := image.NewNRGBA(r), image.NewNRGBA64(r), image.NewGray(r), image.NewGray16(r)
	few := image.NewPaletted(r, color.Palette{color.Black, color.White})
	for i := range rgb.Pix {
		rgb.Pix[i] = uint8(i*i>>7) | uint8(i&3/3*255)
	}
	files := map[string][]byte{}
	put := func(name string, err error, b *bytes.Buffer) {
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	for name, m := range map[string]image.Image{"rgb": rgb, "deep": deep, "gray": gray, "gray16": gray16, "palette": few} {
		var p, b, f, d bytes.Buffer
		put(name+".png", png.Encode(&p, m), &p)
		put(name+".tiff", tiff.Encode(&f, m, nil), &f)
		put(name+".deflate.tiff", tiff.Encode(&d, m, &tiff.Options{Compression: tiff.Deflate, Predictor: name != "palette"}), &d)
		if name != "deep" && name != "gray16" {
			put(name+".bmp", bmp.Encode(&b, m), &b)
		}
	}
	var j, g, gj bytes.Buffer
	put("rgb.jpg", jpeg.Encode(&j, rgb, nil), &j)
	put("gray.jpg", jpeg.Encode(&gj, gray, nil), &gj)
	put("palette.gif", gif.Encode(&g, few, nil), &g)
	rows := slices.Clone(files["palette.gif"])
	i := bytes.IndexByte(rows, 0x2c)
	rows[i+9] |= 0x40
	files["interlaced.gif"] = rows
	files["interlaced.png"] = interlacedPNG(t, w, h)
	files["turned.jpg"] = insert(files["rgb.jpg"], 2, append([]byte("\xff\xe1\x00\x22Exif\x00\x00"), exif(6)...)...)
	files["turned.png"] = insert(files["rgb.png"], afterHeader, pngChunk("eXIf", exif(8))...)
	files["turned.tiff"] = tiffFile(250, 200, 6, make([]byte, 250*200))
	files["lossless.webp"] = webpFile(losslessWebP(w, h, make([]int, w*h)...))
	for order, write := range orders {
		for name, sampling := range map[string][][2]int{"444": {{1, 1}, {1, 1}, {1, 1}}, "420": {{2, 2}, {1, 1}, {1, 1}}, "cmyk": {{1, 1}, {1, 1}, {1, 1}, {1, 1}}} {
			m := newJPEG(w, h, sampling...)
			write(m)
			files[order+"."+name+".jpg"] = m.end()
		}
	}
	for name, file := range seeds(t) {
		files["small."+name] = file
	}
	for name, file := range files {
		head, err := ReadHeader(bytes.NewReader(file), name, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var p *Picture
		n := int64(allocated(func() { p, err = Decode(bytes.NewReader(file), name, Limits{}) }))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if height, width := p.Size(); width != head.Width || height != head.Height || p.Format != head.Format {
			t.Errorf("%s: the header says %+v, the picture is a %s of %d x %d", name, head, p.Format, width, height)
		}
		tight := !strings.HasPrefix(name, "small.") && !strings.HasSuffix(name, ".webp") // has large tables
		if n > head.Memory || tight && head.Memory > 2*n+3*int64(len(file)) {
			t.Errorf("%s: decoding allocates %d bytes, and was to allocate at most %d", name, n, head.Memory)
		}
		t.Logf("%-28s %4.1f bytes a pixel, at most %4.1f", name, float64(n)/(w*h), float64(head.Memory)/(w*h))
	}
}

// TestSides: a side has a limit of its own, checked before anything is allocated.
func TestSides(t *testing.T) {
	for _, s := range [][2]uint32{{50_000_000, 1}, {1, 50_000_000}, {65_536, 2}, {2, 65_536}} {
		n := allocated(func() {
			fails(t, pngHeader(s[0], s[1]), Limits{}, fmt.Sprintf("is a PNG that claims %d x %d pixels, and a side may have at most 65535", s[0], s[1]), "cut it in parts")
		})
		if n > 1<<20 {
			t.Errorf("%v: %d bytes were allocated", s, n)
		}
	}
	fails(t, pngHeader(65_535, 2), Limits{}, "is a truncated PNG", "")
	fails(t, pngHeader(300, 2), Limits{MaxSide: 299}, "is a PNG that claims 300 x 2 pixels, and a side may have at most 299", "")
}
