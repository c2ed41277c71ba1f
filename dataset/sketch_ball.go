package dataset

import "math"

// drawTennisBall draws a felt ball with the seam of a real one, turned at random.
func drawTennisBall(p *pen) {
	const r = 0.84
	felt := p.tinted(p.pick(rgb(0xd3dc4a), rgb(0xc6d73e), rgb(0xdde264)), 0.03)
	p.shadow(0, 0.84, 0.72, 0.1)
	p.fill(p.fuzz(circle(0, 0, r), 0.025, 0.03), ball(felt, 0.6))
	p.inside(circle(0, 0, r), func() {
		for _, stretch := range p.seam(r) {
			p.line(stretch.moved(0.008, 0.014), 0.12, sheer(felt.dark(0.5), 0.3))
			p.line(stretch, 0.08, cloth(rgb(0xf6f2e4), func(x, y float64) float64 {
				return 0.1 - 0.5*max(math.Hypot(x, y)/r-0.6, 0)
			}))
		}
	})
	for range 170 {
		q := p.within(0, 0, r*0.97, r*0.97)
		sin, cos := math.Sincos(p.between(0, 2*math.Pi))
		c := felt.bright(0.6)
		if p.chance(0.5) {
			c = felt.dark(0.45)
		}
		p.hair(q, point{q.x + 0.045*cos, q.y + 0.045*sin}, 0.016, sheer(c, 0.2))
	}
	p.glow(0.45*p.side(), 0.72, 0.5, 0.2, rgb(0xfff6dd), 0.2)
}

// seam returns the visible stretches of a tennis ball's seam on a ball of radius r:
// the curve (a cos t + b cos 3t, a sin t - b sin 3t, c sin 2t) on the sphere, turned at random.
func (p *pen) seam(r float64) []path {
	const b, n, limit = 0.25, 96, -0.1 // limit is how far behind the rim still counts
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
		if _, z := place(i); z < limit {
			start = i
			break
		}
	}
	var out []path
	var run path
	for i := range n + 1 {
		q, z := place(start + i)
		if z >= limit {
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
