package report_test

import (
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/report"
	"hoodwink/tensor"
)

func at(img image.Image, x, y int) [3]uint8 {
	c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
	return [3]uint8{c.R, c.G, c.B}
}

func TestPictureValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	// Red, green and blue planes of a picture of 2x1 pixels.
	x := tensor.FromSlice([]float32{0, 1, 0.5, 2, nan, -inf}, 1, 3, 1, 2)
	img, err := report.Picture(x)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := at(img, 0, 0), [3]uint8{0, 128, 128}; got != want {
		t.Errorf("first pixel %v, want %v", got, want)
	}
	if got, want := at(img, 1, 0), [3]uint8{255, 255, 0}; got != want {
		t.Errorf("second pixel %v, want %v", got, want)
	}
	gray, err := report.Amplify(tensor.FromSlice([]float32{0, 1.0 / 255, 5.0 / 255, 0.9}, 1, 2, 2), 50)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []uint8{0, 50, 250, 255} {
		if got := at(gray, i%2, i/2); got != [3]uint8{want, want, want} {
			t.Errorf("amplified pixel %d is %v, want %d", i, got, want)
		}
	}
}

func TestPerturbationImage(t *testing.T) {
	orig := tensor.FromSlice([]float32{0.2, 0.4, 0.6}, 3, 1, 1)
	adv := tensor.FromSlice([]float32{0.2, 0.4 + 2.0/255, 0.6 - 10.0/255}, 3, 1, 1)
	img, err := report.PerturbationImage(adv, orig, 30)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := at(img, 0, 0), [3]uint8{128, 188, 0}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := report.PerturbationImage(adv, tensor.New(3, 1, 2), 30); err == nil || !strings.Contains(err.Error(), "[3 1 2]") {
		t.Errorf("unequal shapes: got error %v", err)
	}
}

func TestGradientImage(t *testing.T) {
	// |g| is 0..100, so its 98th percentile is 98.
	g := tensor.New(1, 1, 101)
	for i := range g.Data {
		g.Data[i] = float32(i)
		if i%2 == 1 {
			g.Data[i] = -g.Data[i]
		}
	}
	if got := report.GradientScale(g); got != 98 {
		t.Errorf("scale %g, want 98", got)
	}
	img, err := report.GradientImage(g)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[int]uint8{0: 128, 49: 64, 98: 255, 100: 255, 97: 1, 99: 0} {
		if got := at(img, x, 0)[0]; got != want {
			t.Errorf("g = %g is painted %d, want %d", g.Data[x], got, want)
		}
	}
	if got := report.GradientScale(tensor.FromSlice([]float32{0, 10}, 2)); !(math.Abs(got-9.8) <= 1e-12) {
		t.Errorf("interpolated scale %g, want 9.8", got)
	}
}

func TestGradientImageOfAlmostNothing(t *testing.T) {
	g := tensor.New(1, 10, 10)
	if img, err := report.GradientImage(g); err != nil || at(img, 3, 3)[0] != 128 {
		t.Errorf("a zero gradient is not gray (error %v)", err)
	}
	g.Data[5] = -1e-30
	if img, err := report.GradientImage(g); err != nil || at(img, 5, 0)[0] != 0 || at(img, 6, 0)[0] != 128 {
		t.Errorf("the one value of a gradient is not seen (error %v)", err)
	}
	for i := range g.Data {
		g.Data[i] = float32(math.NaN())
	}
	if img, err := report.GradientImage(g); err != nil || at(img, 0, 0)[0] != 128 {
		t.Errorf("a gradient of NaN is not gray (error %v)", err)
	}
}

func TestPictureShapes(t *testing.T) {
	for _, shape := range [][]int{{1, 3, 2, 2}, {3, 2, 2}, {1, 1, 2, 2}, {1, 2, 2}} {
		if _, err := report.Picture(tensor.New(shape...)); err != nil {
			t.Errorf("shape %v: %v", shape, err)
		}
	}
	for _, x := range []*tensor.Tensor{
		nil, tensor.New(2, 3, 2, 2), tensor.New(4, 2, 2), tensor.New(2, 2), tensor.New(1, 3, 0, 2),
		{Shape: []int{3, 2, 2}, Data: make([]float32, 5)},
	} {
		if _, err := report.Picture(x); err == nil {
			t.Errorf("%v was accepted", x)
		}
		if _, err := report.GradientImage(x); err == nil {
			t.Errorf("gradient %v was accepted", x)
		}
	}
}

func TestEnlargeAndFit(t *testing.T) {
	img := image.NewRGBA(image.Rect(5, 5, 8, 7)) // 3x2, not at the origin
	img.SetRGBA(7, 6, color.RGBA{R: 200, A: 255})
	big := report.Enlarge(img, 10)
	if got := big.Bounds(); got != image.Rect(0, 0, 9, 6) {
		t.Fatalf("enlarged to %v, want 9x6", got)
	}
	for y := range 6 {
		for x := range 9 {
			if got, want := at(big, x, y)[0] == 200, x >= 6 && y >= 3; got != want {
				t.Fatalf("pixel %d,%d: red is %v, want %v", x, y, got, want)
			}
		}
	}
	if got := report.Enlarge(img, 5); got != image.Image(img) {
		t.Error("a picture that fills more than half was changed")
	}
	wide := image.NewGray(image.Rect(0, 0, 1000, 10))
	if got := report.Fit(wide, 100).Bounds(); got != image.Rect(0, 0, 100, 1) {
		t.Errorf("fitted to %v, want 100x1", got)
	}
}

func TestMontageErrors(t *testing.T) {
	dot := image.NewGray(image.Rect(0, 0, 1, 1))
	for name, m := range map[string]report.Montage{
		"no tiles":   {},
		"no picture": {Tiles: []report.Tile{{Title: "lost"}}},
		"empty":      {Tiles: []report.Tile{{Picture: image.NewGray(image.Rectangle{}), Title: "lost"}}},
		"side":       {Tiles: []report.Tile{{Picture: dot}}, Side: 1 << 20},
		"too many":   {Tiles: make([]report.Tile, 401)},
	} {
		if _, err := m.Image(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	m := report.Montage{Columns: 9, Tiles: []report.Tile{{Picture: dot, Title: hostile, Detail: hostile}}}
	if _, err := m.Image(); err != nil {
		t.Errorf("a montage of one dot: %v", err)
	}
}

func TestWriteImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	if err := report.WriteImage(path, nil); err == nil {
		t.Error("no picture was written")
	}
	if err := report.WriteImage(path, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, kind, err := image.Decode(f); err != nil || kind != "png" || img.Bounds().Dx() != 3 {
		t.Errorf("read back %v as %q, error %v", img, kind, err)
	}
}
