package dataset

import "math"

// backdrops are the places in which subjects stand. They do not depend on the subject, so a network
// has to look at the subject and not at the place.
var backdrops = []func(p *pen){
	backdropStudio, backdropMeadow, backdropRoom, backdropTiles, backdropRays, backdropWoods, backdropPaper, backdropShore,
}

// drawBackdrop covers the whole canvas; p has its origin in the middle.
func drawBackdrop(p *pen) { backdrops[p.rng.IntN(len(backdrops))](p) }

var wholeCanvas = points(-1.1, -1.1, 1.1, -1.1, 1.1, 1.1, -1.1, 1.1)

// rect returns a rectangle.
func rect(x0, y0, x1, y1 float64) path { return points(x0, y0, x1, y0, x1, y1, x0, y1) }

// ground returns everything below the smooth line through the given points.
func ground(xy ...float64) path { return append(curve(xy...), point{1.3, 1.3}, point{-1.3, 1.3}) }

// backdropStudio is a wall that rounds off into the floor, in soft light.
func backdropStudio(p *pen) {
	c := p.pastel()
	corner, edge := c.dark(p.between(0.03, 0.16)), p.between(0.35, 0.7)
	p.fill(rect(-1.1, -1.1, 1.1, edge+0.02), blend(c.bright(p.between(0, 0.2)), corner))
	p.fill(rect(-1.1, edge, 1.1, 1.1), blend(corner, c.bright(0.2)))
	x, y := p.between(-0.7, 0.7), p.between(-0.7, 0)
	p.glow(x, y, 1.2, 1.1, c.bright(0.8), 0.75)
	for range p.rng.IntN(7) {
		r := p.between(0.1, 0.32)
		p.glow(p.between(-1, 1), p.between(-1, 0.6), r, r, p.pastel().bright(0.3), 0.6)
	}
}

// backdropMeadow is sky, clouds, hills and grass.
func backdropMeadow(p *pen) {
	sky := p.tinted(p.pick(rgb(0x9cc9de), rgb(0xb9d6dc), rgb(0xf2c9a1), rgb(0xb3bfd6), rgb(0xe8b7a0)), 0.04)
	horizon := p.between(-0.1, 0.45)
	p.fill(rect(-1.1, -1.1, 1.1, horizon+0.3), blend(sky, sky.mix(rgb(0xfff0d8), 0.75)))
	for range p.rng.IntN(4) {
		x, y, s := p.between(-1, 1), p.between(-0.95, horizon-0.3), p.between(0.1, 0.2)
		for i := range 5 {
			p.glow(x+float64(i)*s*0.8, y-s*0.3*float64(i%2), 1.6*s, s, rgb(0xfffaf0), 0.7)
		}
	}
	grass := p.tinted(p.pick(rgb(0x8fae5d), rgb(0xa9b868), rgb(0xcbb66e), rgb(0x779f6b)), 0.04)
	far := grass.mix(sky, 0.5)
	for i, c := range []ink{far, grass.mix(far, 0.4), grass} {
		y := horizon + 0.13*float64(i)
		p.fill(ground(-1.3, y+p.between(-0.1, 0.1), -0.5, y+p.between(-0.12, 0.12), 0.3, y+p.between(-0.12, 0.12), 1.3, y+p.between(-0.1, 0.1)),
			blend(c.bright(0.22), c.dark(0.12)))
	}
	for range 34 {
		x, y := p.between(-1, 1), p.between(horizon+0.32, 1.05)
		l := p.between(0.05, 0.13)
		p.hair(point{x, y}, point{x + p.between(-0.04, 0.04), y - l}, 0.025, sheer(grass.dark(p.between(0.05, 0.4)), 0.6))
	}
	flower := p.dye().bright(0.4)
	for range p.rng.IntN(9) {
		p.fill(circle(p.between(-1, 1), p.between(horizon+0.3, 1), p.between(0.015, 0.03)), flat(flower))
	}
}

