package dataset

import "math"

// drawGrannySmith draws a green apple, whole or with a bite out of it.
func drawGrannySmith(p *pen) {
	green := p.tinted(p.pick(rgb(0x8cc63a), rgb(0x7ab52e), rgb(0xa2cf4a)), 0.04)
	p.shadow(0, 0.8, 0.7, 0.11)
	apple := blob(0, -0.5, -0.3, -0.62, -0.66, -0.45, -0.78, 0, -0.62, 0.5, -0.3, 0.8, 0, 0.74, 0.3, 0.8, 0.62, 0.5, 0.78, 0, 0.66, -0.45, 0.3, -0.62)
	p.fill(apple, ball(green, 0.5))
	p.inside(apple, func() {
		for range 40 {
			r, t := 0.75*math.Sqrt(p.rng.Float64()), p.between(0, 2*math.Pi)
			p.fill(circle(r*math.Cos(t), 0.1+r*math.Sin(t), p.between(0.008, 0.018)), sheer(rgb(0xf2f7c8), 0.6))
		}
		if p.chance(0.4) {
			p.fill(ellipse(p.side()*0.5, 0.1, 0.28, 0.4, 0), sheer(rgb(0xe0a040), 0.2))
		}
		if p.chance(0.25) {
			x, y := 0.74*p.side(), p.between(-0.2, 0.1)
			bite := append(append(circle(x, y, 0.26), circle(x*0.92, y+0.24, 0.2)...), circle(x*0.92, y-0.24, 0.2)...)
			p.fill(bite, ball(rgb(0xfbf3cf), 0.15))
		}
	})
	p.fill(blob(-0.26, -0.5, 0, -0.56, 0.26, -0.5, 0.08, -0.4, -0.08, -0.4), sheer(green.dark(0.6), 0.55))
	p.brush(curve(0, -0.44, 0.02, -0.66, 0.14, -0.88), 0.055, 0.085, flat(rgb(0x6b4a2a)))
	if p.chance(0.75) {
		leaf := p.at(0.06, -0.68, p.between(-0.7, -0.1), 1, 1)
		leaf.fill(blob(0, 0, 0.2, -0.16, 0.55, -0.04, 0.26, 0.1), ball(rgb(0x4f9a3a), 0.4))
		leaf.line(curve(0.04, 0, 0.25, -0.03, 0.48, -0.04), 0.02, sheer(rgb(0xc9e6a0), 0.8))
	}
	glint := p.at(p.light.x*0.3, p.light.y*0.3, 0, 1, 1)
	glint.fill(ellipse(-0.05, -0.05, 0.13, 0.18, 0.5), sheer(rgb(0xffffff), 0.45))
}

// drawPaperTowel draws a roll of kitchen paper on its stand, a sheet hanging off it.
func drawPaperTowel(p *pen) {
	paper := p.tinted(rgb(0xf7f5ef), 0.02)
	wood := p.tinted(p.pick(rgb(0xb98a56), rgb(0x8f969e), rgb(0x4c4a50), rgb(0xd9c7a0)), 0.04)
	p.shadow(0, 0.92, 0.8, 0.1)
	p.line(path{{0, -0.98}, {0, 0.8}}, 0.08, flat(wood))
	p.fill(circle(0, -0.94, 0.08), ball(wood, 0.4))
	p.fill(ellipse(0, 0.86, 0.66, 0.13, 0), flat(wood.dark(0.35)))
	p.fill(ellipse(0, 0.82, 0.66, 0.13, 0), ball(wood, 0.3))
	r := p.between(0.36, 0.5)
	const top, bottom = -0.68, 0.76
	sheet := p.between(0.35, 0.6)
	loose := append(curve(r*0.8, top+0.06, r+sheet*0.4, top+0.12, r+sheet, top+0.06),
		curve(r+sheet*0.95, 0, r+sheet*1.04, 0.3, r+sheet, bottom-0.02)...)
	loose = append(loose, curve(r+sheet*0.4, bottom+0.05, r*0.8, bottom+0.02)...)
	p.fill(loose, ball(paper, 0.25))
	for i := range 9 {
		y := top + 0.16*float64(i) + 0.12
		p.line(path{{r + sheet*0.5, y}, {r + sheet*0.5 + 0.01, y + 0.07}}, 0.018, sheer(paper.dark(0.5), 0.6))
	}
	roll := append(curve(-r, top, 0, top+0.09, r, top), curve(r, bottom, 0, bottom+0.1, -r, bottom)...)
	p.fill(roll, tube(paper, 0.45))
	motif := hue(p.rng.Float64(), 0.45, 0.8)
	p.inside(roll, func() {
		quilted := p.chance(0.6)
		for row := range 7 {
			y := top + 0.16 + 0.2*float64(row)
			if quilted {
				p.line(curve(-r, y, 0, y+0.08, r, y), 0.012, sheer(paper.dark(0.4), 0.5))
			}
			for i := range 4 {
				x := r * (-0.75 + 0.5*float64(i) + 0.25*float64(row%2))
				p.fill(circle(x, y+0.07*(1-x*x/(r*r)), 0.03), sheer(motif, 0.7))
			}
		}
	})
	p.fill(ellipse(0, top, r, 0.1, 0), flat(paper.dark(0.08)))
	for _, k := range []float64{0.8, 0.6} {
		p.line(append(ellipse(0, top, r*k, 0.1*k, 0), point{r * k, top}), 0.012, sheer(paper.dark(0.4), 0.5))
	}
	p.fill(ellipse(0, top, r*0.36, 0.045, 0), flat(rgb(0xa98a64)))
	p.line(path{{0, -0.9}, {0, top + 0.01}}, 0.07, flat(wood))
}
