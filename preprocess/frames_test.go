package preprocess

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"slices"
	"testing"
)

// webpFrameChunk is one frame of an animated WebP at (2x, 2y).
func webpFrameChunk(x, y, width, height int, chunks ...[]byte) []byte {
	body := []byte{byte(x), 0, 0, byte(y), 0, 0, byte(width - 1), 0, 0, byte(height - 1), 0, 0, 100, 0, 0, 0}
	return riffChunk("ANMF", append(body, slices.Concat(chunks...)...))
}

// TestAnimatedWebP: the first frame, lossy, with transparency or lossless, where it lies on its canvas, which is
// transparent elsewhere.
func TestAnimatedWebP(t *testing.T) {
	canvas := func(width, height int) []byte {
		return riffChunk("VP8X", []byte{2, 0, 0, 0, byte(width - 1), 0, 0, byte(height - 1), 0, 0})
	}
	anim := riffChunk("ANIM", []byte{1, 2, 3, 255, 0, 0})
	second := webpFrameChunk(0, 0, 2, 1, losslessWebP(2, 1, 0, 0))
	file := webpFile(canvas(5, 3), anim, webpFrameChunk(1, 1, 2, 1, losslessWebP(2, 1, 1, 0)), second)
	white := "255,255,255 "
	want := white + white + white + white + white + white + white + white + white + white + white + white + "0,200,0 0,0,0 " + "255,255,255"
	p := decodeBytes(t, file)
	if got := levels(p); got != want || !p.Alpha {
		t.Errorf("%s, want %s", got, want)
	}
	for name, still := range map[string][]byte{"lossy": lossyWebP, "with transparency": lossyWebPAlpha} {
		chunks := still[12:]
		if name != "lossy" {
			chunks = chunks[18:] // VP8X
		}
		p := decodeBytes(t, webpFile(canvas(7, 5), anim, webpFrameChunk(0, 0, 7, 5, chunks)))
		if got, want := levels(p), levels(decodeBytes(t, still)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	fails(t, webpFile(canvas(5, 3), anim, webpFrameChunk(2, 1, 2, 1, losslessWebP(2, 1, 1, 0))), Limits{}, "is a damaged WEBP: a frame that does not lie on its canvas", "again")
	fails(t, webpFile(canvas(5, 3), anim, webpFrameChunk(0, 0, 3, 1, losslessWebP(2, 1, 1, 0))), Limits{}, "is a damaged WEBP: a picture that is not of the size", "again")
	// Headers that promise or forget transparency do not change the picture.
	head := riffChunk("VP8X", []byte{16, 0, 0, 0, 6, 0, 0, 4, 0, 0})
	if got, want := levels(decodeBytes(t, webpFile(head, lossyWebP[12:]))), levels(decodeBytes(t, lossyWebP)); got != want {
		t.Errorf("without the promised transparency: %s, want %s", got, want)
	}
}

func FuzzWebP(f *testing.F) {
	head := riffChunk("VP8X", []byte{2, 0, 0, 0, 6, 0, 0, 4, 0, 0})
	f.Add(webpFile(head, webpFrameChunk(0, 0, 7, 5, lossyWebPAlpha[30:])))
	f.Add(webpFile(head, webpFrameChunk(1, 1, 2, 1, losslessWebP(2, 1, 1, 0))))
	f.Add(lossyWebP)
	f.Add(lossyWebPAlpha)
	f.Fuzz(fuzzOf("webp"))
}

// TestGIFFrames: a first frame inside its screen, and one beyond it, which makes the screen larger; the background's
// number does not matter.
func TestGIFFrames(t *testing.T) {
	few := image.NewPaletted(image.Rect(1, 1, 3, 2), color.Palette{color.NRGBA{1, 2, 3, 255}, color.NRGBA{4, 5, 6, 255}})
	few.Pix[1] = 1
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{few}, Delay: []int{0}, BackgroundIndex: 1,
		Config: image.Config{ColorModel: few.Palette, Width: 3, Height: 2}})
	if err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	const want = "255,255,255 255,255,255 255,255,255 255,255,255 1,2,3 4,5,6"
	if got := levels(decodeBytes(t, file)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	small := slices.Clone(file)
	small[6], small[8] = 1, 1
	if got := levels(decodeBytes(t, small)); got != want {
		t.Errorf("beyond the screen: %s, want %s", got, want)
	}
	bare := slices.Delete(slices.Clone(file), 13, 19)
	bare[10] &^= 0x80
	fails(t, bare, Limits{}, "is a GIF of a kind that is not supported: no colour table", "convert it")
}

func FuzzGIF(f *testing.F) {
	file := seeds(f)["palette.gif"]
	f.Add(file)
	small := slices.Clone(file)
	small[6], small[8] = 1, 1
	f.Add(small)
	f.Fuzz(fuzzOf("gif"))
}

// TestPNGChunks: a picture's colours are its samples: gamma, colour space, profile and background change nothing,
// and transparency is of the samples before they are scaled to 8 bits.
func TestPNGChunks(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 2, 1))
	m.Pix[0], m.Pix[1] = 7, 200
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	for _, chunk := range [][]byte{pngChunk("gAMA", []byte{0, 1, 0x86, 0xa0}), pngChunk("sRGB", []byte{0}), pngChunk("cHRM", make([]byte, 32)),
		pngChunk("iCCP", []byte("x\x00\x00?")), pngChunk("bKGD", []byte{0, 9})} {
		if got := levels(decodeBytes(t, insert(b.Bytes(), afterHeader, chunk...))); got != "7,7,7 200,200,200" {
			t.Errorf("with %s: %s", chunk[4:8], got)
		}
	}
	if got := levels(decodeBytes(t, insert(b.Bytes(), afterHeader, pngChunk("tRNS", []byte{0, 7})...))); got != "255,255,255 200,200,200" {
		t.Errorf("with tRNS: %s", got)
	}
	fails(t, insert(b.Bytes(), 8, pngChunk("CgBI", []byte{0x50, 0, 0x20, 2})...), Limits{}, "is a PNG of a kind that is not supported: Apple's variant", "convert it")
}
