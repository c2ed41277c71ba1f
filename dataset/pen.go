package dataset

import (
	"math"
	"math/rand/v2"
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

// A pen draws on a canvas in its own coordinates. Pens made by the method at share the canvas.
type pen struct {
	*canvas
	rng   *rand.Rand
	m     placement
	inv   placement
	light point // direction to the light on the canvas, a unit vector
}

func newPen(c *canvas, rng *rand.Rand, m placement, light point) *pen {
	return &pen{canvas: c, rng: rng, m: m, inv: m.inverse(), light: light}
}

// at returns a pen whose origin is at (x,y), turned clockwise by angle (radians). Its units are sx
// and sy times as long; a negative sx mirrors.
func (p *pen) at(x, y, angle, sx, sy float64) *pen {
	sin, cos := math.Sincos(angle)
	m := p.m.then(placement{cos * sx, -sin * sy, x, sin * sx, cos * sy, y})
	return newPen(p.canvas, p.rng, m, p.light)
}

// between returns a random number in [lo, hi).
func (p *pen) between(lo, hi float64) float64 { return lo + (hi-lo)*p.rng.Float64() }

// chance returns true with probability prob.
func (p *pen) chance(prob float64) bool { return p.rng.Float64() < prob }

// side returns -1 or 1 at random.
func (p *pen) side() float64 {
	if p.chance(0.5) {
		return -1
	}
	return 1
}

// within returns a random place in an ellipse.
func (p *pen) within(cx, cy, rx, ry float64) point {
	r := math.Sqrt(p.rng.Float64())
	sin, cos := math.Sincos(p.between(0, 2*math.Pi))
	return point{cx + rx*r*cos, cy + ry*r*sin}
}

// fill paints the inside of a closed path.
func (p *pen) fill(shape path, paint paint) {
	p.trace(shape, p.m)
	p.cover(paint.over(p, shape))
}

// line draws an open path of one width, in drawing units, with round ends.
func (p *pen) line(shape path, width float64, paint paint) { p.brush(shape, width, width, paint) }

// brush draws an open path whose width goes from w0 to w1, with round ends.
func (p *pen) brush(shape path, w0, w1 float64, paint paint) {
	p.fill(tapered(shape, w0, w1), paint)
}

// inside runs draw with everything clipped to a closed path. It does not nest.
func (p *pen) inside(shape path, draw func()) {
	p.trace(shape, p.m)
	p.stencil()
	draw()
	p.unstencil()
}

// glow lays an ink on an ellipse and fades it out towards the edge: light, shade or a blush.
func (p *pen) glow(cx, cy, rx, ry float64, c ink, alpha float64) {
	p.fill(ellipse(cx, cy, rx, ry, 0), paint{ink: c, alpha: alpha, form: soft})
}

// hairs draws n short strokes in random places of an ellipse, combed along angle.
func (p *pen) hairs(n int, cx, cy, rx, ry, angle, length, width float64, c ink, alpha float64) {
	for range n {
		q := p.within(cx, cy, rx, ry)
		sin, cos := math.Sincos(angle + p.between(-0.4, 0.4))
		l := length * p.between(0.6, 1.3)
		p.hair(q, point{q.x + l*cos, q.y + l*sin}, width, sheer(c, alpha))
	}
}

// hair draws a straight stroke that tapers to a point.
func (p *pen) hair(from, to point, width float64, paint paint) {
	dx, dy := to.x-from.x, to.y-from.y
	d := math.Hypot(dx, dy)
	if d == 0 {
		return
	}
	nx, ny := -dy/d*width/2, dx/d*width/2
	p.fill(path{{from.x + nx, from.y + ny}, {to.x, to.y}, {from.x - nx, from.y - ny}}, paint)
}

// coat fills a closed path with fur: a tufted edge, and strokes combed down and away
// from the middle. It returns the outline with its tufts.
func (p *pen) coat(shape path, c ink, depth, length float64) path {
	outline := p.fuzz(shape, length, 1.7*length)
	p.fill(outline, ball(c, depth))
	mid, half := shape.bounds()
	area := half.x * half.y
	for i := range 10 + int(40*area) {
		q := p.within(mid.x, mid.y, 0.82*half.x, 0.82*half.y)
		tone := c.bright(0.5)
		if i%2 == 1 {
			tone = c.dark(0.5)
		}
		lean := 1.4 * (q.x - mid.x) / half.x
		l := length * p.between(1.3, 2.4)
		if tip := (point{q.x + l*lean*0.6, q.y + l}); shape.holds(q) && shape.holds(tip) {
			p.hair(q, tip, length*0.45, sheer(tone, 0.2))
		}
	}
	return outline
}
