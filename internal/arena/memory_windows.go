package arena

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// reserve returns new memory of zeros, in whole pages.
func reserve(length int) ([]byte, error) {
	p, err := windows.VirtualAlloc(0, uintptr(length), windows.MEM_RESERVE|windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		return nil, err
	}
	// The address is none of Go's, so no conversion rule applies to it; this form says so to go vet.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&p)), length), nil
}

func address(mem []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(mem))) }

// discard gives the memory back and keeps its addresses. It reports whether the system took it.
func discard(mem []byte) bool {
	return windows.VirtualFree(address(mem), uintptr(len(mem)), windows.MEM_DECOMMIT) == nil
}

// restore gives discarded addresses memory again, zeros.
func restore(mem []byte) error {
	_, err := windows.VirtualAlloc(address(mem), uintptr(len(mem)), windows.MEM_COMMIT, windows.PAGE_READWRITE)
	return err
}

// release gives memory and addresses back.
func release(mem []byte) {
	if err := windows.VirtualFree(address(mem), 0, windows.MEM_RELEASE); err != nil {
		panic(err) // only for addresses that are not ours
	}
}
