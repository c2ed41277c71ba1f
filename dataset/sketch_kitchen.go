package dataset

// drawGrannySmith draws a green apple, whole, with a bite out of it, or beside a slice.
func drawGrannySmith(p *pen) {
	green := p.tinted(p.pick(rgb(0x9cc24c), rgb(0x8ab843), rgb(0xadc95c)), 0.03)
	p.shadow(0, 0.8, 0.66, 0.1)
	apple := blob(0, -0.5, -0.16, -0.6, -0.42, -0.62, -0.7, -0.4, -0.8, 0.02, -0.66, 0.5, -0.36, 0.8, -0.12, 0.8, 0, 0.75, 0.12, 0.8, 0.36, 0.8, 0.66, 0.5, 0.8, 0.02, 0.7, -0.4, 0.42, -0.62, 0.16, -0.6)
	p.fill(apple, ball(green, 0.66))
	bitten := p.chance(0.25)
	p.inside(apple, func() {
		p.glow(0.3*p.side(), 0.85, 0.8, 0.5, rgb(0xe0d470), 0.35)
		if p.chance(0.4) {
			p.glow(p.side()*0.5, 0.0, 0.42, 0.6, rgb(0xd99a58), 0.45)
		}
		for range 45 {
			q := p.within(0, 0.1, 0.74, 0.66)
			p.fill(circle(q.x, q.y, p.between(0.007, 0.016)), sheer(rgb(0xf5f7d6), 0.55))
		}
		if bitten {
			x, y := 0.78*p.side(), p.between(-0.1, 0.15)
			for i, c := range []ink{green.bright(0.4), rgb(0xfbf2d2)} {
				grow := 0.03 * float64(1-i)
				p.fill(circle(x, y, 0.24+grow), flat(c))
				p.fill(circle(x*0.95, y+0.25, 0.19+grow), flat(c))
				p.fill(circle(x*0.95, y-0.25, 0.19+grow), flat(c))
			}
			p.glow(x*0.9, y, 0.14, 0.3, rgb(0xe6d5a0), 0.7)
		}
	})
	p.glow(0, -0.48, 0.38, 0.15, green.dark(0.85), 0.85)
	p.brush(curve(0, -0.46, 0.02, -0.66, 0.12, -0.88), 0.05, 0.085, ball(rgb(0x7a5636), 0.5))
	if p.chance(0.75) {
		leaf := p.at(0.05, -0.68, p.between(-0.6, -0.05), 1, 1)
		c := rgb(0x6a9a48)
		leaf.fill(blob(0, 0, 0.18, -0.15, 0.4, -0.13, 0.58, -0.02, 0.4, 0.08, 0.18, 0.08), ball(c, 0.5))
		leaf.line(curve(0.03, 0, 0.25, -0.03, 0.52, -0.025), 0.016, sheer(c.bright(0.6), 0.8))
		for _, x := range []float64{0.17, 0.3} {
			leaf.line(path{{x, -0.02}, {x + 0.08, -0.09}}, 0.01, sheer(c.bright(0.6), 0.5))
			leaf.line(path{{x, -0.02}, {x + 0.09, 0.04}}, 0.01, sheer(c.bright(0.6), 0.5))
		}
	}
	side := 1.0
	if p.inv.xx*p.light.x < 0 {
		side = -1
	}
	p.glow(side*0.34, -0.22, 0.24, 0.3, rgb(0xfffdf0), 0.85)
	p.fill(ellipse(side*0.4, -0.28, 0.07, 0.12, side*-0.5), sheer(rgb(0xffffff), 0.5))
	if p.chance(0.25) && !bitten {
		slice := p.at(p.side()*0.56, 0.66, p.between(-0.3, 0.3), 1, 1)
		slice.shadow(0, 0.2, 0.34, 0.06)
		slice.fill(blob(-0.36, -0.08, -0.2, 0.16, 0, 0.23, 0.2, 0.16, 0.36, -0.08, 0, 0.02), ball(green, 0.4))
		slice.fill(blob(-0.34, -0.1, -0.18, 0.1, 0, 0.16, 0.18, 0.1, 0.34, -0.1, 0, -0.05), ball(rgb(0xfaf3d4), 0.25))
		slice.fill(ellipse(0.04, 0.02, 0.022, 0.045, 0.5), flat(rgb(0x6b4028)))
	}
}

