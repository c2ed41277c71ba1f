//go:build !linux

package lab

// machineMemory says that the memory of the machine is not known.
func machineMemory() (bytes int64, ok bool) { return 0, false }
