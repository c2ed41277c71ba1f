package files

import (
	"os"
	"syscall"
)

// change returns the inode of a file and the time of its last change, 0 where it is not known.
func change(info os.FileInfo) (inode uint64, changed int64) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	return s.Ino, s.Ctim.Nano()
}