// drawPaperTowel draws a roll of kitchen paper on its stand, a sheet hanging off it.
func drawPaperTowel(p *pen) {
	paper := p.tinted(rgb(0xf6f2e8), 0.02)
	wood := p.tinted(p.pick(rgb(0xb98f62), rgb(0x9a9c9e), rgb(0x57504e), rgb(0xd3bf98), rgb(0x8a5a3c)), 0.03)
	p.shadow(0, 0.9, 0.74, 0.1)
	p.fill(ellipse(0, 0.87, 0.66, 0.12, 0), flat(wood.dark(0.4)))
	p.fill(ellipse(0, 0.83, 0.66, 0.12, 0), ball(wood, 0.4))
	p.glow(0.04, 0.84, 0.6, 0.1, wood.dark(0.8), 0.5)
	r := p.between(0.38, 0.52)
	const top, bottom = -0.7, 0.78
	sheet := p.between(0.34, 0.56)
	sag := p.between(-0.05, 0.08)
	loose := append(curve(r*0.75, top+0.06, r+sheet*0.5, top+0.13, r+sheet, top+0.05),
		curve(r+sheet*0.93, 0, r+sheet*1.05+sag, 0.35, r+sheet+sag, bottom-0.04)...)
	loose = append(loose, curve(r+sheet*0.5+sag, bottom+0.06, r*0.75, bottom+0.02)...)
	p.fill(loose, cloth(paper, func(x, y float64) float64 {
		t := (x - r) / sheet
		return -0.3*max(1-2.2*t, 0) + 0.1*t - 0.12*max(t-0.75, 0)*4*max(y, 0)
	}))
	for i := range 8 {
		y := top + 0.17*float64(i) + 0.17
		p.line(path{{r + sheet*0.52, y}, {r + sheet*0.52 + 0.008, y + 0.075}}, 0.016, sheer(paper.dark(0.55), 0.5))
	}
	roll := append(curve(-r, top, -r*0.7, top+0.06, 0, top+0.09, r*0.7, top+0.06, r, top), curve(r, bottom, r*0.7, bottom+0.065, 0, bottom+0.1, -r*0.7, bottom+0.065, -r, bottom)...)
	p.fill(roll, tube(paper, 0.6))
	motif := p.dye().bright(0.25)
	quilted, flower := p.chance(0.6), p.chance(0.5)
	p.inside(roll, func() {
		for row := range 8 {
			y := top + 0.1 + 0.2*float64(row)
			drop := func(x float64) float64 { return 0.09 * (1 - x*x/(r*r)) }
			if quilted {
				p.line(curve(-r, y, 0, y+0.09, r, y), 0.012, sheer(paper.dark(0.5), 0.35))
			}
			for i := range 5 {
				x := r * (-0.8 + 0.4*float64(i) + 0.2*float64(row%2))
				q := point{x, y + 0.1 + drop(x)}
				if !flower {
					p.fill(circle(q.x, q.y, 0.028), sheer(motif, 0.75))
					continue
				}
				for _, d := range []point{{-0.026, 0}, {0.026, 0}, {0, -0.026}, {0, 0.026}} {
					p.fill(circle(q.x+d.x, q.y+d.y, 0.019), sheer(motif, 0.7))
				}
			}
		}
	})
	p.fill(ellipse(0, top, r, 0.1, 0), flat(paper.lit(-0.12)))
	for _, k := range []float64{0.86, 0.72, 0.58} {
		ring := ellipse(0, top, r*k, 0.1*k, 0)
		p.line(append(ring, ring[0]), 0.01, sheer(paper.dark(0.5), 0.4))
	}
	p.fill(ellipse(0, top, r*0.4, 0.045, 0), flat(rgb(0xb59a74)))
	p.fill(ellipse(0, top+0.006, r*0.32, 0.034, 0), flat(rgb(0x4d3d30)))
	p.line(path{{0, -0.92}, {0, top + 0.012}}, 0.075, tube(wood, 0.6))
	p.fill(circle(0, -0.93, 0.085), ball(wood, 0.6))
}
