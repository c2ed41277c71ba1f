// Command move writes the amd64 assembly that transposes matrices. Run it through
// go generate ./internal/kernel.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	transpose("transpose", false)
	transpose("transposeAdd", true)
	Generate()
}

const (
	side  = 8 // tileSide of package kernel
	bytes = 4 // of a float32
)

// transpose writes a loop over the columns of tiles of dst, in it one over its rows of
// tiles: src is read row after row.
func transpose(name string, add bool) {
	TEXT(name+"AVX2", NOSPLIT, "func(dst []float32, dstStride int, src []float32, srcStride, rows, cols int)")
	Doc(name + "AVX2 is " + name + "Generic with AVX2, for whole tiles.")
	Pragma("noescape")
	dst, src := Load(Param("dst").Base(), GP64()), Load(Param("src").Base(), GP64())
	dstStride, srcStride := Load(Param("dstStride"), GP64()), Load(Param("srcStride"), GP64())
	cols := Load(Param("cols"), GP64())
	SHLQ(Imm(2), dstStride)
	SHLQ(Imm(2), srcStride)
	to, from, rows := GP64(), GP64(), GP64()

	Label("cols")
	MOVQ(dst, to)
	MOVQ(src, from)
	Load(Param("rows"), rows)
	Label("rows")
	tile(to, dstStride, from, srcStride, add)
	LEAQ(Mem{Base: to, Index: dstStride, Scale: side}, to)
	ADDQ(Imm(side*bytes), from)
	SUBQ(Imm(side), rows)
	JNE(LabelRef("rows"))

	ADDQ(Imm(side*bytes), dst)
	LEAQ(Mem{Base: src, Index: srcStride, Scale: side}, src)
	SUBQ(Imm(side), cols)
	JNE(LabelRef("cols"))
	VZEROUPPER()
	RET()
}

// tile transposes 8x8 values: each half of a register holds four values of one row, the
// upper ones of the row four below, and 4x4 values are transposed in both halves alike.
func tile(to, dstStride, from, srcStride reg.Register, add bool) {
	in, out := rowsOf(from, srcStride), rowsOf(to, dstStride)
	for half := range 2 {
		var v [4]reg.VecVirtual
		for i := range v {
			v[i] = YMM()
			VMOVUPS(in(i).Offset(half*16), v[i].AsX())
			VINSERTF128(Imm(1), in(i+4).Offset(half*16), v[i], v[i])
		}
		low01, high01, low23, high23 := YMM(), YMM(), YMM(), YMM()
		VUNPCKLPS(v[1], v[0], low01)
		VUNPCKHPS(v[1], v[0], high01)
		VUNPCKLPS(v[3], v[2], low23)
		VUNPCKHPS(v[3], v[2], high23)
		for i, pair := range [][2]reg.VecVirtual{{low01, low23}, {low01, low23}, {high01, high23}, {high01, high23}} {
			y := YMM()
			VSHUFPS(Imm([]uint64{0x44, 0xee}[i%2]), pair[1], pair[0], y)
			if add {
				VADDPS(out(half*4+i), y, y)
			}
			VMOVUPS(y, out(half*4+i))
		}
	}
}

// rowsOf returns the address of each of eight rows that begin at base.
func rowsOf(base, stride reg.Register) func(i int) Mem {
	fourth, third := GP64(), GP64()
	LEAQ(Mem{Base: base, Index: stride, Scale: 4}, fourth)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, third)
	return func(i int) Mem {
		m := Mem{Base: base}
		if i >= 4 {
			m.Base = fourth
		}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = stride, 1
		case 2:
			m.Index, m.Scale = stride, 2
		case 3:
			m.Index, m.Scale = third, 1
		}
		return m
	}
}
