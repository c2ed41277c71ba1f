package dataset

import "math"

// drawOstrich draws an ostrich standing in profile, or its head on its long neck.
func drawOstrich(p *pen) {
	skin := p.tinted(p.pick(rgb(0xdcb8a4), rgb(0xcdaea2), rgb(0xe2ad9a)), 0.03)
	if p.chance(0.3) {
		ostrichPortrait(p, skin)
	} else {
		standingOstrich(p, skin)
	}
}

func standingOstrich(p *pen, skin ink) {
	feathers := p.tinted(p.pick(rgb(0x2c2a31), rgb(0x35303a), rgb(0x7d6e62)), 0.02)
	white := p.tinted(rgb(0xf4efe4), 0.02)
	p.shadow(-0.1, 0.96, 0.6, 0.06)
	stride := p.between(0.03, 0.2)
	for i, s := range []float64{1, -1} {
		leg := skin.lit(-0.3 + 0.25*float64(i))
		x := -0.16 + 0.1*s
		knee := point{x + stride*s*0.35 + 0.07, 0.52}
		foot := point{x + stride*s, 0.93}
		p.brush(curve(x, 0.12, x+0.04, 0.28, knee.x, knee.y), 0.26, 0.075, ball(leg, 0.4))
		p.brush(path{knee, foot}, 0.075, 0.055, ball(leg, 0.35))
		p.fill(circle(knee.x, knee.y, 0.05), ball(leg, 0.3))
		p.brush(path{{foot.x - 0.02, 0.94}, {foot.x + 0.17, 0.955}}, 0.08, 0.045, ball(leg.dark(0.15), 0.3))
	}
	bend := p.between(-0.1, 0.12)
	neck := curve(0.2, 0.1, 0.42, 0.02, 0.47+bend*0.4, -0.25, 0.43+bend, -0.55, 0.49+bend, -0.8)
	p.brush(neck, 0.2, 0.075, ball(skin, 0.45))
	plumes(p, -0.7, -0.02, 0.3, 0.2, -2.7, 16, white)
	p.coat(blob(0.32, 0.02, 0.12, -0.26, -0.3, -0.33, -0.64, -0.14, -0.66, 0.14, -0.32, 0.36, 0.1, 0.34), feathers, 0.45, 0.06)
	plumes(p, -0.42, 0.2, 0.28, 0.12, 2.6, 14, white)
	plumes(p, -0.18, 0.02, 0.36, 0.22, 2.75, 30, feathers.bright(0.05))
	p.coat(blob(0.13, 0.06, 0.24, -0.08, 0.38, -0.04, 0.4, 0.1, 0.26, 0.2), feathers, 0.35, 0.05)
	head := p.at(0.52+bend, -0.83, p.between(-0.12, 0.22), 1.12, 1.12)
	head.hairs(7, -0.07, -0.08, 0.07, 0.03, -2, 0.08, 0.018, skin.dark(0.55), 0.9)
	head.fill(blob(-0.12, 0.01, -0.07, -0.1, 0.06, -0.11, 0.15, -0.02, 0.08, 0.08, -0.06, 0.09), ball(skin, 0.4))
	bill := p.tinted(rgb(0xd9a35e), 0.03)
	head.fill(blob(0.1, -0.07, 0.23, -0.045, 0.35, 0.02, 0.24, 0.07, 0.1, 0.07), ball(bill, 0.4))
	head.line(curve(0.1, 0.03, 0.22, 0.035, 0.32, 0.03), 0.015, flat(bill.dark(0.55)))
	head.fill(circle(0.04, -0.03, 0.05), flat(rgb(0x1c120c)))
	head.fill(circle(0.024, -0.05, 0.018), flat(rgb(0xffffff)))
	head.line(curve(-0.02, -0.075, 0.04, -0.09, 0.09, -0.06), 0.016, flat(skin.dark(0.6)))
}

