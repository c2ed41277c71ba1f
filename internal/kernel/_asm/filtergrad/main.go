// Command filtergrad writes the amd64 assembly of the gradient of a convolution's weights.
// Run it through go generate ./internal/kernel.
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
		for rows := 1; rows <= 14; rows++ {
			tile{name: fmt.Sprintf("grad%dx%dAVX512", rows, blocks), rows: rows, blocks: blocks, width: 64}.write()
		}
	}
	for rows := 1; rows <= 6; rows++ {
		tile{name: fmt.Sprintf("grad%dx1AVX2", rows), rows: rows, blocks: 1, width: 32}.write()
	}
	Generate()
}

// Offsets into kernel.gradTile.
const (
	argX      = 0
	argDY     = 8
	argSums   = 16
	argImages = 24
	argRows   = 32
	argPixels = 40
	argXImage = 48
	argDImage = 56
	argXRow   = 64
	argDRow   = 72
	argXPixel = 80
	argDBlock = 88
	argSStep  = 96
	argAdd    = 104
)

const pixelBytes = 64 // of Lanes floats

// A tile is a kernel for some rows of sums and blocks of 16 outputs. Every accumulator
// register holds sums of one row: for each pixel the row's input, broadcast from memory, is
// multiplied by the gradient of the outputs there.
type tile struct {
	name                string
	rows, blocks, width int

	acc  [][]reg.VecVirtual // by row and vector
	args reg.GPVirtual
}

func (t *tile) vector() reg.VecVirtual {
	if t.width == 64 {
		return ZMM()
	}
	return YMM()
}

func (t *tile) label(s string) string { return t.name + "_" + s }

func (t *tile) arg(offset int) Mem { return Mem{Base: t.args, Disp: offset} }

func (t *tile) load(offset int) reg.GPVirtual {
	r := GP64()
	MOVQ(t.arg(offset), r)
	return r
}

func (t tile) write() {
	TEXT(t.name, NOSPLIT, "func(t *byte)")
	Doc(fmt.Sprintf("%s adds pixels to a tile of %d rows of sums and %d block(s) of outputs. t points to a gradTile.", t.name, t.rows, t.blocks))
	Pragma("noescape")
	t.args = Load(Param("t"), GP64()).(reg.GPVirtual)
	for range t.rows {
		row := make([]reg.VecVirtual, t.blocks*pixelBytes/t.width)
		for j := range row {
			row[j] = t.vector()
			VXORPS(row[j], row[j], row[j])
		}
		t.acc = append(t.acc, row)
	}
	CMPQ(t.arg(argAdd), Imm(0))
	JE(LabelRef(t.label("begin")))
	t.each(func(m Mem, v reg.VecVirtual) { VMOVUPS(m, v) })
	Label(t.label("begin"))
	t.sum()
	t.each(func(m Mem, v reg.VecVirtual) { VMOVUPS(v, m) })
	VZEROUPPER()
	RET()
}

// each calls do for every vector of the tile, with its place in the memory of the sums.
func (t *tile) each(do func(m Mem, v reg.VecVirtual)) {
	at, step := t.load(argSums), t.load(argSStep)
	for r := range t.acc {
		for j, v := range t.acc[r] {
			do(Mem{Base: at, Disp: j * t.width}, v)
		}
		if r < len(t.acc)-1 {
			ADDQ(step, at)
		}
	}
}

// sum writes the loops over images, rows and pixels.
func (t *tile) sum() {
	x, dy, images := t.load(argX), t.load(argDY), t.load(argImages)
	step, block := t.load(argXPixel), t.load(argDBlock)
	rows, pixels := GP64(), GP64()
	perBlock := pixelBytes / t.width
	Label(t.label("image"))
	MOVQ(t.arg(argRows), rows)
	Label(t.label("row"))
	MOVQ(t.arg(argPixels), pixels)
	Label(t.label("pixel"))
	grads := make([]reg.VecVirtual, len(t.acc[0]))
	for j := range grads {
		grads[j] = t.vector()
		at := Mem{Base: dy, Disp: j % perBlock * t.width}
		if j >= perBlock {
			at.Index, at.Scale = block, 1
		}
		VMOVUPS(at, grads[j])
	}
	value := t.vector()
	for r, row := range t.acc {
		if len(row) == 1 {
			VFMADD231PS_BCST(Mem{Base: x, Disp: 4 * r}, grads[0], row[0])
			continue
		}
		VBROADCASTSS(Mem{Base: x, Disp: 4 * r}, value)
		for j, v := range row {
			VFMADD231PS(value, grads[j], v)
		}
	}
	ADDQ(step, x)
	ADDQ(Imm(pixelBytes), dy)
	DECQ(pixels)
	JNE(LabelRef(t.label("pixel")))
	ADDQ(t.arg(argXRow), x)
	ADDQ(t.arg(argDRow), dy)
	DECQ(rows)
	JNE(LabelRef(t.label("row")))
	ADDQ(t.arg(argXImage), x)
	ADDQ(t.arg(argDImage), dy)
	DECQ(images)
	JNE(LabelRef(t.label("image")))
}
