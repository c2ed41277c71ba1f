// Command tile writes the matrix-multiply kernels for amd64. Run it through
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
