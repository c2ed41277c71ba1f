//go:build linux || darwin

package arena

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const anonymous = unix.MAP_PRIVATE | unix.MAP_ANON

// reserve returns new memory of zeros, in whole pages.
func reserve(length int) ([]byte, error) {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(length), unix.PROT_READ|unix.PROT_WRITE, anonymous)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(p), length), nil
}

// discard gives the memory back and keeps its addresses. It reports whether the system took it.
func discard(mem []byte) bool { return remap(mem, unix.PROT_NONE) == nil }

// restore gives discarded addresses memory again, zeros.
func restore(mem []byte) error { return remap(mem, unix.PROT_READ|unix.PROT_WRITE) }

// remap replaces the pages of mem by fresh ones.
func remap(mem []byte, prot int) error {
	p := unsafe.Pointer(unsafe.SliceData(mem))
	_, err := unix.MmapPtr(-1, 0, p, uintptr(len(mem)), prot, anonymous|unix.MAP_FIXED)
	return err
}

// release gives memory and addresses back.
func release(mem []byte) {
	if err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(mem)), uintptr(len(mem))); err != nil {
		panic(err) // only for addresses that are not ours
	}
}
