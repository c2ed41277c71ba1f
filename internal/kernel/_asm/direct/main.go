// Command direct writes the amd64 assembly of matrix products for few rows. Run it
// through go generate ./internal/kernel.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	tile{"direct1AVX2", 8, 1, 12}.write()
	tile{"direct1AVX512", 16, 1, 16}.write()
	tile{"direct2AVX512", 16, 2, 8}.write()
	tile{"direct3AVX512", 16, 3, 8}.write()
	Generate()
}

// Offsets into kernel.directTile.
const (
	argA     = 0
	argB     = 8
	argC     = 16
	argAStep = 24
	argBStep = 32
	argCStep = 40
	argDepth = 48
	argAdd   = 56
)

// ahead is how many rows of b are prefetched before they are needed.
const ahead = 6

// A tile keeps rows rows of c in registers, each of vectors vectors.
type tile struct {
	name                 string
	lanes, rows, vectors int
}

func (t tile) vector() reg.VecVirtual {
	if t.lanes == 16 {
		return ZMM()
	}
	return YMM()
}

func (t tile) write() {
	TEXT(t.name, NOSPLIT, "func(t *byte)")
	Doc(fmt.Sprintf("%s computes %d row(s) of %d columns. t points to a directTile.", t.name, t.rows, t.lanes*t.vectors))
	Pragma("noescape")
	args := Load(Param("t"), GP64())
	load := func(offset int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: args, Disp: offset}, r)
		return r
	}
	a, aStep, b, bStep, depth := load(argA), load(argAStep), load(argB), load(argBStep), load(argDepth)
	next, distance := GP64(), GP64()
	IMUL3Q(Imm(ahead), bStep, distance)
	acc := make([][]reg.VecVirtual, t.rows)
	for i := range acc {
		for range t.vectors {
			v := t.vector()
			VXORPS(v, v, v)
			acc[i] = append(acc[i], v)
		}
	}
	Label(t.name + "_step")
	values := make([]reg.VecVirtual, t.rows)
	for i := range values {
		values[i] = t.vector()
		m := Mem{Base: a}
		if i > 0 {
			m.Index, m.Scale = aStep, uint8(i)
		}
		VBROADCASTSS(m, values[i])
	}
	LEAQ(Mem{Base: b, Index: distance, Scale: 1}, next)
	for j := range t.vectors {
		at := 4 * t.lanes * j
		if at%64 == 0 {
			PREFETCHT0(Mem{Base: next, Disp: at})
		}
		if t.rows == 1 {
			VFMADD231PS(Mem{Base: b, Disp: at}, values[0], acc[0][j])
			continue
		}
		v := t.vector()
		VMOVUPS(Mem{Base: b, Disp: at}, v)
		for i := range acc {
			VFMADD231PS(v, values[i], acc[i][j])
		}
	}
	ADDQ(Imm(4), a)
	ADDQ(bStep, b)
	DECQ(depth)
	JNE(LabelRef(t.name + "_step"))

	// each calls do for every vector of the tile, with its place in c.
	each := func(do func(m Mem, v reg.VecVirtual)) {
		at, step := load(argC), load(argCStep)
		for i := range acc {
			for j, v := range acc[i] {
				do(Mem{Base: at, Disp: 4 * t.lanes * j}, v)
			}
			if i < t.rows-1 {
				ADDQ(step, at)
			}
		}
	}
	CMPQ(Mem{Base: args, Disp: argAdd}, Imm(0))
	JE(LabelRef(t.name + "_store"))
	each(func(m Mem, v reg.VecVirtual) { VADDPS(m, v, v) })
	Label(t.name + "_store")
	each(func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
	VZEROUPPER()
	RET()
}
