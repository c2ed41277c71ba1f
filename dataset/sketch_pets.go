package dataset

import "math"

// drawKitten draws a kitten sitting and facing us, or only its face.
func drawKitten(p *pen) {
	coats := []struct{ coat, mark, chest ink }{
		{rgb(0xe8a050), rgb(0xb8682a), rgb(0xfbeedb)}, // ginger
		{rgb(0xa7a39b), rgb(0x5c5852), rgb(0xf0ece4)}, // grey tabby
		{rgb(0xb58a62), rgb(0x5e4430), rgb(0xf3e2c8)}, // brown tabby
		{rgb(0xf4efe6), rgb(0xd8b48a), rgb(0xffffff)}, // cream
		{rgb(0x4a4750), rgb(0x33313a), rgb(0xf6f3ee)}, // tuxedo
		{rgb(0x8d97a6), rgb(0x5f6a7a), rgb(0xc5ccd6)}, // blue
	}
	k := coats[p.rng.IntN(len(coats))]
	k.coat, k.mark = p.tinted(k.coat, 0.04), p.tinted(k.mark, 0.04)
	if p.chance(0.35) {
		kittenHead(p.at(0, 0.14, p.between(-0.25, 0.25), 1.55, 1.55), k.coat, k.mark, k.chest)
		return
	}
	p.shadow(0, 0.94, 0.62, 0.09)
	tail := curve(0.28, 0.84, 0.7, 0.84, 0.8, 0.5, 0.66, 0.28+p.between(-0.1, 0.1))
	p.brush(tail, 0.17, 0.11, ball(k.coat, 0.3))
	for _, t := range []float64{0.35, 0.5, 0.65, 0.8} {
		q := tail[int(t*float64(len(tail)-1))]
		p.fill(ellipse(q.x, q.y, 0.075, 0.03, 0.4+1.2*t), sheer(k.mark, 0.8))
	}
	p.fill(p.fuzz(blob(-0.22, -0.05, -0.4, 0.4, -0.46, 0.8, -0.25, 0.95, 0.25, 0.95, 0.46, 0.8, 0.4, 0.4, 0.22, -0.05), 0.035, 0.06), ball(k.coat, 0.35))
	for i := range 3 {
		y := 0.4 + 0.16*float64(i)
		for _, side := range []float64{-1, 1} {
			p.brush(curve(side*0.44, y, side*0.34, y+0.03, side*0.27, y+0.01), 0.07, 0.02, sheer(k.mark, 0.85))
		}
	}
	p.fill(p.fuzz(blob(0, 0, -0.2, 0.1, -0.18, 0.42, 0, 0.56, 0.18, 0.42, 0.2, 0.1), 0.04, 0.06), ball(k.chest, 0.25))
	for _, side := range []float64{-1, 1} {
		p.brush(curve(side*0.14, 0.4, side*0.13, 0.85), 0.2, 0.18, ball(k.coat.bright(0.08), 0.3))
		p.fill(ellipse(side*0.14, 0.9, 0.13, 0.08, 0), ball(k.chest, 0.3))
		for _, d := range []float64{-0.04, 0.04} {
			p.line(path{{side*0.14 + d, 0.9}, {side*0.14 + d, 0.95}}, 0.015, flat(k.mark.dark(0.3)))
		}
	}
	kittenHead(p.at(p.between(-0.08, 0.08), -0.36, p.between(-0.25, 0.25), 0.98, 0.98), k.coat, k.mark, k.chest)
}

