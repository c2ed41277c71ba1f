package dataset

// How a breed's ears, coat and tail look.
const (
	earsHang = iota
	earsPrick
	earsCurl
)

const (
	coatPlain = iota
	coatSaddle
	coatSpots
	coatCurls
	coatBib // white below and in front
)

const (
	tailPlain = iota
	tailStub
	tailUp
	tailPlume
	tailRing
	tailPompom
)

// A breed is a dog's proportions and colours. Lengths are in drawing units.
type breed struct {
	coat, mark, light ink // back; ears and patches; muzzle, chest and paws
	ears, pattern     int
	tail              int
	legs              float64 // length of the legs of a standing dog
	long              float64 // half the length of its trunk
	deep              float64 // half the depth of its trunk
	fur               float64 // length of the hair
	eye               ink
	brows             bool // white ones, and white cheeks
}

// breeds are the dogs of the sketchbook, all equally likely.
var breeds = []func(p *pen) breed{
	func(*pen) breed { // corgi
		return breed{
			coat: rgb(0xd9924f), mark: rgb(0xc67d3c), light: rgb(0xfbf4e8),
			ears: earsPrick, pattern: coatBib, tail: tailStub, legs: 0.22, long: 0.58, deep: 0.29, fur: 0.03, eye: rgb(0x5a3418),
		}
	},
	func(*pen) breed { // beagle
		return breed{
			coat: rgb(0xc58a55), mark: rgb(0x9a6238), light: rgb(0xfaf3e8),
			ears: earsHang, pattern: coatSaddle, tail: tailUp, legs: 0.44, long: 0.46, deep: 0.26, fur: 0.015, eye: rgb(0x4d2c16),
		}
	},
	func(p *pen) breed { // dalmatian
		return breed{
			coat: rgb(0xf7f2e8), mark: p.pick(rgb(0x2a272c), rgb(0x2a272c), rgb(0x6b4630)), light: rgb(0xfffaf2),
			ears: earsHang, pattern: coatSpots, tail: tailPlain, legs: 0.58, long: 0.44, deep: 0.23, fur: 0.01, eye: rgb(0x4d2c16),
		}
	},
	func(p *pen) breed { // poodle
		c := p.pick(rgb(0xf4ece0), rgb(0xd9a878), rgb(0x4a434a), rgb(0xa49c9a), rgb(0x86573c))
		return breed{
			coat: c, mark: c.dark(0.08), light: c.bright(0.12),
			ears: earsCurl, pattern: coatCurls, tail: tailPompom, legs: 0.56, long: 0.36, deep: 0.24, fur: 0.02, eye: rgb(0x3a2114),
		}
	},
	func(p *pen) breed { // golden retriever
		c := p.pick(rgb(0xdba95f), rgb(0xe6c084), rgb(0xc98f4a))
		return breed{
			coat: c, mark: c.dark(0.16), light: c.bright(0.45),
			ears: earsHang, pattern: coatPlain, tail: tailPlume, legs: 0.48, long: 0.48, deep: 0.27, fur: 0.055, eye: rgb(0x4d2c16),
		}
	},
	func(p *pen) breed { // husky
		c := p.pick(rgb(0x5d6169), rgb(0x4a484f), rgb(0x8a6a55))
		return breed{
			coat: c, mark: c.dark(0.3), light: rgb(0xf7f3ec),
			ears: earsPrick, pattern: coatBib, tail: tailRing, legs: 0.5, long: 0.45, deep: 0.27, fur: 0.045, eye: rgb(0x6fa3c4), brows: true,
		}
	},
	func(p *pen) breed { // dachshund
		c := p.pick(rgb(0x8c4f2e), rgb(0x38302f), rgb(0xa8683c))
		return breed{
			coat: c, mark: c.dark(0.22), light: rgb(0xc4854f),
			ears: earsHang, pattern: coatPlain, tail: tailPlain, legs: 0.17, long: 0.68, deep: 0.2, fur: 0.01, eye: rgb(0x3a2114),
		}
	},
}

// drawDog draws a dog of some breed: standing, or sitting and facing us, or only its head and
// shoulders.
func drawDog(p *pen) {
	b := breeds[p.rng.IntN(len(breeds))](p)
	b.coat, b.mark = p.tinted(b.coat, 0.025), p.tinted(b.mark, 0.02)
	switch pose := p.rng.Float64(); {
	case pose < 0.3:
		b.portrait(p)
	case pose < 0.6:
		b.sitting(p)
	default:
		b.standing(p)
	}
}

