// Command lrn writes the amd64 assembly of local response normalisation across the
// channels of blocked pictures. Run it through go generate ./internal/kernel.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, width := range []int{64, 32} {
		for _, size := range []int{3, 5} {
			k := &kernel{width: width, size: size}
			k.row()
			k.terms()
			k.gradRow()
		}
	}
	Generate()
}

// Offsets into kernel.lrnRun.
const (
	argN          = 0
	argLanes      = 8
	argLanesAfter = 16
	argY          = 24
	argX          = 32
	argBefore     = 40
	argAfter      = 48
	argDY         = 56
	argD          = 64
	argT          = 72
	argMask       = 80
	argAdd        = 88
	argPower      = 96 // 0: -0.75, 1: -0.5, 2: -1
	argK          = 104
	argAlpha      = 108
	argFactor     = 112
)

const pixelBytes = 64

// A kernel writes functions for one width of vectors and one size of the window. A pixel
// is one vector or two.
type kernel struct {
	width, size int
	name        string
	args        reg.GPVirtual
	k           []Op // masks of valid lanes: of the block, of the next
}

type pixel []reg.VecVirtual

func (k *kernel) begin(name string) {
	set := map[int]string{64: "AVX512", 32: "AVX2"}[k.width]
	k.name = fmt.Sprintf("lrn%s%d%s", name, k.size, set)
	TEXT(k.name, NOSPLIT, "func(r *byte)")
	Doc(fmt.Sprintf("%s runs over the pixels of a row. r points to a lrnRun.", k.name))
	Pragma("noescape")
	k.args = Load(Param("r"), GP64()).(reg.GPVirtual)
}

func (k *kernel) load(offset int) reg.GPVirtual {
	r := GP64()
	MOVQ(Mem{Base: k.args, Disp: offset}, r)
	return r
}

func (k *kernel) vector() reg.VecVirtual {
	if k.width == 64 {
		return ZMM()
	}
	return YMM()
}

func (k *kernel) parts() int { return pixelBytes / k.width }

func (k *kernel) pixel() pixel {
	p := make(pixel, k.parts())
	for i := range p {
		p[i] = k.vector()
	}
	return p
}

func (k *kernel) zero() pixel {
	p := k.pixel()
	for _, v := range p {
		k.clear(v)
	}
	return p
}

func (k *kernel) clear(v reg.VecVirtual) {
	if k.width == 64 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

func (k *kernel) read(at reg.Register) pixel {
	p := k.pixel()
	for i, v := range p {
		VMOVUPS(Mem{Base: at, Disp: i * k.width}, v)
	}
	return p
}

func (k *kernel) write(p pixel, at reg.Register) {
	for i, v := range p {
		VMOVUPS(v, Mem{Base: at, Disp: i * k.width})
	}
}

// readOr reads a pixel, or zeros where there is no such block.
func (k *kernel) readOr(at reg.GPVirtual, label string) pixel {
	p := k.zero()
	skip := k.name + "_no" + label
	TESTQ(at, at)
	JE(LabelRef(skip))
	for i, v := range p {
		VMOVUPS(Mem{Base: at, Disp: i * k.width}, v)
	}
	ADDQ(Imm(pixelBytes), at)
	Label(skip)
	return p
}

func (k *kernel) broadcast(offset int) reg.VecVirtual {
	v := k.vector()
	VBROADCASTSS(Mem{Base: k.args, Disp: offset}, v)
	return v
}

// laneNumbers is the numbers of the lanes.
var laneNumbers Mem

// valid makes the masks of valid lanes.
func (k *kernel) valid() {
	if laneNumbers.Base == nil {
		laneNumbers = GLOBL("lrnLanes", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(i))
		}
	}
	k.k = nil
	for _, offset := range []int{argLanes, argLanesAfter} {
		for part := range k.parts() {
			limit := k.vector()
			if k.width == 64 {
				VPBROADCASTD(Mem{Base: k.args, Disp: offset}, limit)
				m := K()
				VPCMPD(Imm(6), laneNumbers, limit, m) // limit > lane
				k.k = append(k.k, m)
			} else {
				VPBROADCASTD(Mem{Base: k.args, Disp: offset}, limit)
				VPCMPGTD(laneNumbers.Offset(part*32), limit, limit)
				k.k = append(k.k, limit)
			}
		}
	}
}

// keep sets the lanes of p to 0 that are not valid in the block, or in the block next to it.
func (k *kernel) keep(p pixel, next int) {
	for i, v := range p {
		m := k.k[next*k.parts()+i]
		if k.width == 64 {
			VMOVAPS_Z(v, m, v)
		} else {
			VANDPS(m, v, v)
		}
	}
}

// window adds up the size neighbouring lanes around every lane, in ascending order, from 0. buffer
// is memory for 32 values.
func (k *kernel) window(before, at, after pixel, buffer Mem) pixel {
	sum := k.zero()
	half := k.size / 2
	if k.width == 64 {
		for d := -half; d <= half; d++ {
			v := at[0]
			switch {
			case d < 0:
				v = ZMM()
				VALIGND(Imm(uint64(16+d)), before[0], at[0], v)
			case d > 0:
				v = ZMM()
				VALIGND(Imm(uint64(d)), at[0], after[0], v)
			}
			VADDPS(v, sum[0], sum[0])
		}
		return sum
	}
	VMOVUPS(before[1], buffer)
	VMOVUPS(at[0], buffer.Offset(32))
	VMOVUPS(at[1], buffer.Offset(64))
	VMOVUPS(after[0], buffer.Offset(96))
	for d := -half; d <= half; d++ {
		for i := range sum {
			VADDPS(buffer.Offset(32+32*i+4*d), sum[i], sum[i])
		}
	}
	return sum
}