// kittenHead draws the head, about one unit wide, centred on the origin.
func kittenHead(p *pen, coat, mark, chest ink) {
	for _, side := range []float64{-1, 1} {
		ear := p.at(side*0.34, -0.3, 0, side, 1)
		ear.fill(blob(-0.22, 0.1, -0.1, -0.12, 0.1, -0.34, 0.16, -0.1, 0.17, 0.2), ball(coat, 0.3))
		ear.fill(blob(-0.11, 0.08, -0.04, -0.08, 0.08, -0.23, 0.11, -0.06, 0.1, 0.12), ball(rgb(0xeab0a6), 0.3))
	}
	p.fill(p.fuzz(blob(0, -0.4, -0.36, -0.3, -0.54, 0.04, -0.42, 0.28, 0, 0.38, 0.42, 0.28, 0.54, 0.04, 0.36, -0.3), 0.035, 0.07), ball(coat, 0.3))
	for _, x := range []float64{-0.13, 0, 0.13} {
		p.brush(curve(x, -0.38, x*0.9, -0.26, x*0.7, -0.17+0.03*math.Abs(x)), 0.06, 0.02, sheer(mark, 0.9))
	}
	for _, side := range []float64{-1, 1} {
		for _, y := range []float64{0.02, 0.13} {
			p.brush(curve(side*0.53, y-0.02, side*0.43, y+0.02, side*0.36, y), 0.05, 0.015, sheer(mark, 0.85))
		}
	}
	p.fill(p.fuzz(blob(0, 0.04, -0.17, 0.12, -0.23, 0.24, -0.1, 0.34, 0.1, 0.34, 0.23, 0.24, 0.17, 0.12), 0.015, 0.05), ball(chest, 0.2))
	iris := p.tinted(p.pick(rgb(0x8fc45a), rgb(0x5fb2d8), rgb(0xe3b23c), rgb(0x63b894)), 0.04)
	wide := p.between(0.03, 0.075)
	for _, side := range []float64{-1, 1} {
		x := side * 0.22
		p.fill(ellipse(x, -0.02, 0.145, 0.13, side*0.2), flat(mark.dark(0.75)))
		p.fill(ellipse(x, -0.02, 0.12, 0.11, 0), ball(iris, 0.35))
		p.fill(ellipse(x, -0.02, wide, 0.1, 0), flat(rgb(0x0b0a0c)))
		p.fill(circle(x-0.04, -0.065, 0.038), flat(rgb(0xffffff)))
		p.fill(circle(x+0.035, 0.03, 0.016), flat(rgb(0xffffff)))
	}
	p.fill(blob(-0.06, 0.12, 0.06, 0.12, 0, 0.185), ball(rgb(0xe58a8a), 0.3))
	p.line(curve(0, 0.17, -0.02, 0.24, -0.11, 0.25), 0.02, flat(rgb(0x553a34)))
	p.line(curve(0, 0.17, 0.02, 0.24, 0.11, 0.25), 0.02, flat(rgb(0x553a34)))
	for _, side := range []float64{-1, 1} {
		for i := range 3 {
			d := float64(i-1) * 0.09
			p.line(curve(side*0.16, 0.2+d*0.4, side*0.42, 0.18+d, side*0.68, 0.2+d*1.8), 0.014, sheer(rgb(0xfffdf8), 0.95))
		}
	}
}

// drawDog draws a dog with hanging ears sitting and facing us, or only its face.
func drawDog(p *pen) {
	coats := []struct{ coat, ear, muzzle ink }{
		{rgb(0xd9a45c), rgb(0xb97f3c), rgb(0xf2dcb4)}, // golden
		{rgb(0x8a5a36), rgb(0x5f3a22), rgb(0xd9b48a)}, // brown
		{rgb(0xf3ede2), rgb(0x8a5632), rgb(0xffffff)}, // white and brown
		{rgb(0x33302f), rgb(0x242122), rgb(0xc98a4e)}, // black and tan
		{rgb(0xc06a30), rgb(0x9a4f20), rgb(0xfbf3e6)}, // red and white
		{rgb(0xb9b2a8), rgb(0x6f6a66), rgb(0xe9e4dc)}, // grey
	}
	k := coats[p.rng.IntN(len(coats))]
	k.coat, k.ear = p.tinted(k.coat, 0.04), p.tinted(k.ear, 0.04)
	if p.chance(0.35) {
		dogHead(p.at(0, 0.02, p.between(-0.25, 0.25), 1.5, 1.5), k.coat, k.ear, k.muzzle)
		return
	}
	p.shadow(0, 0.94, 0.66, 0.09)
	p.brush(curve(0.34, 0.8, 0.62, 0.7, 0.76, 0.46+p.between(-0.1, 0.1)), 0.16, 0.07, ball(k.coat, 0.3))
	for _, side := range []float64{-1, 1} {
		p.fill(p.fuzz(ellipse(side*0.36, 0.74, 0.24, 0.22, 0), 0.02, 0.06), ball(k.coat.dark(0.08), 0.35))
		p.fill(ellipse(side*0.42, 0.92, 0.18, 0.07, 0), ball(k.muzzle, 0.3))
	}
	p.fill(p.fuzz(blob(-0.26, -0.1, -0.38, 0.3, -0.38, 0.8, 0, 0.94, 0.38, 0.8, 0.38, 0.3, 0.26, -0.1), 0.03, 0.06), ball(k.coat, 0.35))
	p.fill(p.fuzz(blob(0, 0.1, -0.2, 0.2, -0.17, 0.5, 0, 0.62, 0.17, 0.5, 0.2, 0.2), 0.04, 0.06), ball(k.muzzle, 0.2))
	for _, side := range []float64{-1, 1} {
		p.brush(curve(side*0.18, 0.36, side*0.17, 0.86), 0.21, 0.17, ball(k.coat.bright(0.06), 0.3))
		p.fill(ellipse(side*0.18, 0.91, 0.14, 0.08, 0), ball(k.muzzle, 0.3))
	}
	collar := p.pick(rgb(0xd8383a), rgb(0x3b6fd0), rgb(0x2f9a6a), rgb(0xe0a020))
	p.brush(curve(-0.27, 0.02, 0, 0.16, 0.27, 0.02), 0.11, 0.11, ball(collar, 0.3))
	p.fill(circle(0, 0.2, 0.065), ball(rgb(0xf2cf5a), 0.5))
	dogHead(p.at(p.between(-0.06, 0.06), -0.4, p.between(-0.25, 0.25), 0.92, 0.92), k.coat, k.ear, k.muzzle)
}

