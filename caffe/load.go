package caffe

import (
	"errors"
	"io"

	"hoodwink/internal/files"
	"hoodwink/nn"
)

// Load reads a network from its definition and its weights.
func Load(prototxtPath, weightsPath string) (*nn.Network, error) {
	d, err := ParseFile(prototxtPath)
	if err != nil {
		return nil, err
	}
	w, err := ReadWeightsFile(weightsPath)
	if err != nil {
		return nil, err
	}
	return d.Build(w)
}

// ParseFile is Parse with errors that name the file.
func ParseFile(path string) (*Definition, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	// One byte more than allowed is enough to see that it is too long.
	src, err := io.ReadAll(io.LimitReader(f, maxDefinitionBytes+1))
	if err != nil {
		return nil, fileError(path, err)
	}
	d, err := Parse(src)
	if err != nil {
		return nil, fileError(path, err)
	}
	d.File = path
	return d, nil
}

// fileError adds the file's name to an error, once: errors of package os have it already.
func fileError(path string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Err: err}
	}
	e.File = path
	e.Err = files.Cause(e.Err)
	return e
}