func square(k *kernel, p pixel) pixel {
	out := k.pixel()
	for i, v := range p {
		VMULPS(v, v, out[i])
	}
	return out
}

// scale computes s = K + Alpha * (sum of squares) of the pixel x.
func (k *kernel) scale(x pixel, before, after reg.GPVirtual, buffer Mem, bias, alpha reg.VecVirtual) pixel {
	b, a := k.readOr(before, "before"), k.readOr(after, "after")
	at := square(k, x)
	k.keep(at, 0)
	bs, as := square(k, b), square(k, a)
	k.keep(as, 1)
	s := k.window(bs, at, as, buffer)
	for _, v := range s {
		VMULPS(alpha, v, v)
		VADDPS(bias, v, v)
	}
	return s
}

// power computes s^-Beta.
func (k *kernel) power(s pixel) pixel {
	one := k.vector()
	bits := GP32()
	MOVL(U32(0x3f800000), bits)
	x := XMM()
	VMOVD(bits, x)
	VBROADCASTSS(x, one)
	p := k.pixel()
	for i, v := range s {
		VMOVAPS(v, p[i])
	}
	CMPQ(Mem{Base: k.args, Disp: argPower}, Imm(1))
	JG(LabelRef(k.name + "_invert"))
	for _, v := range p {
		VSQRTPS(v, v)
	}
	CMPQ(Mem{Base: k.args, Disp: argPower}, Imm(1))
	JE(LabelRef(k.name + "_invert"))
	for _, v := range p {
		r := k.vector()
		VSQRTPS(v, r)
		VMULPS(r, v, v)
	}
	Label(k.name + "_invert")
	for _, v := range p {
		VDIVPS(v, one, v)
	}
	return p
}

func (k *kernel) next(pointers ...reg.GPVirtual) {
	for _, p := range pointers {
		ADDQ(Imm(pixelBytes), p)
	}
}

func (k *kernel) loop(body func()) {
	n := k.load(argN)
	Label(k.name + "_pixel")
	body()
	DECQ(n)
	JNE(LabelRef(k.name + "_pixel"))
	VZEROUPPER()
	RET()
}

func (k *kernel) row() {
	k.begin("Row")
	buffer := AllocLocal(128)
	k.valid()
	bias, alpha := k.broadcast(argK), k.broadcast(argAlpha)
	y, x, before, after := k.load(argY), k.load(argX), k.load(argBefore), k.load(argAfter)
	k.loop(func() {
		v := k.read(x)
		p := k.power(k.scale(v, before, after, buffer, bias, alpha))
		for i := range p {
			VMULPS(p[i], v[i], v[i])
		}
		k.write(v, y)
		k.next(x, y)
	})
}

func (k *kernel) terms() {
	k.begin("Terms")
	buffer := AllocLocal(128)
	k.valid()
	bias, alpha := k.broadcast(argK), k.broadcast(argAlpha)
	dy, x, before, after := k.load(argDY), k.load(argX), k.load(argBefore), k.load(argAfter)
	d, t := k.load(argD), k.load(argT)
	k.loop(func() {
		v := k.read(x)
		s := k.scale(v, before, after, buffer, bias, alpha)
		p := k.power(s)
		for i := range p {
			VMULPS(Mem{Base: dy, Disp: i * k.width}, p[i], p[i])
			VMULPS(v[i], p[i], v[i])
			VDIVPS(s[i], v[i], v[i])
		}
		k.write(p, d)
		k.keep(v, 0)
		k.write(v, t)
		k.next(dy, x, d, t)
	})
}

func (k *kernel) gradRow() {
	k.begin("GradRow")
	buffer := AllocLocal(128)
	factor := k.broadcast(argFactor)
	dx, d, x, t := k.load(argY), k.load(argD), k.load(argX), k.load(argT)
	before, after, mask := k.load(argBefore), k.load(argAfter), k.load(argMask)
	k.loop(func() {
		b, at, a := k.readOr(before, "before"), k.read(t), k.readOr(after, "after")
		sum := k.window(b, at, a, buffer)
		g := k.read(d)
		for i := range g {
			v := k.vector()
			VMULPS(Mem{Base: x, Disp: i * k.width}, factor, v)
			VMULPS(sum[i], v, v)
			VSUBPS(v, g[i], g[i])
		}
		CMPQ(Mem{Base: k.args, Disp: argAdd}, Imm(0))
		JE(LabelRef(k.name + "_store"))
		for i, v := range g {
			VADDPS(Mem{Base: dx, Disp: i * k.width}, v, v)
		}
		Label(k.name + "_store")
		TESTQ(mask, mask)
		JE(LabelRef(k.name + "_unmasked"))
		zero := k.vector()
		k.clear(zero)
		for i, v := range g {
			const less = 1
			m := Mem{Base: mask, Disp: i * k.width}
			if k.width == 64 {
				keep := K()
				VCMPPS(Imm(less), m, zero, keep)
				VMOVAPS_Z(v, keep, v)
			} else {
				keep := YMM()
				VCMPPS(Imm(less), m, zero, keep)
				VANDPS(keep, v, v)
			}
		}
		k.next(mask)
		Label(k.name + "_unmasked")
		k.write(g, dx)
		k.next(dx, d, x, t)
	})
}
