package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A source is a model's files before they are read.
type source struct {
	name, dir                   string
	definition, weights, labels string // paths for open; "" where there is none
	spec                        preprocess.Spec
	open                        func(path string) (fs.File, error)
	sum                         string   // Hash the model must have, or ""
	answer                      []answer // what it must make of a black picture, or nil
	guessLabels                 bool     // use labels of the folder above if their number fits
	added                       bool     // has a contract
}

// Open opens a model by its name, or by the path of a folder that has a hoodwink.yaml,
// or a .prototxt and a .caffemodel. A name goes before a folder of the same name;
// write "./name" for the folder.
//
// A model that is known but not here gives a *[MissingError].
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
			if path := filepath.Join(dir, name, contractName); validName(name) == nil && isFile(path) {
				return readRegistered(name, path)
			}
		}
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		if path := filepath.Join(name, contractName); isFile(path) {
			return readContract(path)
		}
		return folderSource(name, "", "")
	case err == nil:
		return source{}, &Error{Model: name, Msg: "this is a file", Advice: "name the folder it is in, or register it with 'hoodwink models add'"}
	case isPath(name) && errors.Is(err, fs.ErrNotExist):
		return source{}, &Error{Model: name, Msg: "there is no such folder"}
	case isPath(name):
		return source{}, &Error{Model: name, Err: plain(err)}
	}
	var known []string
	for _, i := range List(o) {
		known = append(known, i.Name)
	}
	return source{}, unknownModel(name, known)
}

// load reads the model.
func (s source) load(threads int) (*Model, error) {
	m := &Model{Name: s.name, Dir: s.dir, files: []string{s.definition, s.weights, s.labels}, threads: threads}
	var err error
	if m.Network, m.Hash, err = s.network(); err == nil {
		err = s.checkOutput(m.Network)
	}
	if err == nil && s.sum != "" && m.Hash != s.sum {
		err = &Error{Msg: fmt.Sprintf("its files have changed since it was added: SHA-256 %s, registered %s", m.Hash, s.sum),
			Advice: "add it again under another name, or correct sha256 in " + filepath.Join(s.dir, contractName)}
	}
	if err == nil {
		m.Spec, err = s.contract(m)
	}
	if err == nil {
		m.Labels, err = s.readLabels(m)
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
	if len(out) == 0 || tensor.Size(out) != out[0] || out[0] < 2 {
		return fmt.Errorf("%s: the output has shape %v, a classifier's is one number for each of two or more classes", s.weights, out)
	}
	if in := net.InputShape(); len(in) != 3 || in[0] != 1 && in[0] != 3 {
		return fmt.Errorf("%s: the input has shape %v, want pictures: (channels, height, width) with 1 or 3 channels", s.weights, in)
	}
	return nil
}

// contract completes the source's spec and holds it against the network.
func (s source) contract(m *Model) (preprocess.Spec, error) {
	in := m.Network.InputShape()
	spec := s.spec
	if spec.Order == "" && spec.Scale == 0 && spec.Resize == "" {
		// Only a preset, or not even that.
		name := spec.Preset
		if name == "" {
			if name = "caffe-mean"; in[0] == 1 {
				return spec, &Error{Msg: "the network's input is gray, and nothing says how its values relate to pixels",
					Advice: "write a " + contractName + " with a preprocess section, order gray"}
			}
			m.Notes = append(m.Notes, fmt.Sprintf("nothing says how %s wants its pictures: assuming preset caffe-mean (BGR, 0 to 255, minus the mean 104, 117, 123)", s.name))
		}
		width, height := spec.Width, spec.Height
		if width == 0 && height == 0 {
			width, height = in[2], in[1]
		}
		var err error
		if spec, err = preprocess.Preset(name, width, height); err != nil {
			return spec, err
		}
	}
	if err := spec.Validate(); err != nil {
		return spec, err
	}
	if got := []int{spec.Channels(), spec.Height, spec.Width}; !tensor.SameShape(got, in) {
		return spec, fmt.Errorf("pictures are prepared as (channels, height, width) = %v but the network wants %v", got, in)
	}
	return spec, nil
}

// readLabels reads the names of the classes, or makes do without.
func (s source) readLabels(m *Model) (*Labels, error) {
	k := m.Network.OutputShape()[0]
	path := s.labels
	if s.guessLabels {
		path = firstFile(filepath.Join(filepath.Dir(filepath.Clean(s.dir)), imagenetLabels.Name))
	}
	if path != "" {
		l, err := s.parseLabels(path)
		if err == nil && l.Len() != k {
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