// dogHead draws the head, about one unit wide with its ears, centred on the origin.
func dogHead(p *pen, coat, ear, muzzle ink) {
	p.fill(p.fuzz(blob(0, -0.48, -0.3, -0.4, -0.42, -0.08, -0.34, 0.2, -0.16, 0.36, 0.16, 0.36, 0.34, 0.2, 0.42, -0.08, 0.3, -0.4), 0.025, 0.06), ball(coat, 0.3))
	if p.chance(0.35) {
		p.fill(ellipse(p.side()*0.2, -0.1, 0.17, 0.19, 0.2), sheer(ear, 0.9))
	} else {
		p.fill(blob(0, -0.46, -0.07, -0.2, 0, 0.05, 0.07, -0.2), sheer(muzzle, 0.85))
	}
	swing := p.between(-0.25, 0.1)
	for _, side := range []float64{-1, 1} {
		e := p.at(side*0.33, -0.36, side*swing, side, 1)
		e.fill(e.fuzz(blob(-0.08, -0.04, 0.1, -0.08, 0.26, 0.12, 0.3, 0.44, 0.2, 0.62, 0.06, 0.5, 0.03, 0.22), 0.025, 0.06), ball(ear, 0.4))
	}
	if p.chance(0.75) {
		tongue := p.at(p.between(-0.05, 0.05), 0.3, 0, 1, 1)
		tongue.fill(blob(-0.1, 0, -0.11, 0.16, 0, 0.27, 0.11, 0.16, 0.1, 0), ball(rgb(0xef7f8c), 0.3))
		tongue.line(path{{0, 0.03}, {0, 0.17}}, 0.018, flat(rgb(0xc9505f)))
	}
	p.fill(p.fuzz(blob(0, -0.04, -0.17, 0.06, -0.27, 0.22, -0.17, 0.36, 0, 0.33, 0.17, 0.36, 0.27, 0.22, 0.17, 0.06), 0.015, 0.05), ball(muzzle, 0.3))
	p.line(curve(0, 0.16, 0, 0.28, -0.07, 0.33, -0.18, 0.3), 0.026, flat(rgb(0x3a2620)))
	p.line(curve(0, 0.28, 0.07, 0.33, 0.18, 0.3), 0.026, flat(rgb(0x3a2620)))
	p.fill(blob(-0.14, 0.04, 0, -0.02, 0.14, 0.04, 0.09, 0.14, 0, 0.18, -0.09, 0.14), flat(rgb(0x1d181a)))
	p.fill(ellipse(-0.045, 0.035, 0.04, 0.022, -0.2), sheer(rgb(0xffffff), 0.75))
	for _, side := range []float64{-1, 1} {
		x := side * 0.18
		p.fill(ellipse(x, -0.12, 0.075, 0.085, 0), flat(rgb(0x1a1210)))
		p.fill(circle(x, -0.115, 0.055), flat(rgb(0x5a3418)))
		p.fill(circle(x, -0.115, 0.036), flat(rgb(0x0b0808)))
		p.fill(circle(x-0.025, -0.15, 0.026), flat(rgb(0xffffff)))
		p.brush(curve(x-0.07, -0.25-0.02*side, x, -0.28, x+0.07, -0.25+0.02*side), 0.035, 0.035, sheer(coat.dark(0.5), 0.7))
	}
}
