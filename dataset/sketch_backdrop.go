package dataset

import "math"

// backdrops are the places in which subjects stand. They know nothing of the
// subject, so that a network has to look at it and not at the place.
var backdrops = []func(p *pen){
	backdropStudio, backdropMeadow, backdropRoom, backdropTiles, backdropRays, backdropWoods, backdropPaper,
}

// drawBackdrop covers the whole canvas; p has its origin in the middle.
func drawBackdrop(p *pen) { backdrops[p.rng.IntN(len(backdrops))](p) }

var wholeCanvas = points(-1.1, -1.1, 1.1, -1.1, 1.1, 1.1, -1.1, 1.1)

// wash paints horizontal bands from one ink to another between y0 and y1.
func (p *pen) wash(y0, y1 float64, from, to ink) {
	const bands = 24
	for i := range bands {
		t := float64(i) / bands
		y := y0 + (y1-y0)*t
		p.fill(points(-1.1, y, 1.1, y, 1.1, y1, -1.1, y1), flat(from.mix(to, t)))
	}
}

// pastel is any light colour.
func (p *pen) pastel() ink {
	return hue(p.rng.Float64(), p.between(0.1, 0.5), p.between(0.65, 0.97))
}

// backdropStudio is a plain wall with soft discs of light.
func backdropStudio(p *pen) {
	c := p.pastel()
	p.wash(-1.1, 1.1, c.bright(p.between(0, 0.3)), c.dark(p.between(0.1, 0.4)))
	for range p.rng.IntN(9) {
		p.fill(circle(p.between(-1, 1), p.between(-1, 1), p.between(0.08, 0.3)), sheer(c.mix(p.pastel(), 0.6).bright(0.3), p.between(0.15, 0.45)))
	}
}

// backdropMeadow is sky, clouds, hills and grass.
func backdropMeadow(p *pen) {
	sky := p.tinted(p.pick(rgb(0x8ec9ee), rgb(0xb9def0), rgb(0xf6c89a), rgb(0xaebfdc)), 0.05)
	horizon := p.between(-0.15, 0.45)
	p.wash(-1.1, horizon+0.3, sky, sky.bright(0.55))
	for range p.rng.IntN(4) {
		x, y, s := p.between(-1, 1), p.between(-0.95, horizon-0.3), p.between(0.1, 0.22)
		for i := range 4 {
			p.fill(ellipse(x+float64(i)*s*0.9, y-s*0.4*float64(i%2), s, s*0.6, 0), sheer(rgb(0xffffff), 0.7))
		}
	}
	grass := p.tinted(p.pick(rgb(0x7fb24f), rgb(0x9bbf5a), rgb(0xc8b560), rgb(0x5f9c58)), 0.05)
	for i := range 2 {
		y := horizon + 0.12*float64(i)
		p.fill(append(curve(-1.3, y+p.between(-0.1, 0.1), -0.5, y+p.between(-0.12, 0.12), 0.3, y+p.between(-0.12, 0.12), 1.3, y+p.between(-0.1, 0.1)),
			point{1.2, 1.2}, point{-1.2, 1.2}), flat(grass.bright(0.25-0.2*float64(i))))
	}
	for range 40 {
		x, y := p.between(-1, 1), p.between(horizon+0.25, 1.05)
		l := p.between(0.04, 0.12)
		p.line(path{{x, y}, {x + p.between(-0.04, 0.04), y - l}}, 0.02, sheer(grass.dark(p.between(0, 0.35)), 0.7))
	}
}

// backdropRoom is papered wall and floor.
func backdropRoom(p *pen) {
	wall, floor := p.pastel(), hue(p.between(0.02, 0.14), p.between(0.2, 0.5), p.between(0.4, 0.8))
	edge := p.between(0.35, 0.75)
	p.wash(-1.1, edge, wall.bright(0.1), wall.dark(0.08))
	motif := wall.mix(p.pastel(), 0.5).dark(p.between(0, 0.15))
	step := p.between(0.16, 0.36)
	stripes := p.chance(0.5)
	for x := -1.1; x < 1.1; x += step {
		if stripes {
			p.fill(points(x, -1.1, x+step*0.45, -1.1, x+step*0.45, edge, x, edge), sheer(motif, 0.6))
			continue
		}
		for y, odd := -1.1, 0.0; y < edge-0.05; y, odd = y+step, step/2-odd {
			p.fill(circle(x+odd, y, step*0.16), sheer(motif, 0.8))
		}
	}
	p.wash(edge, 1.1, floor, floor.dark(0.25))
	p.fill(points(-1.1, edge-0.05, 1.1, edge-0.05, 1.1, edge+0.02, -1.1, edge+0.02), flat(wall.bright(0.6)))
	for range 4 {
		y := p.between(edge+0.08, 1)
		p.line(path{{-1.1, y}, {1.1, y}}, 0.012, sheer(floor.dark(0.5), 0.5))
	}
}

