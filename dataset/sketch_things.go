package dataset

import "math"

// drawTennisBall draws a felt ball with the seam of a real one, turned at random.
func drawTennisBall(p *pen) {
	const r = 0.82
	felt := p.tinted(p.pick(rgb(0xd3e23a), rgb(0xc4dd2e), rgb(0xdfe85a)), 0.04)
	p.shadow(0, 0.86, 0.75, 0.12)
	ballShape := circle(0, 0, r)
	p.fill(p.fuzz(ballShape, 0.03, 0.04), ball(felt, 0.45))
	for range 160 {
		d, t := r*0.95*math.Sqrt(p.rng.Float64()), p.between(0, 2*math.Pi)
		x, y := d*math.Cos(t), d*math.Sin(t)
		a := p.between(0, math.Pi)
		c := felt.bright(0.5)
		if p.chance(0.5) {
			c = felt.dark(0.35)
		}
		p.line(path{{x, y}, {x + 0.05*math.Cos(a), y + 0.05*math.Sin(a)}}, 0.012, sheer(c, 0.3))
	}
	for _, stretch := range p.seam(r) {
		p.line(stretch, 0.1, sheer(felt.dark(0.3), 0.45))
		p.line(stretch, 0.07, flat(rgb(0xfaf8ea)))
	}
}

// seam returns the visible stretches of a tennis ball's seam on a ball of radius r:
// the curve (a cos t + b cos 3t, a sin t - b sin 3t, c sin 2t) on the sphere, turned at random.
func (p *pen) seam(r float64) []path {
	const b, n = 0.25, 96
	a, c := 1-b, 2*math.Sqrt(b*(1-b))
	s1, c1 := math.Sincos(p.between(0, 2*math.Pi))
	s2, c2 := math.Sincos(p.between(-1.1, 1.1))
	s3, c3 := math.Sincos(p.between(0, 2*math.Pi))
	place := func(i int) (q point, depth float64) {
		t := 2 * math.Pi * float64(i) / n
		x, y, z := a*math.Cos(t)+b*math.Cos(3*t), a*math.Sin(t)-b*math.Sin(3*t), c*math.Sin(2*t)
		x, y = x*c1-y*s1, x*s1+y*c1
		y, z = y*c2-z*s2, y*s2+z*c2
		x, y = x*c3-y*s3, x*s3+y*c3
		return point{r * x, r * y}, z
	}
	start := 0
	for i := range n {
		if _, z := place(i); z < 0 {
			start = i
			break
		}
	}
	var out []path
	var run path
	for i := range n + 1 {
		q, z := place(start + i)
		if z >= 0 {
			run = append(run, q)
			continue
		}
		if len(run) > 1 {
			out = append(out, run)
		}
		run = nil
	}
	return out
}

// drawBathTowel draws a towel hanging over a rail, or a stack of folded ones.
func drawBathTowel(p *pen) {
	if p.chance(0.35) {
		towelStack(p)
		return
	}
	cloth, band := p.towelInks()
	rail := p.pick(rgb(0xc9ccd2), rgb(0xd8b86a), rgb(0x8a8f98), rgb(0xa5703f))
	p.line(path{{-1.05, -0.78}, {1.05, -0.78}}, 0.1, ball(rail, 0.4))
	p.line(path{{-1.05, -0.805}, {1.05, -0.805}}, 0.03, flat(rail.bright(0.6)))
	w := p.between(0.5, 0.66)
	back := p.between(0.35, 0.6)
	p.fill(points(-w+0.08, -0.8, w+0.05, -0.8, w+0.06, back, -w+0.1, back), flat(cloth.dark(0.35)))
	wave := p.between(0.01, 0.05)
	phase := p.between(0, 6)
	hem := func(x float64) float64 { return 0.84 + wave*math.Sin(7*x+phase) }
	shape := path{{-w, -0.8}, {-w * 0.96, -0.86}, {w * 0.96, -0.86}, {w, -0.8}}
	for i := range 25 {
		x := 1 - float64(i)/12
		shape = append(shape, point{x * w * 1.03, hem(x)})
	}
	for i := range 25 {
		x := -1 + float64(i)/12
		p.line(path{{x * w * 1.02, hem(x) - 0.02}, {x*w*1.02 + p.between(-0.02, 0.02), hem(x) + 0.1}}, 0.03, flat(cloth.bright(0.15)))
	}
	p.fill(shape, ball(cloth, 0.25))
	p.inside(shape, func() {
		for range 2 + p.rng.IntN(3) {
			x := p.between(-0.8, 0.8) * w
			fold := curve(x, -0.85, x+p.between(-0.04, 0.04), 0, x+p.between(-0.08, 0.08), 1)
			p.brush(fold, 0.03, 0.14, sheer(cloth.dark(0.6), 0.22))
			p.brush(fold.moved(-0.08, 0), 0.03, 0.1, sheer(cloth.bright(0.7), 0.3))
		}
		p.bands(w, band)
		p.terry(w, cloth)
	})
	p.fill(points(-w, -0.7, w, -0.7, w, -0.66, -w, -0.66), sheer(cloth.dark(0.6), 0.25))
}

