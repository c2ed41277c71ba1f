package fetch

import (
	"errors"
	"fmt"
)

// A spaceError says before a download that the disk has no room for it.
type spaceError struct {
	dir        string
	need, free int64
}

func (e spaceError) Error() string {
	return fmt.Sprintf("%s: no room for %d more bytes, %d are free", e.dir, e.need, e.free)
}

// freeSpace is diskFree. Tests replace it.
var freeSpace = diskFree

// room reports an error if a folder's disk has no room for so many bytes. Where the room is not
// known, the download will find out.
func room(dir string, need int64) error {
	if free, ok := freeSpace(dir); ok && need > free {
		return spaceError{dir, need, free}
	}
	return nil
}

// noSpace reports whether err says that a disk or quota is full.
func noSpace(err error) bool { return errors.As(err, new(spaceError)) || diskFull(err) }
