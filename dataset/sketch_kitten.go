package dataset

import "math"

// drawKitten draws a kitten sitting and facing us, or only its head and shoulders.
func drawKitten(p *pen) {
	coats := []struct{ coat, mark, chest ink }{
		{rgb(0xe6a55c), rgb(0xbb7236), rgb(0xfbeedb)}, // ginger
		{rgb(0xaba69c), rgb(0x5f5a55), rgb(0xf2eee4)}, // grey tabby
		{rgb(0xb98f68), rgb(0x664a36), rgb(0xf3e2c8)}, // brown tabby
		{rgb(0xf3ecdf), rgb(0xd9b892), rgb(0xfffaf2)}, // cream
		{rgb(0x514c54), rgb(0x38343c), rgb(0xf6f3ee)}, // tuxedo
		{rgb(0x95a0ac), rgb(0x66727f), rgb(0xd0d7dd)}, // blue
	}
	k := coats[p.rng.IntN(len(coats))]
	k.coat, k.mark = p.tinted(k.coat, 0.03), p.tinted(k.mark, 0.03)
	if p.chance(0.35) {
		p.coat(blob(-0.75, 1.3, -0.68, 0.9, -0.4, 0.62, 0.4, 0.62, 0.68, 0.9, 0.75, 1.3), k.coat, 0.35, 0.045)
		p.coat(blob(0, 0.45, -0.26, 0.62, -0.22, 1.2, 0.22, 1.2, 0.26, 0.62), k.chest, 0.25, 0.045)
		p.glow(0, 0.66, 0.45, 0.2, k.mark.dark(0.5), 0.6)
		kittenHead(p.at(0, 0.1, p.between(-0.2, 0.2), 1.5, 1.5), k.coat, k.mark, k.chest)
		return
	}
	p.shadow(0, 0.94, 0.62, 0.07)
	tail := curve(0.26, 0.86, 0.66, 0.88, 0.82, 0.6, 0.7, 0.3+p.between(-0.1, 0.1))
	p.coat(tapered(tail, 0.2, 0.13), k.coat, 0.35, 0.025)
	for _, t := range []float64{0.4, 0.55, 0.7, 0.85} {
		q := tail[int(t*float64(len(tail)-1))]
		p.fill(ellipse(q.x, q.y, 0.085, 0.026, 0.4+1.2*t), sheer(k.mark, 0.7))
	}
	p.coat(blob(-0.22, -0.05, -0.38, 0.4, -0.48, 0.78, -0.27, 0.95, 0.27, 0.95, 0.48, 0.78, 0.38, 0.4, 0.22, -0.05), k.coat, 0.42, 0.03)
	for i := range 3 {
		y := 0.36 + 0.15*float64(i)
		for _, side := range []float64{-1, 1} {
			p.brush(curve(side*(0.38+0.03*float64(i)), y, side*0.34, y+0.03, side*0.24, y+0.02), 0.075, 0.015, sheer(k.mark, 0.7))
		}
	}
	p.coat(blob(0, 0, -0.2, 0.1, -0.18, 0.42, 0, 0.58, 0.18, 0.42, 0.2, 0.1), k.chest, 0.25, 0.04)
	for _, side := range []float64{-1, 1} {
		p.glow(side*0.27, 0.68, 0.12, 0.26, k.mark.dark(0.5), 0.5)
		p.coat(tapered(curve(side*0.13, 0.42, side*0.125, 0.86), 0.2, 0.18), k.coat.bright(0.08), 0.35, 0.018)
		p.fill(ellipse(side*0.135, 0.9, 0.125, 0.075, 0), ball(k.chest, 0.35))
		for _, d := range []float64{-0.04, 0.04} {
			p.line(path{{side*0.135 + d, 0.9}, {side*0.135 + d, 0.945}}, 0.012, sheer(k.mark.dark(0.4), 0.8))
		}
	}
	p.glow(0, 0.06, 0.32, 0.14, k.mark.dark(0.5), 0.6)
	kittenHead(p.at(p.between(-0.07, 0.07), -0.36, p.between(-0.22, 0.22), 1.0, 1.0), k.coat, k.mark, k.chest)
}

