package preprocess

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"testing"
)

// TestOrientation: in all formats that know it, all eight.
func TestOrientation(t *testing.T) {
	const stored = "abcdef" // two rows of three
	upright := []string{1: "abc def", 2: "cba fed", 3: "fed cba", 4: "def abc", 5: "ad be cf", 6: "da eb fc", 7: "fc eb da", 8: "cf be ad"}
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(m.Pix, stored)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	blocks := jpegFile(24, 16, -1, component{1, 1, [][]uint8{[]uint8("abc"), []uint8("def")}})
	for o := uint16(0); o <= 9; o++ {
		want := upright[1]
		if o >= 1 && o <= 8 {
			want = upright[o]
		}
		files := map[string][]byte{
			"png":  insert(b.Bytes(), afterHeader, pngChunk("eXIf", exif(o))...),
			"jpeg": insert(blocks, 2, append([]byte("\xff\xe1\x00\x22Exif\x00\x00"), exif(o)...)...),
			"tiff": tiffFile(3, 2, o, []byte(stored)),
		}
		for format, file := range files {
			p := decodeBytes(t, file)
			scale := 1
			if format == "jpeg" {
				scale = 8
			}
			h, w := p.Size()
			var got string
			for y := 0; y < h; y += scale {
				if y > 0 {
					got += " "
				}
				for x := 0; x < w; x += scale {
					got += string(rune(Level(at(p, y, x)[1])))
				}
			}
			if got != want {
				t.Errorf("%s, orientation %d: %q, want %q", format, o, got, want)
			}
			if o >= 1 && o <= 8 && p.Orientation != int(o) {
				t.Errorf("%s, orientation %d: says %d", format, o, p.Orientation)
			}
		}
	}
}

// TestWebPOrientation: EXIF stands after the picture, with or without a prefix, and
// the picture may have an odd length.
func TestWebPOrientation(t *testing.T) {
	for width := 2; width < 40; width += 5 {
		picture := losslessWebP(width, 1, slices.Repeat([]int{1, 0}, width/2)...)
		head := riffChunk("VP8X", []byte{8, 0, 0, 0, byte(width - 1), 0, 0, 0, 0, 0})
		for _, prefix := range []string{"", "Exif\x00\x00"} {
			p := decodeBytes(t, webpFile(head, picture, riffChunk("EXIF", append([]byte(prefix), exif(8)...))))
			if h, w := p.Size(); h != width || w != 1 || p.Orientation != 8 {
				t.Errorf("width %d, prefix %q: %d x %d, orientation %d", width, prefix, h, w, p.Orientation)
			}
		}
	}
}
