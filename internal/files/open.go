package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Open opens a regular file to be read. A pipe, a device or a folder is refused at once: reading it
// might wait for ever, or never end.
func Open(path string) (*os.File, error) {
	return regular(path, func() (fs.FileInfo, error) { return os.Stat(path) },
		func(flag int) (*os.File, error) { return os.OpenFile(path, flag, 0) })
}

// OpenIn is [Open] for a file of somebody else's folder: neither its name, which is relative to the
// folder, nor a symbolic link in there leads out of the folder.
func OpenIn(dir, name string) (*os.File, error) {
	path := filepath.Join(dir, name)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: Cause(err)}
	}
	defer root.Close()
	f, err := regular(path, func() (fs.FileInfo, error) { return root.Stat(name) },
		func(flag int) (*os.File, error) { return root.OpenFile(name, flag, 0) })
	if err != nil && strings.Contains(err.Error(), "escapes from parent") { // os does not export this error
		err = escape{}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: Cause(err)}
	}
	return f, nil
}

// OpenGiven is [Open] for a path that the user has typed. There it may also be standard input or
// another descriptor that the shell has opened, such as /dev/fd/63 of a process substitution.
func OpenGiven(path string) (*os.File, error) {
	if descriptor(path) {
		return os.Open(path)
	}
	return Open(path)
}

// descriptor reports whether a path names an open descriptor of this process.
func descriptor(path string) bool {
	path = filepath.ToSlash(filepath.Clean(path))
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// escape is the cause of an error of [OpenIn].
type escape struct{}

func (escape) Error() string {
	return "it escapes from its folder, and only files in there are read"
}

// Hint says what to do.
func (escape) Hint() string { return "put the file itself there instead of a link" }

// regular opens a file and checks before and afterwards that it is regular: before, since to open a
// device may already do something.
func regular(path string, stat func() (fs.FileInfo, error), open func(flag int) (*os.File, error)) (*os.File, error) {
	info, err := stat()
	if err != nil {
		return nil, err
	}
	if err := mustBeRegular(path, info); err != nil {
		return nil, err
	}
	f, err := open(os.O_RDONLY | noWait)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = mustBeRegular(path, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func mustBeRegular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: notRegular(kind(info.Mode()))}
}

// notRegular is the error of what is no regular file, and says what it is.
type notRegular string

func (k notRegular) Error() string { return "it is " + string(k) + ", not a regular file" }

// kind says what is no regular file.
func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
