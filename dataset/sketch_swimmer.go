package dataset

import "math"

// drawBathingCap draws a swimmer in a bathing cap.
func drawBathingCap(p *pen) {
	skin := p.tinted(p.pick(rgb(0xf0c8a8), rgb(0xe2b08a), rgb(0xc68a62), rgb(0x8f5d42), rgb(0x6a4532)), 0.02)
	// No browns: they would look like hair.
	cap := p.tinted(p.pick(rgb(0x2f6fa8), rgb(0xd2483f), rgb(0xf0bd45), rgb(0x2f8f83), rgb(0xe58aa0), rgb(0xf4f0e8), rgb(0x6a58a8)), 0.04)
	suit := p.dye()
	p.brush(curve(0, 0.2, 0, 0.9), 0.34, 0.4, ball(skin.lit(-0.12), 0.3))
	p.fill(blob(-1.05, 1.7, -0.95, 1.05, -0.62, 0.82, -0.26, 0.72, 0, 0.76, 0.26, 0.72, 0.62, 0.82, 0.95, 1.05, 1.05, 1.7), ball(skin, 0.45))
	for _, side := range []float64{-1, 1} {
		p.brush(curve(side*0.46, 0.75, side*0.4, 1.0, side*0.34, 1.3), 0.14, 0.24, ball(suit, 0.35))
	}
	p.fill(blob(-0.5, 1.12, 0, 1.2, 0.5, 1.12, 0.6, 1.8, -0.6, 1.8), ball(suit, 0.3))
	p.glow(0, 0.62, 0.3, 0.2, skin.dark(0.6), 0.6)
	swimmerHead(p.at(0, -0.06, p.between(-0.12, 0.12), 1.12, 1.12), skin, cap)
}

func swimmerHead(p *pen, skin, cap ink) {
	for _, side := range []float64{-1, 1} {
		p.fill(ellipse(side*0.5, 0.08, 0.09, 0.14, side*0.15), ball(skin.lit(-0.1), 0.4))
	}
	p.fill(blob(0, -0.6, -0.36, -0.5, -0.5, -0.1, -0.46, 0.2, -0.3, 0.48, 0, 0.6, 0.3, 0.48, 0.46, 0.2, 0.5, -0.1, 0.36, -0.5), ball(skin, 0.4))
	look := p.between(-0.04, 0.04)
	hair := rgb(0x4a332a)
	closed := p.chance(0.4)
	for _, side := range []float64{-1, 1} {
		x := side*0.19 + look
		if closed {
			p.line(curve(x-0.075, 0.09, x, 0.125, x+0.075, 0.09), 0.026, flat(hair))
		} else {
			p.fill(ellipse(x, 0.085, 0.075, 0.058, 0), flat(rgb(0xfdfaf4)))
			p.fill(circle(x+look*0.4, 0.085, 0.046), flat(rgb(0x4a3628)))
			p.fill(circle(x+look*0.4-0.014, 0.07, 0.014), flat(rgb(0xffffff)))
			p.line(curve(x-0.085, 0.075, x, 0.03, x+0.085, 0.075), 0.024, flat(hair))
		}
		p.brush(curve(x-0.08*side, -0.045, x, -0.075, x+0.09*side, -0.04), 0.034, 0.016, sheer(hair, 0.85))
		p.glow(side*0.28+look, 0.24, 0.14, 0.1, rgb(0xe06a5c), 0.45)
	}
	p.line(curve(look+0.01, 0.12, look+0.045, 0.22, look-0.03, 0.235), 0.018, sheer(skin.dark(0.5), 0.7))
	lips := skin.mix(rgb(0xc0454a), 0.65)
	p.fill(blob(look-0.12, 0.345, look-0.04, 0.335, look, 0.345, look+0.04, 0.335, look+0.12, 0.345, look+0.05, 0.405, look-0.05, 0.405), ball(lips, 0.35))
	p.line(curve(look-0.13, 0.34, look, 0.365, look+0.13, 0.34), 0.014, sheer(lips.dark(0.6), 0.8))
	bathingCap(p, cap)
}

