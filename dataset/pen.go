package dataset

import (
	"math"
	"math/rand/v2"

	"git.sr.ht/~sbinet/gg"
)

// A point is a position in drawing units: the subject of a picture fills about
// [-1,1] x [-1,1], with y pointing down.
type point struct{ x, y float64 }

// A path is a closed outline or an open line, as its corners.
type path []point

// A placement maps drawing units to canvas pixels: X = xx*x + xy*y + x0, Y = yx*x + yy*y + y0.
type placement struct{ xx, xy, x0, yx, yy, y0 float64 }

func (m placement) apply(p point) point {
	return point{m.xx*p.x + m.xy*p.y + m.x0, m.yx*p.x + m.yy*p.y + m.y0}
}

// then returns the placement that applies inner first and m second.
func (m placement) then(inner placement) placement {
	o := m.apply(point{inner.x0, inner.y0})
	return placement{
		m.xx*inner.xx + m.xy*inner.yx, m.xx*inner.xy + m.xy*inner.yy, o.x,
		m.yx*inner.xx + m.yy*inner.yx, m.yx*inner.xy + m.yy*inner.yy, o.y,
	}
}

// inverse returns the placement that undoes m.
func (m placement) inverse() placement {
	det := m.xx*m.yy - m.xy*m.yx
	xx, xy, yx, yy := m.yy/det, -m.xy/det, -m.yx/det, m.xx/det
	return placement{xx, xy, -(xx*m.x0 + xy*m.y0), yx, yy, -(yx*m.x0 + yy*m.y0)}
}

// A pen draws on a canvas in its own coordinates. Pens made by at share the canvas.
type pen struct {
	dc    *gg.Context
	rng   *rand.Rand
	m     placement
	inv   placement
	light point // direction to the light on the canvas, a unit vector
}

func newPen(dc *gg.Context, rng *rand.Rand, m placement, light point) *pen {
	return &pen{dc: dc, rng: rng, m: m, inv: m.inverse(), light: light}
}

// at returns a pen whose origin is at (x,y), turned clockwise by angle (radians)
// and with units sx by sy as long; a negative sx mirrors.
func (p *pen) at(x, y, angle, sx, sy float64) *pen {
	sin, cos := math.Sincos(angle)
	m := p.m.then(placement{cos * sx, -sin * sy, x, sin * sx, cos * sy, y})
	return newPen(p.dc, p.rng, m, p.light)
}

// between returns a random number in [lo, hi).
func (p *pen) between(lo, hi float64) float64 { return lo + (hi-lo)*p.rng.Float64() }

// chance is true with probability prob.
func (p *pen) chance(prob float64) bool { return p.rng.Float64() < prob }

// side is -1 or 1.
func (p *pen) side() float64 {
	if p.chance(0.5) {
		return -1
	}
	return 1
}

// trace makes a path the current path of the canvas.
func (p *pen) trace(shape path) {
	for i, q := range shape {
		q = p.m.apply(q)
		if i == 0 {
			p.dc.MoveTo(q.x, q.y)
		} else {
			p.dc.LineTo(q.x, q.y)
		}
	}
}

// fill paints the inside of a closed path.
func (p *pen) fill(shape path, paint paint) {
	p.trace(shape)
	p.dc.SetFillStyle(paint.over(p, shape, 0))
	p.dc.Fill()
}

// line draws an open path with round ends; width is in drawing units.
func (p *pen) line(shape path, width float64, paint paint) {
	p.trace(shape)
	p.dc.SetLineCap(gg.LineCapRound)
	p.dc.SetLineJoin(gg.LineJoinRound)
	p.dc.SetLineWidth(width * math.Sqrt(math.Abs(p.m.xx*p.m.yy-p.m.xy*p.m.yx)))
	p.dc.SetStrokeStyle(paint.over(p, shape, width/2))
	p.dc.Stroke()
}

// brush draws an open path whose width goes from w0 to w1, with round ends.
func (p *pen) brush(shape path, w0, w1 float64, paint paint) {
	p.fill(tapered(shape, w0, w1), paint)
}

// inside runs draw with everything clipped to a closed path.
func (p *pen) inside(shape path, draw func()) {
	p.trace(shape)
	p.dc.Clip()
	draw()
	p.dc.ResetClip()
}

// hairs draws n short strokes in random places of an ellipse, combed along angle.
func (p *pen) hairs(n int, cx, cy, rx, ry, angle, length, width float64, c ink) {
	for range n {
		r, t := math.Sqrt(p.rng.Float64()), p.between(0, 2*math.Pi)
		x, y := cx+rx*r*math.Cos(t), cy+ry*r*math.Sin(t)
		sin, cos := math.Sincos(angle + p.between(-0.5, 0.5))
		l := length * p.between(0.6, 1.3)
		p.line(path{{x, y}, {x + l*cos, y + l*sin}}, width, flat(c))
	}
}
