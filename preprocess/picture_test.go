package preprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math"
	"slices"
	"testing"

	"golang.org/x/image/tiff"

	"hoodwink/tensor"
)

func decodeBytes(t testing.TB, file []byte) *Picture {
	t.Helper()
	p, err := Decode(bytes.NewReader(file), "test", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// at returns the colour of a pixel.
func at(p *Picture, y, x int) [3]float32 {
	h, w := p.Size()
	return [3]float32{p.Pixels.Data[y*w+x], p.Pixels.Data[(h+y)*w+x], p.Pixels.Data[(2*h+y)*w+x]}
}

// TestExactFormats: what the lossless formats hold comes out as exactly k/255, k/65535
// or its blend over white.
func TestExactFormats(t *testing.T) {
	m := gradient()
	files := seeds(t)
	gray := func(c color.Color) [3]float32 {
		v := float32(color.GrayModel.Convert(c).(color.Gray).Y) / 255
		return [3]float32{v, v, v}
	}
	rgb := func(c color.Color) [3]float32 {
		v := color.NRGBAModel.Convert(c).(color.NRGBA)
		return [3]float32{float32(v.R) / 255, float32(v.G) / 255, float32(v.B) / 255}
	}
	few := []color.Color{color.Black, color.NRGBA{200, 100, 50, 255}, color.White}
	palette := func(y, x int) [3]float32 { return rgb(few[(x+y)%3]) }
	deep := func(y, x int) [3]float32 {
		a := float32(65535-1000*x) / 65535
		var v [3]float32
		for c, k := range []int{7000 * x, 9001 * y, 12345} {
			if v[c] = float32(k) / 65535; a < 1 {
				v[c] = 1 - a*(1-v[c])
			}
		}
		return v
	}
	for _, c := range []struct {
		name, format string
		depth        int
		alpha        bool
		want         func(y, x int) [3]float32
	}{
		{"rgb.png", "png", 8, false, func(y, x int) [3]float32 { return rgb(m.At(x, y)) }},
		{"rgb.bmp", "bmp", 8, false, func(y, x int) [3]float32 { return rgb(m.At(x, y)) }},
		{"rgb.tiff", "tiff", 8, false, func(y, x int) [3]float32 { return rgb(m.At(x, y)) }},
		{"gray.png", "png", 8, false, func(y, x int) [3]float32 { return gray(m.At(x, y)) }},
		{"gray.bmp", "bmp", 8, false, func(y, x int) [3]float32 { return gray(m.At(x, y)) }},
		{"gray16.png", "png", 16, false, func(y, x int) [3]float32 {
			v := float32(7000*x+300*y) / 65535
			return [3]float32{v, v, v}
		}},
		{"palette.png", "png", 8, false, palette},
		{"palette.gif", "gif", 8, false, palette},
		{"palette.bmp", "bmp", 8, false, palette},
		{"deep.png", "png", 16, true, deep},
		{"deep.tiff", "tiff", 16, true, deep},
		{"alpha.png", "png", 8, true, func(y, x int) [3]float32 {
			v := rgb(m.At(x, y))
			a := float32(uint8(3+4*(y*9+x))) / 255
			for c := range v {
				v[c] = 1 - a*(1-v[c])
			}
			return v
		}},
	} {
		p := decodeBytes(t, files[c.name])
		if h, w := p.Size(); p.Format != c.format || p.Depth != c.depth || p.Alpha != c.alpha || p.Orientation != 1 || h != 6 || w != 9 {
			t.Fatalf("%s: %+v of %d x %d", c.name, *p, h, w)
		}
		for y := range 6 {
			for x := range 9 {
				if got, want := at(p, y, x), c.want(y, x); got != want {
					t.Fatalf("%s: row %d, column %d is %v, want %v", c.name, y, x, got, want)
				}
			}
		}
	}
}

func TestTransparentIsWhite(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	m.Pix = []uint8{9, 8, 7, 0, 255, 0, 100, 255, 0, 255, 0, 51}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	p := decodeBytes(t, b.Bytes())
	want := [][3]float32{{1, 1, 1}, {1, 0, float32(100) / 255}, {0.8, 1, 0.8}}
	for x, w := range want {
		if got := at(p, 0, x); got != w {
			t.Errorf("pixel %d is %v, want %v", x, got, w)
		}
	}
}

// TestGIFFirstFrame: a frame that does not fill the screen, then another one.
func TestGIFFirstFrame(t *testing.T) {
	colours := color.Palette{color.NRGBA{}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}}
	first := image.NewPaletted(image.Rect(1, 1, 3, 2), colours)
	first.Pix = []uint8{1, 0}
	second := image.NewPaletted(image.Rect(0, 0, 4, 3), colours)
	for i := range second.Pix {
		second.Pix[i] = 2
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{1, 1},
		Config: image.Config{ColorModel: colours, Width: 4, Height: 3}})
	if err != nil {
		t.Fatal(err)
	}
	p := decodeBytes(t, b.Bytes())
	if h, w := p.Size(); h != 3 || w != 4 || !p.Alpha {
		t.Fatalf("%d x %d, alpha %v", h, w, p.Alpha)
	}
	for y := range 3 {
		for x := range 4 {
			want := [3]float32{1, 1, 1}
			if y == 1 && x == 1 {
				want = [3]float32{1, 0, 0}
			}
			if got := at(p, y, x); got != want {
				t.Errorf("row %d, column %d is %v, want %v", y, x, got, want)
			}
		}
	}
}

