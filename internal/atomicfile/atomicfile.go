// Package atomicfile writes files whole or not at all, and so that they last: what has its name has
// reached the disk.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"hoodwink/internal/filelock"
)

// Write creates or replaces the file at path with what write produces. The content goes to a
// temporary file in the same folder, which is renamed only when it is complete and on the disk: on
// any error nothing is left behind and an earlier file is untouched.
//
// A link is followed. A file that is replaced keeps its permissions. Something that exists but is
// not a regular file, such as /dev/null, is refused.
//
// What a killed process has left in the folder is removed first, as by [Sweep], but not in every
// call.
func Write(path string, write func(w io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	if err != nil {
		return replace(path, 0o666, nil, write)
	}
	if !info.Mode().IsRegular() {
		return &os.PathError{Op: "write", Path: path, Err: errNotRegular}
	}
	perm := info.Mode().Perm()
	return replace(path, 0o666, &perm, write)
}

// WritePrivate is like [Write] for a file that only its owner may read, now and afterwards. A link
// at path is replaced, not followed.
func WritePrivate(path string, write func(w io.Writer) error) error {
	return replace(path, 0o600, nil, write)
}

var errNotRegular = errors.New("not a regular file")

// replace writes aside, with the permissions perm of a new file or exact ones, and renames.
func replace(path string, perm os.FileMode, exact *os.FileMode, write func(w io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	sweepOnce(dir)
	f, err := create(dir, perm)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			filelock.Discard(f)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if exact != nil {
		if err = f.Chmod(*exact); err != nil {
			return err
		}
	}
	if err = disk.sync(f); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where open files cannot be renamed; elsewhere the lock is kept until then
		if err = f.Close(); err != nil {
			return err
		}
	}
	if err = disk.rename(f.Name(), path); err != nil {
		return err
	}
	f.Close()
	disk.syncFolder(dir)
	return nil
}

// Place moves a complete file or folder to its place on the same disk, so that after a loss of
// power it is there whole, or not at all.
func Place(from, to string) error {
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			disk.syncFolder(path)
			return nil
		case !e.Type().IsRegular():
			return nil
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0) // Windows only flushes what may be written
		if err != nil {
			return err
		}
		defer f.Close()
		return disk.sync(f)
	})
	if err != nil {
		return err
	}
	if err := disk.rename(from, to); err != nil {
		return err
	}
	disk.syncFolder(filepath.Dir(to))
	return nil
}

// Install moves a complete file from a temporary folder ([Folder]) to path, as if [Write] had written
// it there: what is replaced keeps its permissions, and a link is followed.
func Install(from, path string) error {
	target := path
	if t, err := filepath.EvalSymlinks(path); err == nil {
		target = t
	}
	info, err := os.Stat(target)
	if err == nil && !info.Mode().IsRegular() {
		return &os.PathError{Op: "write", Path: path, Err: errNotRegular}
	}
	if err == nil {
		if err := os.Chmod(from, info.Mode().Perm()); err != nil {
			return err
		}
	}
	if Place(from, target) == nil {
		return nil
	}
	f, err := os.Open(from) // a link may lead to another disk
	if err != nil {
		return err
	}
	defer f.Close()
	return Write(path, func(w io.Writer) error { _, err := io.Copy(w, f); return err })
}

// disk is what must happen in the right order. Tests watch it.
var disk = struct {
	sync       func(f *os.File) error
	rename     func(from, to string) error
	syncFolder func(dir string)
}{(*os.File).Sync, os.Rename, syncFolder}

// syncFolder writes the names in a folder to the disk. Some file systems cannot, and Windows has no
// such call: there it does nothing.
func syncFolder(dir string) {
	if runtime.GOOS == "windows" {
		return
	}
	if f, err := os.Open(dir); err == nil {
		f.Sync()
		f.Close()
	}
}
