package dataset

import "math"

// drawVulture draws a vulture hunched on a branch, or with its wings spread.
func drawVulture(p *pen) {
	brown := p.tinted(p.pick(rgb(0x54423a), rgb(0x433b40), rgb(0x6a503c), rgb(0x4d4640)), 0.03)
	skin := p.tinted(p.pick(rgb(0xd9948a), rgb(0xcb7064), rgb(0xdcab98)), 0.03)
	ruff := p.tinted(p.pick(rgb(0xf3e9d8), rgb(0xe4d5bd)), 0.03)
	branch(p)
	if p.chance(0.35) {
		spreadVulture(p, brown, skin, ruff)
	} else {
		perchedVulture(p, brown, skin, ruff)
	}
}

func perchedVulture(p *pen, brown, skin, ruff ink) {
	for i := range 4 {
		t := float64(i) / 3
		p.brush(curve(-0.36+0.1*t, 0.55, -0.44+0.12*t, 0.8, -0.5+0.16*t, 1.02-0.03*t), 0.16, 0.09, ball(brown.dark(0.3+0.1*t), 0.3))
	}
	p.coat(blob(-0.02, -0.52, -0.36, -0.46, -0.58, -0.05, -0.54, 0.45, -0.28, 0.7, 0.1, 0.68, 0.36, 0.36, 0.4, -0.08, 0.24, -0.44), brown, 0.5, 0.04)
	for _, x := range []float64{-0.04, 0.18} {
		p.coat(tapered(curve(x, 0.5, x+0.01, 0.7), 0.21, 0.12), brown.lit(-0.15), 0.35, 0.025)
		claws(p, x+0.02, 0.77)
	}
	wing := blob(-0.1, -0.47, -0.48, -0.36, -0.66, 0.1, -0.64, 0.6, -0.54, 0.9, -0.34, 0.62, -0.08, 0.36, 0.06, -0.06)
	p.fill(wing, ball(brown.lit(-0.2), 0.55))
	p.inside(wing, func() {
		for row := range 4 {
			y := -0.22 + 0.2*float64(row)
			for i := range 4 {
				x := 0.0 - 0.15*float64(i) - 0.06*float64(row) - 0.05*float64(row%2)
				feather(p.at(x, y, 0.35+0.08*float64(i), 1, 1), 0.17+0.03*float64(row), 0.36+0.05*float64(row), p.tinted(brown.bright(0.1), 0.025))
			}
		}
	})
	head := p.at(0.42, -0.58, p.between(-0.12, 0.3), 1.08, 1.08)
	p.brush(curve(0.12, -0.2, 0.34, -0.26, 0.41, -0.44, 0.37, -0.58), 0.25, 0.2, ball(skin.lit(-0.1), 0.4))
	for i := range 3 {
		y := -0.34 - 0.07*float64(i)
		p.line(curve(0.3, y-0.02, 0.38, y+0.025, 0.46, y), 0.016, sheer(skin.dark(0.5), 0.45))
	}
	fluffyRuff(p.at(0.17, -0.27, 0.65, 1, 1), 0.32, 0.17, ruff)
	vultureHead(head, skin)
}

// feather draws a feather that hangs from the origin.
func feather(p *pen, width, length float64, c ink) {
	w := width / 2
	p.fill(blob(0, -0.06, -w, 0.1*length, -w*0.95, 0.7*length, 0, length, w*0.95, 0.7*length, w, 0.1*length), paint{ink: c.bright(0.16), to: c.dark(0.35), alpha: 1, form: fade})
	p.line(path{{0, 0.1 * length}, {0, 0.88 * length}}, 0.014, sheer(c.dark(0.6), 0.4))
}

// fluffyRuff draws the collar of down, centred on the origin.
func fluffyRuff(p *pen, rx, ry float64, c ink) {
	p.glow(0, ry*0.7, rx*1.1, ry*1.2, rgb(0x1c1418), 0.5)
	for i := range 9 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 9)
		p.fill(p.fuzz(ellipse(rx*0.72*cos, ry*0.62*sin, rx*0.34, ry*0.62, 0), 0.03, 0.05), ball(c.lit(0.1*sin*-1), 0.3))
	}
	p.fill(p.fuzz(ellipse(0, 0, rx*0.75, ry*0.62, 0), 0.03, 0.05), ball(c, 0.3))
}

// vultureHead draws the bald head in profile, looking right, centred on the origin.
func vultureHead(p *pen, skin ink) {
	p.fill(blob(-0.19, 0.04, -0.15, -0.14, 0.02, -0.2, 0.17, -0.12, 0.2, 0.02, 0.12, 0.13, -0.06, 0.17), ball(skin, 0.5))
	bill := p.tinted(rgb(0xe6d2a2), 0.03)
	p.fill(blob(0.12, 0.04, 0.26, 0.03, 0.36, 0.1, 0.3, 0.14, 0.12, 0.13), ball(bill.dark(0.25), 0.3))
	p.fill(blob(0.1, -0.12, 0.27, -0.14, 0.42, -0.06, 0.49, 0.1, 0.45, 0.27, 0.38, 0.13, 0.27, 0.07, 0.11, 0.07), ball(bill, 0.4))
	p.fill(blob(0.36, -0.09, 0.43, -0.05, 0.49, 0.1, 0.45, 0.27, 0.385, 0.13, 0.36, 0.05), ball(rgb(0x403632), 0.4))
	p.line(curve(0.1, 0.06, 0.26, 0.065, 0.36, 0.1), 0.02, flat(rgb(0x4a3328)))
	p.fill(ellipse(0.24, -0.05, 0.032, 0.016, 0.1), flat(rgb(0x4a3328)))
	p.fill(circle(0.06, -0.04, 0.06), flat(skin.dark(0.4)))
	p.fill(circle(0.06, -0.04, 0.047), flat(rgb(0xf3dfae)))
	p.fill(circle(0.068, -0.036, 0.03), flat(rgb(0x140c08)))
	p.fill(circle(0.058, -0.05, 0.011), flat(rgb(0xffffff)))
	p.brush(curve(-0.04, -0.13, 0.06, -0.105, 0.14, -0.06), 0.028, 0.05, flat(skin.dark(0.5)))
	p.line(curve(-0.1, 0.06, -0.02, 0.1, 0.07, 0.09), 0.014, sheer(skin.dark(0.5), 0.45))
	p.line(curve(-0.13, -0.01, -0.07, 0.02, -0.02, 0.02), 0.014, sheer(skin.dark(0.5), 0.45))
	p.hairs(6, -0.08, -0.16, 0.09, 0.03, -2, 0.06, 0.012, skin.bright(0.6), 0.7)
}