// backdropRoom is papered wall and floor, with a picture or a window's light on the wall.
func backdropRoom(p *pen) {
	wall, floor := p.pastel(), p.tinted(p.pick(rgb(0xb98d62), rgb(0xcba77c), rgb(0x94694a), rgb(0xa89a88), rgb(0x7e8a86)), 0.05)
	edge := p.between(0.35, 0.75)
	p.fill(rect(-1.1, -1.1, 1.1, edge), blend(wall.bright(0.12), wall.dark(0.06)))
	motif := wall.mix(p.pastel(), 0.5).dark(p.between(0, 0.1))
	step := p.between(0.18, 0.38)
	style := p.rng.IntN(3)
	for x, n := -1.1, 0; x < 1.1 && style < 2; x, n = x+step, n+1 {
		if style == 0 {
			p.fill(rect(x, -1.1, x+step*0.45, edge), sheer(motif, 0.5))
			continue
		}
		for y := -1.1 + step/2*float64(n%2); y < edge-0.08; y += step {
			p.fill(blob(x, y-step*0.2, x+step*0.13, y, x, y+step*0.2, x-step*0.13, y), sheer(motif, 0.7))
		}
	}
	if style == 2 {
		x := p.between(-0.9, 0.2)
		for i := range 4 {
			x0, y0 := x+0.42*float64(i%2), -0.9+0.5*float64(i/2)
			p.fill(points(x0, y0, x0+0.36, y0, x0+0.26, y0+0.44, x0-0.1, y0+0.44), sheer(rgb(0xfff3d6), 0.45))
		}
	}
	p.fill(rect(-1.1, edge, 1.1, 1.1), blend(floor.bright(0.05), floor.dark(0.22)))
	p.fill(rect(-1.1, edge-0.07, 1.1, edge+0.01), blend(wall.bright(0.7), wall.bright(0.35)))
	p.fill(rect(-1.1, edge+0.01, 1.1, edge+0.04), sheer(floor.dark(0.6), 0.5))
	for range 4 {
		y := p.between(edge+0.1, 1)
		p.fill(rect(-1.1, y, 1.1, y+0.014), sheer(floor.dark(0.5), 0.4))
	}
}

// backdropTiles is a tiled wall.
func backdropTiles(p *pen) {
	c := p.pastel()
	p.fill(wholeCanvas, blend(c.bright(0.65), c.bright(0.35)))
	step, gap := p.between(0.28, 0.52), 0.026
	long := step * p.between(1, 1.8)
	ox, oy := p.between(0, long), p.between(0, step)
	stagger := p.chance(0.5)
	row := 0
	for y := -1.1 - oy; y < 1.1; y += step {
		x0 := -1.1 - ox
		if stagger && row%2 == 1 {
			x0 -= long / 2
		}
		row++
		for x := x0; x < 1.1; x += long {
			t := p.tinted(c, 0.03)
			p.fill(rect(x+gap, y+gap, x+long, y+step), blend(t.bright(0.12), t.dark(0.05)))
		}
	}
	p.glow(p.between(-1, 1), p.between(-1, 0), 1.1, 0.9, rgb(0xfff6e4), 0.4)
}

// backdropRays is a faded poster with sun rays in two colours.
func backdropRays(p *pen) {
	a := p.pastel()
	b := a.mix(p.pastel(), 0.75)
	p.fill(wholeCanvas, flat(a))
	cx, cy := p.between(-0.5, 0.5), p.between(-0.4, 0.8)
	n := 7 + p.rng.IntN(7)
	start := p.between(0, 1)
	for i := range n {
		t := 2 * math.Pi * (float64(i) + start) / float64(n)
		s0, c0 := math.Sincos(t)
		s1, c1 := math.Sincos(t + math.Pi/float64(n))
		p.fill(path{{cx, cy}, {cx + 4*c0, cy + 4*s0}, {cx + 4*c1, cy + 4*s1}}, flat(b))
	}
	p.glow(cx, cy, 1.3, 1.3, a.bright(0.6), 0.6)
}

