package dataset

// drawPanda draws a giant panda sitting and facing us, walking by, or only its head and shoulders.
func drawPanda(p *pen) {
	white := p.tinted(rgb(0xf7f1e3), 0.02)
	black := p.tinted(rgb(0x2b282f), 0.02)
	switch pose := p.rng.Float64(); {
	case pose < 0.25:
		p.coat(blob(-1.05, 1.3, -0.95, 0.85, -0.55, 0.6, 0.55, 0.6, 0.95, 0.85, 1.05, 1.3), black, 0.35, 0.05)
		p.glow(0, 0.72, 0.6, 0.22, black.dark(0.6), 0.8)
		pandaHead(p.at(0, 0.02, p.between(-0.15, 0.15), 1.5, 1.5), white, black)
	case pose < 0.5:
		walkingPanda(p.at(0, 0.02, 0, 0.95, 0.98), white, black)
	default:
		sittingPanda(p, white, black)
	}
}

func sittingPanda(p *pen, white, black ink) {
	p.shadow(0, 0.92, 0.8, 0.1)
	p.coat(blob(-0.36, -0.15, -0.64, 0.3, -0.62, 0.72, -0.32, 0.95, 0.32, 0.95, 0.62, 0.72, 0.64, 0.3, 0.36, -0.15), white, 0.4, 0.035)
	p.glow(0, 0.62, 0.4, 0.36, rgb(0xfffaf0), 0.5)
	p.coat(blob(-0.42, -0.2, -0.6, 0.08, -0.36, 0.22, 0, 0.27, 0.36, 0.22, 0.6, 0.08, 0.42, -0.2, 0, -0.25), black, 0.3, 0.03)
	for _, side := range []float64{-1, 1} {
		leg := p.at(side*0.52, 0.76, side*p.between(-0.25, 0.2), side, 1)
		leg.coat(ellipse(-0.02, 0, 0.33, 0.25, 0.25), black, 0.4, 0.03)
		sole := black.mix(rgb(0xb09aa0), 0.45)
		leg.fill(ellipse(0.1, 0.05, 0.1, 0.085, 0), ball(sole, 0.25))
		for i := range 3 {
			leg.fill(circle(-0.01+0.1*float64(i), -0.085+0.02*float64(i*i)-0.02*float64(i), 0.038), ball(sole, 0.25))
		}
	}
	snack := p.chance(0.65)
	reach := p.between(-0.08, 0.08)
	for _, side := range []float64{-1, 1} {
		if side > 0 && snack {
			bamboo(p.at(p.between(-0.06, 0.06), 0.42, p.between(-0.75, -0.25), 1, 1))
		}
		arm := p.at(side*0.48, 0.0, 0, side, 1)
		arm.coat(tapered(curve(0, 0, 0.1, 0.22, 0.02, 0.43+reach, -0.2, 0.46+reach), 0.31, 0.25), black, 0.4, 0.025)
	}
	p.glow(0, 0.02, 0.42, 0.16, black.dark(0.7), 0.8)
	pandaHead(p.at(p.between(-0.05, 0.05), -0.38, p.between(-0.2, 0.2), 1.03, 1.03), white, black)
}

func walkingPanda(p *pen, white, black ink) {
	p.shadow(-0.05, 0.8, 0.9, 0.1)
	step := p.between(-0.08, 0.08)
	leg := func(x, s, shade float64) {
		p.coat(tapered(curve(x, 0.2, x+0.02+s*0.4, 0.5, x+0.03+s, 0.7), 0.36, 0.27), black.mix(white, shade), 0.35, 0.025)
	}
	leg(-0.42, -step, 0.1)
	leg(0.3, step, 0.1)
	p.coat(circle(-0.93, 0.08, 0.1), white, 0.3, 0.03)
	p.coat(blob(0.4, -0.2, 0.1, -0.42, -0.4, -0.44, -0.8, -0.2, -0.92, 0.15, -0.75, 0.45, -0.3, 0.52, 0.2, 0.5, 0.5, 0.25), white, 0.45, 0.035)
	p.coat(blob(0.02, -0.44, -0.02, -0.1, 0.0, 0.3, 0.15, 0.55, 0.45, 0.45, 0.55, 0.0, 0.4, -0.36), black, 0.35, 0.03)
	leg(-0.66, step, 0)
	leg(0.14, -step, 0)
	p.glow(0.5, 0.1, 0.45, 0.4, black.dark(0.7), 0.6)
	pandaHead(p.at(0.52, -0.12, p.between(-0.15, 0.2), 0.86, 0.86), white, black)
}