// towelInks returns the colours of a towel and its woven bands.
func (p *pen) towelInks() (cloth, band ink) {
	cloth = hue(p.rng.Float64(), p.between(0.15, 0.6), p.between(0.7, 0.97))
	if p.chance(0.25) {
		cloth = rgb(0xf4f1ea)
	}
	band = cloth.bright(0.75)
	if p.chance(0.5) {
		band = hue(p.rng.Float64(), p.between(0.4, 0.75), p.between(0.45, 0.8))
	}
	return cloth, band
}

// bands weaves stripes across the lower part of a hanging towel.
func (p *pen) bands(w float64, band ink) {
	y := p.between(0.42, 0.55)
	for i, h := range []float64{0.035, 0.1, 0.035} {
		y0 := y + []float64{0, 0.07, 0.205}[i]
		p.fill(points(-w*1.1, y0, w*1.1, y0, w*1.1, y0+h, -w*1.1, y0+h), sheer(band, 0.9))
	}
	if p.chance(0.4) {
		for i := range 3 {
			y0 := -0.55 + 0.09*float64(i)
			p.fill(points(-w*1.1, y0, w*1.1, y0, w*1.1, y0+0.04, -w*1.1, y0+0.04), sheer(band, 0.8))
		}
	}
}

// terry roughens the cloth with short loops.
func (p *pen) terry(w float64, cloth ink) {
	for range 120 {
		x, y := p.between(-w, w), p.between(-0.8, 0.9)
		c := cloth.bright(0.6)
		if p.chance(0.5) {
			c = cloth.dark(0.5)
		}
		p.line(path{{x, y}, {x + 0.01, y + 0.03}}, 0.014, sheer(c, 0.22))
	}
}

// towelStack draws folded towels lying on each other.
func towelStack(p *pen) {
	p.shadow(0, 0.8, 0.95, 0.12)
	n := 3 + p.rng.IntN(2)
	h := 1.4 / float64(n)
	for i := range n {
		cloth, band := p.towelInks()
		y1 := 0.8 - float64(i)*h*0.97
		y0 := y1 - h
		x, w := p.between(-0.06, 0.06), p.between(0.72, 0.84)
		t := p.at(x, 0, 0, p.side(), 1)
		whole := box(-w, y0, w, y1, h*0.42)
		t.fill(whole, ball(cloth, 0.35))
		t.inside(whole, func() {
			t.line(curve(-w*0.55, y0+h*0.5, 0, y0+h*0.54, w*1.1, y0+h*0.5), 0.035, sheer(cloth.dark(0.6), 0.7))
			t.line(curve(-w*0.7, y0+h*0.26, 0, y0+h*0.25, w*1.1, y0+h*0.25), 0.022, sheer(cloth.dark(0.5), 0.5))
			t.line(curve(-w*0.7, y0+h*0.77, 0, y0+h*0.78, w*1.1, y0+h*0.76), 0.022, sheer(cloth.dark(0.5), 0.5))
			for j := range 2 {
				xb := w*0.45 + 0.14*float64(j)
				t.fill(points(xb, y0, xb+0.08, y0, xb+0.08, y1, xb, y1), sheer(band, 0.75))
			}
			for range 40 {
				xx, yy := t.between(-w, w), t.between(y0, y1)
				t.line(path{{xx, yy}, {xx + 0.03, yy + 0.01}}, 0.016, sheer(cloth.bright(0.7), 0.4))
			}
		})
	}
}

