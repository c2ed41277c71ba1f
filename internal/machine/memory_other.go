//go:build !linux

// Package machine says what the machine has.
package machine

// Memory says that the memory of the machine is not known.
func Memory() (bytes int64, ok bool) { return 0, false }
