package dataset

// drawPanda draws a giant panda sitting and facing us, or only its face.
func drawPanda(p *pen) {
	white := p.tinted(rgb(0xf6f1e4), 0.03)
	black := p.tinted(rgb(0x23222a), 0.03)
	if p.chance(0.3) {
		pandaHead(p.at(0, 0.12, p.between(-0.2, 0.2), 1.6, 1.6), white, black)
		return
	}
	p.shadow(0, 0.93, 0.85, 0.12)
	p.fill(p.fuzz(blob(-0.34, -0.1, -0.62, 0.3, -0.6, 0.72, -0.3, 0.95, 0.3, 0.95, 0.6, 0.72, 0.62, 0.3, 0.34, -0.1), 0.04, 0.06), ball(white, 0.35))
	p.fill(p.fuzz(blob(-0.42, -0.12, -0.56, 0.12, -0.3, 0.2, 0, 0.24, 0.3, 0.2, 0.56, 0.12, 0.42, -0.12, 0, -0.2), 0.03, 0.05), ball(black, 0.25))
	for _, side := range []float64{-1, 1} {
		leg := p.at(side*0.5, 0.78, side*p.between(-0.3, 0.2), side, 1)
		leg.fill(leg.fuzz(ellipse(0, 0, 0.3, 0.24, 0.3), 0.03, 0.05), ball(black, 0.3))
		leg.fill(ellipse(0.08, 0.03, 0.15, 0.13, 0), ball(rgb(0x5a4e55), 0.3))
		arm := p.at(side*0.46, 0.02, 0, side, 1)
		reach := p.between(-0.1, 0.1)
		arm.brush(curve(0, 0, 0.08, 0.25, -0.02, 0.48+reach, -0.2, 0.52+reach), 0.3, 0.24, ball(black, 0.3))
	}
	if p.chance(0.5) {
		bamboo(p.at(p.between(-0.1, 0.1), 0.5, p.between(-0.7, -0.2), 1, 1))
	}
	pandaHead(p.at(p.between(-0.06, 0.06), -0.38, p.between(-0.2, 0.2), 1, 1), white, black)
}

// pandaHead draws the head, about one unit wide, centred on the origin.
func pandaHead(p *pen, white, black ink) {
	for _, side := range []float64{-1, 1} {
		p.fill(p.fuzz(circle(side*0.43, -0.37, 0.19), 0.03, 0.05), ball(black, 0.35))
	}
	p.fill(p.fuzz(blob(0, -0.46, -0.36, -0.36, -0.56, 0.04, -0.44, 0.32, 0, 0.43, 0.44, 0.32, 0.56, 0.04, 0.36, -0.36), 0.035, 0.06), ball(white, 0.3))
	look := p.between(-0.05, 0.05)
	for _, side := range []float64{-1, 1} {
		eye := p.at(side*0.22+look, -0.02, 0, side, 1)
		eye.fill(ellipse(0.015, 0.03, 0.125, 0.18, -0.65), ball(black, 0.2))
		eye.fill(circle(-0.005, -0.01, 0.062), flat(rgb(0x5b3a22)))
		eye.fill(circle(-0.005, -0.01, 0.042), flat(rgb(0x08070a)))
		p.fill(circle(side*0.22+look-0.025, -0.045, 0.03), flat(rgb(0xffffff)))
	}
	p.fill(ellipse(look, 0.22, 0.21, 0.155, 0), ball(white.bright(0.6), 0.25))
	p.line(curve(look, 0.19, look, 0.26, look-0.06, 0.295, look-0.13, 0.26), 0.028, flat(black))
	p.line(curve(look, 0.26, look+0.06, 0.295, look+0.13, 0.26), 0.028, flat(black))
	p.fill(blob(look-0.095, 0.12, look, 0.1, look+0.095, 0.12, look+0.04, 0.2, look-0.04, 0.2), ball(black, 0.5))
	if p.chance(0.6) {
		for _, side := range []float64{-1, 1} {
			p.fill(ellipse(side*0.36, 0.2, 0.08, 0.05, 0), sheer(rgb(0xf2a0a0), 0.45))
		}
	}
}

// bamboo draws a stalk with leaves across the origin.
func bamboo(p *pen) {
	green := p.tinted(rgb(0x7fae3c), 0.05)
	p.line(path{{-0.62, 0}, {0.62, 0}}, 0.075, flat(green))
	p.line(path{{-0.62, -0.018}, {0.62, -0.018}}, 0.02, flat(green.bright(0.45)))
	for _, x := range []float64{-0.42, -0.05, 0.32} {
		p.line(path{{x, -0.04}, {x, 0.04}}, 0.025, flat(green.dark(0.4)))
	}
	for _, a := range []float64{-0.7, -0.25, 0.5} {
		leaf := p.at(0.6, 0, a, 1, 1)
		leaf.fill(blob(0, 0, 0.18, -0.07, 0.4, 0, 0.18, 0.06), ball(p.tinted(rgb(0x5f9a35), 0.06), 0.3))
	}
}
