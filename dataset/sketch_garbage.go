package dataset

// drawGarbageCan draws a ribbed can with a lid, or a wheeled bin.
func drawGarbageCan(p *pen) {
	if p.chance(0.3) {
		wheeledBin(p)
		return
	}
	metal := p.tinted(p.pick(rgb(0xaab0b3), rgb(0x93999c), rgb(0x7d9580), rgb(0x7490a5), rgb(0xb6afa2)), 0.03)
	p.shadow(0, 0.91, 0.66, 0.09)
	for _, side := range []float64{-1, 1} {
		p.line(curve(side*0.6, -0.1, side*0.78, -0.08, side*0.76, 0.14, side*0.57, 0.14), 0.06, ball(metal.dark(0.35), 0.4))
	}
	open := p.chance(0.45)
	if open {
		p.fill(ellipse(0, -0.41, 0.62, 0.09, 0), flat(metal.dark(0.75)))
		trash(p)
	}
	body := append(path{{-0.64, -0.4}}, curve(-0.64, -0.4, 0, -0.33, 0.64, -0.4)...)
	body = append(body, curve(0.5, 0.84, 0.3, 0.9, 0, 0.92, -0.3, 0.9, -0.5, 0.84)...)
	p.fill(body, tube(metal, 0.75))
	p.inside(body, func() {
		for i := range 9 {
			t := -0.88 + 0.22*float64(i)
			p.line(path{{t * 0.62, -0.34}, {t * 0.5, 0.86}}, 0.05, sheer(metal.dark(0.6), 0.4))
			p.line(path{{t*0.62 + 0.045, -0.34}, {t*0.5 + 0.038, 0.86}}, 0.03, sheer(metal.bright(0.7), 0.4))
		}
		for _, y := range []float64{-0.24, 0.74} {
			p.line(curve(-0.7, y-0.04, 0, y+0.045, 0.7, y-0.04), 0.075, tube(metal.dark(0.12), 0.7))
			p.line(curve(-0.7, y-0.07, 0, y+0.015, 0.7, y-0.07), 0.018, sheer(metal.bright(0.7), 0.5))
		}
		p.glow(0, -0.34, 0.7, 0.2, metal.dark(0.8), 0.5)
		for range p.rng.IntN(4) {
			q := p.within(0, 0.2, 0.45, 0.5)
			p.glow(q.x, q.y, 0.13, 0.1, rgb(0x8a5636), 0.5)
		}
	})
	if open {
		p.line(curve(-0.64, -0.4, 0, -0.33, 0.64, -0.4), 0.06, tube(metal.bright(0.15), 0.6))
	}
	lid := p.at(0, -0.42, 0, 1, 1)
	if open {
		lid = p.at(-0.16*p.side(), -0.66, p.side()*p.between(0.2, 0.42), 1, 1)
	}
	lid.line(curve(-0.13, -0.28, -0.11, -0.42, 0.11, -0.42, 0.13, -0.28), 0.06, ball(metal.dark(0.4), 0.5))
	lid.fill(blob(-0.72, 0, -0.62, -0.13, -0.3, -0.27, 0, -0.31, 0.3, -0.27, 0.62, -0.13, 0.72, 0, 0.4, 0.07, 0, 0.09, -0.4, 0.07), tube(metal, 0.75))
	lid.glow(-0.2, -0.18, 0.3, 0.09, metal.bright(0.9), 0.6)
	lid.line(curve(-0.7, 0.0, -0.36, 0.06, 0, 0.08, 0.36, 0.06, 0.7, 0.0), 0.06, tube(metal.dark(0.22), 0.7))
	lid.line(curve(-0.47, -0.14, 0, -0.185, 0.47, -0.14), 0.02, sheer(metal.dark(0.5), 0.5))
}

