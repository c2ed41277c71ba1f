package files

import (
	"encoding/binary"
	"os"
)

// An Identity tells one state of a file from another without reading it: its size and modification
// time and, on Linux and macOS, its inode and the time of its last change of any kind, which no
// program can set.
type Identity [32]byte

// Identify returns the identity of the file at path, after links.
func Identify(path string) (id Identity, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return id, err
	}
	inode, changed := change(info)
	for i, v := range []uint64{uint64(info.Size()), uint64(info.ModTime().UnixNano()), inode, uint64(changed)} {
		binary.LittleEndian.PutUint64(id[8*i:], v)
	}
	return id, nil
}
