package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The functions of this file follow those of the same name in exp.go of package kernel,
// where their method is explained.

const (
	magic = 3 << 22
	ln2Hi = 0x1.62e43p-1
)

// reduce returns n + magic and n for the integer n nearest to x/ln 2, r = x - n*ln 2, and
// (exp(r)-1)/r.
func reduce(s *isa, x vector) (shifted, n, r, p vector) {
	shifted, n, r, p = s.vector(), s.vector(), s.vector(), s.vector()
	VMOVUPS(value("log2e", math.Log2E), shifted)
	VFMADD213PS(value("magic", magic), x, shifted)
	VSUBPS(value("magic", magic), shifted, n)
	VMOVAPS(x, r)
	VFMADD231PS(value("minus_ln2_hi", -ln2Hi), n, r)
	VFMADD231PS(value("minus_ln2_lo", ln2Hi-math.Ln2), n, r)
	VMOVUPS(value("seventh", 1./5040), p)
	VFMADD213PS(value("sixth", 1./720), r, p)
	VFMADD213PS(value("fifth", 1./120), r, p)
	VFMADD213PS(value("fourth", 1./24), r, p)
	VFMADD213PS(value("third", 1./6), r, p)
	VFMADD213PS(value("second", 1./2), r, p)
	VFMADD213PS(value("one", 1), r, p)
	return shifted, n, r, p
}

func exp(s *isa, v, _ []vector) vector {
	x := s.vector()
	VMOVUPS(value("exp_max", 104), x)
	VMINPS(v[0], x, x) // NaN if v is: the second source wins
	low := s.vector()
	VMOVUPS(value("exp_min", -104), low)
	VMAXPS(x, low, x)
	shifted, n, r, p := reduce(s, x)
	VFMADD213PS(value("one", 1), r, p)
	if s.wide() {
		VSCALEFPS(n, p, p)
		return p
	}
	half := s.vector()
	VPSUBD(value("magic", magic), shifted, shifted)
	VPSRAD(Imm(1), shifted, half)
	VPSUBD(half, shifted, shifted)
	for _, e := range []vector{half, shifted} {
		VPADDD(bits("bias", 127), e, e)
		VPSLLD(Imm(23), e, e)
		VMULPS(e, p, p)
	}
	return p
}

// expm1 is for x that are not positive.
func expm1(s *isa, x vector) vector {
	low := s.vector()
	VMOVUPS(value("expm1_min", -20), low)
	VMAXPS(x, low, low)
	power, n, r, p := reduce(s, low)
	VPSUBD(bits("magic_less_bias", math.Float32bits(magic)-127), power, power)
	VPSLLD(Imm(23), power, power)
	VSUBPS(value("one", 1), power, n)
	VMULPS(r, p, p)
	VFMADD213PS(n, power, p)
	VANDPS(signs(), x, r)
	VORPS(r, p, p)
	return p
}

func elu(s *isa, v, a []vector) vector {
	off := expm1(s, v[0])
	VMULPS(a[0], off, off)
	return s.choose(s.compare(greater, v[0], s.zero()), v[0], off)
}

func sigmoid(s *isa, v, _ []vector) vector {
	x, one := s.vector(), s.vector()
	VORPS(signs(), v[0], x)
	e := exp(s, []vector{x}, nil)
	VMOVUPS(value("one", 1), one)
	y := s.choose(s.compare(less, v[0], s.zero()), e, one)
	VADDPS(one, e, e)
	VDIVPS(e, y, y)
	return y
}

func tanh(s *isa, v, _ []vector) vector {
	x, sum := s.vector(), s.vector()
	VORPS(signs(), v[0], x)
	VADDPS(x, x, x)
	e := expm1(s, x)
	VADDPS(value("two", 2), e, sum)
	VDIVPS(sum, e, e)
	VANDNPS(signs(), v[0], x)
	VXORPS(x, e, e)
	return e
}

func signs() Mem { return bits("signs", 1<<31) }