// plumes draws soft feathers rooted in an ellipse, all blown along angle.
func plumes(p *pen, cx, cy, rx, ry, angle float64, n int, c ink) {
	for i := range n {
		q := p.within(cx, cy, rx, ry)
		a := angle + p.between(-0.45, 0.45)
		sin, cos := math.Sincos(a)
		s2, c2 := math.Sincos(a + p.between(-0.7, 0.7))
		l := p.between(0.1, 0.17)
		tone := c.lit(p.between(-0.14, 0.02) + 0.07*float64(i%2))
		p.brush(path{q, {q.x + l*cos, q.y + l*sin}, {q.x + l*(cos+0.8*c2), q.y + l*(sin+0.8*s2)}}, 0.12, 0.03, ball(tone, 0.3))
	}
}

// ostrichPortrait draws the face from the front.
func ostrichPortrait(p *pen, skin ink) {
	lean := p.between(-0.15, 0.15)
	dark := rgb(0x35303a)
	p.coat(blob(-0.9, 1.35, -0.7, 0.95, 0, 0.76, 0.7, 0.95, 0.9, 1.35), dark, 0.45, 0.08)
	p.brush(curve(0, 1.1, lean*0.7, 0.5, lean, 0), 0.46, 0.33, ball(skin, 0.5))
	p.hairs(26, lean*0.7, 0.5, 0.15, 0.4, math.Pi/2, 0.09, 0.02, skin.dark(0.4), 0.5)
	for i := range 4 {
		y := 0.25 + 0.16*float64(i)
		p.line(curve(lean*0.8-0.16, y, lean*0.8, y+0.03, lean*0.8+0.16, y), 0.014, sheer(skin.dark(0.5), 0.3))
	}
	f := p.at(lean, -0.26, p.between(-0.2, 0.2), 1, 1)
	for range 22 {
		x := f.between(-0.26, 0.26)
		f.hair(point{x * 0.9, -0.3}, point{x*1.9 + f.between(-0.08, 0.08), -0.56 - f.between(-0.1, 0.1)}, 0.035, flat(skin.dark(f.between(0.4, 0.65))))
	}
	f.coat(blob(-0.42, -0.1, -0.3, -0.34, 0, -0.42, 0.3, -0.34, 0.42, -0.1, 0.3, 0.14, 0, 0.22, -0.3, 0.14), skin, 0.4, 0.02)
	for _, side := range []float64{-1, 1} {
		eye := f.at(side*0.32, -0.12, 0, side, 1)
		eye.fill(ellipse(0, 0, 0.165, 0.155, 0), ball(skin.bright(0.35), 0.35))
		eye.fill(circle(0.01, 0.005, 0.122), ball(rgb(0x70432a), 0.4))
		eye.fill(circle(0.01, 0.005, 0.085), flat(rgb(0x0c0806)))
		f.fill(circle(side*0.33-0.035, -0.16, 0.036), flat(rgb(0xffffff)))
		f.fill(circle(side*0.33+0.04, -0.07, 0.016), sheer(rgb(0xffffff), 0.7))
		eye.brush(curve(-0.15, -0.02, -0.08, -0.12, 0.06, -0.15, 0.17, -0.06), 0.02, 0.04, flat(rgb(0x241812)))
		for i := range 5 {
			sin, cos := math.Sincos(-1.75 + 0.36*float64(i))
			eye.hair(point{0.14 * cos, 0.14 * sin}, point{0.28 * cos, 0.27 * sin}, 0.035, flat(rgb(0x241812)))
		}
	}
	bill := p.tinted(rgb(0xdfa468), 0.03)
	f.fill(blob(0, 0.2, -0.26, 0.22, -0.31, 0.33, -0.16, 0.43, 0, 0.45, 0.16, 0.43, 0.31, 0.33, 0.26, 0.22), ball(bill.dark(0.3), 0.3))
	f.fill(blob(0, -0.14, -0.16, 0.02, -0.35, 0.2, -0.32, 0.29, -0.16, 0.33, 0, 0.34, 0.16, 0.33, 0.32, 0.29, 0.35, 0.2, 0.16, 0.02), ball(bill, 0.5))
	f.line(curve(-0.33, 0.28, -0.16, 0.33, 0, 0.34, 0.16, 0.33, 0.33, 0.28), 0.022, flat(bill.dark(0.6)))
	for _, side := range []float64{-1, 1} {
		f.fill(ellipse(side*0.065, 0.06, 0.02, 0.045, side*0.3), flat(bill.dark(0.55)))
		f.glow(side*0.36, 0.08, 0.12, 0.09, rgb(0xe8857a), 0.4)
	}
}
