package store

import (
	"errors"
	"os"
	"path/filepath"

	"hoodwink/internal/files"
	"hoodwink/internal/wording"
	"hoodwink/model"
)

// An Info is one line of the list of models.
type Info struct {
	Name string `json:"name"`
	// "known", "built in", "added", or "found": a network without a contract in a models folder
	Kind     string `json:"kind"`
	Title    string `json:"title,omitempty"`
	License  string `json:"license,omitempty"`
	Present  bool   `json:"present"`
	Dir      string `json:"dir,omitempty"`      // where it is
	Download int64  `json:"download,omitempty"` // bytes that Pull downloads, for known models
	Problem  string `json:"problem,omitempty"`  // why it cannot be used as it is
}

// List returns all models: the built-in and known ones, present or not, and then those that were
// added, or that are in folders without a contract, in the order in which folders are searched. A
// folder whose name cannot be shown has no place in a list.
func List(o Options) []Info {
	var list []Info
	seen := map[string]bool{}
	for _, r := range registry {
		i := Info{Name: r.name, Kind: "known", Title: r.title, License: r.license}
		if r.embedded != nil {
			i.Kind, i.Present, i.Dir = "built in", true, model.BuiltIn
		} else {
			for _, f := range r.files() {
				i.Download += f.Size
			}
			s, err := r.locate(o)
			i.Present, i.Dir = err == nil, s.Dir
			var missing *MissingError
			if errors.As(err, &missing) && len(missing.Found) > 0 {
				i.Problem = err.Error()
			}
		}
		seen[r.name], seen[r.folder] = true, true
		list = append(list, i)
	}
	for _, dir := range o.SearchPath() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // a models folder need not exist
		}
		for _, e := range entries {
			folder := filepath.Join(dir, e.Name())
			if seen[e.Name()] || wording.Printable(e.Name()) != e.Name() || !model.HoldsModel(folder) {
				continue
			}
			seen[e.Name()] = true
			list = append(list, infoOf(folder))
		}
	}
	return list
}

// infoOf reads a model's contract and checks that its files exist, without reading them.
func infoOf(folder string) Info {
	i := Info{Name: filepath.Base(folder), Kind: "found", Dir: folder}
	if files.Is(filepath.Join(folder, model.ContractName)) {
		i.Kind = "added"
	}
	s, err := placed(folder)
	if err != nil {
		i.Problem = err.Error()
		return i
	}
	for _, f := range []string{s.Definition, s.Weights, s.Labels} {
		if f != "" && !files.Is(f) {
			i.Problem = f + " is missing"
			return i
		}
	}
	i.Present = true
	return i
}
