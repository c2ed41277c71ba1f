//go:build !amd64 || purego

package kernel

// windowSets returns the window kernels this processor can run, slowest first.
func windowSets() []*windowKernels { return []*windowKernels{windowGeneric} }
