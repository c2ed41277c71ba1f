package lab

import (
	"bytes"
	"image"
	"image/png"
	"math"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A screen maps the pixels of a picture, (3,H,W) or gray (1,H,W), to the ones shown, which are fewer
// if the picture is large. Its colours are 8-bit RGB, one pixel after the other; gray is three times
// the same.
type screen struct {
	height, width int   // of the picture
	rows, columns []int // in the picture, where the screen's rows and columns begin; one more than there are
}

// newScreen fits a picture into at most side pixels a side.
func newScreen(height, width, side int) *screen {
	s := &screen{height: height, width: width}
	k := math.Min(1, float64(side)/float64(max(height, width)))
	split := func(n int) []int {
		m := max(1, int(math.Round(k*float64(n))))
		at := make([]int, m+1)
		for i := range at {
			at[i] = i * n / m
		}
		return at
	}
	s.rows, s.columns = split(height), split(width)
	return s
}

func (s *screen) size() (height, width int) { return len(s.rows) - 1, len(s.columns) - 1 }

// bytes returns the number of bytes of a screen's colours.
func (s *screen) bytes() int { h, w := s.size(); return 3 * h * w }

func (s *screen) exact() bool { h, w := s.size(); return h == s.height && w == s.width }

// plane returns where colour c of a picture of n values begins.
func (s *screen) plane(n, c int) int {
	area := s.height * s.width
	return min(c, n/area-1) * area
}

// average shows pixels in [0,1]: each pixel of the screen is the mean of those that it covers.
func (s *screen) average(x []float32) []uint8 {
	h, w := s.size()
	out := make([]uint8, s.bytes())
	sums := make([]float64, w)
	for c := range 3 {
		plane := x[s.plane(len(x), c):][:s.height*s.width]
		for i := range h {
			clear(sums)
			for y := s.rows[i]; y < s.rows[i+1]; y++ {
				row := plane[y*s.width:][:s.width]
				for j := range w {
					for _, v := range row[s.columns[j]:s.columns[j+1]] {
						sums[j] += float64(v)
					}
				}
			}
			for j, sum := range sums {
				n := (s.rows[i+1] - s.rows[i]) * (s.columns[j+1] - s.columns[j])
				out[3*(i*w+j)+c] = preprocess.Level(float32(sum / float64(n)))
			}
		}
	}
	return out
}

// changed shows pixels that differ little from original, which is shown as base. Each pixel
// of the screen changes as the first of those that it covers; a mean of many changes would hide
// them.
func (s *screen) changed(dst []uint8, x, original []float32, base []uint8) {
	exact := s.exact()
	s.each(len(x), func(from, to int) {
		level := preprocess.Level(x[from])
		if !exact {
			change := int(level) - int(preprocess.Level(original[from]))
			level = uint8(min(max(int(base[to])+change, 0), 255))
		}
		dst[to] = level
	})
}

// gradient shows a gradient as report.GradientImage does. Nil is gray.
func (s *screen) gradient(dst []uint8, g []float32) {
	if g == nil {
		for i := range dst {
			dst[i] = 128
		}
		return
	}
	scale := s.gradientScale(g)
	if scale == 0 {
		scale = math.SmallestNonzeroFloat64
	}
	s.each(len(g), func(from, to int) {
		q := float64(g[from]) / scale
		if g[from] == 0 { // avoids 0/0
			q = 0
		}
		dst[to] = uint8(255*(0.5+0.5*max(-1, min(q, 1))) + 0.5)
	})
}

// gradientScale returns the 98th percentile of the magnitudes on the screen, to within one per
// cent. It counts them by their exponent and seven bits of mantissa, since sorting them would take
// longer than a step of a small network.
func (s *screen) gradientScale(g []float32) float64 {
	const drop = 16 // low bits of a float32 that are ignored
	var counts [1 << (31 - drop)]int32
	n := 0
	s.each(len(g), func(from, _ int) {
		counts[math.Float32bits(g[from])&0x7fffffff>>drop]++
		n++
	})
	rest := int32(n - int(0.98*float64(n)))
	for b := len(counts) - 1; b >= 0; b-- {
		if rest -= counts[b]; rest <= 0 {
			return float64(math.Float32frombits(uint32(b)<<drop | 1<<(drop-1)))
		}
	}
	return 0
}

// each calls f for every colour of the screen, with the position of the value in a picture of n values
// and that on the screen.
func (s *screen) each(n int, f func(from, to int)) {
	h, w := s.size()
	for c := range 3 {
		for i := range h {
			row := s.plane(n, c) + s.rows[i]*s.width
			for j, x := range s.columns[:w] {
				f(row+x, 3*(i*w+j)+c)
			}
		}
	}
}

// amplified shows the change between two screens, multiplied by times, around mid-gray.
func amplified(now, before []uint8, times int) []uint8 {
	out := make([]uint8, len(now))
	for i, v := range now {
		out[i] = uint8(min(max(128+times*(int(v)-int(before[i])), 0), 255))
	}
	return out
}

// Pictures that are looked at once are packed fast. For a reader on the same machine, packing would
// take longer than sending, so they are not packed at all.
var (
	fast  = &png.Encoder{CompressionLevel: png.BestSpeed}
	plain = &png.Encoder{CompressionLevel: png.NoCompression}
)

// encodePNG returns colours as a PNG.
func encodePNG(colours []uint8, height, width int, with *png.Encoder) ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range height * width {
		copy(img.Pix[4*i:4*i+3], colours[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	var b bytes.Buffer
	err := with.Encode(&b, img)
	return b.Bytes(), err
}

// shrunk returns pixels (1,C,H,W) as a PNG of at most side pixels a side.
func shrunk(x *tensor.Tensor, side int) ([]byte, error) {
	s := newScreen(x.Shape[2], x.Shape[3], side)
	h, w := s.size()
	return encodePNG(s.average(x.Data), h, w, fast)
}
