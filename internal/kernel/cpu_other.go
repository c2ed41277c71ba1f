//go:build !amd64 || purego

package kernel

func vectorised() []*Micro { return nil }
