package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// averageRow adds the values of all taps and divides once.
func averageRow(k kernel) {
	k.begin("y, x *float32, n, step int, taps *byte, ntaps int, area float32", "is averageRow of windowGeneric.")
	y, x, step := argument("y"), argument("x"), steps("step")
	area := k.vector()
	VBROADCASTSS(inFrame("area"), area)
	k.groups(func(g group) {
		sum := g.each(k.zero)
		g.taps(func(tap reg.GPVirtual) {
			g.memory(sum, step.pixels(g, at(x, tap)), func(m Mem, v reg.VecVirtual) { VADDPS(m, v, v) })
		})
		step.advance(g, x)
		g.memory(sum, dense.pixels(g, y), func(m Mem, v reg.VecVirtual) {
			VDIVPS(area, v, v)
			VMOVUPS(v, m)
		})
		dense.advance(g, y)
	})
	end()
}

// averageGradRow divides at every tap, since windows differ in area.
func averageGradRow(k kernel) {
	k.begin("dx, dy, mask *float32, n, step int, taps *byte, ntaps int, accumulate bool", "is averageGradRow of windowGeneric.")
	dx, dy, mask, step := argument("dx"), argument("dy"), argument("mask"), steps("step")
	k.groups(func(g group) {
		sum := g.each(k.zero)
		g.taps(func(tap reg.GPVirtual) {
			area := k.vector()
			VBROADCASTSS(Mem{Base: tap, Disp: tapScale}, area)
			g.memory(sum, dense.pixels(g, at(dy, tap)), func(m Mem, v reg.VecVirtual) {
				part := k.vector()
				VMOVUPS(m, part)
				VDIVPS(area, part, part)
				VADDPS(part, v, v)
			})
		})
		dense.advance(g, dy)
		g.finish(sum, dx, mask, step, false)
	})
	end()
}

// depthwiseRow loads the weights of a tap once for all pixels of a group.
func depthwiseRow(k kernel) {
	k.begin("y, x, w, bias, mask *float32, n, xstep, ystep int, taps *byte, ntaps int, accumulate, relu bool",
		"is depthwiseRow of windowGeneric.")
	y, x, mask, xstep, ystep := argument("y"), argument("x"), argument("mask"), steps("xstep"), steps("ystep")
	k.groups(func(g group) {
		sum := g.each(k.zero)
		bias := argument("bias")
		TESTQ(bias, bias)
		JE(LabelRef(g.label("unbiased")))
		for p := range sum {
			for j, v := range sum[p] {
				VMOVUPS(Mem{Base: bias, Disp: j * k.width}, v)
			}
		}
		Label(g.label("unbiased"))
		w := argument("w")
		weights := make([]reg.VecVirtual, pixelBytes/k.width)
		for j := range weights {
			weights[j] = k.vector()
		}
		g.taps(func(tap reg.GPVirtual) {
			for j := range weights {
				VMOVUPS(Mem{Base: w, Disp: j * k.width}, weights[j])
			}
			ADDQ(Imm(pixelBytes), w)
			for p, m := range xstep.pixels(g, at(x, tap)) {
				for j := range weights {
					VFMADD231PS(m.Offset(j*k.width), weights[j], sum[p][j])
				}
			}
		})
		xstep.advance(g, x)

		g.finish(sum, y, mask, ystep, true)
	})
	end()
}