// front is the colour of chest and belly.
func (b breed) front() ink {
	if b.pattern == coatBib || b.pattern == coatSaddle || b.pattern == coatSpots {
		return b.light
	}
	return b.coat.mix(b.light, 0.4)
}

// limb is the colour of the legs.
func (b breed) limb() ink {
	switch b.pattern {
	case coatBib, coatSaddle:
		return b.light.mix(b.coat, 0.12)
	case coatSpots:
		return b.light
	}
	return b.coat
}

// hide fills a part of the body with curls or fur, and returns its outline.
func (b breed) hide(p *pen, shape path, c ink, depth float64) path {
	if b.pattern == coatCurls {
		p.curly(shape, c)
		return shape
	}
	return p.coat(shape, c, depth, b.fur)
}

// curly fills a closed path with woolly curls that stand out of it.
func (p *pen) curly(shape path, c ink) {
	mid, half := shape.bounds()
	p.fill(shape, ball(c, 0.45))
	r := 0.34*min(half.x, half.y) + 0.015
	step := max(len(shape)*9/10/max(int(3*(half.x+half.y)/r), 6), 1)
	for i := 0; i < len(shape); i += step {
		q := shape[i]
		away := point{(q.x - mid.x) / half.x, (q.y - mid.y) / half.y}
		tone := c.lit(-0.16*away.y + p.between(-0.05, 0.05))
		p.fill(circle(q.x-0.3*r*away.x, q.y-0.3*r*away.y, r*p.between(0.85, 1.1)), ball(tone, 0.3))
	}
	for range 9 {
		q := p.within(mid.x, mid.y, 0.7*half.x, 0.7*half.y)
		p.fill(circle(q.x, q.y, r*0.9), ball(c.lit(-0.1*(q.y-mid.y)/half.y), 0.3))
	}
}

// spots scatters dark spots over an ellipse.
func (b breed) spots(p *pen, n int, cx, cy, rx, ry, size float64) {
	for range n {
		q := p.within(cx, cy, rx, ry)
		r := size * p.between(0.6, 1.25)
		p.fill(ellipse(q.x, q.y, r, r*p.between(0.65, 1), p.between(0, 3)), sheer(b.mark, 0.92))
	}
}

func (b breed) portrait(p *pen) {
	chest := blob(-0.9, 1.8, -0.68, 0.85, -0.4, 0.5, 0.4, 0.5, 0.68, 0.85, 0.9, 1.8)
	b.hide(p, chest, b.limb().mix(b.coat, 0.6), 0.4)
	if b.pattern != coatCurls {
		p.coat(blob(0, 0.5, -0.34, 0.66, -0.42, 1.7, 0.42, 1.7, 0.34, 0.66), b.front(), 0.25, max(b.fur, 0.02))
	}
	if b.pattern == coatSpots {
		b.spots(p, 12, 0, 0.9, 0.6, 0.25, 0.06)
	}
	p.glow(0, 0.58, 0.5, 0.22, b.coat.dark(0.7), 0.5)
	if p.chance(0.6) {
		collar(p.at(0, 0.62, 0, 1.35, 1.35))
	}
	b.head(p.at(0, 0.0, p.between(-0.2, 0.2), 1.4, 1.4))
}

