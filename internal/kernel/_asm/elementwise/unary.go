package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
)

// The functions of this file follow those of the same name in unarygeneric.go of package
// kernel, where their method is explained. Those called Slope are derivatives.

// A unary is a function of one value and some parameters, with its derivative.
type unary struct {
	name     string
	values   []string
	f, slope func(s *isa, v, a []vector) vector
}

var unaries = []unary{
	{"clip", []string{"lo", "hi"}, clip, clipSlope},
	{"hardSigmoid", []string{"alpha", "beta"}, hardSigmoid, hardSigmoidSlope},
	{"hardSwish", nil, hardSwish, hardSwishSlope},
	{"silu", nil, silu, siluSlope},
	{"gelu", nil, gelu, geluSlope},
	{"geluTanh", nil, geluTanh, geluTanhSlope},
	{"erf", nil, erf, erfSlope},
}

// functions returns the function and the one that adds its gradient.
func (u unary) functions() []function {
	grad := func(s *isa, v, a []vector) vector {
		d := u.slope(s, v[2:], a)
		VMULPS(v[1], d, d)
		VADDPS(d, v[0], d)
		return d
	}
	return []function{
		{u.name, []string{"y", "x"}, []string{"x"}, u.values, u.f},
		{u.name + "Grad", []string{"dx", "dy", "x"}, []string{"dx", "dy", "x"}, u.values, grad},
	}
}

// constant returns a register with a value in all lanes.
func (s *isa) constant(name string, v float32) vector {
	c := s.vector()
	VMOVUPS(value(name, v), c)
	return c
}

// limit returns v within [lo, hi], NaN if v is: the second source wins.
func (s *isa) limit(v, lo, hi vector) vector {
	y := s.vector()
	VMAXPS(v, lo, y)
	VMINPS(y, hi, y)
	return y
}

// polynomial returns the value at x of the polynomial with these coefficients, that of
// the highest power last.
func (s *isa) polynomial(name string, x vector, coefficients ...float32) vector {
	last := len(coefficients) - 1
	p := s.constant(name+string(rune('0'+last)), coefficients[last])
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(value(name+string(rune('0'+i)), coefficients[i]), x, p)
	}
	return p
}

func clip(s *isa, v, a []vector) vector { return s.limit(v[0], a[0], a[1]) }

func clipSlope(s *isa, v, a []vector) vector {
	d := s.choose(s.compare(lessEqual, a[0], v[0]), s.constant("one", 1), s.zero())
	return s.choose(s.compare(lessEqual, v[0], a[1]), d, s.zero())
}

func hardSigmoid(s *isa, v, a []vector) vector {
	return s.limit(affine(s, v, a), s.zero(), s.constant("one", 1))
}

func hardSigmoidSlope(s *isa, v, a []vector) vector {
	y := affine(s, v, a)
	d := s.choose(s.compare(greater, y, s.zero()), a[0], s.zero())
	return s.choose(s.compare(less, y, s.constant("one", 1)), d, s.zero())
}

func hardSwish(s *isa, v, _ []vector) vector {
	y := s.vector()
	VADDPS(value("three", 3), v[0], y)
	y = s.limit(y, s.zero(), s.constant("six", 6))
	VMULPS(v[0], y, y)
	VDIVPS(value("six", 6), y, y)
	return y
}

func hardSwishSlope(s *isa, v, _ []vector) vector {
	d := s.vector()
	VDIVPS(value("three", 3), v[0], d)
	VADDPS(value("half", 0.5), d, d)
	off := s.compare(less, v[0], s.constant("minus_three", -3))
	on := s.compare(greater, v[0], s.constant("three", 3))
	return s.choose(on, s.constant("one", 1), s.choose(off, s.zero(), d))
}

func silu(s *isa, v, _ []vector) vector {
	y := sigmoid(s, v, nil)
	VMULPS(v[0], y, y)
	return y
}

func siluSlope(s *isa, v, _ []vector) vector {
	y, d := sigmoids(s, v[0])
	VFMADD213PS(value("one", 1), v[0], d)
	VMULPS(y, d, d)
	return d
}

func sigmoids(s *isa, x vector) (y, rest vector) {
	a, sum, one := s.vector(), s.vector(), s.constant("one", 1)
	VORPS(signs(), x, a)
	e := exp(s, []vector{a}, nil)
	VADDPS(one, e, sum)
	VDIVPS(sum, one, one)
	VDIVPS(sum, e, e)
	negative := s.compare(less, x, s.zero())
	return s.choose(negative, e, one), s.choose(negative, one, e)
}

