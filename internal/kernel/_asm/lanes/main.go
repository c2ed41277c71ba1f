// Command lanes writes the amd64 assembly of sums over the pixels of blocked pictures and of
// operations on each lane. Run it through go generate ./internal/kernel.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego")
	for _, width := range []int{64, 32} {
		k := kernel{width: width, set: map[int]string{64: "AVX512", 32: "AVX2"}[width]}
		k.sum()
		k.squares()
		k.pairs()
		k.scale()
		k.mix()
	}
	Generate()
}

const pixelBytes = 64 // of Lanes floats

// A kernel writes functions for one width of vectors. A pixel is one vector or two.
type kernel struct {
	width     int
	set, name string
}

// A pixel is the vectors of its lanes.
type pixel []reg.VecVirtual

func (k *kernel) begin(name, signature string) {
	k.name = name + k.set
	TEXT(k.name, NOSPLIT, signature)
	Doc(k.name + " is " + name + "Generic with " + k.set + ".")
	Pragma("noescape")
}

func end() {
	VZEROUPPER()
	RET()
}

func (k *kernel) label(s string) string { return k.name + "_" + s }

func (k *kernel) pixel() pixel {
	p := make(pixel, pixelBytes/k.width)
	for j := range p {
		if p[j] = YMM(); k.width == pixelBytes {
			p[j] = ZMM()
		}
	}
	return p
}

func (k *kernel) zero() pixel {
	p := k.pixel()
	for _, v := range p {
		VXORPS(v, v, v)
	}
	return p
}

func (k *kernel) load(base reg.Register) pixel {
	p := k.pixel()
	for j, v := range p {
		VMOVUPS(Mem{Base: base, Disp: j * k.width}, v)
	}
	return p
}

func (k *kernel) store(p pixel, base reg.Register) {
	for j, v := range p {
		VMOVUPS(v, Mem{Base: base, Disp: j * k.width})
	}
}

func pointer(name string) reg.Register { return Load(Param(name), GP64()) }

// loop writes a loop over the pixels of slice x. Its pointer and those in others move along.
func (k *kernel) loop(x reg.Register, others []reg.Register, body func()) {
	n := Load(Param("x").Len(), GP64())
	SHRQ(Imm(4), n)
	JEQ(LabelRef(k.label("done")))
	Label(k.label("pixel"))
	body()
	for _, p := range append([]reg.Register{x}, others...) {
		ADDQ(Imm(pixelBytes), p)
	}
	DECQ(n)
	JNE(LabelRef(k.label("pixel")))
	Label(k.label("done"))
}

func (k *kernel) sum() {
	k.begin("laneSum", "func(sum *[16]float32, x []float32)")
	x, s := Load(Param("x").Base(), GP64()), k.zero()
	k.loop(x, nil, func() {
		for j, v := range s {
			VADDPS(Mem{Base: x, Disp: j * k.width}, v, v)
		}
	})
	k.store(s, pointer("sum"))
	end()
}

func (k *kernel) squares() {
	k.begin("laneSquares", "func(sum, mean *[16]float32, x []float32)")
	x, mean, s := Load(Param("x").Base(), GP64()), k.load(pointer("mean")), k.zero()
	k.loop(x, nil, func() {
		for j, v := range k.load(x) {
			VSUBPS(mean[j], v, v)
			VFMADD231PS(v, v, s[j])
		}
	})
	k.store(s, pointer("sum"))
	end()
}

func (k *kernel) pairs() {
	k.begin("lanePairs", "func(sum, dot, mean *[16]float32, dy, x []float32)")
	x, dy := Load(Param("x").Base(), GP64()), Load(Param("dy").Base(), GP64())
	mean, s, t := k.load(pointer("mean")), k.zero(), k.zero()
	k.loop(x, []reg.Register{dy}, func() {
		v := k.load(x)
		for j, d := range k.load(dy) {
			VSUBPS(mean[j], v[j], v[j])
			VADDPS(d, s[j], s[j])
			VFMADD231PS(d, v[j], t[j])
		}
	})
	k.store(s, pointer("sum"))
	k.store(t, pointer("dot"))
	end()
}

// scale writes four loops: without and with an addend, and both again with a rectifier.
func (k *kernel) scale() {
	k.begin("laneScale", "func(y, x, add []float32, scale, shift *[16]float32, relu int)")
	x, y, add := Load(Param("x").Base(), GP64()), Load(Param("y").Base(), GP64()), Load(Param("add").Base(), GP64())
	scale, shift, zero := k.load(pointer("scale")), k.load(pointer("shift")), k.zero()
	relu := pointer("relu")
	k.loop(x, []reg.Register{y}, func() {
		p := k.load(x)
		for j, v := range p {
			VFMADD213PS(shift[j], scale[j], v)
		}
		TESTQ(add, add)
		JEQ(LabelRef(k.label("alone")))
		for j, v := range p {
			VADDPS(Mem{Base: add, Disp: j * k.width}, v, v)
		}
		ADDQ(Imm(pixelBytes), add)
		Label(k.label("alone"))
		TESTQ(relu, relu)
		JEQ(LabelRef(k.label("linear")))
		for _, v := range p {
			VMAXPS(v, zero[0], v) // the larger, or v if it is NaN or a zero
		}
		Label(k.label("linear"))
		k.store(p, y)
	})
	end()
}

func (k *kernel) mix() {
	k.begin("laneMix", "func(dx, dy, x []float32, p, q, r *[16]float32, add int)")
	x, dx, dy := Load(Param("x").Base(), GP64()), Load(Param("dx").Base(), GP64()), Load(Param("dy").Base(), GP64())
	p, q, r := k.load(pointer("p")), k.load(pointer("q")), k.load(pointer("r"))
	add := pointer("add")
	k.loop(x, []reg.Register{dx, dy}, func() {
		m := k.load(x)
		d := k.load(dy)
		for j, v := range m {
			VFMADD213PS(r[j], q[j], v)
			VFMADD231PS(d[j], p[j], v)
		}
		TESTQ(add, add)
		JEQ(LabelRef(k.label("store")))
		for j, v := range m {
			VADDPS(Mem{Base: dx, Disp: j * k.width}, v, v)
		}
		Label(k.label("store"))
		k.store(m, dx)
	})
	end()
}