func (b breed) sitting(p *pen) {
	p.shadow(0, 0.94, 0.66, 0.07)
	switch b.tail {
	case tailPlume, tailRing:
		p.coat(tapered(curve(0.3, 0.86, 0.64, 0.82, 0.8, 0.52), 0.18, 0.24), b.coat, 0.35, 0.06)
	case tailPompom:
		p.brush(curve(0.3, 0.8, 0.56, 0.66), 0.09, 0.07, ball(b.coat, 0.3))
		p.curly(circle(0.62, 0.56, 0.13), b.coat)
	case tailStub:
	default:
		p.brush(curve(0.3, 0.86, 0.6, 0.78, 0.74, 0.48+p.between(-0.1, 0.1)), 0.13, 0.05, ball(b.coat, 0.35))
	}
	for _, side := range []float64{-1, 1} {
		b.hide(p, ellipse(side*0.34, 0.74, 0.24, 0.21, 0), b.coat, 0.4)
		p.fill(ellipse(side*0.4, 0.92, 0.18, 0.065, 0), ball(b.light, 0.35))
	}
	trunk := blob(-0.24, -0.1, -0.35, 0.3, -0.37, 0.78, 0, 0.93, 0.37, 0.78, 0.35, 0.3, 0.24, -0.1)
	b.hide(p, trunk, b.coat, 0.42)
	if b.pattern != coatCurls {
		p.coat(blob(0, 0.0, -0.22, 0.14, -0.19, 0.5, 0, 0.7, 0.19, 0.5, 0.22, 0.14), b.front(), 0.25, max(b.fur, 0.02))
	}
	if b.pattern == coatSpots {
		b.spots(p, 22, 0, 0.45, 0.34, 0.42, 0.045)
	}
	for _, side := range []float64{-1, 1} {
		p.glow(side*0.3, 0.66, 0.12, 0.28, b.coat.dark(0.7), 0.4)
		if b.pattern == coatCurls {
			p.brush(curve(side*0.17, 0.4, side*0.165, 0.8), 0.14, 0.12, ball(b.coat, 0.35))
			p.curly(circle(side*0.17, 0.78, 0.12), b.coat)
		} else {
			p.coat(tapered(curve(side*0.17, 0.36, side*0.165, 0.86), 0.2, 0.17), b.limb(), 0.35, 0.014)
		}
		p.fill(ellipse(side*0.17, 0.91, 0.135, 0.075, 0), ball(b.light, 0.35))
		for _, d := range []float64{-0.045, 0.045} {
			p.line(path{{side*0.17 + d, 0.91}, {side*0.17 + d, 0.955}}, 0.012, sheer(b.mark.dark(0.5), 0.7))
		}
	}
	p.glow(0, 0.05, 0.34, 0.16, b.coat.dark(0.7), 0.55)
	if p.chance(0.7) {
		collar(p.at(0, 0.02, 0, 0.88, 1))
	}
	b.head(p.at(p.between(-0.05, 0.05), -0.4, p.between(-0.2, 0.2), 0.94, 0.94))
}

// standing draws the dog from the side, with its face to us.
func (b breed) standing(p *pen) {
	ground := 0.82
	low := ground - b.legs // of the trunk's underside
	y := low - b.deep*0.8  // of its middle
	p.shadow(0, ground+0.03, b.long*1.45, 0.07)
	back, fore := -b.long*0.82, b.long*0.8
	step := p.between(-0.07, 0.07)
	leg := func(x, s, shade float64) {
		c := b.limb().lit(shade)
		if b.pattern == coatCurls {
			p.brush(curve(x, y, x+s, ground-0.03), 0.12, 0.1, ball(c, 0.35))
			p.curly(circle(x+s*0.8, ground-0.14, 0.11), c)
		} else {
			p.coat(tapered(curve(x, y, x+s*0.3, low+0.1, x+s, ground-0.04), 0.26, 0.13), c, 0.35, min(b.fur, 0.02))
		}
		p.fill(ellipse(x+s+0.035, ground-0.02, 0.1, 0.05, 0), ball(b.light.lit(shade), 0.35))
	}
	leg(back+0.13, -step, -0.3)
	leg(fore-0.1, step, -0.3)
	b.drawTail(p.at(-b.long*0.95, y-b.deep*0.55, 0, 1, 1))
	trunk := blob(b.long, y-0.1, b.long*0.5, y-b.deep, -b.long*0.4, y-b.deep*0.95, -b.long, y-b.deep*0.5, -b.long*1.02, y+b.deep*0.3,
		-b.long*0.4, y+b.deep*0.72, b.long*0.4, y+b.deep*0.98, b.long*0.95, y+b.deep*0.6)
	trunk = b.hide(p, trunk, b.coat, 0.5)
	if b.pattern != coatCurls {
		p.inside(trunk, func() {
			switch b.pattern {
			case coatBib, coatSaddle:
				p.fill(p.fuzz(ellipse(b.long*1.05, y+0.04, b.long*0.42, b.deep*1.4, 0.2), 0.03, 0.05), ball(b.light, 0.25))
				p.fill(p.fuzz(ellipse(0, y+b.deep*1.05, b.long*1.1, b.deep*0.5, 0), 0.03, 0.05), ball(b.light, 0.2))
			}
			switch b.pattern {
			case coatSaddle:
				p.fill(p.fuzz(ellipse(-b.long*0.12, y-b.deep*0.62, b.long*0.72, b.deep*0.85, 0.06), 0.03, 0.05), ball(rgb(0x3b3334), 0.4))
			case coatSpots:
				b.spots(p, 30, 0, y, b.long, b.deep, 0.05)
			case coatPlain:
				p.glow(0.1, y+b.deep*0.9, b.long, b.deep*0.7, b.light, 0.5)
			}
		})
	}
	if b.tail == tailPlume { // feathered belly and chest
		p.hairs(34, 0.1, y+b.deep*0.72, b.long*0.8, 0.06, 1.8, 0.13, 0.035, b.coat.bright(0.25), 0.6)
	}
	leg(back, step, 0)
	leg(fore, -step, 0)
	if b.pattern == coatSpots {
		b.spots(p, 5, back, low+0.12, 0.05, 0.16, 0.03)
		b.spots(p, 5, fore, low+0.12, 0.05, 0.16, 0.03)
	}
	hx, hy := b.long*0.94, y-b.deep-0.17
	neck := tapered(curve(b.long*0.62, y-0.02, hx*0.97, hy+0.12), b.deep*1.65, 0.3)
	b.hide(p, neck, b.front().mix(b.coat, 0.6), 0.35)
	if b.pattern == coatBib {
		p.coat(blob(hx-0.1, hy+0.14, hx+0.12, hy+0.16, hx+0.1, y+b.deep*0.4, hx-0.12, y+b.deep*0.5), b.light, 0.2, b.fur)
	}
	p.glow(hx, hy+0.26, 0.28, 0.16, b.coat.dark(0.7), 0.5)
	if p.chance(0.5) {
		collar(p.at(hx-0.03, hy+0.26, 0.1, 0.62, 0.62))
	}
	b.head(p.at(hx, hy, p.between(-0.15, 0.2), 0.74, 0.74))
}