// pandaHead draws the head, about one unit wide, centred on the origin.
func pandaHead(p *pen, white, black ink) {
	for _, side := range []float64{-1, 1} {
		p.coat(circle(side*0.42, -0.36, 0.18), black, 0.4, 0.025)
		p.glow(side*0.4, -0.33, 0.1, 0.1, black.dark(0.8), 0.7)
	}
	p.coat(blob(0, -0.47, -0.34, -0.38, -0.55, 0.0, -0.5, 0.25, -0.24, 0.42, 0, 0.45, 0.24, 0.42, 0.5, 0.25, 0.55, 0.0, 0.34, -0.38), white, 0.36, 0.03)
	look := p.between(-0.05, 0.05)
	for _, side := range []float64{-1, 1} {
		eye := p.at(side*0.23+look, 0.0, 0, side, 1)
		eye.fill(eye.fuzz(ellipse(0.02, 0.03, 0.12, 0.175, -0.65), 0.015, 0.03), ball(black, 0.25))
		eye.fill(circle(-0.01, 0, 0.064), flat(rgb(0x6a4630)))
		eye.fill(circle(-0.01, 0, 0.046), flat(rgb(0x0c0a0c)))
		p.fill(circle(side*0.22+look-0.022, -0.028, 0.024), flat(rgb(0xffffff)))
		p.fill(circle(side*0.22+look+0.024, 0.026, 0.011), sheer(rgb(0xffffff), 0.8))
	}
	p.glow(look, 0.22, 0.3, 0.24, rgb(0xfffaf2), 0.9)
	p.line(curve(look, 0.19, look, 0.27, look-0.06, 0.305, look-0.13, 0.275), 0.024, flat(black))
	p.line(curve(look, 0.27, look+0.06, 0.305, look+0.13, 0.275), 0.024, flat(black))
	p.fill(blob(look-0.1, 0.12, look, 0.095, look+0.1, 0.12, look+0.05, 0.2, look, 0.225, look-0.05, 0.2), ball(black, 0.5))
	p.fill(ellipse(look-0.03, 0.13, 0.035, 0.014, 0), sheer(rgb(0xffffff), 0.5))
	for _, side := range []float64{-1, 1} {
		p.glow(side*0.37, 0.2, 0.14, 0.1, rgb(0xf0988c), 0.5)
	}
}

// bamboo draws a stalk with leaves across the origin.
func bamboo(p *pen) {
	green := p.tinted(rgb(0x8aa851), 0.04)
	p.line(path{{-0.62, 0}, {0.62, 0}}, 0.08, flat(green.dark(0.12)))
	p.line(path{{-0.62, -0.012}, {0.62, -0.012}}, 0.045, flat(green))
	p.line(path{{-0.6, -0.022}, {0.6, -0.022}}, 0.016, flat(green.bright(0.5)))
	for _, x := range []float64{-0.42, -0.05, 0.32} {
		p.line(path{{x, -0.042}, {x, 0.042}}, 0.022, flat(green.dark(0.4)))
	}
	for _, a := range []float64{-0.9, -0.35, 0.1, 0.6} {
		leaf := p.at(0.6, 0, a, 1, 1)
		leaf.fill(blob(0, 0, 0.16, -0.06, 0.4, 0, 0.16, 0.055), ball(p.tinted(rgb(0x6f9645), 0.05), 0.4))
		leaf.line(path{{0.03, 0}, {0.34, 0}}, 0.01, sheer(green.bright(0.6), 0.6))
	}
}
