//go:build !windows

package files

import (
	"errors"
	"os"
	"syscall"
)

// asItIs makes OpenFile neither follow a link nor wait for the other end of a pipe.
const asItIs = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// isLink reports whether OpenFile failed because of asItIs.
func isLink(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK)
}

// names returns the number of names that a file has.
func names(_ *os.File, info os.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink)
	}
	return 1
}
