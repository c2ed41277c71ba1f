package dataset

import "math"

// drawBathTowel draws a towel hanging over a rail, a stack of folded towels, or rolled ones.
func drawBathTowel(p *pen) {
	switch pose := p.rng.Float64(); {
	case pose < 0.55:
		hangingTowel(p)
	case pose < 0.85:
		towelStack(p)
	default:
		towelRolls(p)
	}
}

// towelInks returns the colours of a towel and its woven bands.
func (p *pen) towelInks() (cloth, band ink) {
	base := p.dye().bright(p.between(0.08, 0.4))
	if p.chance(0.3) {
		base = rgb(0xf4efe4)
	}
	band = base.bright(0.7)
	if p.chance(0.5) {
		band = p.dye()
	}
	return base, band
}

// folds returns the relief of soft upright folds, about n to a unit.
func (p *pen) folds(n, strength float64) func(x, y float64) float64 {
	phase, phase2, drift := p.between(0, 7), p.between(0, 7), p.between(-0.5, 0.5)
	return func(x, y float64) float64 {
		t := n*3*x + phase + drift*y
		return strength * (math.Sin(t+0.7*math.Sin(0.9*t+phase2+y)) - 0.15)
	}
}

func hangingTowel(p *pen) {
	c, band := p.towelInks()
	rail := p.pick(rgb(0xc9ccd0), rgb(0xcfae6c), rgb(0x8f9092), rgb(0xa5774c), rgb(0x4a4648))
	w := p.between(0.58, 0.78)
	p.glow(0.06, 0.1, w*1.25, 1.15, rgb(0x231a26), 0.4)
	p.line(path{{-1.02, -0.82}, {1.02, -0.82}}, 0.1, paint{ink: rail.bright(0.5), to: rail.dark(0.4), alpha: 1, form: fade})
	for _, x := range []float64{-1.0, 1.0} {
		p.fill(circle(x, -0.82, 0.085), ball(rail, 0.5))
	}
	hang := p.between(0.35, 0.62)
	p.fill(points(-w+0.1, -0.84, w+0.06, -0.84, w+0.08, hang, -w+0.12, hang+0.04), paint{ink: c.lit(-0.4), to: c.lit(-0.65), alpha: 1, form: fade})
	wave, phase := p.between(0.01, 0.035), p.between(0, 6)
	hem := func(x float64) float64 { return 0.86 + wave*math.Sin(7*x+phase) }
	shape := path{{-w, -0.78}, {-w * 0.985, -0.88}, {-w * 0.94, -0.915}, {w * 0.94, -0.915}, {w * 0.985, -0.88}, {w, -0.78}}
	for i := range 25 {
		x := 1 - float64(i)/12
		shape = append(shape, point{x * w * 1.03, hem(x)})
	}
	if p.chance(0.6) {
		fringe(p, w, hem, c)
	}
	relief := p.folds(p.between(1.6, 3), 0.17)
	p.fill(shape, cloth(c, func(x, y float64) float64 {
		over := y + 0.84 // the bend over the rail catches the light
		return relief(x, y)*min(max(over*1.4, 0), 1) + 0.4*math.Exp(-float64(over*over)*90) - 0.22*math.Exp(-float64((over-0.22)*(over-0.22))*60)
	}))
	p.inside(shape, func() {
		bands(p, w, band, relief)
		p.terry(220, -w, -0.85, w, 0.9, c)
	})
}

// fringe draws tassels on a towel's hem.
func fringe(p *pen, w float64, hem func(float64) float64, c ink) {
	for i := range 27 {
		x := -1 + float64(i)/13
		p.hair(point{x * w * 1.02, hem(x) - 0.03}, point{x*w*1.02 + p.between(-0.02, 0.02), hem(x) + 0.11}, 0.055, flat(c.bright(0.12)))
	}
}

// bands draws woven stripes across a hanging towel.
func bands(p *pen, w float64, band ink, relief func(x, y float64) float64) {
	stripe := func(y, h float64) {
		q := cloth(band, relief)
		q.alpha = 0.88
		p.fill(rect(-w*1.1, y, w*1.1, y+h), q)
	}
	y := p.between(0.4, 0.56)
	stripe(y, 0.035)
	stripe(y+0.07, 0.1)
	stripe(y+0.205, 0.035)
	switch {
	case p.chance(0.25):
		for i := range 4 {
			stripe(-0.6+0.22*float64(i), 0.08)
		}
	case p.chance(0.4):
		stripe(-0.56, 0.04)
		stripe(-0.48, 0.04)
	}
}

// terry roughens the cloth in a rectangle with short loops.
func (p *pen) terry(n int, x0, y0, x1, y1 float64, c ink) {
	for i := range n {
		q := point{p.between(x0, x1), p.between(y0, y1)}
		tone := c.bright(0.7)
		if i%2 == 0 {
			tone = c.dark(0.5)
		}
		p.hair(q, point{q.x + p.between(-0.01, 0.01), q.y + 0.035}, 0.02, sheer(tone, 0.17))
	}
}

