package model

import (
	"os"
	"path/filepath"

	"hoodwink/preprocess"
)

// An Addition is a network of the user's own that gets a name.
type Addition struct {
	Name string // lower-case letters, digits, '-', '_' and '.'

	// Folder holds one .prototxt and one .caffemodel, and perhaps class names as
	// synset_words.txt or labels.txt. The other paths say so where that is not the
	// case; each goes before what the folder has.
	Folder, Definition, Weights, Labels string

	// Spec is the contract with pictures. With only its Preset (and perhaps Width and
	// Height) it is that preset for the network's input. Zero means caffe-mean.
	Spec preprocess.Spec
}

// Add registers a network under a name, so that Open finds it. It loads the network
// and runs it once; then it writes a file hoodwink.yaml into a folder of the first
// models folder of o. The network's own files stay where they are.
func Add(a Addition, o Options) (*Model, error) {
	if err := validName(a.Name); err != nil {
		return nil, err
	}
	if r, ok := lookup(a.Name); ok {
		return nil, &Error{Model: a.Name, Msg: "the name belongs to a known model: " + r.title, Advice: "choose another name"}
	}
	for _, dir := range o.SearchPath() {
		if path := filepath.Join(dir, a.Name, contractName); isFile(path) {
			return nil, &Error{Model: a.Name, Msg: "the name is taken by " + path, Advice: "choose another name, or edit or delete that file"}
		}
	}
	s, err := a.source()
	if err != nil {
		return nil, err
	}
	m, err := s.load(o.Threads)
	if err != nil {
		return nil, err
	}
	black, err := m.black(answersKept)
	if err != nil {
		return nil, &Error{Model: a.Name, Err: err}
	}
	target, err := o.target(a.Name)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(target, a.Name)
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &Error{Model: a.Name, Err: err, Advice: "name a models folder that can be written to with --models or " + Environment}
	}
	c := contract{Name: a.Name, Definition: relative(dir, m.files[0]), Weights: relative(dir, m.files[1]), Labels: relative(dir, m.files[2]),
		Preprocess: m.Spec, SHA256: m.Hash, Black: black}
	if err := c.write(filepath.Join(dir, contractName)); err != nil {
		if statErr != nil {
			os.Remove(dir)
		}
		return nil, &Error{Model: a.Name, Err: err}
	}
	m.Dir = dir
	return m, nil
}

// source returns the files of the addition, as absolute paths.
func (a Addition) source() (source, error) {
	if a.Folder == "" && a.Weights == "" {
		return source{}, &Error{Model: a.Name, Msg: "neither a folder nor a weights file was named"}
	}
	if a.Folder == "" {
		a.Folder = filepath.Dir(a.Weights)
	}
	s, err := folderSource(a.Folder, a.Definition, a.Weights)
	if err != nil {
		return s, err
	}
	if a.Labels != "" {
		s.labels, s.guessLabels = a.Labels, false
	}
	s.name, s.spec = a.Name, a.Spec
	for _, p := range []*string{&s.dir, &s.definition, &s.weights, &s.labels} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return s, &Error{Model: a.Name, Err: err}
		}
	}
	return s, nil
}

// relative returns path as a contract in dir writes it: relative and with slashes if
// it is inside dir, else absolute.
func relative(dir, path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(abs, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return path
}