// drawGarbageCan draws a ribbed can with a lid, or a wheeled bin.
func drawGarbageCan(p *pen) {
	if p.chance(0.3) {
		wheeledBin(p)
		return
	}
	metal := p.tinted(p.pick(rgb(0xa9b0b6), rgb(0x8f979d), rgb(0x6f8f6a), rgb(0x5f7f9a), rgb(0xb6b2a6)), 0.04)
	p.shadow(0, 0.92, 0.72, 0.1)
	for _, side := range []float64{-1, 1} {
		p.line(curve(side*0.6, -0.1, side*0.78, -0.08, side*0.76, 0.14, side*0.57, 0.14), 0.055, flat(metal.dark(0.4)))
	}
	open := p.chance(0.45)
	if open {
		trash(p)
	}
	body := append(path{{-0.64, -0.4}, {0.64, -0.4}}, curve(0.5, 0.84, 0.3, 0.91, 0, 0.93, -0.3, 0.91, -0.5, 0.84)...)
	p.fill(body, tube(metal, 0.6))
	p.inside(body, func() {
		for i := range 9 {
			t := -0.88 + 0.22*float64(i)
			p.line(path{{t * 0.62, -0.34}, {t * 0.5, 0.85}}, 0.045, sheer(metal.dark(0.55), 0.55))
			p.line(path{{t*0.62 + 0.04, -0.34}, {t*0.5 + 0.035, 0.85}}, 0.025, sheer(metal.bright(0.6), 0.55))
		}
		for _, y := range []float64{-0.3, 0.78} {
			p.line(curve(-0.7, y-0.03, 0, y+0.04, 0.7, y-0.03), 0.07, sheer(metal.dark(0.35), 0.9))
		}
	})
	p.line(curve(-0.65, -0.4, 0, -0.34, 0.65, -0.4), 0.07, tube(metal.bright(0.15), 0.5))
	lid := p.at(0, -0.42, 0, 1, 1)
	if open {
		lid = p.at(-0.12*p.side(), -0.62, p.side()*p.between(0.2, 0.42), 1, 1)
	}
	lid.line(curve(-0.13, -0.3, -0.11, -0.42, 0.11, -0.42, 0.13, -0.3), 0.06, flat(metal.dark(0.45)))
	lid.fill(blob(-0.72, 0, -0.6, -0.14, -0.3, -0.27, 0, -0.31, 0.3, -0.27, 0.6, -0.14, 0.72, 0, 0.4, 0.06, 0, 0.08, -0.4, 0.06), tube(metal, 0.6))
	lid.line(curve(-0.7, 0, 0, 0.07, 0.7, 0), 0.055, flat(metal.dark(0.35)))
	lid.line(curve(-0.45, -0.13, 0, -0.19, 0.45, -0.13), 0.025, sheer(metal.dark(0.4), 0.6))
}

// trash draws what sticks out of an open can: papers, a fish bone and a peel.
func trash(p *pen) {
	for range 3 {
		x := p.between(-0.4, 0.4)
		p.fill(p.fuzz(circle(x, -0.48, p.between(0.12, 0.2)), 0.06, 0.12), ball(p.pastel().bright(0.3), 0.4))
	}
	bone := p.at(p.between(-0.35, 0.35), -0.62, p.between(-0.5, 0.5), 1, 1)
	bone.line(path{{0, 0.25}, {0, -0.15}}, 0.035, flat(rgb(0xf5f2e6)))
	for i := range 3 {
		y := -0.08 + 0.1*float64(i)
		bone.line(path{{-0.08, y - 0.04}, {0, y}, {0.08, y - 0.04}}, 0.025, flat(rgb(0xf5f2e6)))
	}
	peel := p.at(p.between(0.2, 0.5)*p.side(), -0.46, 0, p.side(), 1)
	peel.brush(curve(0, 0, 0.12, -0.12, 0.26, 0.06), 0.1, 0.04, ball(rgb(0xf0d046), 0.3))
}

// wheeledBin draws the plastic kind that stands at the kerb.
func wheeledBin(p *pen) {
	plastic := p.tinted(p.pick(rgb(0x3f7f4a), rgb(0x4a4f55), rgb(0x2f5f9a), rgb(0x8a5a34)), 0.04)
	p.shadow(0, 0.92, 0.66, 0.09)
	for _, x := range []float64{-0.34, 0.34} {
		p.fill(ellipse(x, 0.84, 0.13, 0.13, 0), flat(rgb(0x1c1c20)))
		p.fill(circle(x, 0.84, 0.05), flat(rgb(0x9a9aa0)))
	}
	body := points(-0.56, -0.5, 0.56, -0.5, 0.44, 0.86, -0.44, 0.86)
	p.fill(body, tube(plastic, 0.4))
	for _, x := range []float64{-0.26, 0, 0.26} {
		p.line(path{{x * 1.25, -0.3}, {x, 0.75}}, 0.04, sheer(plastic.dark(0.5), 0.5))
	}
	p.fill(box(-0.24, 0.0, 0.24, 0.3, 0.05), flat(plastic.bright(0.75)))
	p.line(path{{-0.1, 0.22}, {0, 0.06}, {0.1, 0.22}, {-0.1, 0.22}}, 0.04, flat(plastic))
	p.line(path{{-0.5, -0.74}, {-0.5, -0.84}, {0.5, -0.84}, {0.5, -0.74}}, 0.06, flat(plastic.dark(0.4)))
	p.fill(box(-0.66, -0.74, 0.66, -0.5, 0.09), tube(plastic.bright(0.1), 0.5))
	p.line(path{{-0.62, -0.5}, {0.62, -0.5}}, 0.04, flat(plastic.dark(0.5)))
}
