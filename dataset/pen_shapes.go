package dataset

import "math"

// spanSteps is the number of straight pieces between two points of a smooth curve.
const spanSteps = 8

// points pairs up x, y, x, y, ...
func points(xy ...float64) path {
	out := make(path, len(xy)/2)
	for i := range out {
		out[i] = point{xy[2*i], xy[2*i+1]}
	}
	return out
}

// ellipse returns an ellipse turned clockwise by angle.
func ellipse(cx, cy, rx, ry, angle float64) path {
	const n = 48
	sin, cos := math.Sincos(angle)
	out := make(path, n)
	for i := range out {
		s, c := math.Sincos(2 * math.Pi * float64(i) / n)
		x, y := rx*c, ry*s
		out[i] = point{cx + x*cos - y*sin, cy + x*sin + y*cos}
	}
	return out
}

// circle returns a circle.
func circle(cx, cy, r float64) path { return ellipse(cx, cy, r, r, 0) }

// blob returns the smooth closed curve through the given points.
func blob(xy ...float64) path {
	c := points(xy...)
	n := len(c)
	out := make(path, 0, n*spanSteps)
	for i := range c {
		out = span(out, c[(i+n-1)%n], c[i], c[(i+1)%n], c[(i+2)%n])
	}
	return out
}

// curve returns the smooth open curve through the given points.
func curve(xy ...float64) path {
	c := points(xy...)
	n := len(c)
	out := make(path, 0, n*spanSteps)
	for i := range n - 1 {
		out = span(out, c[max(i-1, 0)], c[i], c[i+1], c[min(i+2, n-1)])
	}
	return append(out, c[n-1])
}

// span appends the Catmull-Rom piece from b to c without its last point.
func span(out path, a, b, c, d point) path {
	for s := range spanSteps {
		t := float64(s) / spanSteps
		f := func(a, b, c, d float64) float64 {
			return 0.5 * (2*b + t*((c-a)+t*((2*a-5*b+4*c-d)+t*(3*b-a-3*c+d))))
		}
		out = append(out, point{f(a.x, b.x, c.x, d.x), f(a.y, b.y, c.y, d.y)})
	}
	return out
}

// box returns a rectangle with corners rounded by r.
func box(x0, y0, x1, y1, r float64) path {
	var out path
	for q, c := range [4]point{{x1 - r, y1 - r}, {x0 + r, y1 - r}, {x0 + r, y0 + r}, {x1 - r, y0 + r}} {
		for i := range 7 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(q) + float64(i)/6))
			out = append(out, point{c.x + r*cos, c.y + r*sin})
		}
	}
	return out
}

// tapered returns the outline of an open line that is w0 wide at its start and w1 at its end.
func tapered(line path, w0, w1 float64) path {
	n := len(line)
	left, right := make(path, 0, n+16), make(path, 0, n)
	var along point
	for i, q := range line {
		a, b := line[max(i-1, 0)], line[min(i+1, n-1)]
		if d := math.Hypot(b.x-a.x, b.y-a.y); d > 0 {
			along = point{(b.x - a.x) / d, (b.y - a.y) / d}
		}
		w := (w0 + (w1-w0)*float64(i)/float64(max(n-1, 1))) / 2
		left = append(left, point{q.x + along.y*w, q.y - along.x*w})
		right = append(right, point{q.x - along.y*w, q.y + along.x*w})
		if i == n-1 {
			left = append(left, turn(q, along, w, 1)...)
		}
	}
	for i := n - 1; i >= 0; i-- {
		left = append(left, right[i])
	}
	b := line[min(1, n-1)]
	if d := math.Hypot(b.x-line[0].x, b.y-line[0].y); d > 0 {
		along = point{(b.x - line[0].x) / d, (b.y - line[0].y) / d}
	}
	return append(left, turn(line[0], along, w0/2, -1)...)
}

// turn returns the half circle of radius r around the end q of a line.
func turn(q, along point, r, forward float64) path {
	var out path
	for i := 1; i < 8; i++ {
		sin, cos := math.Sincos(math.Pi * float64(i) / 8)
		x, y := along.y*forward, -along.x*forward
		out = append(out, point{q.x + r*(x*cos+along.x*forward*sin), q.y + r*(y*cos+along.y*forward*sin)})
	}
	return out
}

// fuzz returns a closed path with tufts of the given length hanging out of it, about
// spacing apart.
func (p *pen) fuzz(shape path, length, spacing float64) path {
	var out path
	area := 0.0
	for i, a := range shape {
		b := shape[(i+1)%len(shape)]
		area += a.x*b.y - b.x*a.y
	}
	outward := 1.0
	if area < 0 {
		outward = -1
	}
	walked, tuft := 0.0, false
	for i, a := range shape {
		b := shape[(i+1)%len(shape)]
		d := math.Hypot(b.x-a.x, b.y-a.y)
		if d == 0 {
			continue
		}
		out = append(out, a)
		for walked < d {
			t := walked / d
			q := point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
			if tuft {
				l := length * p.between(0.3, 1)
				q.x += (b.y - a.y) / d * l * outward
				q.y += -(b.x-a.x)/d*l*outward + 0.5*l
			}
			out = append(out, q)
			tuft = !tuft
			walked += spacing / 2 * p.between(0.4, 1.6)
		}
		walked -= d
	}
	return out
}

// moved returns the path shifted by (dx, dy).
func (s path) moved(dx, dy float64) path {
	out := make(path, len(s))
	for i, q := range s {
		out[i] = point{q.x + dx, q.y + dy}
	}
	return out
}

// bounds returns the centre and half extents of a path.
func (s path) bounds() (centre, half point) {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, q := range s {
		lo = point{min(lo.x, q.x), min(lo.y, q.y)}
		hi = point{max(hi.x, q.x), max(hi.y, q.y)}
	}
	return point{(lo.x + hi.x) / 2, (lo.y + hi.y) / 2}, point{(hi.x - lo.x) / 2, (hi.y - lo.y) / 2}
}

// holds reports whether q is inside a closed path that does not cross itself.
func (s path) holds(q point) bool {
	in := false
	for i, a := range s {
		b := s[(i+1)%len(s)]
		if (a.y > q.y) != (b.y > q.y) && q.x < a.x+(b.x-a.x)*(q.y-a.y)/(b.y-a.y) {
			in = !in
		}
	}
	return in
}

// wobbly returns an ellipse whose radius varies by at most share of itself.
func (p *pen) wobbly(cx, cy, rx, ry, share float64) path {
	const n = 9
	start := p.between(0, 1)
	var xy [2 * n]float64
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * (float64(i) + start) / n)
		k := 1 + p.between(-share, share)
		xy[2*i], xy[2*i+1] = cx+rx*k*cos, cy+ry*k*sin
	}
	return blob(xy[:]...)
}
