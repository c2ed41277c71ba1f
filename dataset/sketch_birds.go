package dataset

import "math"

// drawVulture draws a vulture hunched on a branch, or with its wings spread.
func drawVulture(p *pen) {
	brown := p.tinted(p.pick(rgb(0x4a3a30), rgb(0x3a3236), rgb(0x5b4532)), 0.04)
	skin := p.tinted(p.pick(rgb(0xd98c86), rgb(0xc9635c), rgb(0xdba596)), 0.04)
	ruff := p.tinted(p.pick(rgb(0xf1e7d6), rgb(0xe2d3bb)), 0.03)
	branch(p)
	if p.chance(0.35) {
		spreadVulture(p, brown, skin, ruff)
		return
	}
	p.fill(p.fuzz(blob(-0.45, 0.5, -0.6, 0.95, -0.38, 1.0, -0.15, 0.6), 0.05, 0.09), ball(brown.dark(0.35), 0.2))
	p.fill(p.fuzz(blob(-0.02, -0.5, -0.36, -0.42, -0.58, 0, -0.56, 0.45, -0.28, 0.72, 0.1, 0.66, 0.36, 0.32, 0.4, -0.1, 0.24, -0.42), 0.04, 0.08), ball(brown, 0.4))
	wing := blob(-0.12, -0.46, -0.5, -0.3, -0.66, 0.15, -0.62, 0.62, -0.5, 0.86, -0.3, 0.6, -0.06, 0.36, 0.06, -0.08)
	p.fill(p.fuzz(wing, 0.04, 0.08), ball(brown.dark(0.2), 0.45))
	for i := range 5 {
		t := float64(i) / 4
		p.line(curve(-0.1-0.1*t, -0.1+0.12*t, -0.28-0.1*t, 0.2+0.14*t, -0.42-0.08*t, 0.45+0.22*t), 0.03, sheer(brown.bright(0.35), 0.6))
	}
	for _, x := range []float64{-0.06, 0.16} {
		p.brush(curve(x, 0.58, x+0.02, 0.72), 0.16, 0.1, ball(brown, 0.3))
		claws(p, x+0.02, 0.76)
	}
	head := p.at(0.42, -0.6, p.between(-0.15, 0.3), 1, 1)
	p.brush(curve(0.14, -0.22, 0.34, -0.3, 0.4, -0.46, 0.36, -0.6), 0.24, 0.18, ball(skin, 0.35))
	p.fill(p.fuzz(ellipse(0.14, -0.26, 0.3, 0.17, 0.7), 0.09, 0.1), ball(ruff, 0.35))
	vultureHead(head, skin)
}

// vultureHead draws the bald head in profile, looking right, centred on the origin.
func vultureHead(p *pen, skin ink) {
	p.fill(blob(-0.17, 0.02, -0.1, -0.17, 0.08, -0.19, 0.2, -0.07, 0.17, 0.1, 0, 0.16), ball(skin, 0.4))
	bill := rgb(0xe3d3a4)
	p.fill(blob(0.12, -0.1, 0.28, -0.13, 0.43, -0.03, 0.46, 0.2, 0.37, 0.12, 0.26, 0.07, 0.12, 0.1), ball(bill, 0.3))
	p.fill(blob(0.33, -0.1, 0.43, -0.03, 0.46, 0.2, 0.37, 0.12, 0.32, 0.04), ball(rgb(0x3c3430), 0.3))
	p.line(curve(0.12, 0.04, 0.26, 0.05, 0.34, 0.07), 0.025, flat(rgb(0x4a3328)))
	p.fill(circle(0.06, -0.05, 0.055), flat(rgb(0xf5e9c8)))
	p.fill(circle(0.07, -0.045, 0.034), flat(rgb(0x140c08)))
	p.line(curve(-0.04, -0.13, 0.06, -0.115, 0.14, -0.07), 0.04, flat(skin.dark(0.55)))
	for range 5 {
		x, y := p.between(-0.15, 0.02), p.between(-0.14, 0.06)
		p.line(path{{x, y}, {x + 0.02, y + 0.04}}, 0.018, sheer(skin.dark(0.4), 0.6))
	}
}

