package dataset

import "math"

// gleam is the relief of polished metal: a room mirrored in a cylinder from -1 to 1.
func gleam(u float64) float64 {
	stripe := func(at, sharp, strength float64) float64 {
		return strength * math.Exp(-float64((u-at)*(u-at))*sharp)
	}
	return -0.22 - 0.5*float64(u*u) + stripe(-0.5, 22, 0.85) + stripe(-0.12, 120, 0.3) + stripe(0.62, 70, 0.55) - stripe(0.2, 18, 0.35) - stripe(-0.85, 60, 0.3)
}

// turned draws a thing turned on a lathe: yw are pairs of a height and half the width there, from
// the top down. Its relief is that of its surface from -1 to 1.
func (p *pen) turned(c ink, surface func(u float64) float64, yw ...float64) path {
	right := curve(swapped(yw)...)
	shape := make(path, 0, 2*len(right))
	shape = append(shape, right...)
	for i := len(right) - 1; i >= 0; i-- {
		shape = append(shape, point{-right[i].x, right[i].y})
	}
	// Ends are rims seen from a little above.
	bottom := right[len(right)-1]
	p.fill(ellipse(0, bottom.y, bottom.x, 0.16*bottom.x, 0), cloth(c, func(x, _ float64) float64 { return surface(x/bottom.x) - 0.08 }))
	p.fill(shape, cloth(c, func(x, y float64) float64 {
		i := 0
		for i < len(right)-2 && right[i+1].y < y {
			i++
		}
		a, b := right[i], right[i+1]
		w := a.x
		if b.y > a.y {
			w += (b.x - a.x) * min(max((y-a.y)/(b.y-a.y), 0), 1)
		}
		return surface(x / max(w, 0.02))
	}))
	return shape
}

// swapped returns pairs x, y for pairs y, x.
func swapped(yx []float64) []float64 {
	out := make([]float64, len(yx))
	for i := 0; i < len(yx); i += 2 {
		out[i], out[i+1] = yx[i+1], yx[i]
	}
	return out
}

// drawCocktailShaker draws a shaker of metal, perhaps with a drink beside it.
func drawCocktailShaker(p *pen) {
	metal := p.tinted(p.pick(rgb(0xb4b7ba), rgb(0xa8abb0), rgb(0xc98a5e), rgb(0xcfae6a), rgb(0x55535a)), 0.02)
	s := p
	drink := p.chance(0.45)
	if drink {
		s = p.at(-0.32, 0, 0, 1, 1)
	}
	s.shadow(0, 0.92, 0.48, 0.07)
	w := p.between(0.94, 1.12)
	s.turned(metal, gleam, -0.28, 0.43*w, 0.0, 0.42*w, 0.5, 0.35*w, 0.9, 0.28*w)
	s.turned(metal.bright(0.06), gleam, -0.66, 0.2*w, -0.62, 0.215*w, -0.5, 0.32*w, -0.38, 0.415*w, -0.27, 0.44*w)
	s.line(curve(-0.44*w, -0.28, 0, -0.215, 0.44*w, -0.28), 0.028, cloth(metal.dark(0.2), func(x, _ float64) float64 { return gleam(x / (0.45 * w)) }))
	s.line(curve(-0.43*w, -0.235, 0, -0.17, 0.43*w, -0.235), 0.014, sheer(metal.dark(0.7), 0.6))
	s.turned(metal.bright(0.1), gleam, -0.95, 0.06, -0.945, 0.14*w, -0.91, 0.175*w, -0.74, 0.195*w, -0.65, 0.21*w)
	s.line(curve(-0.21*w, -0.655, 0, -0.622, 0.21*w, -0.655), 0.014, sheer(metal.dark(0.7), 0.6))
	if p.chance(0.4) {
		for _, y := range []float64{0.1, 0.18} {
			s.line(curve(-0.405*w, y, 0, y+0.06, 0.405*w, y), 0.014, sheer(metal.dark(0.6), 0.4))
		}
	}
	if p.chance(0.4) { // cold: beaded with water
		for range 26 {
			q := p.within(0, 0.3, 0.3, 0.5)
			s.fill(circle(q.x, q.y, p.between(0.008, 0.018)), sheer(rgb(0xffffff), 0.55))
		}
	}
	if drink {
		cocktail(p.at(0.48, 0.1, p.between(-0.06, 0.06), 0.95, 0.95))
	}
}

