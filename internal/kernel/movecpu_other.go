//go:build !amd64 || purego

package kernel

// moveSets returns the sets this processor can run, slowest first.
func moveSets() []*moveKernels { return []*moveKernels{&moveGeneric} }
