package model

import (
	"os"
	"path/filepath"

	"hoodwink/nn"
	"hoodwink/preprocess"
)

// An Addition is a network of the user's own that gets a name.
type Addition struct {
	Name string // lower-case letters, digits, '-', '_' and '.'

	// Folder holds one .onnx, or one .prototxt and one .caffemodel, and perhaps class names as
	// synset_words.txt or labels.txt. The other paths name files elsewhere; each takes precedence
	// over what the folder has. Folder may also be an .onnx file. Labels may be "imagenet".
	Folder, Definition, Weights, Labels string

	// Spec is the contract with pictures. Its zero fields are taken from its Preset for the
	// network's input; without a preset they are assumed, and Model.Notes say so.
	Spec preprocess.Spec

	Output  string  // which of the file's outputs to use, if it has several; "" to choose one
	Outputs Outputs // what the network gives; "" means to find out

	// Accept, if not nil, is called with the network before it runs. Add ends with its error.
	Accept func(*nn.Network) error
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
	s, err := a.source(o)
	if err != nil {
		return nil, err
	}
	for _, dir := range o.SearchPath() {
		folder, err := filepath.Abs(filepath.Join(dir, a.Name))
		if err == nil && holdsModel(folder) && folder != filepath.Dir(s.weights) {
			return nil, &Error{Model: a.Name, Msg: "the name is taken by the network in " + folder, Advice: "choose another name"}
		}
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
		Output: m.Output, Outputs: m.Outputs, Preprocess: m.Spec, SHA256: m.Hash, Black: black}
	if m.mean != "" {
		c.MeanImage = relative(dir, m.mean)
	}
	if s.imagenet {
		c.Labels = imagenetPreset
	}
	if !alone(s.weights) && m.Outputs == Logits {
		c.Outputs = a.Outputs
	}
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
func (a Addition) source(o Options) (source, error) {
	if a.Weights == "" && alone(a.Folder) && isFile(a.Folder) {
		a.Folder, a.Weights = "", a.Folder
	}
	if a.Folder == "" && a.Weights == "" {
		return source{}, &Error{Model: a.Name, Msg: "neither a folder nor a weights file was named"}
	}
	if a.Folder == "" {
		a.Folder = filepath.Dir(a.Weights)
	}
	s, err := folderSource(a.Folder, a.Definition, a.Weights, o)
	if err != nil {
		return s, err
	}
	if a.Labels != "" {
		s.labels, s.guessLabels = a.Labels, false
		if a.Labels == imagenetPreset && !isFile(a.Labels) {
			s.labels, s.imagenet = "", true
		}
	}
	s.name, s.spec, s.output, s.outputs = a.Name, a.Spec, a.Output, a.Outputs
	s.accept = a.Accept
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