// cocktail draws a stemmed glass with a drink.
func cocktail(p *pen) {
	p.shadow(0, 0.85, 0.28, 0.05)
	liquid := p.tinted(p.pick(rgb(0xe4b75a), rgb(0xd8657a), rgb(0xb9cf8a), rgb(0xe08a4e), rgb(0x86b8c4)), 0.03)
	glass := rgb(0xf2f6f6)
	p.fill(points(-0.46, -0.36, 0.46, -0.36, 0.03, 0.2, -0.03, 0.2), sheer(glass, 0.45))
	p.fill(points(-0.37, -0.24, 0.37, -0.24, 0.03, 0.18, -0.03, 0.18), paint{ink: liquid.bright(0.25), to: liquid.dark(0.12), alpha: 0.92, form: fade})
	p.fill(ellipse(0, -0.24, 0.37, 0.045, 0), flat(liquid.bright(0.4)))
	p.line(path{{0, 0.18}, {0, 0.8}}, 0.04, sheer(glass, 0.9))
	p.fill(ellipse(0, 0.82, 0.25, 0.055, 0), sheer(glass, 0.8))
	p.fill(ellipse(0, 0.825, 0.17, 0.03, 0), sheer(rgb(0x9fb0b4), 0.5))
	rim := ellipse(0, -0.36, 0.46, 0.06, 0)
	p.line(append(rim, rim[0]), 0.018, sheer(rgb(0xffffff), 0.85))
	p.line(path{{-0.36, -0.26}, {-0.08, 0.1}}, 0.025, sheer(rgb(0xffffff), 0.6))
	p.line(path{{-0.16, 0.02}, {0.3, -0.6}}, 0.018, flat(rgb(0xb08a58)))
	garnish := p.pick(rgb(0x8a9a45), rgb(0xb8383e))
	p.fill(circle(0.02, -0.23, 0.075), ball(garnish, 0.6))
	p.fill(circle(0.0, -0.25, 0.02), sheer(rgb(0xffffff), 0.6))
}

// drawWaterJug draws a glass jug of water, or a glazed one of earthenware.
func drawWaterJug(p *pen) {
	if p.chance(0.55) {
		glassJug(p)
	} else {
		glazedJug(p)
	}
}

func glassJug(p *pen) {
	p.shadow(-0.05, 0.9, 0.56, 0.08)
	glass := rgb(0xf3f8f7)
	edge := p.tinted(rgb(0x7f9da3), 0.03)
	handle := curve(0.42, -0.5, 0.72, -0.56, 0.84, -0.25, 0.76, 0.15, 0.5, 0.38)
	p.line(handle, 0.13, sheer(edge, 0.75))
	p.line(handle, 0.085, sheer(glass, 0.8))
	p.line(handle.moved(-0.015, -0.02), 0.025, sheer(rgb(0xffffff), 0.9))
	body := append(curve(-0.7, -0.9, -0.5, -0.74, -0.44, -0.5, -0.56, -0.05, -0.6, 0.4, -0.54, 0.84), curve(-0.4, 0.9, 0, 0.93, 0.4, 0.9)...)
	body = append(body, curve(0.54, 0.84, 0.6, 0.4, 0.56, -0.05, 0.44, -0.5, 0.46, -0.84)...)
	p.fill(body, sheer(glass, 0.5))
	level := p.between(-0.42, 0.05)
	p.inside(body, func() {
		water := p.tinted(p.pick(rgb(0x86bccc), rgb(0x86bccc), rgb(0x98c8c2), rgb(0xcfd496)), 0.03)
		p.fill(rect(-0.8, level, 0.8, 1), paint{ink: water.bright(0.3), to: water.dark(0.2), alpha: 0.85, form: fade})
		p.fill(ellipse(0, level, 0.52, 0.06, 0), sheer(water.bright(0.65), 0.9))
		for i := range 2 + p.rng.IntN(3) {
			slice := p.at(p.between(-0.3, 0.3), level+0.14+0.3*float64(i)*p.between(0.6, 1), p.between(0, 3), 1, p.between(0.6, 1))
			if i%2 == 0 {
				citrus(slice, p.pick(rgb(0xe9c84e), rgb(0xa9c455), rgb(0xe9c84e)))
			} else {
				slice.fill(box(-0.12, -0.12, 0.12, 0.12, 0.03), sheer(rgb(0xffffff), 0.5))
				slice.line(path{{-0.08, -0.08}, {0.08, -0.08}}, 0.02, sheer(rgb(0xffffff), 0.8))
			}
		}
		for range 12 {
			q := p.within(0, 0.45, 0.45, 0.4)
			p.fill(circle(q.x, max(q.y, level+0.08), 0.014), sheer(rgb(0xffffff), 0.6))
		}
		p.glow(0.5, 0.3, 0.16, 0.7, edge, 0.6)
	})
	p.line(body, 0.03, sheer(edge.dark(0.3), 0.85))
	lip := curve(-0.7, -0.9, -0.4, -0.8, 0, -0.79, 0.46, -0.84, 0.3, -0.93, 0, -0.96, -0.4, -0.94, -0.7, -0.9)
	p.fill(lip, sheer(glass, 0.5))
	p.line(lip, 0.025, sheer(rgb(0xffffff), 0.9))
	p.brush(curve(-0.42, -0.5, -0.48, -0.1, -0.5, 0.5, -0.46, 0.74), 0.03, 0.08, sheer(rgb(0xffffff), 0.65))
	p.brush(curve(-0.32, 0.1, -0.36, 0.4, -0.35, 0.6), 0.03, 0.04, sheer(rgb(0xffffff), 0.5))
}

