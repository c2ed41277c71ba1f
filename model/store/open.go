package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/model"
)

// Open opens a model by its name (without a contract, the name of its folder in a models folder),
// or by the path of a folder that has a hoodwink.yaml, an .onnx, or a .prototxt and a .caffemodel,
// or by the path of an .onnx file. A name takes precedence over a file or folder of the same name;
// write "./name" for the folder.
//
// For a model that is known but not present, the error is a *[MissingError].
func Open(name string, o Options) (*model.Model, error) {
	s, err := find(name, o)
	if err != nil {
		return nil, err
	}
	return s.Load(o.Threads)
}

// Path returns the folder of a model.
func Path(name string, o Options) (string, error) {
	s, err := find(name, o)
	return s.Dir, err
}

// find locates a model's files.
func find(name string, o Options) (model.Source, error) {
	s, err := look(name, o)
	s.NamesIn, s.Context, s.Memory = o.namesIn(), o.Context, o.Memory
	return s, err
}

func look(name string, o Options) (model.Source, error) {
	if isPath(name) {
		return model.Find(name)
	}
	if r, ok := lookup(name); ok {
		if r.embedded != nil {
			return r.builtIn(), nil
		}
		return r.locate(o)
	}
	for _, dir := range o.SearchPath() {
		if folder := filepath.Join(dir, name); filepath.IsLocal(name) && model.HoldsModel(folder) {
			return placed(folder)
		}
	}
	if _, err := os.Stat(name); err == nil {
		return model.Find(name)
	}
	var known []string
	for _, i := range List(o) {
		known = append(known, i.Name)
	}
	return model.Source{}, unknownModel(name, known)
}

// isPath reports whether a model is named by its folder and not by its name.
func isPath(name string) bool {
	return strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) || name == "." || name == ".."
}

// locate finds the files of a known model: in the first models folder that has its
// definition and its weights.
func (r row) locate(o Options) (model.Source, error) {
	missing := &MissingError{Name: r.name, pull: r.weights.URL != ""}
	for _, dir := range o.SearchPath() {
		folder := filepath.Join(dir, r.folder)
		s := r.source(folder)
		missing.Looked = append(missing.Looked, folder)
		if files.Is(s.Weights) && (s.Definition == "" || files.Is(s.Definition)) {
			if r.labels.Name != "" {
				s.Labels = files.First(filepath.Join(folder, r.labels.Name), filepath.Join(dir, r.labels.Name))
			}
			return s, nil
		}
		for _, f := range []string{s.Definition, s.Weights} {
			if f != "" && files.Is(f) {
				missing.Found = append(missing.Found, f)
			}
		}
	}
	missing.files = r.files()
	return model.Source{}, missing
}

// source returns a known model's files in folder, whether they exist or not.
func (r row) source(folder string) model.Source {
	s := model.Source{Name: r.name, Dir: folder, Weights: filepath.Join(folder, r.weights.Name), Spec: r.spec, Outputs: model.Logits}
	if r.definition.Name != "" {
		s.Definition = filepath.Join(folder, r.definition.Name)
	}
	return s
}

// builtIn returns an embedded model's files.
func (r row) builtIn() model.Source {
	return model.Source{Name: r.name, Dir: model.BuiltIn, Definition: r.definition.Name, Weights: r.weights.Name, Labels: r.labels.Name,
		Spec: r.spec, Outputs: model.Logits, Open: r.embedded.Open}
}

// placed returns the model of a folder in a models folder: by its contract or, without one, its
// only network.
func placed(folder string) (model.Source, error) {
	s, err := model.Find(folder)
	name, path := filepath.Base(folder), filepath.Join(folder, model.ContractName)
	if err == nil && files.Is(path) && model.ValidName(name) == nil && s.Name != name {
		err = &model.Error{Model: name, Err: fmt.Errorf("%s: the model is called %q there", path, s.Name), Advice: "the folder and the key name must agree"}
	}
	return s, err
}
