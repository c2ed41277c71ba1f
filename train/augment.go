package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// An Augment changes training pictures at random, differently in every epoch. Pixels from outside
// the picture get the colour of the nearest pixel of the border. The zero value changes nothing.
type Augment struct {
	Shift      int     // at most that many pixels up or down, left or right
	Flip       bool    // mirrors every other picture, left to right
	Rotate     float64 // at most that many degrees to either side, in [0,180]
	Brightness float64 // added to all values: at most that much up or down, in [0,1]
}

func (a Augment) check() error {
	if a.Shift < 0 || !(a.Rotate >= 0 && a.Rotate <= 180) || !(a.Brightness >= 0 && a.Brightness <= 1) {
		return &Error{Msg: fmt.Sprintf("pictures shifted by %d pixels, turned by %g degrees and brightened by %g", a.Shift, a.Rotate, a.Brightness),
			Advice: "want 0 pixels or more, 0 to 180 degrees, 0 to 1"}
	}
	return nil
}

// apply writes the picture src (C,H,W) to dst, changed at random by r.
func (a Augment) apply(dst, src []float32, shape []int, r *rand.Rand) {
	h, w := shape[1], shape[2]
	dy, dx := a.Shift-r.IntN(2*a.Shift+1), a.Shift-r.IntN(2*a.Shift+1)
	mirror := a.Flip && r.IntN(2) == 1
	angle := a.Rotate * (2*r.Float64() - 1) * math.Pi / 180
	light := float32(a.Brightness * (2*r.Float64() - 1))
	for c := range shape[0] {
		to, from := dst[c*h*w:(c+1)*h*w], src[c*h*w:(c+1)*h*w]
		if angle != 0 {
			turn(to, from, h, w, angle, float64(dy), float64(dx), mirror)
			continue
		}
		for y := range h {
			row := from[min(max(y+dy, 0), h-1)*w:]
			for x := range w {
				at := min(max(x+dx, 0), w-1)
				if mirror {
					at = w - 1 - at
				}
				to[y*w+x] = row[at]
			}
		}
	}
	if light != 0 {
		for i, v := range dst[:len(src)] {
			dst[i] = min(max(v+light, 0), 1)
		}
	}
}

// turn writes a plane turned about its centre, shifted and perhaps mirrored, with bilinear
// interpolation. Products are converted before they are added, so that no compiler fuses the two.
func turn(dst, src []float32, h, w int, angle, dy, dx float64, mirror bool) {
	sin, cos := math.Sincos(angle)
	cy, cx := float64(h-1)/2, float64(w-1)/2
	for y := range h {
		for x := range w {
			v, u := float64(y)-cy+dy, float64(x)-cx+dx
			sy := float64(cos*v) + float64(sin*u) + cy
			sx := float64(cos*u) - float64(sin*v) + cx
			if mirror {
				sx = float64(w-1) - sx
			}
			sy, sx = min(max(sy, 0), float64(h-1)), min(max(sx, 0), float64(w-1))
			y0, x0 := int(sy), int(sx)
			y1, x1 := min(y0+1, h-1), min(x0+1, w-1)
			fy, fx := float32(sy-float64(y0)), float32(sx-float64(x0))
			top := mix(src[y0*w+x0], src[y0*w+x1], fx)
			dst[y*w+x] = mix(top, mix(src[y1*w+x0], src[y1*w+x1], fx), fy)
		}
	}
}

func mix(a, b, t float32) float32 { return a + float32(t*(b-a)) }

// uniform fills dst with values between -eps and eps.
func uniform(dst []float32, eps float64, r *rand.Rand) {
	for i := range dst {
		dst[i] = float32(eps * (2*float64(r.Float32()) - 1))
	}
}

// confine brings v back to within eps of x and into [0,1].
func confine(v, x []float32, eps float64) {
	e := float32(eps)
	for i, o := range x {
		v[i] = min(max(v[i], o-e, 0), o+e, 1)
	}
}

// climb moves v by size along the sign of the gradient.
func climb(v, grad []float32, size float64) {
	s := float32(size)
	for i, g := range grad {
		v[i] += s * tensor.Sign(g)
	}
}