// spreadVulture draws the bird from the front with both wings up.
func spreadVulture(p *pen, brown, skin, ruff ink) {
	lift := p.between(-0.15, 0.1)
	for _, side := range []float64{-1, 1} {
		wing := p.at(side*0.16, -0.05, 0, side, 1)
		for i := range 6 {
			t := float64(i) / 5
			a := -0.75 + lift + 1.25*t
			sin, cos := math.Sincos(a)
			l := 0.88 - 0.22*t
			wing.brush(path{{0.18, -0.02 + 0.1*t}, {0.18 + l*0.6*cos, 0.1*t + l*0.6*sin}, {0.18 + l*cos, 0.1*t + l*sin}}, 0.2, 0.07, ball(brown.dark(0.3-0.05*float64(i%2)), 0.25))
		}
		wing.fill(wing.fuzz(blob(-0.05, -0.05, 0.18, -0.22+lift*0.4, 0.5, -0.4+lift, 0.56, -0.16, 0.36, 0.2, 0.02, 0.34), 0.04, 0.08), ball(brown, 0.4))
	}
	p.fill(p.fuzz(blob(-0.16, 0.5, 0, 0.95, 0.16, 0.5, 0, 0.4), 0.04, 0.08), ball(brown.dark(0.3), 0.2))
	p.fill(p.fuzz(blob(0, -0.28, -0.24, -0.12, -0.28, 0.3, -0.16, 0.64, 0.16, 0.64, 0.28, 0.3, 0.24, -0.12), 0.04, 0.07), ball(brown, 0.4))
	for _, x := range []float64{-0.12, 0.12} {
		p.brush(curve(x, 0.58, x, 0.72), 0.15, 0.1, ball(brown, 0.3))
		claws(p, x, 0.76)
	}
	p.brush(curve(0, -0.16, 0.03, -0.35, 0.0, -0.52), 0.22, 0.17, ball(skin, 0.35))
	p.fill(p.fuzz(ellipse(0, -0.16, 0.27, 0.14, 0), 0.08, 0.09), ball(ruff, 0.35))
	vultureHead(p.at(0.02, -0.6, p.between(-0.1, 0.25), 1, 1), skin)
}

// branch draws a bough with a few twigs across the lower part.
func branch(p *pen) {
	bark := p.tinted(p.pick(rgb(0x8a6a4a), rgb(0x77706a), rgb(0xa58b64)), 0.05)
	p.brush(curve(-1.25, 0.86, -0.5, 0.8, 0.3, 0.84, 1.25, 0.74), 0.2, 0.13, ball(bark, 0.3))
	p.brush(curve(0.5, 0.82, 0.72, 0.68, 0.86, 0.5), 0.08, 0.03, flat(bark.dark(0.2)))
	for range 5 {
		x := p.between(-0.9, 0.9)
		p.line(path{{x, 0.8}, {x + 0.2, 0.8}}, 0.02, sheer(bark.dark(0.5), 0.6))
	}
}

// claws draws a foot that grips at (x,y).
func claws(p *pen, x, y float64) {
	for _, d := range []float64{-0.08, 0, 0.08} {
		p.brush(curve(x, y-0.03, x+d, y, x+d*1.2, y+0.1), 0.07, 0.03, flat(rgb(0x9b8f86)))
	}
}

// drawOstrich draws an ostrich standing in profile, or its head on its long neck.
func drawOstrich(p *pen) {
	skin := p.tinted(p.pick(rgb(0xd9b3a0), rgb(0xc9a89c), rgb(0xe0a894)), 0.04)
	if p.chance(0.3) {
		ostrichPortrait(p, skin)
		return
	}
	feathers := p.tinted(p.pick(rgb(0x25232a), rgb(0x2d2830), rgb(0x75675c)), 0.03)
	p.shadow(-0.1, 0.97, 0.6, 0.07)
	stride := p.between(0.04, 0.22)
	for i, s := range []float64{1, -1} {
		leg := skin.dark(0.25 - 0.2*float64(i))
		x := -0.14 + 0.1*s
		p.brush(curve(x, 0.2, x+stride*s*0.3+0.05, 0.4), 0.24, 0.13, ball(leg, 0.3))
		p.line(curve(x+stride*s*0.3+0.05, 0.38, x+stride*s*0.4-0.06, 0.62, x+stride*s, 0.93), 0.075, ball(leg, 0.3))
		p.brush(path{{x + stride*s - 0.03, 0.94}, {x + stride*s + 0.17, 0.95}}, 0.08, 0.05, flat(leg.dark(0.2)))
	}
	bend := p.between(-0.12, 0.12)
	neck := curve(0.28, 0.08, 0.46, -0.06, 0.48+bend, -0.38, 0.46+bend, -0.62, 0.5+bend, -0.78)
	p.brush(neck, 0.17, 0.09, ball(skin, 0.35))
	p.fill(p.fuzz(blob(-0.5, -0.12, -0.8, -0.2, -0.92, 0.02, -0.78, 0.16, -0.48, 0.18), 0.1, 0.1), ball(rgb(0xf3eee6), 0.3))
	p.fill(p.fuzz(blob(0.3, 0.04, 0.1, -0.22, -0.3, -0.28, -0.62, -0.08, -0.6, 0.18, -0.28, 0.36, 0.1, 0.34), 0.08, 0.09), ball(feathers, 0.4))
	p.fill(p.fuzz(blob(-0.12, 0.12, -0.4, 0.02, -0.6, 0.18, -0.4, 0.34, -0.1, 0.3), 0.08, 0.08), ball(rgb(0xeee7dc), 0.35))
	p.fill(p.fuzz(blob(0.1, -0.1, -0.2, -0.16, -0.42, 0.02, -0.3, 0.2, -0.02, 0.2), 0.06, 0.08), ball(feathers.bright(0.06), 0.4))
	head := p.at(0.52+bend, -0.82, p.between(-0.15, 0.25), 1, 1)
	head.hairs(6, -0.08, -0.1, 0.08, 0.03, -2, 0.09, 0.02, skin.dark(0.5))
	head.fill(blob(-0.12, 0, -0.06, -0.11, 0.08, -0.11, 0.15, -0.01, 0.08, 0.08, -0.06, 0.08), ball(skin, 0.35))
	head.fill(blob(0.1, -0.07, 0.24, -0.04, 0.36, 0.02, 0.24, 0.07, 0.1, 0.07), ball(rgb(0xd9a04f), 0.3))
	head.line(path{{0.12, 0.02}, {0.32, 0.025}}, 0.018, flat(rgb(0x6b3f22)))
	head.fill(circle(0.04, -0.035, 0.052), flat(rgb(0x1c120c)))
	head.fill(circle(0.025, -0.055, 0.02), flat(rgb(0xffffff)))
}

