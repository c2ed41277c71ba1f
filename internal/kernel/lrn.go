package kernel

import "math"

// An LRN is local response normalisation: y = x * s^-Beta with
//
//	s = K + Alpha * sum of x^2 over a window of Size values
//
// around the value, across the channels or within a plane; values outside count as 0. Alpha is that
// of the formula: models give it multiplied by the window's size.
type LRN struct {
	Size           int
	Alpha, Beta, K float32
}

// before is how many values of the window precede its centre; the others follow it.
func (l *LRN) before() int { return (l.Size - 1) / 2 }

// Across normalises every pixel i of [p0, p1) across c channels, channel m at
// x[m*stride+i]: the window of channel m begins at m-(Size-1)/2. s is working memory
// of p1-p0 values.
func (l *LRN) Across(y, x []float32, c, stride, p0, p1 int, s []float32) {
	s = s[:p1-p0]
	for m := range c {
		l.across(s, x, m, c, stride, p0)
		negativePower(s, l.Beta)
		in, out := x[m*stride+p0:], y[m*stride+p0:]
		for i, v := range s {
			out[i] = in[i] * v
		}
	}
}

// across computes s for channel m.
func (l *LRN) across(s, x []float32, m, c, stride, p0 int) {
	clear(s)
	for j := max(0, m-l.before()); j < min(c, m-l.before()+l.Size); j++ {
		addSquares(s, x[j*stride+p0:])
	}
	for i, v := range s {
		s[i] = l.K + float32(l.Alpha*v)
	}
}

// AcrossGrad is the gradient of Across:
//
//	dx[m] += dy[m] s[m]^-Beta - 2 Alpha Beta x[m] * sum over j of dy[j] x[j] s[j]^-(Beta+1)
//
// over the channels j whose window holds m. work is working memory of (c+2)*(p1-p0)
// values.
func (l *LRN) AcrossGrad(dx, dy, x []float32, c, stride, p0, p1 int, work []float32) {
	n := p1 - p0
	s, power, t := work[:n], work[n:2*n], work[2*n:(c+2)*n]
	for m := range c {
		l.across(s, x, m, c, stride, p0)
		copy(power, s)
		negativePower(power, l.Beta)
		at := m*stride + p0
		gradTerms(dx[at:], t[m*n:(m+1)*n], dy[at:], x[at:], s, power)
	}
	factor := 2 * l.Alpha * l.Beta
	for m := range c {
		clear(s)
		for j := max(0, m+l.before()-l.Size+1); j < min(c, m+l.before()+1); j++ {
			Add(s, t[j*n:(j+1)*n])
		}
		at := m*stride + p0
		subtractProduct(dx[at:], factor, x[at:], s)
	}
}

// Within normalises one plane of h x w pixels over windows of Size x Size around each
// pixel; Size is odd. work is working memory of (h+1)*w values.
func (l *LRN) Within(y, x []float32, h, w int, work []float32) {
	s, row := work[:h*w], work[h*w:(h+1)*w]
	l.within(s, x, h, w, row)
	negativePower(s, l.Beta)
	for i, v := range s {
		y[i] = x[i] * v
	}
}

// within computes s for a plane.
func (l *LRN) within(s, x []float32, h, w int, row []float32) {
	for i := range h {
		clear(row)
		for j := max(0, i-l.before()); j < min(h, i+l.before()+1); j++ {
			addSquares(row, x[j*w:])
		}
		out := s[i*w : (i+1)*w]
		for k := range out {
			out[k] = l.K + float32(l.Alpha*l.rowSum(row, k))
		}
	}
}

// rowSum adds up the window around k of one row.
func (l *LRN) rowSum(row []float32, k int) float32 {
	var sum float32
	for _, v := range row[max(0, k-l.before()):min(len(row), k+l.before()+1)] {
		sum += v
	}
	return sum
}

// WithinGrad is the gradient of Within, that of AcrossGrad with the plane's window.
// work is working memory of (3*h+1)*w values.
func (l *LRN) WithinGrad(dx, dy, x []float32, h, w int, work []float32) {
	n := h * w
	s, power, t, row := work[:n], work[n:2*n], work[2*n:3*n], work[3*n:3*n+w]
	l.within(s, x, h, w, row)
	copy(power, s)
	negativePower(power, l.Beta)
	gradTerms(dx, t, dy, x, s, power)
	factor := 2 * l.Alpha * l.Beta
	for i := range h {
		clear(row)
		for j := max(0, i-l.before()); j < min(h, i+l.before()+1); j++ {
			Add(row, t[j*w:(j+1)*w])
		}
		sums := s[i*w : (i+1)*w]
		for k := range sums {
			sums[k] = l.rowSum(row, k)
		}
		subtractProduct(dx[i*w:], factor, x[i*w:], sums)
	}
}

// gradTerms computes dx += dy*power and t = dy*x*power/s for all elements of s.
func gradTerms(dx, t, dy, x, s, power []float32) {
	for i, v := range s {
		d := float32(dy[i] * power[i])
		dx[i] += d
		t[i] = d * x[i] / v
	}
}

// subtractProduct computes dx -= factor * x * s for all elements of s.
func subtractProduct(dx []float32, factor float32, x, s []float32) {
	for i, v := range s {
		dx[i] -= float32(float32(factor*x[i]) * v)
	}
}

// addSquares computes s += x^2 for all elements of s.
func addSquares(s, x []float32) {
	x = x[:len(s)]
	for i, v := range x {
		s[i] += float32(v * v)
	}
}

// negativePower replaces s by s^-beta. The exponents of published networks need only square roots,
// which float32 rounds correctly: the result is within 2 units in the last place, and takes a tenth
// of the time of a general power.
func negativePower(s []float32, beta float32) {
	switch beta {
	case 0.75:
		for i, v := range s {
			r := float32(math.Sqrt(float64(v)))
			s[i] = 1 / float32(r*float32(math.Sqrt(float64(r))))
		}
	case 0.5:
		for i, v := range s {
			s[i] = 1 / float32(math.Sqrt(float64(v)))
		}
	case 1:
		for i, v := range s {
			s[i] = 1 / v
		}
	default:
		for i, v := range s {
			s[i] = float32(math.Pow(float64(v), -float64(beta)))
		}
	}
}
