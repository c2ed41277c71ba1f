// Command dots writes the amd64 assembly of tiles of dot products. Run it through
// go generate ./internal/kernel.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, s := range []struct {
		suffix             string
		lanes, rows, xrows int
	}{{"AVX2", 8, 2, 3}, {"AVX512", 16, 4, 6}} {
		for _, rows := range []int{1, s.rows} {
			for x := 1; x <= s.xrows; x++ {
				tile{fmt.Sprintf("dots%dx%d%s", x, rows, s.suffix), s.lanes, rows, x}.write()
			}
		}
	}
	Generate()
}

// Offsets into kernel.dotTile.
const (
	argX     = 0
	argW     = 8
	argSums  = 16
	argXStep = 24
	argWStep = 32
	argSStep = 40
	argSteps = 48
)

const sums = 16 // partial sums of one dot product

// A tile multiplies some rows of x by some rows of w, one register of values at a time.
type tile struct {
	name               string
	lanes, rows, xrows int
}

func (t tile) vector() reg.VecVirtual {
	if t.lanes == 16 {
		return ZMM()
	}
	return YMM()
}

func (t tile) write() {
	TEXT(t.name, NOSPLIT, "func(t *byte)")
	Doc(fmt.Sprintf("%s adds to the sums of %d row(s) of x and %d of w. t points to a dotTile.", t.name, t.xrows, t.rows))
	Pragma("noescape")
	args := Load(Param("t"), GP64())
	load := func(offset int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: args, Disp: offset}, r)
		return r
	}
	halves := sums / t.lanes
	acc := make([][]reg.VecVirtual, t.xrows)
	// each calls do for every sum, with its place in memory.
	each := func(do func(m Mem, v reg.VecVirtual)) {
		at, step := load(argSums), load(argSStep)
		for i := range acc {
			for j, v := range acc[i] {
				do(Mem{Base: at, Disp: 4 * t.lanes * j}, v)
			}
			if i < t.xrows-1 {
				ADDQ(step, at)
			}
		}
	}
	for i := range acc {
		for range t.rows * halves {
			acc[i] = append(acc[i], t.vector())
		}
	}
	each(func(m Mem, v reg.VecVirtual) { VMOVUPS(m, v) })

	x, w := t.pointers(load(argX), load(argXStep), t.xrows), t.pointers(load(argW), load(argWStep), t.rows)
	n := load(argSteps)
	weights := make([]reg.VecVirtual, t.rows*halves)
	for r := range weights {
		weights[r] = t.vector()
	}
	at := GP64()
	XORQ(at, at)
	Label(t.name + "_step")
	for r := range t.rows {
		for h := range halves {
			VMOVUPS(w(r, at, 4*t.lanes*h), weights[r*halves+h])
		}
	}
	for i := range acc {
		for h := range halves {
			m := x(i, at, 4*t.lanes*h)
			if t.lanes == 16 && t.rows > 1 { // one register is free for the values of x
				v := t.vector()
				VMOVUPS(m, v)
				for r := range t.rows {
					VFMADD231PS(v, weights[r], acc[i][r])
				}
				continue
			}
			for r := range t.rows {
				VFMADD231PS(m, weights[r*halves+h], acc[i][r*halves+h])
			}
		}
	}
	ADDQ(Imm(4*sums), at)
	DECQ(n)
	JNE(LabelRef(t.name + "_step"))
	each(func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
	VZEROUPPER()
	RET()
}

// pointers returns the addresses of rows that lie step bytes apart.
func (t tile) pointers(base, step reg.GPVirtual, rows int) func(row int, at reg.GPVirtual, disp int) Mem {
	bases := make([]reg.GPVirtual, rows)
	bases[0] = base
	for i := 1; i < rows; i++ {
		bases[i] = GP64()
		LEAQ(Mem{Base: bases[i-1], Index: step, Scale: 1}, bases[i])
	}
	return func(row int, at reg.GPVirtual, disp int) Mem {
		return Mem{Base: bases[row], Index: at, Scale: 1, Disp: disp}
	}
}
