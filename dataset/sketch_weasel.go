package dataset

import "math"

// drawWeasel draws a weasel standing up to look around, or bounding along.
func drawWeasel(p *pen) {
	brown := p.tinted(p.pick(rgb(0xa9683a), rgb(0x8f5a36), rgb(0xb9783f), rgb(0x7d553c)), 0.03)
	cream := p.tinted(p.pick(rgb(0xf8ecd2), rgb(0xf3e0bd), rgb(0xfbf5e8)), 0.02)
	if p.chance(0.5) {
		standingWeasel(p, brown, cream)
	} else {
		boundingWeasel(p.at(0, 0.12, 0, 0.93, 1.02), brown, cream)
	}
}

func standingWeasel(p *pen, brown, cream ink) {
	p.shadow(0.05, 0.94, 0.6, 0.07)
	sway := p.between(-0.08, 0.08)
	tail := curve(0.12, 0.86, 0.45, 0.9, 0.72, 0.76, 0.78, 0.5, 0.9, 0.36)
	p.coat(tapered(tail, 0.15, 0.1), brown, 0.35, 0.03)
	p.coat(tapered(tail[len(tail)*3/4:], 0.12, 0.07), brown.dark(0.65), 0.3, 0.03)
	spine := curve(0.02, 0.64, -0.04+sway*0.3, 0.4, 0.02+sway, 0, 0.0+sway, -0.38, sway, -0.52)
	p.coat(tapered(spine, 0.58, 0.34), brown, 0.5, 0.03)
	for _, side := range []float64{-1, 1} {
		p.coat(ellipse(side*0.2, 0.78, 0.17, 0.19, side*-0.2), brown.lit(-0.1), 0.4, 0.025)
	}
	belly := curve(0, 0.66, -0.04+sway*0.3, 0.4, 0.02+sway, 0, sway, -0.42)
	p.fill(p.fuzz(tapered(belly, 0.3, 0.19), 0.02, 0.04), ball(cream, 0.25))
	for _, side := range []float64{-1, 1} {
		p.fill(ellipse(side*0.2, 0.92, 0.16, 0.06, side*0.1), ball(brown.bright(0.15), 0.3))
		for _, d := range []float64{-0.05, 0.05} {
			p.line(path{{side*0.22 + d, 0.91}, {side*0.22 + d, 0.95}}, 0.014, flat(brown.dark(0.6)))
		}
		arm := p.at(sway+side*0.18, -0.14, side*p.between(-0.1, 0.25), side, 1)
		arm.coat(tapered(curve(0.02, 0, 0.08, 0.16, -0.02, 0.3, -0.1, 0.33), 0.13, 0.09), brown, 0.4, 0.015)
		arm.fill(circle(-0.11, 0.34, 0.05), ball(cream.mix(brown, 0.25), 0.3))
	}
	weaselFace(p.at(sway, -0.64, p.between(-0.2, 0.2), 1, 1), brown, cream)
}

// weaselFace draws the flat little head from the front, centred on the origin.
func weaselFace(p *pen, brown, cream ink) {
	for _, side := range []float64{-1, 1} {
		p.fill(circle(side*0.2, -0.15, 0.092), ball(brown.lit(-0.08), 0.35))
		p.fill(circle(side*0.195, -0.135, 0.052), ball(rgb(0xd9a08a), 0.3))
	}
	p.coat(blob(0, -0.24, -0.17, -0.2, -0.27, -0.02, -0.2, 0.14, -0.07, 0.24, 0.07, 0.24, 0.2, 0.14, 0.27, -0.02, 0.17, -0.2), brown, 0.4, 0.02)
	p.fill(blob(0, 0.05, -0.1, 0.09, -0.19, 0.14, -0.08, 0.245, 0, 0.265, 0.08, 0.245, 0.19, 0.14, 0.1, 0.09), ball(cream, 0.2))
	for _, side := range []float64{-1, 1} {
		p.fill(circle(side*0.115, -0.025, 0.047), flat(rgb(0x120d0d)))
		p.fill(circle(side*0.115-0.015, -0.042, 0.016), flat(rgb(0xffffff)))
		p.hair(point{side * 0.06, 0.15}, point{side * 0.4, 0.08}, 0.014, sheer(cream, 0.9))
		p.hair(point{side * 0.06, 0.17}, point{side * 0.4, 0.2}, 0.014, sheer(cream, 0.9))
	}
	p.fill(blob(-0.045, 0.075, 0, 0.06, 0.045, 0.075, 0, 0.13), ball(rgb(0x6e4038), 0.4))
	p.line(curve(-0.06, 0.18, -0.02, 0.185, 0, 0.15, 0.02, 0.185, 0.06, 0.18), 0.013, flat(rgb(0x5a3830)))
}

