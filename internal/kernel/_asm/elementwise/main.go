// Command elementwise writes the vector functions of package kernel for amd64. Run it
// through go generate ./internal/kernel.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, s := range []*isa{{suffix: "AVX2", lanes: 8}, {suffix: "AVX512", lanes: 16}} {
		for _, f := range functions {
			f.write(s)
		}
		for _, u := range unaries {
			for _, f := range u.functions() {
				f.write(s)
			}
		}
	}
	dot()
	Generate()
}

// functions lists the kernels. The first slice is the destination.
var functions = []function{
	{"relu", []string{"y", "x"}, []string{"x"}, nil, relu},
	{"leakyReLU", []string{"y", "x"}, []string{"x"}, []string{"slope"}, leakyReLU},
	{"reluGrad", []string{"dx", "dy", "at"}, []string{"dx", "dy", "at"}, nil, reluGrad},
	{"mask", []string{"x", "y"}, []string{"x", "y"}, nil, masked},
	{"leakyReLUGrad", []string{"dx", "dy", "at"}, []string{"dx", "dy", "at"}, []string{"slope"}, leakyReLUGrad},
	{"affine", []string{"y", "x"}, []string{"x"}, []string{"scale", "shift"}, affine},
	{"add", []string{"dst", "x"}, []string{"dst", "x"}, nil, add},
	{"scale", []string{"dst", "x"}, []string{"x"}, []string{"alpha"}, mul},
	{"mul", []string{"dst", "x"}, []string{"dst", "x"}, nil, mul},
	{"max", []string{"dst", "x"}, []string{"dst", "x"}, nil, maximum},
	{"axpy", []string{"dst", "x"}, []string{"dst", "x"}, []string{"alpha"}, axpy},
	{"exp", []string{"y", "x"}, []string{"x"}, nil, exp},
	{"elu", []string{"y", "x"}, []string{"x"}, []string{"alpha"}, elu},
	{"sigmoid", []string{"y", "x"}, []string{"x"}, nil, sigmoid},
	{"tanh", []string{"y", "x"}, []string{"x"}, nil, tanh},
	{"plus", []string{"y", "a", "b"}, []string{"a", "b"}, nil, add},
	{"minus", []string{"y", "a", "b"}, []string{"a", "b"}, nil, sub},
	{"times", []string{"y", "a", "b"}, []string{"a", "b"}, nil, mul},
	{"over", []string{"y", "a", "b"}, []string{"a", "b"}, nil, div},
	{"mulAdd", []string{"dst", "a", "b"}, []string{"dst", "a", "b"}, nil, mulAdd},
	{"moment", []string{"m", "g"}, []string{"m", "g"}, []string{"b", "c"}, moment},
	{"squareMoment", []string{"s", "g"}, []string{"s", "g"}, []string{"b", "c"}, squareMoment},
	{"adamStep", []string{"w", "m", "s"}, []string{"w", "m", "s"}, []string{"keep", "step", "unbias", "eps"}, adamStep},
	{"expBelow", []string{"y", "x"}, []string{"x"}, []string{"top"}, expBelow},
}

// relu adds +0 to the maximum, which turns the -0 that VMAXPS may give into +0.
func relu(s *isa, v, _ []vector) vector {
	zero, y := s.zero(), s.vector()
	VMAXPS(v[0], zero, y) // NaN if v is: the second source wins
	VADDPS(zero, y, y)
	return y
}

func leakyReLU(s *isa, v, a []vector) vector { return leaky(s, v[0], v[0], a[0]) }

// leaky returns v where at is positive, slope*v elsewhere.
func leaky(s *isa, v, at, slope vector) vector {
	off := s.vector()
	VMULPS(v, slope, off)
	return s.choose(s.compare(greater, at, s.zero()), v, off)
}

func reluGrad(s *isa, v, _ []vector) vector {
	zero := s.zero()
	d := s.choose(s.compare(greater, v[2], zero), v[1], zero)
	VADDPS(d, v[0], d)
	return d
}

func masked(s *isa, v, _ []vector) vector {
	zero := s.zero()
	return s.choose(s.compare(greater, v[1], zero), v[0], zero)
}

func leakyReLUGrad(s *isa, v, a []vector) vector {
	d := leaky(s, v[1], v[2], a[0])
	VADDPS(d, v[0], d)
	return d
}