// drawTail draws a standing dog's tail, rooted in the origin and pointing left.
func (b breed) drawTail(p *pen) {
	wag := p.between(-0.1, 0.1)
	switch b.tail {
	case tailStub:
		p.coat(circle(-0.02, 0.02, 0.08), b.coat, 0.3, b.fur)
	case tailUp:
		up := curve(0.05, 0.06, -0.1, -0.08, -0.14+wag, -0.28, -0.08+wag, -0.46)
		p.brush(up, 0.14, 0.08, ball(rgb(0x3b3334), 0.35))
		p.brush(up[len(up)*2/3:], 0.105, 0.08, ball(b.light, 0.3))
	case tailPlume:
		p.coat(tapered(curve(0.1, 0.06, -0.2, -0.02, -0.4, -0.12+wag, -0.54, -0.3+wag), 0.14, 0.2), b.coat, 0.35, 0.045)
		p.hairs(22, -0.36, -0.06+wag*0.6, 0.2, 0.06, 2.3, 0.14, 0.035, b.coat.bright(0.3), 0.6)
	case tailRing:
		p.coat(tapered(curve(0.08, 0.08, -0.12, -0.06, -0.16, -0.28, -0.02, -0.4, 0.12, -0.3), 0.17, 0.17), b.coat, 0.35, 0.05)
		p.coat(tapered(curve(-0.06, -0.36, 0.04, -0.38, 0.12, -0.28), 0.12, 0.12), b.light, 0.3, 0.04)
	case tailPompom:
		p.brush(curve(0.06, 0.04, -0.06, -0.26), 0.09, 0.07, ball(b.coat, 0.3))
		p.curly(circle(-0.07, -0.34, 0.13), b.coat)
	default:
		p.brush(curve(0.06, 0.06, -0.16, 0, -0.34, -0.12+wag, -0.44, -0.3+wag), 0.12, 0.035, ball(b.coat, 0.35))
	}
}

// collar draws a collar with a tag, half a unit wide, around the origin.
func collar(p *pen) {
	c := p.dye()
	p.brush(curve(-0.29, -0.02, 0, 0.1, 0.29, -0.02), 0.085, 0.085, ball(c, 0.35))
	p.fill(circle(0, 0.17, 0.06), ball(rgb(0xe8c66a), 0.5))
	p.fill(circle(-0.015, 0.155, 0.015), sheer(rgb(0xffffff), 0.7))
}
