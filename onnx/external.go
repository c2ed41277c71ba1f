package onnx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"hoodwink/internal/files"
)

// A folder is the model's folder, the only place that may have values outside of its file: neither
// a path nor a symbolic link leads out of it.
type folder struct {
	path  string // "" if the model is not from a file
	files map[string]*externalFile
}

type externalFile struct {
	*os.File
	size int64
	left int64 // bytes that may still be read
}

const externalHint = "keep the files of weights beside the model, as they were exported"

// read appends the values in length bytes of a file from offset on.
func (f *folder) read(c *constant, location string, offset, length int64) error {
	file, err := f.open(location)
	if err != nil {
		return &Error{Err: fmt.Errorf("weights in %q: %w", location, err), hint: externalHint}
	}
	if offset > file.size || length > file.size-offset {
		return &Error{Err: fmt.Errorf("weights in %q: bytes %d to %d are wanted, the file has %d", location, offset, offset+length, file.size), hint: externalHint}
	}
	// Weights may be shared, but not so often that a small file fills the memory.
	if file.left -= length; file.left < 0 {
		return fmt.Errorf("weights in %q are used more than twice", location)
	}
	c.room(int(length) / c.typ.width())
	r := io.NewSectionReader(file, offset, length)
	buf := make([]byte, 1<<16)
	for length > 0 {
		b := buf[:min(length, int64(len(buf)))]
		if _, err := io.ReadFull(r, b); err != nil {
			return fmt.Errorf("weights in %q: %w", location, err)
		}
		c.appendRaw(b)
		length -= int64(len(b))
	}
	return nil
}

// maxExternalFiles bounds the number of files of a model.
const maxExternalFiles = 1 << 10

func (f *folder) open(location string) (*externalFile, error) {
	if file := f.files[location]; file != nil {
		return file, nil
	}
	if f.path == "" {
		return nil, errors.New("it is outside of the model, which did not come from a file")
	}
	path := filepath.FromSlash(location)
	if !filepath.IsLocal(path) {
		return nil, errors.New("only files in the folder of the model are read")
	}
	if f.files == nil {
		f.files = map[string]*externalFile{}
	}
	if len(f.files) == maxExternalFiles {
		return nil, fmt.Errorf("more than %d files", maxExternalFiles)
	}
	file, err := files.OpenIn(f.path, path)
	if err != nil {
		return nil, files.Cause(err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, files.Cause(err)
	}
	f.files[location] = &externalFile{File: file, size: info.Size(), left: 2 * info.Size()}
	return f.files[location], nil
}

func (f *folder) close() {
	for _, file := range f.files {
		file.Close()
	}
}
