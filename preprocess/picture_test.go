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

func TestPaletteIndexOutOfRange(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.White})
	m.Pix = []uint8{0, 9}
	x, _, _ := toPixels(m, "bmp", nil)
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
		x, _, alpha := toPixels(m, "tiff", nil)
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
