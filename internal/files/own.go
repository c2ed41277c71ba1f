package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// ErrNotOwn is the cause of an error of [OpenOwn].
var ErrNotOwn = errors.New("not a file of this program: it is a link, has another name, or is no regular file")

// OpenOwn opens a file that only this program writes: a lock, a part of a download, an entry of the
// cache. Whatever somebody else put at its path is not written through: a symbolic link is not
// followed, and a file with a second name, a pipe, a device or a folder is refused, all with
// [ErrNotOwn]. It never waits. Flag and perm are those of [os.OpenFile].
func OpenOwn(path string, flag int, perm os.FileMode) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotOwn}
	}
	f, err := os.OpenFile(path, flag|asItIs, perm)
	if isLink(err) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotOwn}
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || names(f, info) > 1) {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotOwn}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReplaceOwn is [OpenOwn] of a file to read and write, where what is not ours is removed first.
func ReplaceOwn(path string, perm os.FileMode) (*os.File, error) {
	f, err := OpenOwn(path, os.O_CREATE|os.O_RDWR, perm)
	if !errors.Is(err, ErrNotOwn) {
		return f, err
	}
	if err := os.Remove(path); err != nil {
		return nil, err
	}
	return OpenOwn(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, perm)
}

// ReadOwn returns the content of a file of ours that has at most the given number of bytes.
func ReadOwn(path string, most int64) ([]byte, error) {
	f, err := OpenOwn(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("the file is too large")}
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Still reports whether an open file is still the one at path.
func Still(f *os.File, path string) bool {
	held, err := f.Stat()
	now, err2 := os.Lstat(path)
	return err == nil && err2 == nil && os.SameFile(held, now)
}
