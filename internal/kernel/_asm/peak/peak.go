package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peakRegisters is how many independent sums the loop keeps: more than the latency of
// a fused multiply-add times the number of units that do them.
const peakRegisters = 12

// peak writes a loop of fused multiply-adds that touches no memory.
func peak(name string, width int) {
	TEXT(name, NOSPLIT, "func(n int)")
	Doc(name + " runs n rounds of 12 fused multiply-adds on registers. n must be positive.")
	n := Load(Param("n"), GP64())
	var acc []reg.VecVirtual
	for range peakRegisters {
		if width == 64 {
			v := ZMM()
			VPXORD(v, v, v)
			acc = append(acc, v)
		} else {
			v := YMM()
			VXORPS(v, v, v)
			acc = append(acc, v)
		}
	}
	Label(name + "_step")
	for _, v := range acc {
		VFMADD231PS(v, v, v)
	}
	DECQ(n)
	JNE(LabelRef(name + "_step"))
	VZEROUPPER()
	RET()
}
