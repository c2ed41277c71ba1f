package dataset

// head draws the face, about one unit wide with its ears, centred on the origin.
func (b breed) head(p *pen) {
	if b.ears == earsPrick {
		for _, side := range []float64{-1, 1} {
			ear := p.at(side*0.3, -0.34, side*p.between(-0.06, 0.1), side, 1)
			ear.coat(blob(-0.17, 0.14, -0.1, -0.14, 0.04, -0.38, 0.12, -0.34, 0.17, -0.06, 0.15, 0.2), b.mark, 0.4, 0.02)
			ear.fill(blob(-0.07, 0.1, -0.03, -0.1, 0.05, -0.27, 0.1, -0.08, 0.08, 0.12), ball(rgb(0xd8a898), 0.35))
			ear.hairs(5, -0.02, 0.02, 0.04, 0.05, -1.2, 0.12, 0.03, b.light, 0.7)
		}
	}
	skull := blob(0, -0.46, -0.27, -0.4, -0.4, -0.1, -0.36, 0.16, -0.17, 0.34, 0.17, 0.34, 0.36, 0.16, 0.4, -0.1, 0.27, -0.4)
	if b.pattern == coatCurls {
		p.coat(skull, b.coat.bright(0.05), 0.4, 0.015)
	} else {
		p.coat(skull, b.coat, 0.4, max(0.6*b.fur, 0.012))
	}
	p.inside(skull, func() { b.mask(p) })
	switch b.ears {
	case earsHang:
		swing := p.between(-0.22, 0.08)
		for _, side := range []float64{-1, 1} {
			e := p.at(side*0.31, -0.36, side*swing, side, 1)
			e.coat(blob(-0.1, -0.03, 0.08, -0.09, 0.25, 0.1, 0.3, 0.42, 0.21, 0.6, 0.08, 0.5, 0.03, 0.22), b.mark, 0.5, max(0.5*b.fur, 0.012))
		}
	case earsCurl:
		for _, side := range []float64{-1, 1} {
			p.curly(ellipse(side*0.42, 0.02, 0.14, 0.28, side*-0.2), b.mark)
		}
		p.curly(ellipse(0, -0.42, 0.32, 0.22, 0), b.coat)
	}
	b.muzzle(p)
	for _, side := range []float64{-1, 1} {
		x := side * 0.175
		p.glow(x, -0.09, 0.13, 0.13, b.coat.dark(0.75), 0.55)
		p.fill(ellipse(x, -0.1, 0.07, 0.077, 0), flat(rgb(0x1a1210)))
		p.fill(circle(x, -0.095, 0.053), flat(b.eye))
		p.fill(circle(x, -0.095, 0.034), flat(rgb(0x0b0808)))
		p.fill(circle(x-0.022, -0.125, 0.021), flat(rgb(0xffffff)))
		p.fill(circle(x+0.024, -0.075, 0.009), sheer(rgb(0xffffff), 0.8))
		p.brush(curve(x-0.07*side, -0.235, x, -0.255, x+0.07*side, -0.225), 0.03, 0.02, sheer(b.mark.dark(0.5), 0.6))
	}
}

// mask draws the markings of the face.
func (b breed) mask(p *pen) {
	switch b.pattern {
	case coatBib:
		p.fill(p.fuzz(blob(0, -0.42, -0.06, -0.2, -0.1, 0, -0.3, 0.12, -0.32, 0.4, 0.32, 0.4, 0.3, 0.12, 0.1, 0, 0.06, -0.2), 0.015, 0.03), ball(b.light, 0.25))
		if b.brows {
			for _, side := range []float64{-1, 1} {
				p.fill(p.fuzz(ellipse(side*0.19, -0.16, 0.12, 0.1, side*0.3), 0.015, 0.03), ball(b.light, 0.2))
				p.fill(p.fuzz(ellipse(side*0.34, 0.12, 0.16, 0.2, 0), 0.015, 0.03), ball(b.light, 0.2))
			}
		}
	case coatSaddle:
		p.fill(p.fuzz(blob(0, -0.48, -0.06, -0.2, -0.09, 0, -0.2, 0.1, -0.3, 0.4, 0.3, 0.4, 0.2, 0.1, 0.09, 0, 0.06, -0.2), 0.012, 0.03), ball(b.light, 0.25))
	case coatSpots:
		b.spots(p, 6, 0, -0.34, 0.26, 0.08, 0.04)
		b.spots(p, 4, p.side()*0.3, 0.1, 0.06, 0.14, 0.032)
	}
}

// muzzle draws snout, nose, mouth and perhaps a tongue.
func (b breed) muzzle(p *pen) {
	c := b.light
	if b.pattern == coatCurls {
		c = b.coat.bright(0.16)
	}
	if p.chance(0.6) {
		tongue := p.at(p.between(-0.03, 0.03), 0.3, 0, 1, 1)
		tongue.fill(blob(-0.09, 0, -0.1, 0.14, 0, 0.23, 0.1, 0.14, 0.09, 0), ball(rgb(0xe58a8c), 0.4))
		tongue.line(path{{0, 0.03}, {0, 0.14}}, 0.014, sheer(rgb(0xb9525e), 0.7))
	}
	p.fill(p.fuzz(blob(0, -0.02, -0.14, 0.06, -0.25, 0.2, -0.2, 0.33, -0.09, 0.36, 0, 0.335, 0.09, 0.36, 0.2, 0.33, 0.25, 0.2, 0.14, 0.06), 0.012, 0.04), ball(c, 0.36))
	p.glow(0, 0.03, 0.12, 0.16, c.bright(0.5), 0.5)
	if b.pattern == coatSpots {
		b.spots(p, 5, 0, 0.26, 0.17, 0.06, 0.018)
	}
	dark := rgb(0x3f2c28)
	p.line(curve(0, 0.15, 0, 0.27, -0.07, 0.315, -0.17, 0.285), 0.021, flat(dark))
	p.line(curve(0, 0.27, 0.07, 0.315, 0.17, 0.285), 0.021, flat(dark))
	for _, side := range []float64{-1, 1} {
		for i := range 3 {
			p.fill(circle(side*(0.1+0.04*float64(i)), 0.2+0.03*float64(i%2), 0.009), sheer(dark, 0.7))
		}
	}
	p.fill(blob(-0.125, 0.05, -0.06, 0.005, 0.06, 0.005, 0.125, 0.05, 0.08, 0.13, 0, 0.165, -0.08, 0.13), ball(rgb(0x2a2326), 0.4))
	p.fill(ellipse(-0.035, 0.035, 0.042, 0.018, -0.15), sheer(rgb(0xffffff), 0.55))
}