func boundingWeasel(p *pen, brown, cream ink) {
	p.shadow(-0.05, 0.62, 0.85, 0.08)
	arch := p.between(0, 0.22)
	tail := curve(-0.52, 0.3, -0.78, 0.26, -0.92, 0.08, -1.02, -0.22)
	p.coat(tapered(tail, 0.15, 0.09), brown, 0.35, 0.03)
	p.coat(tapered(tail[len(tail)*3/4:], 0.11, 0.06), brown.dark(0.65), 0.3, 0.03)
	leg := func(x, y, kick float64, c ink) {
		p.coat(tapered(curve(x, y, x+kick*0.4, y+0.15, x+kick, 0.54), 0.15, 0.08), c, 0.3, 0.012)
		p.fill(ellipse(x+kick+0.05, 0.57, 0.09, 0.04, 0), ball(c.bright(0.15), 0.3))
	}
	leg(-0.34, 0.3, 0.1, brown.lit(-0.3))
	leg(0.42, 0.2, -0.06, brown.lit(-0.3))
	spine := curve(-0.46, 0.28, -0.2, 0.1-arch, 0.12, 0.08-arch, 0.42, 0.06, 0.6, -0.14, 0.68, -0.3)
	body := p.coat(tapered(spine, 0.38, 0.24), brown, 0.5, 0.025)
	p.coat(ellipse(-0.42, 0.26, 0.2, 0.21, 0), brown, 0.45, 0.02)
	p.inside(body, func() {
		under := curve(-0.1, 0.26-arch, 0.15, 0.25-arch, 0.45, 0.22, 0.7, 0.02, 0.84, -0.2)
		p.brush(under, 0.1, 0.18, ball(cream, 0.2))
	})
	leg(-0.46, 0.34, 0.02, brown)
	leg(0.36, 0.2, 0.12, brown)
	weaselProfile(p.at(0.7, -0.38, p.between(-0.2, 0.25), 1, 1), brown, cream)
}

// weaselProfile draws the head from the side, looking right, centred on the origin.
func weaselProfile(p *pen, brown, cream ink) {
	head := blob(-0.2, 0.06, -0.16, -0.12, 0, -0.19, 0.14, -0.13, 0.28, -0.01, 0.29, 0.07, 0.16, 0.13, -0.05, 0.18)
	p.coat(head, brown, 0.4, 0.02)
	p.inside(head, func() {
		p.fill(blob(-0.2, 0.26, -0.08, 0.1, 0.1, 0.065, 0.32, 0.06, 0.3, 0.2), ball(cream, 0.2))
	})
	p.fill(circle(-0.08, -0.14, 0.085), ball(brown.lit(-0.1), 0.35))
	p.fill(circle(-0.075, -0.13, 0.048), ball(rgb(0xd9a08a), 0.3))
	p.fill(circle(0.1, -0.055, 0.042), flat(rgb(0x120d0d)))
	p.fill(circle(0.09, -0.07, 0.015), flat(rgb(0xffffff)))
	p.fill(ellipse(0.285, 0.01, 0.035, 0.03, 0.3), ball(rgb(0x4a2c2a), 0.4))
	p.line(curve(0.28, 0.06, 0.2, 0.08, 0.12, 0.065), 0.013, flat(rgb(0x5a3830)))
	for i := range 3 {
		sin, cos := math.Sincos(2.4 + 0.35*float64(i))
		p.hair(point{0.21, 0.045}, point{0.21 + 0.26*cos, 0.045 + 0.26*sin*0.6}, 0.013, sheer(cream, 0.9))
	}
}