// backdropWoods is trunks in mist.
func backdropWoods(p *pen) {
	mist := p.tinted(p.pick(rgb(0xb4c4a6), rgb(0xcbceb4), rgb(0x9db3a6), rgb(0xd6c6a4), rgb(0xc9b8a8)), 0.04)
	p.fill(wholeCanvas, blend(mist.bright(0.5), mist.dark(0.05)))
	for i := range 7 {
		near := float64(i) / 6
		x, w := p.between(-1.1, 1.1), p.between(0.035, 0.08)*(1+near)
		lean := p.between(-0.1, 0.1)
		trunk := mist.dark(0.1 + 0.42*near)
		p.fill(points(x-w, 1.1, x-w*0.7+lean, -1.1, x+w*0.7+lean, -1.1, x+w, 1.1), blend(trunk, trunk.mix(mist, 0.5)))
	}
	leaves := mist.mix(p.pick(rgb(0x5f8448), rgb(0xb5803c), rgb(0x74904f)), 0.6)
	for range 12 {
		p.glow(p.between(-1.1, 1.1), p.between(-1.2, -0.65), p.between(0.2, 0.45), p.between(0.14, 0.3), leaves.mix(mist, p.between(0, 0.5)), 0.8)
	}
	floor := mist.mix(rgb(0x7a6844), 0.6)
	p.fill(ground(-1.2, p.between(0.5, 0.8), 0, p.between(0.5, 0.8), 1.2, p.between(0.5, 0.8)), blend(floor.bright(0.25), floor.dark(0.15)))
}

// backdropPaper is watercolour paper with blots.
func backdropPaper(p *pen) {
	c := p.tinted(p.pick(rgb(0xf6efe0), rgb(0xefe6d8), rgb(0xeef0ea), rgb(0xf4e6da)), 0.02)
	p.fill(wholeCanvas, flat(c))
	for range 3 + p.rng.IntN(6) {
		x, y, r := p.between(-1, 1), p.between(-1, 1), p.between(0.2, 0.6)
		blot := p.pastel()
		for range 3 {
			bx, by, br := x+p.between(-0.12, 0.12), y+p.between(-0.12, 0.12), r*p.between(0.6, 1)
			p.fill(p.wobbly(bx, by, br, br*p.between(0.7, 1), 0.18), sheer(blot, 0.28))
		}
	}
}

// backdropShore is sand and the sea.
func backdropShore(p *pen) {
	sky := p.tinted(p.pick(rgb(0xb5d3da), rgb(0xf1d3b3), rgb(0xc9cfe0)), 0.03)
	sea := p.tinted(p.pick(rgb(0x6fa5ad), rgb(0x5f8fae), rgb(0x86b3a6)), 0.04)
	sand := p.tinted(p.pick(rgb(0xe3cda0), rgb(0xd8bd93), rgb(0xe6d6ba)), 0.03)
	far, near := p.between(-0.35, 0.1), p.between(0.3, 0.6)
	p.fill(rect(-1.1, -1.1, 1.1, far), blend(sky, sky.bright(0.6)))
	p.fill(rect(-1.1, far, 1.1, 1.1), blend(sea, sea.bright(0.5)))
	for range 9 {
		x, y, l := p.between(-1, 1), p.between(far+0.04, near), p.between(0.1, 0.35)
		p.fill(ellipse(x, y, l, 0.012, 0), sheer(sea.bright(0.7), 0.6))
	}
	bend := p.between(-0.1, 0.1)
	p.fill(ground(-1.3, near-bend-0.04, 0, near-0.05, 1.3, near+bend-0.04), flat(sea.bright(0.85)))
	p.fill(ground(-1.3, near-bend, 0, near+0.02, 1.3, near+bend), blend(sand.dark(0.1), sand.bright(0.15)))
	for range 14 {
		p.fill(circle(p.between(-1, 1), p.between(near+0.12, 1), 0.012), sheer(sand.dark(0.5), 0.6))
	}
}

// shadow darkens the ground under a subject.
func (p *pen) shadow(cx, cy, rx, ry float64) {
	p.glow(cx, cy, rx*1.25, ry*1.5, ink{0.13, 0.09, 0.16}, 0.62)
}
