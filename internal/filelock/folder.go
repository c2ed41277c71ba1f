package filelock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"hoodwink/internal/files"
)

// folderLock is the file in a folder that is locked while a command writes a model there.
const folderLock = ".hoodwink.lock"

// A BusyError says that another process writes into a folder.
type BusyError struct{ Dir string }

// Error implements error.
func (e *BusyError) Error() string {
	return fmt.Sprintf("another hoodwink is writing into %s", e.Dir)
}

// Hint says what to do.
func (e *BusyError) Hint() string { return "wait until it is done, or name another folder" }

// Folder locks a folder, which must exist, for one writer until release is called or the process
// ends. If somebody else has it, the error is a [BusyError]. On a file system without locks there
// is none, and no error.
func Folder(dir string) (release func(), err error) {
	path := filepath.Join(dir, folderLock)
	for {
		f, err := files.OpenOwn(path, os.O_CREATE|os.O_RDWR, 0o666)
		if runtime.GOOS == "windows" && errors.Is(err, fs.ErrPermission) && files.Is(path) {
			return nil, &BusyError{dir} // it is just being removed
		}
		if err != nil {
			return nil, err
		}
		ok, err := Try(f)
		if errors.Is(err, errors.ErrUnsupported) {
			ok, err = true, nil
		}
		switch {
		case err != nil:
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		case !ok:
			f.Close()
			return nil, &BusyError{dir}
		case files.Still(f, path):
			return func() { Discard(f) }, nil
		}
		f.Close() // its holder removed it between our opening and our locking
	}
}

// Discard removes a locked file and gives up the lock.
func Discard(f *os.File) {
	if runtime.GOOS == "windows" { // where open files cannot be removed, nor files that others opened
		f.Close()
		os.Remove(f.Name())
		return
	}
	os.Remove(f.Name())
	f.Close()
}
