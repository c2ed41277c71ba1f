package dataset

// menuLetters are the strokes of the letters of MENU, each in a cell one unit wide and high.
var menuLetters = [][]path{
	{points(0.1, 1, 0.1, 0, 0.5, 0.62, 0.9, 0, 0.9, 1)},
	{points(0.82, 0, 0.2, 0, 0.2, 1, 0.82, 1), points(0.2, 0.5, 0.7, 0.5)},
	{points(0.14, 1, 0.14, 0, 0.86, 1, 0.86, 0)},
	{points(0.14, 0, 0.14, 0.72, 0.3, 0.95, 0.5, 1, 0.7, 0.95, 0.86, 0.72, 0.86, 0)},
}

// menuTitle writes MENU, w wide and h high, centred on (0,y).
func menuTitle(p *pen, y, w, h, weight float64, c ink) {
	cell := w / 4
	for i, letter := range menuLetters {
		for _, stroke := range letter {
			var from point
			for j, q := range stroke {
				to := point{-w/2 + cell*(float64(i)+0.1+0.8*q.x), y + h*(q.y-0.5)}
				if j > 0 {
					p.line(path{from, to}, weight, flat(c))
				}
				from = to
			}
		}
	}
}

// dishes writes the lines of a bill of fare between x0 and x1, from y0 down to y1: names of a few
// words, and prices.
func dishes(p *pen, x0, x1, y0, y1 float64, ink, accent ink) {
	step := p.between(0.115, 0.15)
	for y, n := y0, 0; y < y1; y, n = y+step, n+1 {
		if n%4 == 0 {
			w := (x1 - x0) * p.between(0.3, 0.5)
			p.line(path{{x0, y}, {x0 + w, y}}, 0.05, flat(accent))
			continue
		}
		end := x0 + (x1-x0)*p.between(0.45, 0.7)
		for x := x0; x < end; {
			w := p.between(0.06, 0.2)
			p.line(path{{x, y}, {min(x+w, end), y}}, 0.028, sheer(ink, 0.85))
			x += w + 0.05
		}
		for x := end + 0.05; x < x1-0.14; x += 0.05 {
			p.fill(circle(x, y+0.01, 0.007), sheer(ink, 0.6))
		}
		p.line(path{{x1 - 0.09, y}, {x1, y}}, 0.03, sheer(accent, 0.95))
	}
}

// drawMenu draws a menu: a card, an open booklet, or a chalkboard.
func drawMenu(p *pen) {
	if p.m.xx*p.m.yy < p.m.xy*p.m.yx { // a mirrored pen
		p = p.at(0, 0, 0, -1, 1)
	}
	switch pose := p.rng.Float64(); {
	case pose < 0.4:
		menuCard(p)
	case pose < 0.72:
		menuBook(p)
	default:
		chalkboard(p)
	}
}

// cutlery draws a small crossed fork and knife around the origin.
func cutlery(p *pen, c ink) {
	fork := p.at(0, 0, -0.6, 1, 1)
	fork.line(path{{0, -0.04}, {0, 0.15}}, 0.026, flat(c))
	for _, x := range []float64{-0.035, 0, 0.035} {
		fork.line(path{{x, -0.15}, {x, -0.06}}, 0.016, flat(c))
	}
	fork.line(path{{-0.035, -0.055}, {0.035, -0.055}}, 0.026, flat(c))
	knife := p.at(0, 0, 0.6, 1, 1)
	knife.line(path{{0, 0}, {0, 0.15}}, 0.028, flat(c))
	knife.fill(blob(-0.02, 0, -0.02, -0.14, 0.01, -0.17, 0.035, -0.1, 0.03, 0), flat(c))
}

func menuCard(p *pen) {
	page := p.tinted(p.pick(rgb(0xf8f0dd), rgb(0xfbf7ee), rgb(0xf0e4c8)), 0.02)
	accent := p.dye().dark(0.15)
	print := rgb(0x4a3f3a)
	w := p.between(0.62, 0.74)
	p.glow(0.07, 0.06, w*1.5, 1.25, rgb(0x1c1420), 0.5)
	p.fill(box(-w, -0.94, w, 0.94, 0.04), ball(page, 0.16))
	frame := box(-w+0.07, -0.87, w-0.07, 0.87, 0.05)
	p.line(append(frame, frame[0]), 0.022, flat(accent))
	if p.chance(0.5) {
		inner := box(-w+0.115, -0.825, w-0.115, 0.825, 0.03)
		p.line(append(inner, inner[0]), 0.01, flat(accent))
	}
	menuTitle(p, -0.56, w*1.3, 0.27, 0.055, accent)
	if p.chance(0.5) {
		p.line(path{{-0.28, -0.32}, {0.28, -0.32}}, 0.016, flat(accent))
		p.fill(blob(-0.06, -0.32, 0, -0.36, 0.06, -0.32, 0, -0.28), flat(accent))
	} else {
		cutlery(p.at(0, -0.29, 0, 0.7, 0.7), accent)
	}
	dishes(p, -w+0.2, w-0.2, -0.12, 0.76, print, accent)
}

