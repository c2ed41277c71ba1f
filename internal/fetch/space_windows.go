package fetch

import (
	"errors"

	"golang.org/x/sys/windows"
)

// diskFull reports whether err says that a disk or quota is full.
func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// diskFree returns the bytes that the user may still write on the disk of a folder.
func diskFree(dir string) (free int64, ok bool) {
	path, err := windows.UTF16PtrFromString(dir)
	var n uint64
	if err != nil || windows.GetDiskFreeSpaceEx(path, &n, nil, nil) != nil {
		return 0, false
	}
	return int64(min(n, 1<<62)), true
}
