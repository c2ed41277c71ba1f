package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tile writes a matrix-multiply micro-kernel of mr rows and vectors*width/4 columns:
// one accumulator register for each row and vector, filled over k steps of one
// broadcast and vectors fused multiply-adds a row.
func tile(name string, mr, vectors, width int) {
	nr := vectors * width / 4
	TEXT(name, NOSPLIT, "func(k int, a, b, c *float32, ldc int, accumulate bool)")
	Doc(fmt.Sprintf("%s is tileGeneric for a tile of %d x %d, with fused multiply-adds.", name, mr, nr),
		"ldc counts floats. k must be positive.")
	Pragma("noescape")
	k := Load(Param("k"), GP64())
	a := Load(Param("a"), GP64())
	b := Load(Param("b"), GP64())
	c := Load(Param("c"), GP64())
	ldc := Load(Param("ldc"), GP64())
	accumulate := Load(Param("accumulate"), GP8())
	SHLQ(Imm(2), ldc)

	vec := func() reg.VecVirtual {
		if width == 64 {
			return ZMM()
		}
		return YMM()
	}
	acc := make([][]reg.VecVirtual, mr)
	for i := range acc {
		for range vectors {
			v := vec()
			acc[i] = append(acc[i], v)
			if width == 64 {
				VPXORD(v, v, v)
			} else {
				VXORPS(v, v, v)
			}
		}
	}
	column := make([]reg.VecVirtual, vectors)
	for j := range column {
		column[j] = vec()
	}
	row := vec()

	Label(name + "_step")
	for j := range column {
		VMOVUPS(Mem{Base: b, Disp: j * width}, column[j])
	}
	for i := range acc {
		VBROADCASTSS(Mem{Base: a, Disp: 4 * i}, row)
		for j := range column {
			VFMADD231PS(column[j], row, acc[i][j])
		}
	}
	ADDQ(Imm(uint64(4*mr)), a)
	ADDQ(Imm(uint64(4*nr)), b)
	DECQ(k)
	JNE(LabelRef(name + "_step"))

	TESTB(accumulate, accumulate)
	JE(LabelRef(name + "_overwrite"))
	at := GP64()
	MOVQ(c, at)
	for i := range acc {
		for j := range acc[i] {
			VADDPS(Mem{Base: at, Disp: j * width}, acc[i][j], acc[i][j])
		}
		if i < mr-1 {
			ADDQ(ldc, at)
		}
	}
	Label(name + "_overwrite")
	for i := range acc {
		for j := range acc[i] {
			VMOVUPS(acc[i][j], Mem{Base: c, Disp: j * width})
		}
		if i < mr-1 {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}
