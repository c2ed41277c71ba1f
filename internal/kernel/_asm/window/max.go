package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxRow keeps the largest values so far in registers, and the numbers of their taps as
// 32-bit integers.
func maxRow(k kernel) {
	k.begin("y *float32, which *uint8, x *float32, n, step int, taps *byte, ntaps int",
		"is maxRow of windowGeneric.")
	y, which, x, step := argument("y"), argument("which"), argument("x"), steps("step")
	k.groups(func(g group) {
		first := argument("taps")
		best, ids := g.each(k.vector), g.each(func() reg.VecVirtual { return k.widen(id(first)) })
		g.memory(best, step.pixels(g, at(x, first)), func(m Mem, v reg.VecVirtual) { VMOVUPS(m, v) })
		g.taps(func(tap reg.GPVirtual) {
			id := k.widen(id(tap))
			for p, m := range step.pixels(g, at(x, tap)) {
				for j := range best[p] {
					v := k.vector()
					VMOVUPS(m.Offset(j*k.width), v)
					k.larger(best[p][j], ids[p][j], v, id)
				}
			}
		})
		g.memory(best, dense.pixels(g, y), func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
		dense.advance(g, y)
		CMPQ(inFrame("which"), Imm(0))
		JE(LabelRef(g.label("forward")))
		for p := range ids {
			k.storeBytes(ids[p], Mem{Base: which, Disp: p * pixelBytes / 4})
		}
		ADDQ(U32(g.pixels*pixelBytes/4), which)
		Label(g.label("forward"))
		step.advance(g, x)
	})
	end()
}

// larger replaces best and its tap by v and id where v is larger, or NaN and best is not.
func (k kernel) larger(best, ids, v, id reg.VecVirtual) {
	if k.width == pixelBytes {
		above, replace := K(), K()
		VCMPPS(Imm(notLessEqual), best, v, above)
		VCMPPS(Imm(ordered), best, best, above, replace)
		VMOVAPS(v, replace, best)
		VMOVDQA32(id, replace, ids)
		return
	}
	above, replace := k.vector(), k.vector()
	VCMPPS(Imm(notLessEqual), best, v, above)
	VCMPPS(Imm(ordered), best, best, replace)
	VANDPS(above, replace, replace)
	VBLENDVPS(replace, v, best, best)
	VBLENDVPS(replace, id, ids, ids)
}

// storeBytes stores the lowest bytes of the 32-bit integers of a pixel.
func (k kernel) storeBytes(v []reg.VecVirtual, m Mem) {
	if k.width == pixelBytes {
		VPMOVDB(v[0], m)
		return
	}
	VPACKUSDW(v[1], v[0], v[0]) // 0-3 8-11 4-7 12-15
	VPERMQ(Imm(0b11_01_10_00), v[0], v[0])
	high := XMM()
	VEXTRACTI128(Imm(1), v[0], high)
	VPACKUSWB(high, v[0].AsX(), high)
	VMOVDQU(high, m)
}

// maxGradRow adds, for each tap, the gradients of the windows that have their maximum there.
func maxGradRow(k kernel) {
	k.begin("dx, dy *float32, which *uint8, mask *float32, n, step int, taps *byte, ntaps int, accumulate bool",
		"is maxGradRow of windowGeneric.")
	dx, dy, which, mask := argument("dx"), argument("dy"), argument("which"), argument("mask")
	step := steps("step")
	k.groups(func(g group) {
		sum := g.each(k.zero)
		g.taps(func(tap reg.GPVirtual) {
			own, ids := id(tap), GP64()
			if k.width < pixelBytes {
				own = k.widen(own)
			}
			MOVQ(Mem{Base: tap, Disp: tapWhich}, ids)
			ADDQ(which, ids)
			g.memory(sum, dense.pixels(g, at(dy, tap)), func(m Mem, v reg.VecVirtual) {
				of := Mem{Base: ids, Disp: m.Disp / 4}
				if k.width == pixelBytes {
					hit := K()
					VPCMPEQB(of, own, hit)
					VADDPS(m, v, hit, v)
					return
				}
				hit := k.vector()
				VPMOVZXBD(of, hit)
				VPCMPEQD(own, hit, hit)
				VANDPS(m, hit, hit)
				VADDPS(hit, v, v)
			})
		})
		dense.advance(g, dy)
		ADDQ(U32(g.pixels*pixelBytes/4), which)
		g.finish(sum, dx, mask, step, false)
	})
	end()
}
