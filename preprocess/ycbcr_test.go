package preprocess

import (
	"math"
	"slices"
	"testing"
)

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
		hx, vx    int
		row, want []uint8
	}{
		{2, 1, []uint8{10}, []uint8{10, 10}},
		{2, 1, []uint8{10, 50}, []uint8{10, 10, 50, 50}},
		{2, 1, []uint8{10, 50, 90}, []uint8{10, 20, 40, 60, 80, 90}},
		{2, 2, []uint8{10, 50}, []uint8{10, 10, 50, 50}},
		{2, 2, []uint8{10, 50, 90}, []uint8{10, 20, 40, 60, 80, 90}},
		{1, 2, []uint8{10, 50}, []uint8{10, 50}},
		{3, 1, []uint8{10, 50}, []uint8{10, 10, 10, 50, 50, 50}},
	} {
		p := &jpegPlane{hx: c.hx, vx: c.vx, width: len(c.row), height: 1, stride: 8, pix: append(c.row, make([]uint8, 8)...)}
		dst := make([]uint8, len(c.want))
		p.upsample(dst, 0)
		if !slices.Equal(dst, c.want) {
			t.Errorf("%d x %d: %v became %v, want %v", c.hx, c.vx, c.row, dst, c.want)
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
