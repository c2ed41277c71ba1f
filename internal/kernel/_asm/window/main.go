// Command window writes the amd64 assembly of pooling and depthwise convolution. Run it
// through go generate ./internal/kernel.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!purego")
	for _, set := range []struct {
		suffix                string
		width, pixels, maxima int
	}{
		{"AVX512", 64, 8, 8},
		{"AVX2", 32, 4, 2},
	} {
		maxRow(kernel{name: "maxRow" + set.suffix, width: set.width, pixels: set.maxima})
		maxGradRow(kernel{name: "maxGradRow" + set.suffix, width: set.width, pixels: set.pixels})
		averageRow(kernel{name: "averageRow" + set.suffix, width: set.width, pixels: set.pixels})
		averageGradRow(kernel{name: "averageGradRow" + set.suffix, width: set.width, pixels: set.pixels})
		depthwiseRow(kernel{name: "depthwiseRow" + set.suffix, width: set.width, pixels: set.pixels})
	}
	Generate()
}