// spreadVulture draws the bird from the front with both wings up.
func spreadVulture(p *pen, brown, skin, ruff ink) {
	lift := p.between(-0.15, 0.12)
	for _, side := range []float64{-1, 1} {
		wing := p.at(side*0.14, -0.08, 0, side, 1)
		for i := range 9 {
			t := float64(i) / 8
			sin, cos := math.Sincos(1.25 - 1.95*t + lift*t)
			l := 0.5 + 0.44*t
			w0 := 0.19 - 0.05*t
			root := point{0.08 + 0.3*t, 0.12 - (0.34-lift*0.6)*t}
			wing.brush(path{root, {root.x + 0.6*l*cos, root.y + 0.6*l*sin}, {root.x + l*cos, root.y + l*sin}}, w0, 0.07, ball(p.tinted(brown.dark(0.38-0.2*t), 0.02), 0.35))
		}
		for i := range 6 {
			t := float64(i) / 5
			sin, cos := math.Sincos(1.2 - 1.7*t + lift*t)
			l := 0.36 + 0.08*t
			root := point{0.05 + 0.3*t, 0.08 - (0.34-lift*0.6)*t}
			wing.brush(path{root, {root.x + l*cos, root.y + l*sin}}, 0.17, 0.1, ball(p.tinted(brown.bright(0.06), 0.02), 0.4))
		}
		wing.coat(tapered(curve(-0.02, 0, 0.2, -0.16+lift*0.4, 0.44, -0.3+lift*0.7), 0.28, 0.16), brown, 0.45, 0.03)
	}
	for i := range 5 {
		feather(p.at(-0.1+0.05*float64(i), 0.45, 0.3-0.15*float64(i), 1, 1), 0.15, 0.5, brown.dark(0.25))
	}
	p.coat(blob(0, -0.3, -0.24, -0.14, -0.28, 0.3, -0.16, 0.64, 0.16, 0.64, 0.28, 0.3, 0.24, -0.14), brown, 0.5, 0.035)
	for _, x := range []float64{-0.13, 0.13} {
		p.coat(tapered(curve(x, 0.5, x, 0.7), 0.2, 0.12), brown.lit(-0.15), 0.35, 0.025)
		claws(p, x, 0.77)
	}
	p.brush(curve(0, -0.14, 0.03, -0.35, 0.0, -0.52), 0.24, 0.19, ball(skin.lit(-0.1), 0.4))
	fluffyRuff(p.at(0, -0.18, 0, 1, 1), 0.29, 0.14, ruff)
	vultureHead(p.at(0.02, -0.58, p.between(-0.1, 0.25), 1.08, 1.08), skin)
}

// branch draws a bough with a twig and leaves across the lower part.
func branch(p *pen) {
	bark := p.tinted(p.pick(rgb(0x94755a), rgb(0x857a70), rgb(0xa98f6d)), 0.04)
	p.brush(curve(0.5, 0.84, 0.74, 0.68, 0.88, 0.46), 0.08, 0.03, ball(bark.dark(0.15), 0.3))
	p.brush(curve(-1.8, 0.92, -0.5, 0.82, 0.3, 0.86, 1.8, 0.7), 0.23, 0.12, ball(bark, 0.4))
	for range 7 {
		x, y := p.between(-0.95, 0.85), p.between(0.78, 0.9)
		p.brush(curve(x, y, x+0.1, y+0.012, x+0.24, y-0.01), 0.022, 0.008, sheer(bark.dark(0.6), 0.5))
	}
	if p.chance(0.5) {
		for _, a := range []float64{-1.9, -0.9, 0.1} {
			leaf := p.at(0.86, 0.5, a, 1, 1)
			leaf.fill(blob(0, 0, 0.1, -0.055, 0.24, 0, 0.1, 0.055), ball(rgb(0x8d9a5a), 0.4))
		}
	}
}

// claws draws a foot that grips at (x,y).
func claws(p *pen, x, y float64) {
	for _, d := range []float64{-0.08, 0, 0.08} {
		p.brush(curve(x, y-0.05, x+d, y, x+d*1.15, y+0.1), 0.075, 0.04, ball(rgb(0xb0a294), 0.35))
		p.brush(curve(x+d*1.15, y+0.08, x+d*1.2, y+0.14), 0.035, 0.012, flat(rgb(0x4a403c)))
	}
}