// kittenHead draws the head, about one unit wide, centred on the origin.
func kittenHead(p *pen, coat, mark, chest ink) {
	for _, side := range []float64{-1, 1} {
		ear := p.at(side*0.33, -0.3, 0, side, 1)
		ear.fill(ear.fuzz(blob(-0.23, 0.1, -0.1, -0.12, 0.08, -0.33, 0.15, -0.3, 0.18, -0.08, 0.19, 0.2), 0.015, 0.03), ball(coat, 0.4))
		ear.fill(blob(-0.11, 0.08, -0.03, -0.08, 0.085, -0.235, 0.12, -0.06, 0.11, 0.12), ball(rgb(0xe7b0a2), 0.4))
		ear.hairs(7, 0.0, 0.04, 0.06, 0.05, -1.1, 0.13, 0.025, chest, 0.8)
	}
	p.coat(blob(0, -0.4, -0.34, -0.32, -0.5, -0.06, -0.53, 0.14, -0.36, 0.31, 0, 0.4, 0.36, 0.31, 0.53, 0.14, 0.5, -0.06, 0.34, -0.32), coat, 0.36, 0.03)
	for _, x := range []float64{-0.14, 0, 0.14} {
		p.brush(curve(x, -0.38, x*0.9, -0.28, x*0.7, -0.18+0.03*math.Abs(x)), 0.06, 0.015, sheer(mark, 0.75))
	}
	for _, side := range []float64{-1, 1} {
		for _, y := range []float64{0.03, 0.14} {
			p.brush(curve(side*0.52, y-0.02, side*0.43, y+0.02, side*0.35, y), 0.05, 0.012, sheer(mark, 0.7))
		}
	}
	p.glow(0, -0.06, 0.14, 0.26, chest, 0.5)
	p.fill(p.fuzz(blob(0, 0.05, -0.15, 0.13, -0.22, 0.24, -0.1, 0.34, 0.1, 0.34, 0.22, 0.24, 0.15, 0.13), 0.015, 0.04), ball(chest, 0.25))
	iris := p.tinted(p.pick(rgb(0x9dba6a), rgb(0x7fb0c4), rgb(0xd9b04e), rgb(0x74ab94)), 0.04)
	wide := p.between(0.04, 0.08)
	for _, side := range []float64{-1, 1} {
		x := side * 0.22
		p.fill(ellipse(x, -0.02, 0.142, 0.128, side*0.25), flat(mark.dark(0.75)))
		p.fill(ellipse(x, -0.015, 0.119, 0.11, 0), paint{ink: iris.dark(0.35), to: iris.bright(0.3), alpha: 1, form: fade})
		p.fill(ellipse(x, -0.015, wide, 0.096, 0), flat(rgb(0x0f0d10)))
		p.fill(circle(x-0.04, -0.06, 0.034), flat(rgb(0xffffff)))
		p.fill(circle(x+0.04, 0.035, 0.015), sheer(rgb(0xffffff), 0.85))
		p.glow(side*0.36, 0.17, 0.12, 0.08, rgb(0xee9a8c), 0.45)
	}
	p.fill(blob(-0.058, 0.125, 0, 0.115, 0.058, 0.125, 0.02, 0.175, 0, 0.188, -0.02, 0.175), ball(rgb(0xdf8d88), 0.4))
	p.line(curve(0, 0.18, -0.025, 0.245, -0.11, 0.245), 0.017, flat(rgb(0x5f443c)))
	p.line(curve(0, 0.18, 0.025, 0.245, 0.11, 0.245), 0.017, flat(rgb(0x5f443c)))
	for _, side := range []float64{-1, 1} {
		for i := range 3 {
			d := float64(i-1) * 0.09
			p.brush(curve(side*0.15, 0.21+d*0.4, side*0.42, 0.17+d, side*0.68, 0.19+d*1.8), 0.016, 0.006, sheer(rgb(0xfffdf8), 0.9))
		}
	}
}
