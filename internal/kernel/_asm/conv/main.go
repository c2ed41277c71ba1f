// Command conv writes the amd64 assembly of the direct convolution. Run it through
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
	for blocks := 1; blocks <= 2; blocks++ {
		for pixels := 1; pixels <= 14; pixels++ {
			tile{name: fmt.Sprintf("conv%dx%dAVX512", pixels, blocks), pixels: pixels, blocks: blocks, width: 64}.write()
		}
	}
	for pixels := 1; pixels <= 6; pixels++ {
		tile{name: fmt.Sprintf("conv%dx1AVX2", pixels), pixels: pixels, blocks: 1, width: 32}.write()
	}
	Generate()
}

// Offsets into kernel.convTile.
const (
	argX        = 0
	argSpans    = 8
	argNSpans   = 16
	argW        = 24
	argY        = 32
	argBias     = 40
	argAdd      = 48
	argMask     = 56
	argXStep    = 64
	argYStep    = 72
	argYBlock   = 80
	argAddBlock = 88
	argMBlock   = 96
	argReLU     = 104
	argStart    = 112
	argSums     = 120
)

// Offsets into kernel.stretch, and its size.
const (
	spanOff  = 0
	spanN    = 8
	spanEnds = 16
	spanSize = 24
)

const (
	pixelsPerBase = 3 // pixels addressed from one register: by 0, 1 and 2 steps
	unroll        = 4 // channels in one round of the loop
	lanes         = 64
)

// A tile is a kernel for some neighbouring pixels and blocks of 16 outputs. Every
// accumulator register holds outputs of one pixel: in each step the weights of one input
// channel are multiplied by the channel's value at the pixel, broadcast from memory.
type tile struct {
	name                  string
	pixels, blocks, width int

	acc  [][]reg.VecVirtual // by pixel and vector
	args reg.GPVirtual
}

func (t tile) vector() reg.VecVirtual {
	if t.width == 64 {
		return ZMM()
	}
	return YMM()
}