// citrus draws a slice of fruit around the origin.
func citrus(p *pen, c ink) {
	p.fill(circle(0, 0, 0.185), ball(c, 0.3))
	p.fill(circle(0, 0, 0.155), flat(c.bright(0.75)))
	for i := range 8 {
		s0, c0 := math.Sincos(math.Pi / 4 * float64(i))
		s1, c1 := math.Sincos(math.Pi / 4 * (float64(i) + 0.8))
		p.fill(path{{0.02 * c0, 0.02 * s0}, {0.14 * c0, 0.14 * s0}, {0.14 * c1, 0.14 * s1}}, flat(c.bright(0.25)))
	}
}

func glazedJug(p *pen) {
	p.shadow(0, 0.9, 0.6, 0.08)
	glaze, pale := p.dye(), p.chance(0.35)
	if pale {
		glaze = rgb(0xf3ead8)
	}
	clay := p.pick(rgb(0xc98f66), rgb(0xe8dcc4), rgb(0x6b5a50))
	round := func(u float64) float64 { // a round belly with one soft reflection of a window
		return 0.28 - 0.75*float64((u+0.28)*(u+0.28)) + 0.45*math.Exp(-float64((u+0.42)*(u+0.42))*40)
	}
	handle := curve(0.3, -0.56, 0.66, -0.62, 0.86, -0.3, 0.76, 0.08, 0.5, 0.26)
	p.line(handle, 0.15, ball(glaze.lit(-0.2), 0.5))
	p.line(handle.moved(-0.015, -0.025), 0.04, sheer(glaze.bright(0.6), 0.6))
	fat := p.between(0.54, 0.66)
	body := p.turned(glaze, round, -0.84, 0.3, -0.74, 0.27, -0.56, 0.25, -0.38, 0.33, -0.05, fat*0.9, 0.3, fat, 0.62, fat*0.8, 0.86, fat*0.62)
	// The spout grows out of the neck.
	p.fill(blob(-0.2, -0.5, -0.32, -0.66, -0.56, -0.86, -0.5, -0.92, -0.2, -0.88, 0.0, -0.8, -0.02, -0.6), ball(glaze, 0.4))
	p.fill(blob(-0.54, -0.88, -0.3, -0.81, 0, -0.79, 0.22, -0.8, 0.3, -0.84, 0.15, -0.9, -0.1, -0.92, -0.36, -0.92), ball(glaze.dark(0.72), 0.3))
	p.line(curve(-0.55, -0.88, -0.3, -0.81, 0, -0.785, 0.22, -0.8, 0.3, -0.845), 0.035, flat(glaze.bright(0.35)))
	p.inside(body, func() {
		if p.chance(0.5) {
			p.fill(ground(-0.8, 0.66, -0.3, 0.74, 0, 0.7, 0.35, 0.76, 0.8, 0.64), cloth(clay, func(x, _ float64) float64 { return round(x / fat) }))
		}
		trim := glaze.bright(0.7)
		if pale {
			trim = p.dye()
		}
		switch p.rng.IntN(3) {
		case 0:
			for i := range 3 {
				y := 0.1 + 0.13*float64(i)
				p.line(curve(-0.8, y-0.08, 0, y+0.06, 0.8, y-0.08), 0.045, sheer(trim, 0.75))
			}
		case 1:
			for i := range 5 {
				x := fat * (-0.72 + 0.36*float64(i))
				flower := p.at(x, 0.27-0.12*x*x, 0, 1-0.5*math.Abs(x), 1)
				for j := range 5 {
					sin, cos := math.Sincos(1.2566 * float64(j))
					flower.fill(circle(0.055*cos, 0.055*sin, 0.042), sheer(trim, 0.85))
				}
				flower.fill(circle(0, 0, 0.03), flat(clay))
			}
		}
	})
	p.brush(curve(-fat*0.5, -0.02, -fat*0.62, 0.25, -fat*0.5, 0.5), 0.02, 0.06, sheer(rgb(0xffffff), 0.45))
}