func affine(s *isa, v, a []vector) vector {
	y := s.vector()
	VMULPS(v[0], a[0], y)
	VADDPS(a[1], y, y)
	return y
}

func add(s *isa, v, _ []vector) vector {
	y := s.vector()
	VADDPS(v[1], v[0], y)
	return y
}

func sub(s *isa, v, _ []vector) vector {
	y := s.vector()
	VSUBPS(v[1], v[0], y)
	return y
}

func div(s *isa, v, _ []vector) vector {
	y := s.vector()
	VDIVPS(v[1], v[0], y)
	return y
}

func mulAdd(s *isa, v, _ []vector) vector {
	y := s.vector()
	VMULPS(v[2], v[1], y)
	VADDPS(y, v[0], y)
	return y
}

func mul(s *isa, v, a []vector) vector {
	y, factors := s.vector(), append(v, a...)
	VMULPS(factors[1], factors[0], y)
	return y
}

func axpy(s *isa, v, a []vector) vector {
	y := s.vector()
	VMULPS(v[1], a[0], y)
	VADDPS(y, v[0], y)
	return y
}

func moment(s *isa, v, a []vector) vector {
	kept, y := s.vector(), s.vector()
	VMULPS(v[0], a[0], kept)
	VMULPS(v[1], a[1], y)
	VADDPS(y, kept, y)
	size := s.vector()
	VANDPS(bits("magnitude", 1<<31-1), y, size)
	return s.choose(s.compare(less, size, s.constant("faint", 0x1p-100)), s.zero(), y)
}

func squareMoment(s *isa, v, a []vector) vector {
	square := s.vector()
	VMULPS(v[1], v[1], square)
	return moment(s, []vector{v[0], square}, a)
}

func adamStep(s *isa, v, a []vector) vector {
	kept, deviation, y := s.vector(), s.vector(), s.vector()
	VMULPS(v[2], a[2], deviation)
	VSQRTPS(deviation, deviation)
	VADDPS(a[3], deviation, deviation)
	VMULPS(v[1], a[1], y)
	VDIVPS(deviation, y, y)
	VMULPS(v[0], a[0], kept)
	VSUBPS(y, kept, y)
	return y
}

// maximum takes the conjunction of the two maxima, which differ only for zeros of
// different sign and for NaN. A NaN then comes from the sum.
func maximum(s *isa, v, _ []vector) vector {
	y, other, sum := s.vector(), s.vector(), s.vector()
	VMAXPS(v[0], v[1], y)
	VMAXPS(v[1], v[0], other)
	VANDPS(other, y, y)
	VADDPS(v[1], v[0], sum)
	return s.choose(s.compare(unordered, v[0], v[1]), sum, y)
}

// dot keeps the eight partial sums of dotGeneric in one register. The rest of the slices goes to
// the first of them.
func dot() {
	TEXT("dotAVX2", NOSPLIT, "func(x, y []float32) float32")
	Doc("dotAVX2 is dotGeneric with AVX2. The length is x's.")
	Pragma("noescape")
	x := Load(Param("x").Base(), GP64())
	y := Load(Param("y").Base(), GP64())
	n := Load(Param("x").Len(), GP64())
	sums, v, high := YMM(), YMM(), XMM()
	low := sums.AsX()
	VXORPS(sums, sums, sums)

	SUBQ(Imm(8), n)
	JLT(LabelRef("rest"))
	Label("eight")
	VMOVUPS(Mem{Base: x}, v)
	VMULPS(Mem{Base: y}, v, v)
	VADDPS(v, sums, sums)
	ADDQ(Imm(32), x)
	ADDQ(Imm(32), y)
	SUBQ(Imm(8), n)
	JGE(LabelRef("eight"))

	Label("rest")
	VEXTRACTF128(Imm(1), sums, high)
	ADDQ(Imm(8), n)
	JEQ(LabelRef("total"))
	Label("one")
	VMOVSS(Mem{Base: x}, v.AsX())
	VMULSS(Mem{Base: y}, v.AsX(), v.AsX())
	VADDSS(v.AsX(), low, low)
	ADDQ(Imm(4), x)
	ADDQ(Imm(4), y)
	DECQ(n)
	JNE(LabelRef("one"))

	Label("total")
	for range 2 {
		VHADDPS(low, low, low)
		VHADDPS(high, high, high)
	}
	VADDSS(high, low, low)
	VMOVSS(low, address(ReturnIndex(0)))
	VZEROUPPER()
	RET()
}
