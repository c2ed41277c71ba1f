package report

import (
	"fmt"
	"image"
	"math"

	"hoodwink/tensor"
)

// planes is a view of one picture's values: 1 or 3 planes of h*w, red first.
type planes struct {
	data     []float32
	channels int
	height   int
	width    int
}

// view checks that x is one picture: (1,C,H,W) or (C,H,W) with C 1 or 3.
func view(what string, x *tensor.Tensor) (planes, error) {
	if x == nil {
		return planes{}, fmt.Errorf("report: %s: no picture (nil tensor)", what)
	}
	s := x.Shape
	if len(s) == 4 && s[0] == 1 {
		s = s[1:]
	}
	if len(s) != 3 || (s[0] != 1 && s[0] != 3) || s[1] < 1 || s[2] < 1 {
		return planes{}, fmt.Errorf("report: %s has shape %v, want one picture (1,3,H,W), (3,H,W), (1,1,H,W) or (1,H,W)", what, x.Shape)
	}
	if len(x.Data) != s[0]*s[1]*s[2] {
		return planes{}, fmt.Errorf("report: %s has %d values, shape %v wants %d", what, len(x.Data), x.Shape, s[0]*s[1]*s[2])
	}
	return planes{data: x.Data, channels: s[0], height: s[1], width: s[2]}, nil
}

// paint makes a picture by mapping the index of every value to a level in [0,1], rounded
// to the nearest of 256. One channel becomes gray. NaN becomes mid-gray.
func (p planes) paint(level func(i int) float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	area := p.height * p.width
	for i := range area {
		for c := range 3 {
			v := level(i + min(c, p.channels-1)*area)
			if math.IsNaN(v) {
				v = 0.5
			}
			img.Pix[4*i+c] = uint8(math.Floor(255*min(max(v, 0), 1) + 0.5))
		}
		img.Pix[4*i+3] = 255
	}
	return img
}

// Picture returns pixels in [0,1] as an 8-bit picture, rounded to the nearest level.
// x is one picture, (1,3,H,W), (3,H,W), or gray as (1,1,H,W) or (1,H,W).
func Picture(x *tensor.Tensor) (*image.RGBA, error) {
	p, err := view("picture", x)
	if err != nil {
		return nil, err
	}
	return p.paint(func(i int) float64 { return float64(p.data[i]) }), nil
}

// middle is level 128 of 255, so that a change of whole levels stays one.
const middle = 128.0 / 255

// PerturbationImage shows what an attack added: mid-gray (level 128) + times*(adv-orig), so that
// gray means no change. Both are pictures in [0,1] of the same shape.
func PerturbationImage(adv, orig *tensor.Tensor, times float32) (*image.RGBA, error) {
	a, err := view("adversarial picture", adv)
	if err != nil {
		return nil, err
	}
	b, err := view("original picture", orig)
	if err != nil {
		return nil, err
	}
	if a.channels != b.channels || a.height != b.height || a.width != b.width {
		return nil, fmt.Errorf("report: the adversarial picture has shape %v, the original %v", adv.Shape, orig.Shape)
	}
	return a.paint(func(i int) float64 {
		return middle + float64(times)*(float64(a.data[i])-float64(b.data[i]))
	}), nil
}

// GradientScale returns the 98th percentile of |g| over all channels and pixels,
// interpolated linearly between ranks, and 0 for a gradient that is zero or has no
// finite value.
func GradientScale(g *tensor.Tensor) float64 {
	if g == nil {
		return 0
	}
	var ranks counted
	for _, v := range g.Data {
		ranks.add(v)
	}
	if ranks.n == 0 {
		return 0
	}
	rank := 0.98 * float64(ranks.n-1)
	lo := int(rank)
	hi := min(lo+1, ranks.n-1)
	low, high := ranks.at(lo, g.Data), ranks.at(hi, g.Data)
	return low + (rank-float64(lo))*(high-low)
}

// A counted gives the magnitudes of numbers by rank. It counts them by their upper 16 bits, which
// takes no memory of a picture's size, as sorting them would.
type counted struct {
	n     int
	upper [1 << 16]int32
}

// finite magnitudes have smaller bits than those of infinity.
var infinite = math.Float32bits(float32(math.Inf(1)))

func magnitude(v float32) uint32 { return math.Float32bits(v) &^ (1 << 31) }

// add counts a number, if it is finite.
func (c *counted) add(v float32) {
	if m := magnitude(v); m < infinite {
		c.upper[m>>16]++
		c.n++
	}
}

// at returns the magnitude of a rank, from 0 on, among the finite ones of all, which have been added.
func (c *counted) at(rank int, all []float32) float64 {
	var upper uint32
	for rank >= int(c.upper[upper]) {
		rank -= int(c.upper[upper])
		upper++
	}
	var lower [1 << 16]int32
	for _, v := range all {
		if m := magnitude(v); m>>16 == upper && m < infinite {
			lower[m&0xffff]++
		}
	}
	for k, n := range lower {
		if rank -= int(n); rank < 0 {
			return float64(math.Float32frombits(upper<<16 | uint32(k)))
		}
	}
	panic("report: a rank beyond the numbers")
}

// GradientImage shows a gradient with respect to RGB pixels, as step 4 of the article does: scaled
// by the 98th percentile of |g| (see [GradientScale]), so that a few large values do not make the
// rest invisible. Zero is mid-gray, +scale full light and -scale no light in that channel; larger
// values are clipped.
func GradientImage(g *tensor.Tensor) (*image.RGBA, error) {
	p, err := view("gradient", g)
	if err != nil {
		return nil, err
	}
	scale := GradientScale(g)
	if scale == 0 {
		// More than 98 % zeros, or no finite value: only the sign can be shown.
		scale = math.SmallestNonzeroFloat64
	}
	return p.paint(func(i int) float64 {
		v := float64(p.data[i])
		if v == 0 {
			return 0.5
		}
		return 0.5 + 0.5*max(-1, min(v/scale, 1))
	}), nil
}

// Amplify shows a picture in [0,1] with every value multiplied: the article's
// "picture times 50" of a black picture after invisible steps.
func Amplify(x *tensor.Tensor, times float32) (*image.RGBA, error) {
	p, err := view("picture", x)
	if err != nil {
		return nil, err
	}
	return p.paint(func(i int) float64 { return float64(times) * float64(p.data[i]) }), nil
}

// Enlarge repeats every pixel of a small picture the same number of times in both directions, so
// that its longer side comes as close to side as possible without exceeding it. A picture whose
// longer side is more than half of side is returned as it is.
func Enlarge(img image.Image, side int) image.Image {
	b := img.Bounds()
	longer := max(b.Dx(), b.Dy())
	if longer == 0 || side/longer < 2 {
		return img
	}
	k := side / longer
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()*k, b.Dy()*k))
	for y := range b.Dy() * k {
		for x := range b.Dx() * k {
			out.Set(x, y, img.At(b.Min.X+x/k, b.Min.Y+y/k))
		}
	}
	return out
}