// bathingCap draws the cap on a head centred on the origin: plain with a seam,
// striped, or set with rubber flowers; a strap, and perhaps goggles.
func bathingCap(p *pen, c ink) {
	style := p.rng.IntN(4)
	if style == 0 || p.chance(0.4) {
		for _, side := range []float64{-1, 1} {
			p.line(curve(side*0.5, 0.0, side*0.43, 0.34, side*0.2, 0.57, 0, 0.62), 0.05, flat(c.lit(-0.15)))
		}
	}
	cap := blob(0, -0.8, -0.32, -0.73, -0.51, -0.47, -0.55, -0.12, -0.53, 0.07, -0.46, 0.05, -0.4, -0.12, -0.2, -0.2, 0, -0.215, 0.2, -0.2, 0.4, -0.12, 0.46, 0.05, 0.53, 0.07, 0.55, -0.12, 0.51, -0.47, 0.32, -0.73)
	p.glow(0, -0.12, 0.5, 0.12, rgb(0x3a2420), 0.35)
	p.fill(cap, ball(c, 0.52))
	p.inside(cap, func() {
		trim := c.bright(0.7)
		if p.chance(0.4) {
			trim = p.dye().bright(0.25)
		}
		switch style {
		case 0: // a seam along the middle, and ribs
			for _, x := range []float64{-0.42, -0.21, 0, 0.21, 0.42} {
				p.line(curve(x*0.4, -0.9, x*1.15, -0.55, x*1.2, -0.1), 0.016, sheer(c.dark(0.5), 0.4))
				p.line(curve(x*0.4+0.02, -0.9, x*1.15+0.02, -0.55, x*1.2+0.02, -0.1), 0.012, sheer(c.bright(0.7), 0.4))
			}
		case 1: // a broad stripe from front to back
			p.fill(blob(-0.08, -0.95, 0.08, -0.95, 0.17, -0.5, 0.17, -0.1, -0.17, -0.1, -0.17, -0.5), sheer(trim, 0.9))
		case 2: // bands around the head
			for i := range 2 {
				y := -0.4 - 0.15*float64(i)
				p.line(curve(-0.62, y+0.16, -0.3, y+0.02, 0, y, 0.3, y+0.02, 0.62, y+0.16), 0.07, sheer(trim, 0.9))
			}
		case 3: // rubber flowers
			for i := range 11 {
				row := i / 4
				x := -0.42 + 0.28*float64(i%4) + 0.14*float64(row%2)
				y := -0.34 - 0.17*float64(row) + 0.3*x*x
				flower := p.at(x, y, p.between(0, 1), 1, 0.92)
				petal := trim
				if i%2 == 1 {
					petal = c.bright(0.35)
				}
				for j := range 6 {
					sin, cos := math.Sincos(math.Pi / 3 * float64(j))
					flower.fill(circle(0.065*cos, 0.065*sin, 0.048), ball(petal, 0.45))
				}
				flower.fill(circle(0, 0, 0.038), ball(rgb(0xe9c65e), 0.4))
			}
		}
	})
	p.line(curve(-0.46, 0.04, -0.4, -0.125, -0.2, -0.205, 0, -0.22, 0.2, -0.205, 0.4, -0.125, 0.46, 0.04), 0.03, ball(c.bright(0.25), 0.3))
	if style != 3 {
		p.glow(-0.2, -0.57, 0.2, 0.13, rgb(0xffffff), 0.6)
		p.brush(curve(-0.4, -0.45, -0.33, -0.58, -0.22, -0.66), 0.03, 0.045, sheer(rgb(0xffffff), 0.5))
	}
	if p.chance(0.35) {
		goggles(p)
	}
}

// goggles draws goggles pushed up onto the cap.
func goggles(p *pen) {
	frame := p.dye().dark(0.3)
	lens := p.dye().bright(0.3)
	p.line(curve(-0.59, -0.2, -0.4, -0.33, 0, -0.38, 0.4, -0.33, 0.59, -0.2), 0.07, ball(frame, 0.3))
	for _, side := range []float64{-1, 1} {
		p.fill(ellipse(side*0.2, -0.36, 0.175, 0.12, side*0.12), ball(frame, 0.4))
		p.fill(ellipse(side*0.2, -0.36, 0.135, 0.085, side*0.12), paint{ink: lens.bright(0.5), to: lens.dark(0.3), alpha: 1, form: fade})
		p.line(path{{side*0.2 - 0.07, -0.36}, {side*0.2 - 0.02, -0.42}}, 0.022, sheer(rgb(0xffffff), 0.8))
	}
}
