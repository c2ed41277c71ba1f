//go:build amd64 && !purego

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// windowAVX2 and windowAVX512 are windowGeneric with vector registers.
var (
	windowAVX2 = windowAssembly{
		maxRowAVX2, maxGradRowAVX2, averageRowAVX2, averageGradRowAVX2, depthwiseRowAVX2,
	}.kernels("avx2")
	windowAVX512 = windowAssembly{
		maxRowAVX512, maxGradRowAVX512, averageRowAVX512, averageGradRowAVX512, depthwiseRowAVX512,
	}.kernels("avx512")
)

// windowSets returns the window kernels this processor can run, slowest first.
func windowSets() []*windowKernels {
	sets := []*windowKernels{windowGeneric}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, windowAVX2)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ {
		sets = append(sets, windowAVX512)
	}
	return sets
}

// A windowAssembly is functions that take pointers and trust them. Its methods check that the
// pointers stay within the slices, and panic as indexing would.
type windowAssembly struct {
	max         func(y *float32, which *uint8, x *float32, n, step int, taps *byte, ntaps int)
	maxGrad     func(dx, dy *float32, which *uint8, mask *float32, n, step int, taps *byte, ntaps int, accumulate bool)
	average     func(y, x *float32, n, step int, taps *byte, ntaps int, area float32)
	averageGrad func(dx, dy, mask *float32, n, step int, taps *byte, ntaps int, accumulate bool)
	depthwise   func(y, x, w, bias, mask *float32, n, xstep, ystep int, taps *byte, ntaps int, accumulate, relu bool)
}

func (a windowAssembly) kernels(name string) *windowKernels {
	return &windowKernels{name, a.maxRow, a.maxGradRow, a.averageRow, a.averageGradRow, a.depthwiseRow}
}

func (a windowAssembly) maxRow(y []float32, which []uint8, x []float32, n, step int, taps *Taps) {
	if n <= 0 {
		return
	}
	_ = taps.list[0]
	checkRun(y, 0, n, Lanes)
	if which != nil {
		checkRun(which, 0, n, Lanes)
	}
	checkTaps(x, n, step, taps)
	a.max(unsafe.SliceData(y), unsafe.SliceData(which), unsafe.SliceData(x), n, step, tapData(taps), len(taps.list))
}

func (a windowAssembly) maxGradRow(
	dx, dy []float32, which []uint8, mask []float32, n, step int, taps *Taps, accumulate bool,
) {
	if n <= 0 {
		return
	}
	checkTaps(dy, n, Lanes, taps)
	if len(taps.list) > 0 {
		checkRun(which, taps.nearestWhich, n, Lanes)
		checkRun(which, taps.farthestWhich, n, Lanes)
	}
	checkOutput(dx, mask, n, step)
	a.maxGrad(unsafe.SliceData(dx), unsafe.SliceData(dy), unsafe.SliceData(which), unsafe.SliceData(mask), n, step, tapData(taps), len(taps.list), accumulate)
}

func (a windowAssembly) averageRow(y, x []float32, n, step int, taps *Taps, area float32) {
	if n <= 0 {
		return
	}
	checkRun(y, 0, n, Lanes)
	checkTaps(x, n, step, taps)
	a.average(unsafe.SliceData(y), unsafe.SliceData(x), n, step, tapData(taps), len(taps.list), area)
}

func (a windowAssembly) averageGradRow(dx, dy, mask []float32, n, step int, taps *Taps, accumulate bool) {
	if n <= 0 {
		return
	}
	checkTaps(dy, n, Lanes, taps)
	checkOutput(dx, mask, n, step)
	a.averageGrad(unsafe.SliceData(dx), unsafe.SliceData(dy), unsafe.SliceData(mask), n, step, tapData(taps), len(taps.list), accumulate)
}

func (a windowAssembly) depthwiseRow(
	y, x, w, bias, mask []float32, n, xstep, ystep int, taps *Taps, accumulate, relu bool,
) {
	if n <= 0 {
		return
	}
	checkTaps(x, n, xstep, taps)
	_ = w[: len(taps.list)*Lanes : len(w)]
	if bias != nil {
		_ = bias[:Lanes:len(bias)]
	}
	checkOutput(y, mask, n, ystep)
	a.depthwise(unsafe.SliceData(y), unsafe.SliceData(x), unsafe.SliceData(w), unsafe.SliceData(bias), unsafe.SliceData(mask), n, xstep, ystep, tapData(taps), len(taps.list), accumulate, relu)
}

// checkRun panics if the first or the last of n pixels is not in x. Then all of them are.
func checkRun[T float32 | uint8](x []T, off, n, step int) {
	_ = x[off : off+Lanes : len(x)]
	off += (n - 1) * step
	_ = x[off : off+Lanes : len(x)]
}

func checkTaps(x []float32, n, step int, taps *Taps) {
	if len(taps.list) > 0 {
		checkRun(x, taps.nearest, n, step)
		checkRun(x, taps.farthest, n, step)
	}
}

func checkOutput(out, mask []float32, n, step int) {
	checkRun(out, 0, n, step)
	if mask != nil {
		checkRun(mask, 0, n, step)
	}
}

func tapData(taps *Taps) *byte { return (*byte)(unsafe.Pointer(unsafe.SliceData(taps.list))) }
