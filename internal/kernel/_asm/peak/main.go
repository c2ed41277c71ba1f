// Command peak writes, for amd64, the loops that measure the machine. Run it through go generate
// ./internal/kernel.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!purego")
	peak("peakAVX512", 64)
	peak("peakAVX2", 32)
	Generate()
}
