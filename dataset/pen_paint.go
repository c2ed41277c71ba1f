package dataset

import "math"

// A form says how light falls on the thing that a paint covers.
type form uint8

const (
	even form = iota // no shading
	dome             // a ball that fills the shape's bounds
	pipe             // a standing cylinder
	fade             // from ink at the top of the bounds to another at the bottom
	soft             // fades out from the middle to the ellipse in the bounds
)

// A paint is an ink and the way light falls on the thing that it covers.
type paint struct {
	ink
	to    ink     // the second colour of a fade
	alpha float64 // 1 is opaque
	depth float64 // strength of the shading of a dome or pipe
	form  form
	// adds light (removes it where negative) at a place in drawing units; nil means none
	relief func(x, y float64) float64
}

func flat(c ink) paint                 { return paint{ink: c, alpha: 1} }
func sheer(c ink, alpha float64) paint { return paint{ink: c, alpha: alpha} }
func ball(c ink, depth float64) paint  { return paint{ink: c, alpha: 1, depth: depth, form: dome} }
func tube(c ink, depth float64) paint  { return paint{ink: c, alpha: 1, depth: depth, form: pipe} }
func blend(c, to ink) paint            { return paint{ink: c, to: to, alpha: 1, form: fade} }

// cloth returns the paint of a surface with folds or a weave.
func cloth(c ink, relief func(x, y float64) float64) paint {
	return paint{ink: c, alpha: 1, relief: relief}
}

// over returns the paint applied to a shape drawn by p.
func (q paint) over(p *pen, shape path) glaze {
	g := glaze{paint: q}
	if q.relief != nil {
		g.inv = p.inv
	}
	if q.form == even {
		return g
	}
	centre, half := shape.bounds()
	half = point{max(half.x, 1e-6), max(half.y, 1e-6)}
	g.u = [3]float64{p.inv.xx / half.x, p.inv.xy / half.x, (p.inv.x0 - centre.x) / half.x}
	g.v = [3]float64{p.inv.yx / half.y, p.inv.yy / half.y, (p.inv.y0 - centre.y) / half.y}
	lx, ly := p.inv.xx*p.light.x+p.inv.xy*p.light.y, p.inv.yx*p.light.x+p.inv.yy*p.light.y
	if d := math.Hypot(lx, ly); d > 0 {
		g.light = point{lx / d, ly / d}
	}
	return g
}

// A glaze is a paint applied to one shape.
type glaze struct {
	paint
	u, v  [3]float64 // place in the bounds, [-1,1], of a canvas pixel (x,y): u[0]*x + u[1]*y + u[2]
	inv   placement  // to drawing units
	light point      // in the bounds
}

// at returns colour and opacity at a place of the canvas. Products are rounded before they are
// added, so that processors that can do both at once give the same result.
func (g *glaze) at(x, y float64) (ink, float64) {
	if g.form == even && g.relief == nil {
		return g.ink, g.alpha
	}
	var k float64
	if g.form != even {
		u := float64(g.u[0]*x) + float64(g.u[1]*y) + g.u[2]
		v := float64(g.v[0]*x) + float64(g.v[1]*y) + g.v[2]
		switch g.form {
		case fade:
			return g.ink.mix(g.to, min(max(v/2+0.5, 0), 1)), g.alpha
		case soft:
			rest := max(1-float64(u*u)-float64(v*v), 0)
			return g.ink, g.alpha * rest * rest
		case pipe:
			d := u - 0.35*math.Copysign(1, g.light.x)
			k = 0.35 - float64(0.9*float64(d*d))
		case dome:
			k = float64(u*g.light.x) + float64(v*g.light.y) - float64(0.35*(float64(u*u)+float64(v*v))) + 0.2
		}
		k *= g.depth
	}
	if g.relief != nil {
		k += g.relief(float64(g.inv.xx*x)+float64(g.inv.xy*y)+g.inv.x0, float64(g.inv.yx*x)+float64(g.inv.yy*y)+g.inv.y0)
	}
	return g.ink.lit(k), g.alpha
}

// dusk is the shade of things, sunlight the light on them.
var dusk, sunlight = ink{0.16, 0.11, 0.26}, ink{1, 0.985, 0.92}

// lit returns the colour with more light (k > 0) or in the shade (k < 0). Light is warm, and shade
// is cool.
func (c ink) lit(k float64) ink {
	if k > 0 {
		return c.mix(sunlight, min(k, 0.9))
	}
	k = max(k, -1.2)
	scale := 1 + float64(0.62*k)
	d := c.mix(dusk, -0.36*k)
	return ink{d.r * scale, d.g * scale, d.b * scale}
}
