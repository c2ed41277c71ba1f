package onnx

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"hoodwink/internal/files"
	"hoodwink/internal/pb"
	"hoodwink/nn"
)

// A Model is the contents of an ONNX file.
type Model struct {
	Name            string // of the graph
	File            string // where it was read, for errors; may be ""
	Producer        string // program that wrote it, e.g. "pytorch"
	ProducerVersion string
	Opset           int // version of the standard operators

	// External are the other files that hold its weights, sorted: paths with slashes, relative to
	// its folder.
	External []string

	Options Options  // answers to what the file leaves open; to be set before Build
	Notes   []string // assumptions of Build about inputs and outputs, in sentences

	graph     *graphProto
	functions map[functionID]*function
	weights   int // number of values in all tensors

	build      sync.Once
	net        *nn.Network
	err        error
	activation Activation
	output     string // the one chosen of several
	inputType  elemType
}

// Versions of the standard operators that are understood.
const (
	minOpset = 7
	maxOpset = 28
)

// Read reads a model. Its weights may be in other files in the given folder, and below it; if the
// folder is "", there must be none. Read streams: it needs memory for the weights and little else,
// and believes no length in the file before the bytes are there.
func Read(r io.Reader, dir string) (*Model, error) {
	m := &Model{}
	d := &decoder{Reader: pb.NewReader(r), model: m, external: &folder{path: dir}}
	defer d.external.close()
	if err := d.decode(); err != nil {
		return nil, err
	}
	m.External = slices.Sorted(maps.Keys(d.external.files))
	if m.Opset == 0 {
		m.Opset = 1 // a missing field means this
	}
	if m.Opset < minOpset || m.Opset > maxOpset {
		return nil, &Error{Err: fmt.Errorf("it is of opset %d: %d to %d are supported", m.Opset, minOpset, maxOpset),
			hint: "export the model again, with opset_version=17"}
	}
	return m, nil
}

// ReadFile reads a model from a file, and what belongs to it from the file's folder.
func ReadFile(path string) (*Model, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, &Error{File: path, Err: files.Cause(err)}
	}
	defer f.Close()
	m, err := Read(f, filepath.Dir(path))
	if err != nil {
		return nil, inFile(path, err)
	}
	m.File = path
	return m, nil
}

// Load reads a network from a file.
func Load(path string) (*nn.Network, error) {
	m, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return m.Build()
}

// inFile adds the file's name to an error.
func inFile(path string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Err: err}
	}
	if e.File == "" {
		e.File = path
	}
	return e
}
