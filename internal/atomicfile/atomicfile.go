// Package atomicfile writes files whole or not at all.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2" // names of temporary files only
	"os"
	"path/filepath"
)

// Write creates or replaces the file at path with what write produces. The content goes to a
// temporary file in the same folder, which is renamed only when it is complete: on any error
// nothing is left behind and an earlier file is untouched.
//
// A link is followed. A file that is replaced keeps its permissions. Something that exists but is
// not a regular file, such as /dev/null, is refused.
func Write(path string, write func(w io.Writer) error) (err error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &os.PathError{Op: "write", Path: path, Err: errNotRegular}
	}
	f, err := create(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if info != nil {
		if err = f.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

var errNotRegular = errors.New("not a regular file")

// create makes a temporary file with the permissions of a new file, unlike os.CreateTemp, whose
// files only their owner may read.
func create(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".hoodwink-%08x", rand.Uint32()))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}