func menuBook(p *pen) {
	cover := p.tinted(p.pick(rgb(0x7a2f34), rgb(0x2f4a44), rgb(0x5a3a28), rgb(0x34405c), rgb(0x3a3438)), 0.02)
	page := p.tinted(rgb(0xf8f0de), 0.02)
	print := rgb(0x4a3f3a)
	accent := cover.bright(0.12)
	p.glow(0.03, 0.12, 1.2, 1.1, rgb(0x1c1420), 0.5)
	bow := p.between(0.02, 0.08)
	for _, side := range []float64{-1, 1} {
		half := p.at(0, 0, 0, side, 1)
		half.fill(points(0, -0.76, 0.98, -0.84-bow, 0.98, 0.78-bow, 0, 0.86), ball(cover, 0.3))
		leaf := append(curve(0, -0.7, 0.15, -0.76, 0.5, -0.76-bow*0.5, 0.92, -0.77-bow), curve(0.92, 0.71-bow, 0.5, 0.74-bow*0.5, 0.15, 0.75, 0, 0.8)...)
		shade := 0.0
		if side*p.inv.xx*p.light.x < 0 {
			shade = -0.12
		}
		half.fill(leaf, cloth(page, func(x, _ float64) float64 { return shade - 0.55*max(0.22-x, 0)*2 + 0.08*x }))
	}
	left := p.at(-0.48, -0.02, 0.045+bow*0.3, 1, 1)
	menuTitle(left, -0.44, 0.74, 0.24, 0.055, accent)
	left.line(path{{-0.24, -0.24}, {0.24, -0.24}}, 0.016, flat(accent))
	if p.chance(0.5) {
		cutlery(left.at(0, 0.2, 0, 1.7, 1.7), accent)
	} else {
		dishes(left, -0.32, 0.33, -0.1, 0.6, print, accent)
	}
	dishes(p.at(0.5, -0.02, -0.045-bow*0.3, 1, 1), -0.34, 0.32, -0.58, 0.62, print, accent)
	if p.chance(0.5) {
		p.fill(points(0.06, -0.74, 0.13, -0.76, 0.12, 0.98, 0.085, 0.92, 0.05, 0.98), ball(p.dye(), 0.3))
	}
}

func chalkboard(p *pen) {
	wood := p.tinted(p.pick(rgb(0xa97b50), rgb(0x8a6038), rgb(0xc39a6c), rgb(0x6a5040)), 0.03)
	slate := p.tinted(p.pick(rgb(0x3a4240), rgb(0x37373c), rgb(0x34483f)), 0.02)
	chalk := rgb(0xf4f0e4)
	accent := p.pastel()
	p.shadow(0, 0.95, 0.8, 0.07)
	for _, side := range []float64{-1, 1} {
		p.line(path{{side * 0.6, 0.6}, {side * 0.72, 0.94}}, 0.1, ball(wood.dark(0.2), 0.4))
	}
	p.fill(box(-0.74, -0.96, 0.74, 0.8, 0.06), ball(wood, 0.45))
	for range 8 {
		y := p.between(-0.9, 0.7)
		p.line(path{{-0.71, y}, {-0.7, y + 0.15}}, 0.012, sheer(wood.dark(0.5), 0.4))
		p.line(path{{0.7, y}, {0.71, y + 0.15}}, 0.012, sheer(wood.dark(0.5), 0.4))
	}
	p.fill(rect(-0.64, -0.86, 0.64, 0.7), ball(slate, 0.22))
	for range 4 {
		q := p.within(0, 0, 0.45, 0.5)
		p.glow(q.x, q.y, 0.35, 0.2, chalk, 0.1)
	}
	menuTitle(p, -0.6, 0.98, 0.27, 0.055, chalk)
	p.line(curve(-0.42, -0.38, -0.1, -0.35, 0.1, -0.4, 0.42, -0.37), 0.018, flat(accent))
	dishes(p, -0.5, 0.5, -0.22, 0.58, chalk, accent)
}
