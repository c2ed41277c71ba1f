package model

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A source is a model's files before they are read.
type source struct {
	name, dir                   string
	definition, weights, labels string // paths for open; "" if there is none
	spec                        preprocess.Spec
	open                        func(path string) (fs.File, error)
	sum                         string   // Hash the model must have, or ""
	answer                      []answer // its expected answer for a black picture, or nil
	added                       bool     // has a contract
	output                      string   // which of several outputs to use, or ""
	outputs                     Outputs  // what the results in the files are; "" if nothing says it

	accept      func(*nn.Network) error // called before the network runs; may be nil
	guessLabels bool                    // use labels of the folder above if their number fits
	imagenet    bool                    // the classes are ImageNet's
	meanImage   string                  // path of a mean image to subtract pixel by pixel, or ""
	namesIn     []string                // models folders that may have ImageNet's names
}

// Open opens a model by its name (without a contract, the name of its folder in a models folder),
// or by the path of a folder that has a hoodwink.yaml, an .onnx, or a .prototxt and a .caffemodel,
// or by the path of an .onnx file. A name takes precedence over a file or folder of the same name;
// write "./name" for the folder.
//
// For a model that is known but not present, the error is a *[MissingError].
func Open(name string, o Options) (*Model, error) {
	s, err := find(name, o)
	if err != nil {
		return nil, err
	}
	return s.load(o.Threads)
}

// Path returns the folder of a model.
func Path(name string, o Options) (string, error) {
	s, err := find(name, o)
	return s.dir, err
}

// find locates a model's files.
func find(name string, o Options) (source, error) {
	if !isPath(name) {
		if r, ok := lookup(name); ok {
			if r.embedded != nil {
				return r.builtInSource(), nil
			}
			return r.locate(o)
		}
		for _, dir := range o.SearchPath() {
			if folder := filepath.Join(dir, name); holdsModel(folder) {
				return placed(folder, o)
			}
		}
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		if path := filepath.Join(name, contractName); isFile(path) {
			return readContract(path, o)
		}
		return folderSource(name, "", "", o)
	case err == nil && alone(name):
		return fileSource(name, info, o)
	case err == nil:
		return source{}, &Error{Model: name, Msg: "this is a file", Advice: "name the folder it is in, or register it with 'hoodwink models add'"}
	case isPath(name) && errors.Is(err, fs.ErrNotExist):
		return source{}, &Error{Model: name, Msg: "there is no such file or folder"}
	case isPath(name):
		return source{}, &Error{Model: name, Err: plain(err)}
	}
	var known []string
	for _, i := range List(o) {
		known = append(known, i.Name)
	}
	return source{}, unknownModel(name, known)
}

// fileSource returns the source of a model of one file. The contract beside it applies if it names
// that file.
func fileSource(path string, info fs.FileInfo, o Options) (source, error) {
	dir := filepath.Dir(path)
	if c := filepath.Join(dir, contractName); isFile(c) {
		s, err := readContract(c, o)
		if err != nil {
			return s, err
		}
		if named, err := os.Stat(s.weights); err == nil && os.SameFile(named, info) {
			return s, nil
		}
	}
	s, err := folderSource(dir, "", path, o)
	s.name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return s, err
}

// load reads the model.
func (s source) load(threads int) (*Model, error) {
	m := &Model{Name: s.name, Dir: s.dir, files: []string{s.definition, s.weights, s.labels}, threads: threads}
	got, err := s.network()
	m.Network, m.Hash, m.files, m.ends = got.net, got.hash, append(m.files, got.data...), got.ends
	s.outputs = cmp.Or(s.outputs, got.trained)
	m.Output, m.Notes, m.input, m.prepared = got.output, got.notes, got.input, got.prepared
	if err == nil && s.accept != nil {
		err = s.accept(m.Network)
	}
	if err == nil {
		err = s.checkOutput(m.Network)
	}
	if err == nil && s.sum != "" && m.Hash != s.sum {
		err = &Error{Msg: fmt.Sprintf("its files have changed since it was added: SHA-256 %s, registered %s", m.Hash, s.sum),
			Advice: "add it again under another name, or correct sha256 in " + filepath.Join(s.dir, contractName)}
	}
	if err == nil {
		m.Spec, err = s.contract(m)
	}
	if err == nil && got.mean != nil {
		m.mean = got.mean.path
		m.Network, err = got.mean.subtracting(m.Network, m.Spec)
	}
	if err == nil {
		m.Labels, err = s.readLabels(m)
	}
	if err == nil {
		err = s.readOutputs(m)
	}
	if err == nil && m.Network.Rounds() {
		m.Notes = append(m.Notes, fmt.Sprintf("%s rounds values on the way: gradients pass straight through, as if nothing were rounded", s.name))
	}
	if err != nil {
		var own *Error
		if errors.As(err, &own) && own.Model == "" {
			own.Model = s.name
			return nil, own
		}
		return nil, &Error{Model: s.name, Err: err}
	}
	return m, nil
}