// TestCMYK: Adobe stores how little ink there is, and light is the product of that for a
// colour and for black. With transform 2 the colours are the negative of YCbCr.
func TestCMYK(t *testing.T) {
	one := func(v uint8) component { return component{1, 1, [][]uint8{{v}}} }
	for _, c := range []struct {
		adobe int
		comps []component
		want  [3]float64
	}{
		{0, []component{one(255), one(255), one(255), one(255)}, [3]float64{255, 255, 255}},
		{0, []component{one(255), one(128), one(0), one(128)}, [3]float64{128, 128 * 128 / 255., 0}},
		{2, []component{one(200), one(128), one(128), one(255)}, [3]float64{55, 55, 55}},
		{2, []component{one(100), one(128), one(228), one(51)}, [3]float64{14.8 / 5, 226.4 / 5, 155. / 5}},
	} {
		p := decodeBytes(t, jpegFile(8, 8, c.adobe, c.comps...))
		got := at(p, 3, 3)
		for i, want := range c.want {
			if !(math.Abs(float64(got[i])*255-want) <= 1) {
				t.Errorf("transform %d: channel %d is %.2f, want %.2f", c.adobe, i, got[i]*255, want)
			}
		}
	}
}

// TestChromaIsInterpolated: chroma that rises by blocks, at every sampling. Away from
// the rounding it must follow the triangle filter of the samples' centres.
func TestChromaIsInterpolated(t *testing.T) {
	chroma := [][]uint8{{60, 180, 90}, {200, 40, 140}, {120, 220, 70}}
	for _, c := range []struct{ h, v int }{{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}} {
		for _, cut := range [][2]int{{0, 0}, {1, 1}, {8, 9}} {
			width, height := 24*c.h-cut[0], 24*c.v-cut[1]
			if c.h == 4 {
				width = 96
			}
			grey := [][]uint8{{128}}
			file := jpegFile(width, height, -1,
				component{c.h, c.v, grey}, component{1, 1, grey}, component{1, 1, chroma})
			p := decodeBytes(t, file)
			cw, ch := (width+c.h-1)/c.h, (height+c.v-1)/c.v
			sample := func(y, x int) float64 {
				return float64(chroma[min(max(y, 0), ch-1)/8][min(max(x, 0), cw-1)/8])
			}
			for y := range height {
				for x := range width {
					cy, cx := (float64(y)+0.5)/float64(c.v)-0.5, (float64(x)+0.5)/float64(c.h)-0.5
					if c.h == 4 { // replicated
						cy, cx = float64(y/c.v), float64(x/c.h)
					}
					y0, x0 := math.Floor(cy), math.Floor(cx)
					fy, fx := cy-y0, cx-x0
					top := (1-fx)*sample(int(y0), int(x0)) + fx*sample(int(y0), int(x0)+1)
					bottom := (1-fx)*sample(int(y0)+1, int(x0)) + fx*sample(int(y0)+1, int(x0)+1)
					want := min(max(128+1.402*((1-fy)*top+fy*bottom-128), 0), 255)
					if got := 255 * float64(at(p, y, x)[0]); !(math.Abs(got-want) <= 1.6) {
						t.Fatalf("sampling %d x %d, picture %d x %d: red at row %d, column %d is %.1f, want %.1f", c.h, c.v, width, height, y, x, got, want)
					}
				}
			}
		}
	}
}

// TestNarrowChromaIsReplicated: libjpeg interpolates horizontally from three samples on.
func TestNarrowChromaIsReplicated(t *testing.T) {
	for _, c := range []struct {
		ratio image.YCbCrSubsampleRatio
		width int
		row   []uint8
		want  []uint8
	}{
		{image.YCbCrSubsampleRatio422, 1, []uint8{10}, []uint8{10}},
		{image.YCbCrSubsampleRatio422, 4, []uint8{10, 50}, []uint8{10, 10, 50, 50}},
		{image.YCbCrSubsampleRatio422, 5, []uint8{10, 50, 90}, []uint8{10, 20, 40, 60, 80}},
		{image.YCbCrSubsampleRatio420, 3, []uint8{10, 50}, []uint8{10, 10, 50}},
		{image.YCbCrSubsampleRatio420, 5, []uint8{10, 50, 90}, []uint8{10, 20, 40, 60, 80}},
		{image.YCbCrSubsampleRatio440, 2, []uint8{10, 50}, []uint8{10, 50}},
	} {
		m := image.NewYCbCr(image.Rect(0, 0, c.width, 1), c.ratio)
		copy(m.Cb, c.row)
		dst := make([]uint8, c.width+1)
		upsample(dst, m, m.Cb, 0)
		if !slices.Equal(dst[:c.width], c.want) {
			t.Errorf("%v: %v became %v, want %v", c.ratio, c.row, dst[:c.width], c.want)
		}
	}
}