func (t tile) zero(v reg.VecVirtual) {
	if t.width == 64 {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

func (t tile) label(s string) string { return t.name + "_" + s }

func (t tile) arg(offset int) Mem { return Mem{Base: t.args, Disp: offset} }

func (t tile) load(offset int) reg.GPVirtual {
	r := GP64()
	MOVQ(t.arg(offset), r)
	return r
}

func (t tile) write() {
	TEXT(t.name, NOSPLIT, "func(t *byte)")
	Doc(fmt.Sprintf("%s computes a tile of %d pixels and %d block(s) of outputs. t points to a convTile.", t.name, t.pixels, t.blocks))
	Pragma("noescape")
	t.args = Load(Param("t"), GP64()).(reg.GPVirtual)
	vectors := t.blocks * lanes / t.width
	for range t.pixels {
		var row []reg.VecVirtual
		for range vectors {
			v := t.vector()
			t.zero(v)
			row = append(row, v)
		}
		t.acc = append(t.acc, row)
	}
	t.fetch(argAdd, argAddBlock, "addfetched")
	t.fetch(argMask, argMBlock, "maskfetched")
	t.begin()
	t.sum(vectors)
	t.finish()
	VZEROUPPER()
	RET()
}

// begin starts the first part at start, and the sums of the other parts at the bias.
func (t tile) begin() {
	start := t.load(argStart)
	TESTQ(start, start)
	JE(LabelRef(t.label("zero")))
	t.row(start, func(m Mem, v reg.VecVirtual) { VMOVUPS(m, v) })
	Label(t.label("zero"))

	sums := t.load(argSums)
	TESTQ(sums, sums)
	JE(LabelRef(t.label("begun")))
	bias, first := t.load(argBias), make([]reg.VecVirtual, len(t.acc[0]))
	for j := range first {
		first[j] = t.vector()
		t.zero(first[j])
	}
	TESTQ(bias, bias)
	JE(LabelRef(t.label("sums")))
	for j, v := range first {
		VMOVUPS(Mem{Base: bias, Disp: j * t.width}, v)
	}
	Label(t.label("sums"))
	t.parts(sums, func(m Mem, p, j int) { VMOVUPS(first[j], m) })
	Label(t.label("begun"))
}

// row calls do for every vector of the tile, with the same values in memory for every pixel.
func (t tile) row(base reg.GPVirtual, do func(m Mem, v reg.VecVirtual)) {
	for p := range t.acc {
		for j, v := range t.acc[p] {
			do(Mem{Base: base, Disp: j * t.width}, v)
		}
	}
}

// parts calls do for every vector j of every pixel p, with its place in the memory of the sums.
func (t tile) parts(sums reg.GPVirtual, do func(m Mem, p, j int)) {
	for p := range t.acc {
		for j := range t.acc[p] {
			do(Mem{Base: sums, Disp: (p*len(t.acc[p]) + j) * t.width}, p, j)
		}
	}
}

// sum writes the loop over the spans.
func (t tile) sum(vectors int) {
	x, spans, left := t.load(argX), t.load(argSpans), t.load(argNSpans)
	w, step := t.load(argW), t.load(argXStep)
	step3 := GP64()
	LEAQ(Mem{Base: step, Index: step, Scale: 2}, step3)
	bases := make([]reg.GPVirtual, (t.pixels+pixelsPerBase-1)/pixelsPerBase)
	for i := range bases {
		bases[i] = GP64()
	}
	weights := make([]reg.VecVirtual, vectors)
	for j := range weights {
		weights[j] = t.vector()
	}
	value, n := t.vector(), GP64()

	channel := func(c int) {
		for j := range weights {
			VMOVUPS(Mem{Base: w, Disp: (c*vectors + j) * t.width}, weights[j])
		}
		for p := range t.acc {
			at := Mem{Base: bases[p/pixelsPerBase], Disp: 4 * c}
			if s := p % pixelsPerBase; s > 0 {
				at.Index, at.Scale = step, uint8(s)
			}
			if vectors == 1 {
				VFMADD231PS_BCST(at, weights[0], t.acc[p][0])
				continue
			}
			VBROADCASTSS(at, value)
			for j := range weights {
				VFMADD231PS(value, weights[j], t.acc[p][j])
			}
		}
	}
	advance := func(channels int) {
		for _, b := range bases {
			ADDQ(Imm(uint64(4*channels)), b)
		}
		ADDQ(U32(channels*vectors*t.width), w)
	}

	TESTQ(left, left)
	JE(LabelRef(t.label("summed")))
	Label(t.label("span"))
	MOVQ(Mem{Base: spans, Disp: spanOff}, bases[0])
	ADDQ(x, bases[0])
	for i := 1; i < len(bases); i++ {
		LEAQ(Mem{Base: bases[i-1], Index: step3, Scale: 1}, bases[i])
	}
	MOVQ(Mem{Base: spans, Disp: spanN}, n)
	SUBQ(Imm(unroll), n)
	JL(LabelRef(t.label("rest")))
	Label(t.label("round"))
	for c := range unroll {
		channel(c)
	}
	advance(unroll)
	SUBQ(Imm(unroll), n)
	JGE(LabelRef(t.label("round")))
	Label(t.label("rest"))
	ADDQ(Imm(unroll), n)
	JE(LabelRef(t.label("next")))
	Label(t.label("single"))
	channel(0)
	advance(1)
	DECQ(n)
	JNE(LabelRef(t.label("single")))
	Label(t.label("next"))
	CMPQ(Mem{Base: spans, Disp: spanEnds}, Imm(0))
	JE(LabelRef(t.label("goeson")))
	sums := t.load(argSums)
	t.parts(sums, func(m Mem, p, j int) {
		v := t.acc[p][j]
		VADDPS(m, v, v)
		VMOVUPS(v, m)
		t.zero(v)
	})
	Label(t.label("goeson"))
	ADDQ(Imm(spanSize), spans)
	DECQ(left)
	JNE(LabelRef(t.label("span")))
	Label(t.label("summed"))
}

// fetch prefetches the addend or the mask while the sums are computed.
func (t tile) fetch(base, block int, done string) {
	CMPQ(t.arg(base), Imm(0))
	JE(LabelRef(t.label(done)))
	t.each(base, block, t.load(argYStep), func(m Mem, _ reg.VecVirtual) { PREFETCHT0(m) })
	Label(t.label(done))
}

// each calls do for every vector of the tile, with its place in y, the addend or the mask.
func (t tile) each(base, block int, step reg.GPVirtual, do func(m Mem, v reg.VecVirtual)) {
	perBlock := lanes / t.width
	row, at, stride := t.load(base), GP64(), GP64()
	if t.blocks > 1 {
		MOVQ(t.arg(block), stride)
	}
	for p := range t.acc {
		MOVQ(row, at)
		for j, v := range t.acc[p] {
			if j > 0 && j%perBlock == 0 {
				ADDQ(stride, at)
			}
			do(Mem{Base: at, Disp: j % perBlock * t.width}, v)
		}
		if p < len(t.acc)-1 {
			ADDQ(step, row)
		}
	}
}

// finish adds the sums of the parts before the last, or the bias, and the addend, rectifies, masks and stores.
func (t tile) finish() {
	step := t.load(argYStep)

	sums := t.load(argSums)
	TESTQ(sums, sums)
	JE(LabelRef(t.label("whole")))
	t.parts(sums, func(m Mem, p, j int) { VADDPS(m, t.acc[p][j], t.acc[p][j]) })
	JMP(LabelRef(t.label("biased")))
	Label(t.label("whole"))
	bias := t.load(argBias)
	TESTQ(bias, bias)
	JE(LabelRef(t.label("biased")))
	t.row(bias, func(m Mem, v reg.VecVirtual) { VADDPS(m, v, v) })
	Label(t.label("biased"))

	CMPQ(t.arg(argAdd), Imm(0))
	JE(LabelRef(t.label("alone")))
	t.each(argAdd, argAddBlock, step, func(m Mem, v reg.VecVirtual) { VADDPS(m, v, v) })
	Label(t.label("alone"))

	zero := t.vector()
	t.zero(zero)
	CMPQ(t.arg(argReLU), Imm(0))
	JE(LabelRef(t.label("linear")))
	for p := range t.acc {
		for _, v := range t.acc[p] {
			VMAXPS(v, zero, v) // the larger, or v if it is NaN or a zero
		}
	}
	Label(t.label("linear"))

	CMPQ(t.arg(argMask), Imm(0))
	JE(LabelRef(t.label("unmasked")))
	t.each(argMask, argMBlock, step, func(m Mem, v reg.VecVirtual) {
		const less = 1 // 0 < mask, false for NaN
		if t.width == 64 {
			k := K()
			VCMPPS(Imm(less), m, zero, k)
			VMOVAPS_Z(v, k, v)
			return
		}
		keep := t.vector()
		VCMPPS(Imm(less), m, zero, keep)
		VANDPS(keep, v, v)
	})
	Label(t.label("unmasked"))
	t.each(argY, argYBlock, step, func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
}
