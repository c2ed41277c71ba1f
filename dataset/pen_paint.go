package dataset

import (
	"image/color"
	"math"
)

// An ink is an RGB colour, each part in [0,1].
type ink struct{ r, g, b float64 }

// rgb returns the colour 0xRRGGBB.
func rgb(v uint32) ink {
	return ink{float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}
}

// mix returns the colour a share t of the way from c to d.
func (c ink) mix(d ink, t float64) ink {
	return ink{c.r + (d.r-c.r)*t, c.g + (d.g-c.g)*t, c.b + (d.b-c.b)*t}
}

// dark and bright mix a share t of near-black and near-white in.
func (c ink) dark(t float64) ink   { return c.mix(rgb(0x141018), t) }
func (c ink) bright(t float64) ink { return c.mix(rgb(0xfffdf6), t) }

// hue returns the fully specified colour of hue h (turns), saturation s and value v.
func hue(h, s, v float64) ink {
	part := func(n float64) float64 {
		k := math.Mod(n+h*6, 6)
		return v - v*s*max(0, min(k, 4-k, 1))
	}
	return ink{part(5), part(3), part(1)}
}

// tinted returns c with a small random change, so that no two drawings share a colour.
func (p *pen) tinted(c ink, by float64) ink {
	v := p.between(-by, by)
	part := func(x float64) float64 { return min(max(x+v+p.between(-by, by)*0.5, 0), 1) }
	return ink{part(c.r), part(c.g), part(c.b)}
}

// pick returns one of the inks.
func (p *pen) pick(inks ...ink) ink { return inks[p.rng.IntN(len(inks))] }

// A paint is an ink and the way light falls on the thing that it covers.
type paint struct {
	ink
	alpha float64
	depth float64 // strength of the shading; 0 is flat
	tube  bool    // shaded as a standing cylinder instead of a ball
}

func flat(c ink) paint                 { return paint{ink: c, alpha: 1} }
func sheer(c ink, alpha float64) paint { return paint{ink: c, alpha: alpha} }
func ball(c ink, depth float64) paint  { return paint{ink: c, alpha: 1, depth: depth} }
func tube(c ink, depth float64) paint  { return paint{ink: c, alpha: 1, depth: depth, tube: true} }

// over returns the paint as it lies on a shape drawn by p, or on a line that reaches
// margin to either side of it.
func (q paint) over(p *pen, shape path, margin float64) *glaze {
	g := &glaze{paint: q, inv: p.inv}
	g.set(1, q.ink)
	if q.depth == 0 {
		return g
	}
	g.centre, g.half = shape.bounds()
	g.half = point{max(g.half.x+margin, 1e-6), max(g.half.y+margin, 1e-6)}
	lx, ly := p.inv.xx*p.light.x+p.inv.xy*p.light.y, p.inv.yx*p.light.x+p.inv.yy*p.light.y
	if d := math.Hypot(lx, ly); d > 0 {
		g.light = point{lx / d, ly / d}
	}
	return g
}

// A glaze is a gg.Pattern: a paint lying on one shape. It is its own colour, so
// that asking for a pixel allocates nothing.
type glaze struct {
	paint
	inv          placement
	centre, half point
	light        point
	out          [4]uint32
}

// ColorAt implements gg.Pattern.
func (g *glaze) ColorAt(x, y int) color.Color {
	if g.depth == 0 {
		return g
	}
	q := g.inv.apply(point{float64(x) + 0.5, float64(y) + 0.5})
	u, v := (q.x-g.centre.x)/g.half.x, (q.y-g.centre.y)/g.half.y
	var k float64
	if g.tube {
		side := 1.0
		if g.light.x < 0 {
			side = -1
		}
		d := u*side - 0.35
		k = 0.35 - 0.9*d*d
	} else {
		k = u*g.light.x + v*g.light.y - 0.35*(u*u+v*v) + 0.2
	}
	k *= g.depth
	if k > 0 {
		g.set(1, g.ink.mix(ink{1, 0.99, 0.94}, min(k, 0.9)))
	} else {
		g.set(max(1+k, 0.1), g.ink.mix(ink{0.16, 0.12, 0.3}, min(-k*0.35, 0.5)))
	}
	return g
}

func (g *glaze) set(scale float64, c ink) {
	part := func(v float64) uint32 { return uint32(min(max(v*scale, 0), 1)*g.alpha*65535 + 0.5) }
	g.out = [4]uint32{part(c.r), part(c.g), part(c.b), uint32(g.alpha*65535 + 0.5)}
}

// RGBA implements color.Color.
func (g *glaze) RGBA() (r, gr, b, a uint32) { return g.out[0], g.out[1], g.out[2], g.out[3] }