// TestJFIFConversion compares with the definition over all colours of a coarse grid.
func TestJFIFConversion(t *testing.T) {
	for y := 0; y < 256; y += 5 {
		for u := 0; u < 256; u += 5 {
			for v := 0; v < 256; v += 5 {
				r, g, b := jfif(uint8(y), uint8(u), uint8(v))
				cb, cr := float64(u-128), float64(v-128)
				for i, want := range []float64{float64(y) + 1.402*cr, float64(y) - 0.344136*cb - 0.714136*cr, float64(y) + 1.772*cb} {
					want = min(max(want, 0), 255)
					if got := float64([]uint8{r, g, b}[i]); !(math.Abs(got-want) <= 0.502) {
						t.Fatalf("(%d,%d,%d): channel %d is %v, want %v", y, u, v, i, got, want)
					}
				}
			}
		}
	}
}

// TestWebP: lossy pictures give the bytes that libwebp gives.
func TestWebP(t *testing.T) {
	p := decodeBytes(t, lossyWebP)
	if p.Format != "webp" || p.Alpha {
		t.Errorf("%s, alpha %v", p.Format, p.Alpha)
	}
	for i := range 35 {
		for c, got := range at(p, i/7, i%7) {
			if want := level8[lossyPixels[3*i+c]]; got != want {
				t.Fatalf("pixel %d, channel %d is %g, want %g", i, c, got*255, want*255)
			}
		}
	}
	p = decodeBytes(t, lossyWebPAlpha)
	if !p.Alpha {
		t.Error("the transparency was not seen")
	}
	for i := range 35 {
		a := float64(alphaPixels[4*i+3]) / 255
		for c, got := range at(p, i/7, i%7) {
			want := float64(alphaPixels[4*i+c])*a + 255*(1-a)
			if !(math.Abs(float64(got)*255-want) <= 1e-4) {
				t.Fatalf("pixel %d, channel %d is %g, want %g", i, c, got*255, want)
			}
		}
	}
	p = decodeBytes(t, webpFile(losslessWebP(3, 2, 1, 0, 0, 1, 1, 0)))
	for i, bit := range []float32{1, 0, 0, 1, 1, 0} {
		if got, want := at(p, i/3, i%3), ([3]float32{0, bit * level8[200], 0}); got != want {
			t.Errorf("lossless pixel %d is %v, want %v", i, got, want)
		}
	}
}

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

func TestPaletteIndexOutOfRange(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.White})
	m.Pix = []uint8{0, 9}
	x, _, _ := toPixels(m, "bmp")
	if !slices.Equal(x.Data, []float32{1, 0, 1, 0, 1, 0}) {
		t.Errorf("got %v", x.Data)
	}
}

// TestOtherImageTypes: every decoder's image type that the formats above do not reach.
func TestOtherImageTypes(t *testing.T) {
	r := image.Rect(2, 3, 4, 4)
	rgba, rgba64 := image.NewRGBA(r), image.NewRGBA64(r)
	copy(rgba.Pix, []uint8{51, 0, 102, 255, 51, 0, 51, 51})
	rgba64.SetRGBA64(2, 3, color.RGBA64{13107, 0, 26214, 65535})
	rgba64.SetRGBA64(3, 3, color.RGBA64{13107, 0, 13107, 13107})
	want := []float32{0.2, 1, 0, 0.8, 0.4, 1}
	for _, m := range []image.Image{rgba, rgba64, &struct{ *image.RGBA }{rgba}} {
		x, _, alpha := toPixels(m, "tiff")
		if d := tensor.FromSlice(slices.Clone(x.Data), 6); !alpha || !near(d.Data, want, 1e-6) {
			t.Errorf("%T: %v, want %v", m, x.Data, want)
		}
	}
}

func near(a, b []float32, tol float64) bool {
	for i := range a {
		if !(math.Abs(float64(a[i]-b[i])) <= tol) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestUnsupportedKind(t *testing.T) {
	var b bytes.Buffer
	if err := tiff.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2)), nil); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	i := bytes.Index(file, []byte{0x02, 0x01, 3, 0}) // BitsPerSample
	file[i+8] = 4
	_, err := Decode(bytes.NewReader(file), "four.tiff", Limits{})
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte("four.tiff: is a TIFF of a kind that is not supported")) {
		t.Errorf("got %v", err)
	}
}

func ExampleDecode() {
	file := bytes.NewReader(jpegFile(16, 8, -1, component{1, 1, [][]uint8{{51, 255}}}))
	p, err := Decode(file, "two.jpg", Limits{MaxPixels: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, w := p.Size()
	fmt.Println(p.Format, h, w, p.Pixels.Data[0], p.Pixels.Data[15])
	// Output: jpeg 8 16 0.2 1
}