// normal returns the distribution function of the normal distribution at x, the unscaled density,
// and x limited to the range where they change.
func normal(s *isa, x vector) (phi, e, limited vector) {
	a, h, t, sign := s.vector(), s.vector(), s.vector(), s.vector()
	VANDPS(signs(), x, sign)
	VXORPS(sign, x, a)
	VMINPS(a, s.constant("normal_limit", 14.5), a)
	VMULPS(a, a, h)
	VMULPS(value("minus_half", -0.5), h, h)
	e = exp(s, []vector{h}, nil)
	VSUBPS(value("four", 4), a, t)
	VADDPS(value("four", 4), a, h)
	VDIVPS(h, t, t)
	phi = mills(s, t)
	VMULPS(e, phi, phi)
	VSUBPS(phi, s.constant("one", 1), h)
	VORPS(sign, a, a)
	return s.choose(s.compare(less, x, s.zero()), phi, h), e, a
}

func mills(s *isa, t vector) vector {
	return s.polynomial("mills", t, 0.0944106422, -0.170397741, 0.124379202, -0.0717067429, 0.030865499,
		-0.00849791742, 0.000502550943, 0.000657762677, -0.000167825123, -6.52843956e-05)
}

func gelu(s *isa, v, _ []vector) vector {
	y, _, _ := normal(s, v[0])
	VMULPS(v[0], y, y)
	return y
}

func geluSlope(s *isa, v, _ []vector) vector {
	d, e, x := normal(s, v[0])
	VMULPS(value("density", float32(1/math.Sqrt(2*math.Pi))), e, e)
	VFMADD231PS(x, e, d)
	return d
}

const (
	geluTanh1 = 1.5957691216057308 // 2*sqrt(2/pi)
	geluTanh3 = 0.044715 * geluTanh1
)

func geluTanh(s *isa, v, _ []vector) vector {
	u := s.vector()
	VMULPS(v[0], v[0], u)
	u = s.polynomial("geluTanh", u, geluTanh1, geluTanh3)
	VMULPS(v[0], u, u)
	y := sigmoid(s, []vector{u}, nil)
	VMULPS(v[0], y, y)
	return y
}

func geluTanhSlope(s *isa, v, _ []vector) vector {
	x, square := s.limit(v[0], s.constant("minus_twenty", -20), s.constant("twenty", 20)), s.vector()
	VMULPS(x, x, square)
	u := s.polynomial("geluTanh", square, geluTanh1, geluTanh3)
	VMULPS(x, u, u)
	y, d := sigmoids(s, u)
	u = s.polynomial("geluTanhSlope", square, geluTanh1, 3*geluTanh3)
	VMULPS(x, d, d)
	VFMADD213PS(value("one", 1), u, d)
	VMULPS(y, d, d)
	return d
}

func erf(s *isa, v, _ []vector) vector {
	a, sign, square, t := s.vector(), s.vector(), s.vector(), s.vector()
	VANDPS(signs(), v[0], sign)
	VXORPS(sign, v[0], a)
	VMINPS(a, s.constant("erf_limit", 10), a)
	VMULPS(a, a, square)
	small := s.polynomial("erf", square, 1.12837917, -0.376126258, 0.112835852, -0.0268538121, 0.00518832783,
		-0.000801019419, 7.85386138e-05)
	VMULPS(a, small, small)
	VXORPS(signs(), square, square)
	e := exp(s, []vector{square}, nil)
	VMULPS(value("minus_two", -2), e, e)
	VSUBPS(value("erf_centre", 2*math.Sqrt2), a, t)
	VADDPS(value("erf_centre", 2*math.Sqrt2), a, square)
	VDIVPS(square, t, t)
	large := mills(s, t)
	VFMADD213PS(value("one", 1), e, large)
	y := s.choose(s.compare(less, a, s.constant("one", 1)), small, large)
	VORPS(sign, y, y)
	return y
}

func erfSlope(s *isa, v, _ []vector) vector {
	x := s.limit(v[0], s.constant("minus_twelve", -12), s.constant("twelve", 12))
	VMULPS(x, x, x)
	VXORPS(signs(), x, x)
	e := exp(s, []vector{x}, nil)
	VMULPS(value("erf0", 1.12837917), e, e)
	return e
}

// expBelow subtracts top from x and multiplies by 1 plus the rounding error of that subtraction.
func expBelow(s *isa, v, a []vector) vector {
	x, top := v[0], a[0]
	d, part, lost := s.vector(), s.vector(), s.vector()
	VSUBPS(top, x, d)
	VSUBPS(x, d, part)
	VSUBPS(part, d, lost)
	VSUBPS(lost, x, lost)
	VADDPS(top, part, part)
	VSUBPS(part, lost, lost)
	lost = s.choose(s.compare(less, d, s.constant("exp_min", -104)), s.zero(), lost)
	e := exp(s, []vector{d}, nil)
	VFMADD213PS(e, e, lost)
	return lost
}