// read returns the content of a file of at most limit bytes.
func (s source) read(path string, limit int64) ([]byte, error) {
	f, err := s.open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plain(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plain(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return data, nil
}

// checkOutput makes sure that the network is a classifier of pictures.
func (s source) checkOutput(net *nn.Network) error {
	out := net.OutputShape()
	if len(out) == 0 || tensor.Size(out) != out[0] || out[0] < 1 {
		return fmt.Errorf("%s: the output has shape %v, a classifier's is one number for each class, or one for two classes", s.weights, out)
	}
	if in := net.InputShape(); layoutOf(in) == "" {
		return fmt.Errorf("%s: the input has shape %v, want pictures of 1 or 3 channels: (channels, height, width), or (height, width, channels)", s.weights, in)
	}
	return nil
}

// readLabels reads the names of the classes, or numbers them.
func (s source) readLabels(m *Model) (*Labels, error) {
	k := m.classes()
	path := s.labels
	switch {
	case s.imagenet:
		if path = s.imagenetNames(); path == "" {
			return nil, &Error{Msg: "there is no " + imagenetLabels.Name + " with ImageNet's names in " + strings.Join(s.namesIn, ", "),
				Advice: "'hoodwink models pull squeezenet' fetches it with a small network; or copy it there"}
		}
	case s.guessLabels:
		path = firstFile(filepath.Join(filepath.Dir(filepath.Clean(s.dir)), imagenetLabels.Name))
		if config := filepath.Join(s.dir, "config.json"); isFile(config) { // of a network from Hugging Face
			if l, err := s.parseLabels(config); err == nil && l.Len() == k {
				path = config
			}
		}
		if path == "" && k == imagenetClasses {
			if path = s.imagenetNames(); path != "" {
				m.Notes = append(m.Notes, fmt.Sprintf("%s has %d classes: assuming that they are ImageNet's, as in %s", s.name, k, path))
			}
		}
	}
	if path != "" {
		l, err := s.parseLabels(path)
		single := tensor.Size(m.Network.OutputShape()) == 1
		switch {
		case err != nil || l.Len() == k:
		case single && l.Len() == 1:
			l = l.withOpposite()
		case single:
			err = &Error{Err: fmt.Errorf("%s: %d class names for the one output of the network", path, l.Len()),
				Advice: "the file needs two lines: the class where the output is low, and the class where it is high; or the latter alone"}
		default:
			err = &Error{Err: fmt.Errorf("%s: %d class names for the %d outputs of the network", path, l.Len(), k),
				Advice: "the file needs one line for each output, in their order"}
		}
		if err == nil {
			m.files[2] = path
			return l, nil
		}
		if !s.guessLabels {
			return nil, err
		}
	}
	m.Notes = append(m.Notes, fmt.Sprintf("no file names the classes of %s: they are numbers, 0 to %d", s.name, k-1))
	return NoLabels(k), nil
}

// imagenetClasses is the number of classes of imagenetLabels.
const imagenetClasses = 1000

// imagenetNames returns the path of imagenetLabels: in the model's folder, the one above, a models
// folder, or the folder of a known model in it; "" if there is none.
func (s source) imagenetNames() string {
	at := []string{filepath.Join(s.dir, imagenetLabels.Name), filepath.Join(filepath.Dir(filepath.Clean(s.dir)), imagenetLabels.Name)}
	for _, dir := range s.namesIn {
		at = append(at, filepath.Join(dir, imagenetLabels.Name))
		for _, r := range registry {
			if r.labels == imagenetLabels {
				at = append(at, filepath.Join(dir, r.folder, imagenetLabels.Name))
			}
		}
	}
	return firstFile(at...)
}

func (s source) parseLabels(path string) (*Labels, error) {
	data, err := s.read(path, maxLabelBytes)
	if err != nil {
		return nil, err
	}
	l, err := ParseLabels(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}