// towelStack draws folded towels lying on each other.
func towelStack(p *pen) {
	p.shadow(0, 0.82, 0.9, 0.1)
	n := 3 + p.rng.IntN(3)
	h := 1.5 / float64(n)
	for i := range n {
		c, band := p.towelInks()
		y1 := 0.84 - float64(i)*h*0.97
		y0 := y1 - h
		w := p.between(0.74, 0.84)
		t := p.at(p.between(-0.05, 0.05), 0, p.between(-0.02, 0.02), p.side(), 1)
		sag := p.between(-0.02, 0.02)
		whole := blob(-w, y0+h*0.5, -w*0.97, y0+h*0.14, -w*0.8, y0+0.01, 0, y0+sag, w*0.85, y0+0.01, w*0.99, y0+h*0.12, w, y0+h*0.5,
			w*0.99, y1-h*0.1, w*0.85, y1, 0, y1+sag, -w*0.8, y1, -w*0.97, y1-h*0.14)
		mid := y0 + h/2
		t.fill(t.fuzz(whole, 0.012, 0.03), cloth(c, func(x, y float64) float64 {
			v := (y - mid) / h * 2          // -1 to 1 over the towel
			layer := math.Abs(v)            // two layers, each rounded
			side := (x/w + 0.1) * t.light.x // the end towards the light is brighter
			return 0.2 - 1.1*float64((layer-0.45)*(layer-0.45)) - 0.14*v - 0.7*math.Exp(-float64(v*v)*140)*(0.4+0.6*min(max(x/w+0.8, 0), 1)) + 0.1*side
		}))
		t.inside(whole, func() {
			x := w * p.between(0.3, 0.55)
			for _, s := range [][2]float64{{0, 0.05}, {0.08, 0.12}, {0.23, 0.05}} {
				q := cloth(band, func(_, y float64) float64 {
					v := math.Abs(y-mid) / h * 2
					return 0.1 - 1.1*float64((v-0.45)*(v-0.45))
				})
				q.alpha = 0.85
				t.fill(rect(x+s[0], y0-0.05, x+s[0]+s[1], y1+0.05), q)
			}
			t.terry(50, -w, y0, w, y1, c)
		})
	}
}

// towelRolls draws rolled towels, seen from their ends.
func towelRolls(p *pen) {
	p.shadow(0, 0.8, 0.95, 0.1)
	const r = 0.43
	for _, o := range []point{{-0.45, 0.4}, {0.45, 0.4}, {p.between(-0.06, 0.06), -0.36}} {
		c, band := p.towelInks()
		t := p.at(o.x, o.y, p.between(0, 6.2), 1, 1)
		t.fill(t.fuzz(circle(0, 0, r), 0.015, 0.03), ball(c, 0.45))
		spiral := make(path, 0, 70)
		for i := range 70 {
			s := float64(i) / 69
			sin, cos := math.Sincos(s * 7 * math.Pi)
			spiral = append(spiral, point{r * (0.06 + 0.94*s) * cos, r * (0.06 + 0.94*s) * sin})
		}
		t.line(spiral, 0.045, sheer(c.lit(-0.75), 0.85))
		t.line(spiral[len(spiral)*5/7:].moved(-0.01, -0.01), 0.035, sheer(band, 0.8))
		t.terry(40, -r*0.7, -r*0.7, r*0.7, r*0.7, c)
	}
}

// drawVelvet draws heavy cloth with a deep sheen: laid in folds, draped as a curtain, or on a cushion.
func drawVelvet(p *pen) {
	c := p.tinted(p.pick(rgb(0x8f2338), rgb(0x2c4a86), rgb(0x2f6650), rgb(0x5b3580), rgb(0xa86a24), rgb(0x1f6b78), rgb(0x7c2a60), rgb(0x3a3640)), 0.03)
	switch pose := p.rng.Float64(); {
	case pose < 0.45:
		velvetFolds(p, c)
	case pose < 0.75:
		velvetCurtain(p, c)
	default:
		velvetCushion(p, c)
	}
}

// pile returns the sheen of velvet: deep where one looks straight at it, and glowing where the
// cloth turns away. It takes the height of the folds, -1 to 1, and their slope.
func pile(height, slope float64) float64 {
	towards, away := max(slope, 0), max(-slope, 0)
	return -0.34 + 0.26*height + 0.55*towards*towards*towards + 0.22*away*away
}

// velvetFolds covers the whole canvas with cloth in soft folds.
func velvetFolds(p *pen, c ink) {
	sin, cos := math.Sincos(p.between(-0.9, 0.9))
	n, bend := p.between(4, 7), p.between(0.4, 1.2)
	a, b, d := p.between(0, 6.3), p.between(0, 6.3), p.between(1.5, 2.6)
	p.fill(rect(-2, -2, 2, 2), cloth(c, func(x, y float64) float64 {
		along, across := x*sin+y*cos, x*cos-y*sin
		t := n*across + bend*math.Sin(d*along+a) + 0.6*math.Sin(0.6*n*across+b+1.3*along)
		crease := math.Exp(2.6 * (-1 - math.Sin(t))) // deep and narrow, between broad ridges
		return pile(math.Sin(t), math.Cos(t)) - 0.35*crease + 0.1*math.Sin(1.9*along+2.3*across+b)
	}))
	p.nap(130, 1.3, c)
}

