package preprocess

import (
	"image"
	"image/color"
	"sync/atomic"

	"hoodwink/tensor"
)

// level8[k] is k/255: the only float32 that stands for the 8-bit sample k.
var level8 = func() (t [256]float32) {
	for k := range t {
		t[k] = float32(k) / 255
	}
	return t
}()

// A sampler reads one pixel of a picture as RGB in [0,1] with its opacity; the colour is not
// multiplied by the opacity.
type sampler func(x, y int) (r, g, b, a float32)

// toPixels converts a decoded picture to pixels (1,3,H,W), composited over white, in room if that has
// their shape. It returns the number of bits of a sample and whether any pixel was not opaque.
func toPixels(img image.Image, kind string, room *tensor.Tensor) (pixels *tensor.Tensor, depth int, alpha bool) {
	b := img.Bounds()
	h, w := b.Dy(), b.Dx()
	if pixels = room; room == nil || !tensor.SameShape(room.Shape, []int{1, 3, h, w}) {
		pixels = tensor.New(1, 3, h, w)
	}
	red, green, blue := pixels.Data[:h*w], pixels.Data[h*w:2*h*w], pixels.Data[2*h*w:]
	_, depth = sample(img, kind)
	var clear atomic.Bool // some pixel is
	rows := max(1, convertPixels/w)
	convert := func(_, part int) {
		at, _ := sample(img, kind) // it may hold a row
		seen := false
		for y := part * rows; y < min((part+1)*rows, h); y++ {
			for x := range w {
				i := y*w + x
				r, g, b, a := at(b.Min.X+x, b.Min.Y+y)
				if a != 1 {
					seen = true
					r, g, b = overWhite(r, a), overWhite(g, a), overWhite(b, a)
				}
				red[i], green[i], blue[i] = r, g, b
			}
		}
		if seen {
			clear.Store(true)
		}
	}
	tensor.NewTeam(0).For((h+rows-1)/rows, convert)
	return pixels, depth, clear.Load()
}

// convertPixels is how many pixels a thread converts at once, about a millisecond.
const convertPixels = 1 << 17

// overWhite blends v with opacity a onto white. In this form white stays exactly 1, and everything
// with opacity 0 becomes 1.
func overWhite(v, a float32) float32 { return 1 - float32(a*(1-v)) }

// paletted reads a picture whose pixels are indices. An index beyond the palette is black.
func paletted(m *image.Paletted) sampler {
	table := [256][4]float32{}
	for i := range table {
		table[i][3] = 1
		if i < len(m.Palette) {
			t := &table[i]
			t[0], t[1], t[2], t[3] = unmultiply(m.Palette[i])
		}
	}
	return func(x, y int) (r, g, b, a float32) {
		t := &table[m.Pix[m.PixOffset(x, y)]]
		return t[0], t[1], t[2], t[3]
	}
}

// sample returns the sampler for img and the number of bits of its samples.
func sample(img image.Image, kind string) (sampler, int) {
	switch m := img.(type) {
	case *image.Gray:
		return func(x, y int) (r, g, b, a float32) {
			v := level8[m.Pix[m.PixOffset(x, y)]]
			return v, v, v, 1
		}, 8
	case *image.Gray16:
		return func(x, y int) (r, g, b, a float32) {
			v := level16(m.Pix[m.PixOffset(x, y):])
			return v, v, v, 1
		}, 16
	case *image.NRGBA:
		return func(x, y int) (r, g, b, a float32) {
			s := m.Pix[m.PixOffset(x, y):][:4]
			return level8[s[0]], level8[s[1]], level8[s[2]], level8[s[3]]
		}, 8
	case *image.NRGBA64:
		return func(x, y int) (r, g, b, a float32) {
			s := m.Pix[m.PixOffset(x, y):][:8]
			return level16(s), level16(s[2:]), level16(s[4:]), level16(s[6:])
		}, 16
	case *image.RGBA:
		return func(x, y int) (r, g, b, a float32) {
			s := m.Pix[m.PixOffset(x, y):][:4]
			if s[3] != 255 {
				return unmultiply(m.At(x, y))
			}
			return level8[s[0]], level8[s[1]], level8[s[2]], 1
		}, 8
	case *image.RGBA64:
		return func(x, y int) (r, g, b, a float32) {
			s := m.Pix[m.PixOffset(x, y):][:8]
			if s[6] != 255 || s[7] != 255 {
				return unmultiply(m.At(x, y))
			}
			return level16(s), level16(s[2:]), level16(s[4:]), 1
		}, 16
	case *image.Paletted:
		return paletted(m), 8
	case *image.CMYK:
		return func(x, y int) (r, g, b, a float32) {
			s := m.Pix[m.PixOffset(x, y):][:4]
			return inked(s[0], s[3]), inked(s[1], s[3]), inked(s[2], s[3]), 1
		}, 8
	case *image.YCbCr:
		return vp8Sampler(m, nil), 8
	case *jpegImage:
		return m.sampler(), 8
	case *image.NYCbCrA:
		return vp8Sampler(&m.YCbCr, m), 8
	case onScreen:
		frame, depth := sample(m.Image, kind)
		return func(x, y int) (r, g, b, a float32) {
			q := image.Pt(x, y).Sub(m.at)
			if !q.In(m.Image.Bounds()) {
				return 0, 0, 0, 0
			}
			return frame(q.X, q.Y)
		}, depth
	}
	return func(x, y int) (r, g, b, a float32) {
		return unmultiply(img.At(x, y))
	}, 8
}

// unmultiply reads any colour. Opaque ones with 8-bit samples give k/255, because 257*k/65535 is
// the same number.
func unmultiply(c color.Color) (r, g, b, a float32) {
	if v, ok := c.(color.NRGBA); ok {
		return level8[v.R], level8[v.G], level8[v.B], level8[v.A]
	}
	v := color.NRGBA64Model.Convert(c).(color.NRGBA64)
	return float32(v.R) / 65535, float32(v.G) / 65535, float32(v.B) / 65535, float32(v.A) / 65535
}

// level16 returns the value of a big-endian 16-bit sample.
func level16(s []byte) float32 { return float32(uint16(s[0])<<8|uint16(s[1])) / 65535 }

// inked returns the light that colour ink c and black ink k leave, rounded to 8 bits.
func inked(c, k uint8) float32 {
	light := 255 - uint32(k)
	v := light*uint32(c) + 128
	return level8[light-(v+v>>8)>>8]
}

// onScreen is the first frame of a GIF or WebP on its screen, which is transparent outside the
// frame.
type onScreen struct {
	image.Image
	screen image.Rectangle
	at     image.Point // position of the frame's origin on the screen
}

func (s onScreen) Bounds() image.Rectangle { return s.screen }
