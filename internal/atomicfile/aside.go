package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2" // names of temporary files only
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"

	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
)

// Temporary files and folders are locked as long as their process lives; those without a holder are
// leftovers. A folder is locked by a file in it.
var asideName = regexp.MustCompile(`^\.hoodwink-[0-9a-f]{1,16}$`)

const asideLock = ".lock"

func asidePath(dir string) string {
	return filepath.Join(dir, fmt.Sprintf(".hoodwink-%08x", rand.Uint32()))
}

// create makes a temporary file, which is locked.
func create(dir string, perm os.FileMode) (*os.File, error) {
	for {
		f, err := os.OpenFile(asidePath(dir), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if held(f) {
			return f, nil
		}
		f.Close() // a sweep was quicker than our lock, and removes the file
	}
}

// held locks a file that was just made. It reports false if a sweep has it, or had it. Where the
// file system has no locks, there are no sweeps either.
func held(f *os.File) bool {
	ok, err := filelock.Try(f)
	return err != nil || ok && files.Still(f, f.Name())
}

// Folder makes a temporary folder in dir, to prepare in it what is then moved into dir (see
// [Install] and [Place]). Its name begins with a dot, and only the user may read it. Remove deletes
// it with all that is still there.
func Folder(dir string) (path string, remove func(), err error) {
	sweepOnce(dir)
	for {
		path := asidePath(dir)
		if err := os.Mkdir(path, 0o700); errors.Is(err, os.ErrExist) {
			continue
		} else if err != nil {
			return "", nil, err
		}
		f, err := os.OpenFile(filepath.Join(path, asideLock), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil && held(f) {
			return path, func() { discardFolder(path, f) }, nil
		}
		if err == nil {
			f.Close()
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			os.Remove(path)
			return "", nil, err
		}
	}
}

// discardFolder removes a temporary folder whose lock is f: the lock last, so that of a removal
// that is cut short the next sweep does the rest.
func discardFolder(path string, f *os.File) {
	entries, _ := os.ReadDir(path)
	for _, e := range entries {
		if e.Name() != asideLock {
			os.RemoveAll(filepath.Join(path, e.Name()))
		}
	}
	filelock.Discard(f)
	os.Remove(path)
}

// Sweep removes from a folder what processes that were killed have left there. Files of processes
// that live, and those that this package did not name, stay. What cannot be removed stays, too.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !asideName.MatchString(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type().IsRegular():
			sweep(path, 0, filelock.Discard)
		case e.IsDir():
			sweep(filepath.Join(path, asideLock), os.O_CREATE, func(f *os.File) { discardFolder(path, f) })
		}
	}
}

// sweep discards a leftover if nobody holds its lock.
func sweep(lock string, flag int, discard func(*os.File)) {
	f, err := files.OpenOwn(lock, os.O_RDWR|flag, 0o600)
	if err != nil {
		return
	}
	if ok, err := filelock.Try(f); err == nil && ok && files.Still(f, lock) && !fresh(f) {
		discard(f)
		return
	}
	f.Close()
}

// fresh reports whether a file may still be about to be renamed: on Windows it is closed, and so
// unlocked, before that.
func fresh(f *os.File) bool {
	info, err := f.Stat()
	return runtime.GOOS == "windows" && (err != nil || time.Since(info.ModTime()) < time.Minute)
}

// swept has the folders that this process has swept, so that writing many files into a folder reads
// it once. It is emptied when it is large.
var swept = struct {
	sync.Mutex
	dirs map[string]bool
}{dirs: map[string]bool{}}

func sweepOnce(dir string) {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	swept.Lock()
	done := swept.dirs[dir]
	if len(swept.dirs) >= 1000 {
		clear(swept.dirs)
	}
	swept.dirs[dir] = true
	swept.Unlock()
	if !done {
		Sweep(dir)
	}
}
