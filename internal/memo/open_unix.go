//go:build !windows

package memo

import (
	"io/fs"
	"os"
	"syscall"
)

// ours reports whether a file or folder belongs to the user of this process.
func ours(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(s.Uid) == os.Geteuid()
}

// tooOpen returns the permissions of a file or folder that other users have.
func tooOpen(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() & 0o077 }
