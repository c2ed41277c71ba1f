package main

import (
	"fmt"
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vector = reg.VecVirtual

// A mask has a condition for every lane: a vector of ones and zeros with AVX2, an
// opmask register with AVX-512.
type mask = reg.Register

// An isa is an instruction set. Its registers hold lanes values of float32.
type isa struct {
	suffix string
	lanes  int
}

func (s *isa) wide() bool { return s.lanes == 16 }

func (s *isa) vector() vector {
	if s.wide() {
		return ZMM()
	}
	return YMM()
}

func (s *isa) zero() vector {
	z := s.vector()
	VXORPS(z, z, z)
	return z
}

// Predicates of VCMPPS, false and true for NaN.
const (
	greater   = 0x1e
	less      = 0x11
	lessEqual = 0x12
	unordered = 0x03
)

// compare returns the lanes where a is greater than b, less than b and so on, as predicate says.
func (s *isa) compare(predicate uint64, a, b vector) mask {
	if s.wide() {
		k := K()
		VCMPPS(Imm(predicate), b, a, k)
		return k
	}
	m := s.vector()
	VCMPPS(Imm(predicate), b, a, m)
	return m
}

// choose returns yes where m is set, no elsewhere.
func (s *isa) choose(m mask, yes, no vector) vector {
	y := s.vector()
	if s.wide() {
		VBLENDMPS(yes, no, m, y)
	} else {
		VBLENDVPS(m, yes, no, y)
	}
	return y
}

// first returns a mask of the first n lanes, 0 <= n < s.lanes.
func (s *isa) first(n reg.GPVirtual) mask {
	if s.wide() {
		ones, k := GP32(), K()
		MOVL(U32(1<<16-1), ones)
		BZHIL(n.As32(), ones, ones)
		KMOVW(ones, k)
		return k
	}
	m := s.vector()
	VMOVD(n.As32(), m.AsX())
	VPBROADCASTD(m.AsX(), m)
	VPCMPGTD(data("lanes", 0, 1, 2, 3, 4, 5, 6, 7), m, m)
	return m
}

// load reads a vector, or the lanes of a mask that is not nil and zeros elsewhere.
func (s *isa) load(from Mem, lanes mask) vector {
	v := s.vector()
	switch {
	case lanes == nil:
		VMOVUPS(from, v)
	case s.wide():
		VMOVUPS_Z(from, lanes, v)
	default:
		VMASKMOVPS(from, lanes, v)
	}
	return v
}

// store writes a vector, or the lanes of a mask that is not nil.
func (s *isa) store(v vector, to Mem, lanes mask) {
	switch {
	case lanes == nil:
		VMOVUPS(v, to)
	case s.wide():
		VMOVUPS(v, lanes, to)
	default:
		VMASKMOVPS(v, lanes, to)
	}
}

// A function loads its operands vector by vector, and stores what compute makes of them.
type function struct {
	name                  string
	slices, loads, values []string
	compute               func(s *isa, v, values []vector) vector
}

// write writes the function for an instruction set: a loop over whole vectors, then one step under
// a mask for the rest.
func (f function) write(s *isa) {
	name := f.name + s.suffix
	signature := "func(" + strings.Join(f.slices, ", ") + " []float32"
	if len(f.values) > 0 {
		signature += ", " + strings.Join(f.values, ", ") + " float32"
	}
	TEXT(name, NOSPLIT, signature+")")
	last := f.slices[len(f.slices)-1]
	Doc(fmt.Sprintf("%s is %sGeneric with %s. The length is %s's.", name, f.name, s.suffix, last))
	Pragma("noescape")

	base := map[string]reg.Register{}
	for _, p := range f.slices {
		base[p] = Load(Param(p).Base(), GP64())
	}
	n, i := GP64(), GP64()
	Load(Param(last).Len(), n)
	XORQ(i, i)
	values := make([]vector, len(f.values))
	for j, p := range f.values {
		values[j] = s.vector()
		VBROADCASTSS(address(Param(p)), values[j])
	}
	step := func(lanes mask) {
		var v []vector
		for _, p := range f.loads {
			v = append(v, s.load(Mem{Base: base[p], Index: i, Scale: 4}, lanes))
		}
		s.store(f.compute(s, v, values), Mem{Base: base[f.slices[0]], Index: i, Scale: 4}, lanes)
	}

	SUBQ(Imm(uint64(s.lanes)), n)
	JLT(LabelRef("rest"))
	Label("whole")
	step(nil)
	ADDQ(Imm(uint64(s.lanes)), i)
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef("whole"))
	Label("rest")
	ADDQ(Imm(uint64(s.lanes)), n)
	JEQ(LabelRef("done"))
	step(s.first(n))
	Label("done")
	VZEROUPPER()
	RET()
}

// address returns the place of a parameter or a result.
func address(c gotypes.Component) Mem {
	b, err := c.Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

var written = map[string]Mem{}

// data returns words in read-only memory.
func data(name string, words ...uint32) Mem {
	if m, ok := written[name]; ok {
		return m
	}
	m := GLOBL("elementwise_"+name, RODATA|NOPTR)
	for i, w := range words {
		DATA(4*i, U32(w))
	}
	written[name] = m
	return m
}

// bits returns a vector of equal words in read-only memory.
func bits(name string, w uint32) Mem {
	words := make([]uint32, 16)
	for i := range words {
		words[i] = w
	}
	return data(name, words...)
}

// value returns a vector of equal floats in read-only memory.
func value(name string, v float32) Mem { return bits(name, math.Float32bits(v)) }
