//go:build !windows

package fetch

import (
	"errors"

	"golang.org/x/sys/unix"
)

// diskFull reports whether err says that a disk or quota is full.
func diskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// diskFree returns the bytes that the user may still write on the disk of a folder.
func diskFree(dir string) (free int64, ok bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
