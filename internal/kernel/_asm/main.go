// Command asm writes the amd64 assembly of package kernel. Run it through
// go generate ./internal/kernel.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!purego")
	tile("tile8x32AVX512", 8, 2, 64)
	tile("tile6x16AVX2", 6, 2, 32)
	peak("peakAVX512", 64)
	peak("peakAVX2", 32)
	Generate()
}
