// Command narrow writes the amd64 assembly of the gradient of a convolution back to few
// channels. Run it through go generate ./internal/kernel.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for channels := 1; channels <= 4; channels++ {
		for pixels := 1; channels*pixels <= 24 && pixels <= 14; pixels++ {
			tile{fmt.Sprintf("narrow%dx%dAVX512", pixels, channels), pixels, channels, 64}.write()
			if 2*channels*pixels <= 12 {
				tile{fmt.Sprintf("narrow%dx%dAVX2", pixels, channels), pixels, channels, 32}.write()
			}
		}
	}
	Generate()
}

// Offsets into kernel.narrowTile.
const (
	argDX    = 0
	argDY    = 8
	argW     = 16
	argTaps  = 24
	argCount = 32
	argStep  = 40
	argPlane = 48
	argAdd   = 56
)

const pixelBytes = 64

// A tile is a kernel for some neighbouring pixels: every accumulator holds the sums of
// one channel of one pixel by lanes.
type tile struct {
	name                    string
	pixels, channels, width int
}

func (t tile) vector() reg.VecVirtual {
	if t.width == 64 {
		return ZMM()
	}
	return YMM()
}

func (t tile) write() {
	TEXT(t.name, NOSPLIT, "func(t *byte)")
	Doc(fmt.Sprintf("%s computes a tile of %d pixels and %d channel(s). t points to a narrowTile.", t.name, t.pixels, t.channels))
	Pragma("noescape")
	args := Load(Param("t"), GP64()).(reg.GPVirtual)
	load := func(offset int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: args, Disp: offset}, r)
		return r
	}
	parts := pixelBytes / t.width
	acc := make([][][]reg.VecVirtual, t.pixels)
	for p := range acc {
		acc[p] = make([][]reg.VecVirtual, t.channels)
		for c := range acc[p] {
			for range parts {
				v := t.vector()
				if t.width == 64 {
					VPXORD(v, v, v)
				} else {
					VXORPS(v, v, v)
				}
				acc[p][c] = append(acc[p][c], v)
			}
		}
	}
	dy, w, taps, count, at := load(argDY), load(argW), load(argTaps), load(argCount), GP64()
	value := t.vector()
	weights := make([]Op, t.channels) // in registers if there are enough of them
	TESTQ(count, count)
	JE(LabelRef(t.name + "_summed"))
	Label(t.name + "_tap")
	MOVQ(Mem{Base: taps}, at)
	LEAQ(Mem{Base: dy, Index: at, Scale: 4}, at)
	for part := range parts {
		for c := range weights {
			weights[c] = Mem{Base: w, Disp: c*pixelBytes + part*t.width}
			if t.width == 64 {
				v := t.vector()
				VMOVUPS(weights[c], v)
				weights[c] = v
			}
		}
		for p := range acc {
			VMOVUPS(Mem{Base: at, Disp: p*pixelBytes + part*t.width}, value)
			for c := range acc[p] {
				VFMADD231PS(weights[c], value, acc[p][c][part])
			}
		}
	}
	ADDQ(Imm(8), taps)
	ADDQ(U32(t.channels*pixelBytes), w)
	DECQ(count)
	JNE(LabelRef(t.name + "_tap"))
	Label(t.name + "_summed")

	dx, step, plane := load(argDX), load(argStep), load(argPlane)
	for p := range acc {
		MOVQ(dx, at)
		for c := range acc[p] {
			sum := t.reduce(acc[p][c])
			skip := fmt.Sprintf("%s_store%d_%d", t.name, p, c)
			CMPQ(Mem{Base: args, Disp: argAdd}, Imm(0))
			JE(LabelRef(skip))
			VADDSS(Mem{Base: at}, sum, sum)
			Label(skip)
			VMOVSS(sum, Mem{Base: at})
			if c < t.channels-1 {
				ADDQ(plane, at)
			}
		}
		if p < t.pixels-1 {
			ADDQ(step, dx)
		}
	}
	VZEROUPPER()
	RET()
}

// reduce adds the lanes: j and j+8, then j and j+4, j and j+2, 0 and 1.
func (t tile) reduce(parts []reg.VecVirtual) reg.Register {
	eight := YMM()
	if t.width == 64 {
		VEXTRACTF64X4(Imm(1), parts[0], eight)
		VADDPS(parts[0].AsY(), eight, eight)
	} else {
		VADDPS(parts[0], parts[1], eight)
	}
	four := XMM()
	if t.width == 64 {
		VEXTRACTF32X4(Imm(1), eight, four) // reaches the upper registers
	} else {
		VEXTRACTF128(Imm(1), eight, four)
	}
	VADDPS(eight.AsX(), four, four)
	two := XMM()
	VMOVHLPS(four, four, two)
	VADDPS(four, two, two)
	one := XMM()
	VMOVSHDUP(two, one)
	VADDSS(two, one, one)
	return one
}
