//go:build !amd64 || purego

package kernel

func vectorisedElementwise() []*elementwiseKernels { return nil }