// ostrichPortrait draws the face from the front.
func ostrichPortrait(p *pen, skin ink) {
	lean := p.between(-0.15, 0.15)
	p.fill(p.fuzz(blob(-0.7, 1.25, -0.6, 0.9, 0, 0.74, 0.6, 0.9, 0.7, 1.25), 0.1, 0.1), ball(rgb(0x2b2830), 0.4))
	p.brush(curve(0, 1.1, lean*0.7, 0.5, lean, 0), 0.44, 0.34, ball(skin, 0.4))
	p.hairs(24, lean*0.7, 0.5, 0.15, 0.4, math.Pi/2, 0.08, 0.015, skin.dark(0.35))
	f := p.at(lean, -0.28, p.between(-0.2, 0.2), 1, 1)
	for range 16 {
		x := f.between(-0.28, 0.28)
		f.line(curve(x*0.9, -0.2, x*1.2, -0.42, x*1.5+f.between(-0.1, 0.1), -0.56-f.between(-0.08, 0.08)), 0.022, flat(skin.dark(0.6)))
	}
	f.fill(blob(-0.42, -0.1, -0.3, -0.34, 0, -0.42, 0.3, -0.34, 0.42, -0.1, 0.3, 0.14, 0, 0.22, -0.3, 0.14), ball(skin, 0.35))
	for _, side := range []float64{-1, 1} {
		eye := f.at(side*0.33, -0.12, 0, side, 1)
		eye.fill(circle(0, 0, 0.155), ball(skin.bright(0.45), 0.3))
		eye.fill(circle(0.01, 0, 0.12), flat(rgb(0x6b3d1d)))
		eye.fill(circle(0.01, 0, 0.085), flat(rgb(0x0c0806)))
		f.fill(circle(side*0.33-0.035, -0.165, 0.04), flat(rgb(0xffffff)))
		for i := range 4 {
			t := -0.9 + 0.45*float64(i)
			sin, cos := math.Sincos(t - 0.6)
			eye.line(path{{0.14 * cos, 0.14 * sin}, {0.25 * cos, 0.25 * sin}}, 0.022, flat(rgb(0x1a120e)))
		}
	}
	bill := p.tinted(rgb(0xe0a05a), 0.04)
	f.fill(blob(0, -0.12, -0.22, 0.06, -0.36, 0.24, -0.2, 0.38, 0, 0.41, 0.2, 0.38, 0.36, 0.24, 0.22, 0.06), ball(bill, 0.4))
	f.line(curve(-0.34, 0.25, -0.15, 0.3, 0, 0.31, 0.15, 0.3, 0.34, 0.25), 0.03, flat(bill.dark(0.6)))
	for _, side := range []float64{-1, 1} {
		f.fill(ellipse(side*0.07, 0.06, 0.025, 0.05, side*0.3), flat(bill.dark(0.55)))
	}
}