// backdropTiles is a tiled wall.
func backdropTiles(p *pen) {
	c := p.pastel()
	p.fill(wholeCanvas, flat(c.bright(0.6)))
	step, gap := p.between(0.25, 0.5), 0.03
	ox, oy := p.between(0, step), p.between(0, step)
	brick := p.chance(0.4)
	row := 0
	for y := -1.1 - oy; y < 1.1; y += step {
		x0 := -1.1 - ox
		if brick && row%2 == 1 {
			x0 -= step / 2
		}
		row++
		for x := x0; x < 1.1; x += step {
			p.fill(points(x+gap, y+gap, x+step, y+gap, x+step, y+step, x+gap, y+step), flat(p.tinted(c, 0.04)))
			p.line(path{{x + 2*gap, y + 2*gap}, {x + step*0.6, y + 2*gap}}, 0.02, sheer(rgb(0xffffff), 0.35))
		}
	}
}

// backdropRays is a poster with two colours of sun rays.
func backdropRays(p *pen) {
	a, b := p.pastel(), p.pastel()
	p.fill(wholeCanvas, flat(a))
	cx, cy := p.between(-0.5, 0.5), p.between(-0.4, 0.8)
	n := 8 + p.rng.IntN(8)
	start := p.between(0, 1)
	for i := range n {
		t := 2 * math.Pi * (float64(i) + start) / float64(n)
		s0, c0 := math.Sincos(t)
		s1, c1 := math.Sincos(t + math.Pi/float64(n))
		p.fill(path{{cx, cy}, {cx + 4*c0, cy + 4*s0}, {cx + 4*c1, cy + 4*s1}}, flat(b))
	}
}

// backdropWoods is trunks in mist.
func backdropWoods(p *pen) {
	mist := p.tinted(p.pick(rgb(0xa9c2a0), rgb(0xc7cfb4), rgb(0x8fae9f), rgb(0xd4c6a8)), 0.05)
	p.wash(-1.1, 1.1, mist.bright(0.4), mist.dark(0.15))
	for i := range 7 {
		near := float64(i) / 6
		x, w := p.between(-1.1, 1.1), p.between(0.04, 0.09)*(1+near)
		lean := p.between(-0.1, 0.1)
		p.fill(points(x-w, 1.1, x-w*0.7+lean, -1.1, x+w*0.7+lean, -1.1, x+w, 1.1), sheer(mist.dark(0.2+0.45*near), 0.75))
	}
	for range 14 {
		p.fill(ellipse(p.between(-1.1, 1.1), p.between(-1.15, -0.7), p.between(0.1, 0.3), p.between(0.06, 0.18), 0), sheer(mist.mix(rgb(0x4f7d3e), 0.6), 0.5))
	}
	p.fill(append(curve(-1.2, p.between(0.6, 0.85), 0, p.between(0.6, 0.85), 1.2, p.between(0.6, 0.85)), point{1.2, 1.2}, point{-1.2, 1.2}),
		flat(mist.mix(rgb(0x6b5a34), 0.6)))
}

// backdropPaper is watercolour paper with blots.
func backdropPaper(p *pen) {
	c := hue(p.between(0.08, 0.16), p.between(0.02, 0.15), p.between(0.85, 0.98))
	p.fill(wholeCanvas, flat(c))
	for range 3 + p.rng.IntN(7) {
		x, y, r := p.between(-1, 1), p.between(-1, 1), p.between(0.15, 0.5)
		blot := p.pastel()
		for range 3 {
			p.fill(p.fuzz(ellipse(x+p.between(-0.1, 0.1), y+p.between(-0.1, 0.1), r, r*p.between(0.6, 1), p.between(0, 3)), r*0.2, r*0.5), sheer(blot, 0.25))
		}
	}
}

// shadow darkens the ground under a subject.
func (p *pen) shadow(cx, cy, rx, ry float64) {
	for i := range 4 {
		k := 1 - 0.18*float64(i)
		p.fill(ellipse(cx, cy, rx*k, ry*k, 0), sheer(rgb(0x181020), 0.12))
	}
}