// trash draws what sticks out of an open can: papers, a fish bone and a peel.
func trash(p *pen) {
	for i := range 3 {
		x := -0.36 + 0.34*float64(i) + p.between(-0.08, 0.08)
		r := p.between(0.15, 0.22)
		c := p.pastel().bright(0.4)
		p.fill(p.wobbly(x, -0.48, r, r, 0.16), ball(c, 0.5))
		p.line(path{{x - 0.4*r, -0.5}, {x, -0.48 - 0.5*r}, {x + 0.3*r, -0.46}}, 0.014, sheer(c.dark(0.5), 0.5))
	}
	bone := p.at(p.between(-0.35, 0.35), -0.66, p.between(-0.5, 0.5), 1, 1)
	ivory := rgb(0xf6f1e2)
	bone.line(path{{0, 0.25}, {0, -0.15}}, 0.03, flat(ivory))
	for i := range 3 {
		y := -0.06 + 0.09*float64(i)
		bone.line(path{{-0.085, y - 0.04}, {0, y}, {0.085, y - 0.04}}, 0.022, flat(ivory))
	}
	bone.fill(blob(-0.08, -0.14, 0, -0.28, 0.08, -0.14, 0, -0.1), ball(ivory, 0.3))
	bone.fill(circle(0.015, -0.18, 0.017), flat(rgb(0x4a4040)))
	peel := p.at(p.between(0.3, 0.5)*p.side(), -0.46, 0, p.side(), 1)
	peel.brush(curve(-0.02, 0.02, 0.12, -0.14, 0.2, 0.1), 0.11, 0.03, ball(rgb(0xe6c452), 0.4))
	peel.brush(curve(-0.02, 0.02, -0.1, -0.12, -0.16, 0.06), 0.1, 0.03, ball(rgb(0xe9cb62), 0.4))
}

// wheeledBin draws the plastic kind that stands at the kerb.
func wheeledBin(p *pen) {
	plastic := p.tinted(p.pick(rgb(0x4f8259), rgb(0x55595d), rgb(0x43699a), rgb(0x8a6040), rgb(0x9c4a40)), 0.03)
	p.shadow(0, 0.92, 0.62, 0.08)
	for _, x := range []float64{-0.34, 0.34} {
		p.fill(circle(x, 0.83, 0.13), ball(rgb(0x2a282c), 0.4))
		p.fill(circle(x, 0.83, 0.055), ball(rgb(0xa6a4a6), 0.4))
	}
	p.line(path{{-0.5, -0.72}, {-0.5, -0.85}, {0.5, -0.85}, {0.5, -0.72}}, 0.065, ball(plastic.dark(0.3), 0.4))
	body := points(-0.57, -0.52, 0.57, -0.52, 0.45, 0.8, 0.42, 0.86, -0.42, 0.86, -0.45, 0.8)
	p.fill(body, tube(plastic, 0.6))
	p.inside(body, func() {
		for _, x := range []float64{-0.28, 0.28} {
			p.line(path{{x * 1.25, -0.3}, {x, 0.9}}, 0.05, sheer(plastic.dark(0.5), 0.45))
			p.line(path{{x*1.25 + 0.04, -0.3}, {x + 0.035, 0.9}}, 0.025, sheer(plastic.bright(0.5), 0.35))
		}
		p.glow(0, -0.44, 0.7, 0.2, plastic.dark(0.8), 0.7)
		p.line(path{{-0.5, 0.72}, {0.5, 0.72}}, 0.03, sheer(plastic.dark(0.5), 0.5))
	})
	p.fill(box(-0.2, -0.08, 0.2, 0.28, 0.05), ball(plastic.bright(0.8), 0.2))
	for i := range 3 { // three arrows that chase each other
		arrow := p.at(0, 0.115, 2.0944*float64(i), 1, 1)
		arrow.line(path{{-0.05, -0.09}, {0.03, -0.09}}, 0.035, flat(plastic))
		arrow.fill(points(0.02, -0.14, 0.085, -0.085, 0.02, -0.04), flat(plastic))
	}
	p.fill(box(-0.67, -0.75, 0.67, -0.5, 0.1), tube(plastic.bright(0.1), 0.65))
	p.line(path{{-0.58, -0.71}, {0.58, -0.71}}, 0.025, sheer(plastic.bright(0.7), 0.5))
	p.line(path{{-0.63, -0.5}, {0.63, -0.5}}, 0.035, sheer(plastic.dark(0.6), 0.8))
}
