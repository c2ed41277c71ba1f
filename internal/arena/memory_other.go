//go:build !linux && !darwin && !windows

package arena

import "unsafe"

// reserve returns new memory of zeros, aligned as buffers are. It is Go's own, which nothing can give back
// while somebody points to it.
func reserve(length int) ([]byte, error) {
	mem := make([]byte, length+alignment)
	skip := -int(uintptr(unsafe.Pointer(&mem[0]))) & (alignment - 1)
	return mem[skip:][:length:length], nil
}

// discard reports that the system takes nothing back.
func discard([]byte) bool { return false }

// restore has nothing to do.
func restore([]byte) error { return nil }

// release leaves the memory to the garbage collector.
func release([]byte) {}
