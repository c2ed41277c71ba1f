// Command transpose writes the amd64 assembly that transposes squares of a matrix. Run it through
// go generate ./internal/kernel.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, add := range []bool{false, true} {
		write("AVX2", 8, add)
		write("AVX512", 16, add)
		writeEdge(add)
	}
	Generate()
}

const side = 16 // of a square

// write writes the function that stores, or adds, for registers of lanes values.
func write(suffix string, lanes int, add bool) {
	name, is := "transpose"+suffix, "="
	if add {
		name, is = "transposeAdd"+suffix, "+="
	}
	TEXT(name, NOSPLIT, "func(dst *float32, ldd int, src *float32, lds, squares int)")
	Doc(name+" computes dst[j*ldd+i] "+is+" src[i*lds+j] for i < 16, j < 16*squares, with", suffix+".")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ldd, lds := Load(Param("ldd"), GP64()), Load(Param("lds"), GP64())
	squares := Load(Param("squares"), GP64())
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	Label("square")
	for j := 0; j < side; j += lanes {
		from, to := GP64(), GP64()
		LEAQ(Mem{Base: src, Disp: 4 * j}, from)
		MOVQ(dst, to)
		for i := 0; i < side; i += lanes {
			rows := make([]reg.VecVirtual, lanes)
			for r := range rows {
				rows[r] = vector(lanes)
				VMOVUPS(Mem{Base: from}, rows[r])
				ADDQ(lds, from)
			}
			at := GP64()
			LEAQ(Mem{Base: to, Disp: 4 * i}, at)
			for _, column := range transposed(rows) {
				if add {
					VADDPS(Mem{Base: at}, column, column)
				}
				VMOVUPS(column, Mem{Base: at})
				ADDQ(ldd, at)
			}
			if i+lanes >= side {
				MOVQ(at, dst) // the next rows of dst
				SUBQ(Imm(uint64(4*i)), dst)
			}
		}
	}
	ADDQ(Imm(4*side), src)
	DECQ(squares)
	JNE(LabelRef("square"))
	VZEROUPPER()
	RET()
}

// writeEdge writes the function for less than a square. It reads and writes nothing beyond.
func writeEdge(add bool) {
	name, is := "transposeEdgeAVX512", "="
	if add {
		name, is = "transposeEdgeAddAVX512", "+="
	}
	TEXT(name, NOSPLIT, "func(dst *float32, ldd int, src *float32, lds, rows, cols int)")
	Doc(name + " computes dst[j*ldd+i] " + is + " src[i*lds+j] for i < rows, j < cols, both 1 to 16, with AVX512.")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ldd, lds := Load(Param("ldd"), GP64()), Load(Param("lds"), GP64())
	rows, cols := Load(Param("rows"), GP64()), Load(Param("cols"), GP64())
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	across, down := first(cols), first(rows)
	values := make([]reg.VecVirtual, side)
	for r := range values {
		values[r] = ZMM()
		VPXORD(values[r], values[r], values[r])
	}
	for _, v := range values {
		VMOVUPS_Z(Mem{Base: src}, across, v)
		ADDQ(lds, src)
		DECQ(rows)
		JE(LabelRef("loaded"))
	}
	Label("loaded")
	for _, column := range transposed(values) {
		if add {
			VADDPS(Mem{Base: dst}, column, down, column)
		}
		VMOVUPS(column, down, Mem{Base: dst})
		ADDQ(ldd, dst)
		DECQ(cols)
		JE(LabelRef("stored"))
	}
	Label("stored")
	VZEROUPPER()
	RET()
}

// first returns a mask of the first n lanes.
func first(n reg.Register) reg.Register {
	ones, k := GP32(), K()
	MOVL(U32(1<<side-1), ones)
	BZHIL(n.(reg.GPVirtual).As32(), ones, ones)
	KMOVW(ones, k)
	return k
}

func vector(lanes int) reg.VecVirtual {
	if lanes == 16 {
		return ZMM()
	}
	return YMM()
}

// transposed returns the columns of a square of rows. Unpacking does it for 4 x 4 values
// within the 128-bit quarters of registers; then quarters are moved.
func transposed(rows []reg.VecVirtual) []reg.VecVirtual {
	lanes := len(rows)
	var quads []reg.VecVirtual // by 4 rows, the column within a quarter
	for i := 0; i < lanes; i += 4 {
		t := [4]reg.VecVirtual{vector(lanes), vector(lanes), vector(lanes), vector(lanes)}
		VUNPCKLPS(rows[i+1], rows[i], t[0])
		VUNPCKHPS(rows[i+1], rows[i], t[1])
		VUNPCKLPS(rows[i+3], rows[i+2], t[2])
		VUNPCKHPS(rows[i+3], rows[i+2], t[3])
		for half := range 2 {
			low, high := vector(lanes), vector(lanes)
			VUNPCKLPD(t[2+half], t[half], low)
			VUNPCKHPD(t[2+half], t[half], high)
			quads = append(quads, low, high)
		}
	}
	columns := make([]reg.VecVirtual, lanes)
	for c := range 4 {
		if lanes == 8 {
			for q := range 2 {
				columns[4*q+c] = vector(lanes)
				VPERM2F128(Imm(uint64([2]int{0x20, 0x31}[q])), quads[4+c], quads[c], columns[4*q+c])
			}
			continue
		}
		var pairs [4]reg.VecVirtual // even and odd quarters of the first and the second two
		for k := range pairs {
			pairs[k] = vector(lanes)
			first := k / 2 * 8
			VSHUFF32X4(Imm(uint64([2]int{0x88, 0xdd}[k%2])), quads[first+4+c], quads[first+c], pairs[k])
		}
		for q := range 4 {
			columns[4*q+c] = vector(lanes)
			VSHUFF32X4(Imm(uint64([2]int{0x88, 0xdd}[q/2])), pairs[2+q%2], pairs[q%2], columns[4*q+c])
		}
	}
	return columns
}
