package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const pixelBytes = 64 // of Lanes floats

// Offsets into kernel.Tap, and its size.
const (
	tapOff   = 0
	tapWhich = 8
	tapID    = 16
	tapScale = 20
	tapBytes = 24
)

// Predicates of VCMPPS.
const (
	less         = 1
	notLessEqual = 6
	ordered      = 7
)

// A kernel is one assembly function for vectors of width bytes. It works on a run in groups of
// neighbouring pixels: first pixels at a time, a power of two up to 8, then half as many, and so
// on.
type kernel struct {
	name          string
	width, pixels int
}

// begin declares the function. doc is its comment without the name.
func (k kernel) begin(arguments, doc string) {
	TEXT(k.name, NOSPLIT, "func("+arguments+")")
	Doc(k.name+" "+doc, "taps points to ntaps of Tap; pointers that may be nil there may be nil.")
	Pragma("noescape")
}

func end() {
	VZEROUPPER()
	RET()
}

// groups writes the loops over n pixels.
func (k kernel) groups(body func(g group)) {
	n := argument("n")
	for pixels := k.pixels; pixels > 0; pixels /= 2 {
		g := group{kernel: k, pixels: pixels}
		Label(g.label("group"))
		CMPQ(n, Imm(uint64(pixels)))
		JLT(LabelRef(g.label("end")))
		body(g)
		SUBQ(Imm(uint64(pixels)), n)
		JMP(LabelRef(g.label("group")))
		Label(g.label("end"))
	}
}

// A group is the code for some pixels at once.
type group struct {
	kernel
	pixels int
}

func (g group) label(s string) string { return fmt.Sprintf("%s_%d_%s", g.name, g.pixels, s) }

func (k kernel) vector() reg.VecVirtual {
	if k.width == pixelBytes {
		return ZMM()
	}
	return YMM()
}

func (k kernel) zero() reg.VecVirtual {
	v := k.vector()
	if k.width == pixelBytes {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// each returns new vectors for all pixels of the group.
func (g group) each(vector func() reg.VecVirtual) [][]reg.VecVirtual {
	vs := make([][]reg.VecVirtual, g.pixels)
	for p := range vs {
		for range pixelBytes / g.width {
			vs[p] = append(vs[p], vector())
		}
	}
	return vs
}

// taps writes the loop over the taps.
func (g group) taps(body func(tap reg.GPVirtual)) {
	tap, left := argument("taps"), argument("ntaps")
	TESTQ(left, left)
	JE(LabelRef(g.label("summed")))
	Label(g.label("tap"))
	body(tap)
	ADDQ(Imm(tapBytes), tap)
	DECQ(left)
	JNE(LabelRef(g.label("tap")))
	Label(g.label("summed"))
}

// at returns the address of the first pixel's value at a tap.
func at(base, tap reg.GPVirtual) reg.GPVirtual {
	a := GP64()
	MOVQ(Mem{Base: tap, Disp: tapOff}, a)
	LEAQ(Mem{Base: base, Index: a, Scale: 4}, a)
	return a
}

// id returns the number of a tap as bytes.
func id(tap reg.GPVirtual) reg.VecVirtual {
	v := XMM()
	VPBROADCASTB(Mem{Base: tap, Disp: tapID}, v)
	return v
}

// widen converts bytes to 32-bit integers.
func (k kernel) widen(bytes reg.VecVirtual) reg.VecVirtual {
	v := k.vector()
	VPMOVZXBD(bytes, v)
	return v
}

// A stride is the distance of pixels in memory.
type stride struct {
	step, step3 reg.GPVirtual // in bytes, once and three times
	dense       bool          // pixels are contiguous
}

var dense = stride{dense: true}

// steps returns the stride of an argument that counts floats.
func steps(name string) stride {
	s := stride{step: argument(name), step3: GP64()}
	SHLQ(Imm(2), s.step)
	LEAQ(Mem{Base: s.step, Index: s.step, Scale: 2}, s.step3)
	return s
}

// pixels returns the places of a group's pixels if the first is at base.
func (s stride) pixels(g group, base reg.GPVirtual) []Mem {
	ms := make([]Mem, g.pixels)
	for p := range ms {
		if s.dense {
			ms[p] = Mem{Base: base, Disp: p * pixelBytes}
			continue
		}
		if p == 4 {
			next := GP64()
			LEAQ(Mem{Base: base, Index: s.step, Scale: 4}, next)
			base = next
		}
		ms[p] = Mem{Base: base}
		switch p % 4 {
		case 1, 2:
			ms[p].Index, ms[p].Scale = s.step, uint8(p%4)
		case 3:
			ms[p].Index, ms[p].Scale = s.step3, 1
		}
	}
	return ms
}

// advance moves base past a group.
func (s stride) advance(g group, base reg.GPVirtual) {
	if s.dense {
		ADDQ(U32(g.pixels*pixelBytes), base)
	} else {
		LEAQ(Mem{Base: base, Index: s.step, Scale: uint8(g.pixels)}, base)
	}
}

// finish completes v and stores it: it adds what dst holds if accumulate, rectifies if relu is an
// argument and true, and applies the mask.
func (g group) finish(v [][]reg.VecVirtual, dst, mask reg.GPVirtual, s stride, relu bool) {
	CMPB(inFrame("accumulate"), Imm(0))
	JE(LabelRef(g.label("overwrite")))
	g.memory(v, s.pixels(g, dst), func(m Mem, v reg.VecVirtual) { VADDPS(m, v, v) })
	Label(g.label("overwrite"))

	zero := g.zero()
	if relu {
		CMPB(inFrame("relu"), Imm(0))
		JE(LabelRef(g.label("linear")))
		for p := range v {
			for _, v := range v[p] {
				VMAXPS(v, zero, v) // the larger, or v if it is NaN or a zero
			}
		}
		Label(g.label("linear"))
	}

	CMPQ(inFrame("mask"), Imm(0))
	JE(LabelRef(g.label("unmasked")))
	g.memory(v, s.pixels(g, mask), func(m Mem, v reg.VecVirtual) {
		if g.width == pixelBytes {
			k := K()
			VCMPPS(Imm(less), m, zero, k)
			VMOVAPS_Z(v, k, v)
			return
		}
		keep := g.vector()
		VCMPPS(Imm(less), m, zero, keep)
		VANDPS(keep, v, v)
	})
	s.advance(g, mask)
	Label(g.label("unmasked"))
	g.memory(v, s.pixels(g, dst), func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
	s.advance(g, dst)
}

// memory calls do for every vector, with its place in memory.
func (g group) memory(v [][]reg.VecVirtual, pixels []Mem, do func(m Mem, v reg.VecVirtual)) {
	for p, m := range pixels {
		for j, v := range v[p] {
			do(m.Offset(j*g.width), v)
		}
	}
}

func argument(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// inFrame returns the place of an argument in memory.
func inFrame(name string) Op {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}