// nap scatters the short strokes of brushed pile.
func (p *pen) nap(n int, r float64, c ink) {
	for range n {
		q := p.within(0, 0, r, r)
		p.hair(q, point{q.x + 0.03, q.y + 0.05}, 0.02, sheer(c.bright(0.5), 0.14))
	}
}

// velvetCurtain hangs cloth from a rod, gathered to one side.
func velvetCurtain(p *pen, c ink) {
	rod := p.pick(rgb(0xc9a455), rgb(0x8f8a86), rgb(0x6e4c34))
	p.glow(0.05, 0.1, 1.05, 1.15, rgb(0x1c1420), 0.4)
	n, phase := p.between(5.5, 8.5), p.between(0, 6)
	tie := p.chance(0.5)
	width := func(y float64) float64 { // half the width at a height
		if tie {
			return 0.86 - 0.5*math.Exp(-float64((y-0.28)*(y-0.28))*5)
		}
		return 0.84 + 0.04*y
	}
	var shape path
	for i := range 25 {
		y := -0.86 + 1.8*float64(i)/24
		shape = append(shape, point{-width(y), y})
	}
	for i := range 25 {
		x := -1 + float64(i)/12
		shape = append(shape, point{x * width(0.94), 0.94 + 0.035*math.Sin(n*2.4*x+phase)})
	}
	for i := range 25 {
		y := 0.94 - 1.8*float64(i)/24
		shape = append(shape, point{width(y), y})
	}
	p.fill(shape, cloth(c, func(x, y float64) float64 {
		t := n*2.4*x/(width(y)*1.15) + phase + 0.5*math.Sin(2*y+phase)
		edge := x / width(y)
		return pile(math.Sin(t), math.Cos(t)) - 0.25*float64(edge*edge) - 0.3*math.Exp(-(y+0.86)*7)
	}))
	p.nap(60, 0.7, c)
	if tie {
		p.brush(curve(-0.4, 0.26, 0, 0.33, 0.4, 0.26), 0.12, 0.12, ball(rgb(0xd0a850), 0.5))
		p.brush(path{{0.3, 0.32}, {0.33, 0.66}}, 0.06, 0.15, ball(rgb(0xd0a850), 0.4))
	}
	p.line(path{{-0.98, -0.88}, {0.98, -0.88}}, 0.1, paint{ink: rod.bright(0.5), to: rod.dark(0.4), alpha: 1, form: fade})
	for i := range 7 {
		p.fill(ellipse(-0.78+0.26*float64(i), -0.87, 0.045, 0.085, 0), ball(rod, 0.5))
	}
	for _, x := range []float64{-0.98, 0.98} {
		p.fill(circle(x, -0.88, 0.1), ball(rod, 0.6))
	}
}

// velvetCushion draws a tufted cushion with piping and tassels.
func velvetCushion(p *pen, c ink) {
	p.shadow(0, 0.82, 0.85, 0.1)
	gold := p.pick(rgb(0xd0a850), rgb(0xd8cbb0), c.bright(0.35))
	corners := []point{{-0.84, -0.76}, {0.84, -0.76}, {0.88, 0.78}, {-0.88, 0.78}}
	for _, q := range corners {
		p.brush(path{{q.x * 0.94, q.y * 0.94}, {q.x * 1.1, q.y*1.0 + 0.16}}, 0.05, 0.15, ball(gold, 0.45))
		p.fill(circle(q.x*0.98, q.y*0.98, 0.065), ball(gold, 0.5))
	}
	shape := blob(-0.86, -0.78, -0.4, -0.7, 0, -0.68, 0.4, -0.7, 0.86, -0.78, 0.8, -0.4, 0.78, 0, 0.8, 0.4, 0.9, 0.8, 0.4, 0.73, 0, 0.71, -0.4, 0.73, -0.9, 0.8, -0.8, 0.4, -0.78, 0, -0.8, -0.4)
	a := p.between(0, 6)
	p.fill(shape, cloth(c, func(x, y float64) float64 {
		r := math.Hypot(x, y)
		t := math.Atan2(y, x)
		pleat := math.Sin(7*t+a) * math.Exp(-r*2.6)
		height := 0.9 - 1.3*float64((r-0.5)*(r-0.5))*2 + 0.55*pleat - 0.25*y + 0.3*x*p.light.x
		return pile(height, 0.2*pleat+0.5*r) - 0.5*math.Exp(-float64(r*r)*40)
	}))
	p.nap(80, 0.72, c)
	p.line(append(shape, shape[0]), 0.035, ball(gold, 0.4))
	p.fill(circle(0, 0, 0.075), ball(c, 0.8))
	p.glow(-0.02, -0.02, 0.05, 0.05, c.bright(0.8), 0.6)
}
