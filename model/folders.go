package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Environment is the variable that names the user's models folder.
const Environment = "HOODWINK_MODELS"

// Options say where models are.
type Options struct {
	Dir     string // models folder to search first and to write to; "" means none
	Threads int    // default for sessions; 0 means GOMAXPROCS
}

// SearchPath returns the models folders in the order in which they are searched.
// Pull and Add write to the first.
func (o Options) SearchPath() []string {
	dirs := []string{o.Dir, os.Getenv(Environment)}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "hoodwink", "models"))
	}
	var path []string
	seen := map[string]bool{"": true}
	for _, d := range dirs {
		if d != "" {
			d = filepath.Clean(d)
		}
		if !seen[d] {
			path = append(path, d)
		}
		seen[d] = true
	}
	return path
}

// target returns the folder that models are written to.
func (o Options) target(name string) (string, error) {
	if path := o.SearchPath(); len(path) > 0 {
		return path[0], nil
	}
	return "", &Error{Model: name, Msg: "there is no folder to put it in", Advice: "set " + Environment + " or --models to a folder for models"}
}

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)

// validName returns an error if name cannot be a model's: names are also names of folders.
func validName(name string) error {
	if !namePattern.MatchString(name) || !filepath.IsLocal(name) {
		return &Error{Model: name, Msg: "not a name for a model",
			Advice: "use up to 64 lower-case letters, digits, '-', '_' and '.', with a letter or digit at both ends"}
	}
	return nil
}

// isPath reports whether a model is named by its folder and not by its name.
func isPath(name string) bool {
	return strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) || name == "." || name == ".."
}

// locate finds the files of a known model: in the first models folder that has its
// definition and its weights.
func (r row) locate(o Options) (source, error) {
	missing := &MissingError{Name: r.name, pull: r.weights.URL != ""}
	for _, dir := range o.SearchPath() {
		folder := filepath.Join(dir, r.folder)
		s := r.source(folder)
		missing.Looked = append(missing.Looked, folder)
		if isFile(s.weights) && (s.definition == "" || isFile(s.definition)) {
			if r.labels.Name != "" {
				s.labels = firstFile(filepath.Join(folder, r.labels.Name), filepath.Join(dir, r.labels.Name))
			}
			return s, nil
		}
		for _, f := range []string{s.definition, s.weights} {
			if f != "" && isFile(f) {
				missing.Found = append(missing.Found, f)
			}
		}
	}
	missing.files = r.files()
	return source{}, missing
}

// source returns a known model's files in folder, whether they exist or not.
func (r row) source(folder string) source {
	s := source{name: r.name, dir: folder, weights: filepath.Join(folder, r.weights.Name), spec: r.spec, outputs: Logits, open: openFile}
	if r.definition.Name != "" {
		s.definition = filepath.Join(folder, r.definition.Name)
	}
	return s
}

// builtIn is what Model.Dir says of models that are part of the program.
const builtIn = "(built in)"

func (r row) builtInSource() source {
	return source{name: r.name, dir: builtIn, definition: r.definition.Name, weights: r.weights.Name, labels: r.labels.Name,
		spec: r.spec, outputs: Logits, open: r.embedded.Open}
}

// holdsModel reports whether a folder in a models folder is a model: it has a contract or networks.
func holdsModel(folder string) bool {
	if isFile(filepath.Join(folder, contractName)) {
		return true
	}
	entries, _ := os.ReadDir(folder) // not a folder: nothing in it
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return isWeights(e.Name()) && !e.IsDir() })
}

// placed returns the model of a folder in a models folder: by its contract or, without one, its
// only network.
func placed(folder string, o Options) (source, error) {
	name, path := filepath.Base(folder), filepath.Join(folder, contractName)
	switch {
	case !isFile(path):
		return folderSource(folder, "", "", o)
	case validName(name) == nil:
		return readRegistered(name, path, o)
	}
	return readContract(path, o)
}

// isWeights reports whether a file's name is that of a network.
func isWeights(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return slices.ContainsFunc(importers, func(im importer) bool { return im.weights == ext })
}

// alone reports whether a file of weights is a whole model, in a format without definitions.
func alone(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return slices.ContainsFunc(importers, func(im importer) bool { return im.weights == ext && im.definition == "" })
}

// folderSource returns the source of a folder that has a network without a contract: one weights
// file, with its definition if the format has one, and perhaps labels. definition and weights, if
// not "", name the files to use, in that folder or elsewhere.
func folderSource(folder, definition, weights string, o Options) (source, error) {
	fail := func(msg, advice string) (source, error) {
		return source{}, &Error{Model: folder, Msg: msg, Advice: advice}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return source{}, &Error{Model: folder, Err: plain(err)}
	}
	byExt := map[string][]string{}
	var networks []string
	for _, e := range entries {
		if !e.IsDir() {
			ext := strings.ToLower(filepath.Ext(e.Name()))
			byExt[ext] = append(byExt[ext], e.Name())
			if isWeights(e.Name()) {
				networks = append(networks, e.Name())
			}
		}
	}
	if weights == "" && definition == "" && len(networks) > 1 {
		return fail(fmt.Sprintf("the folder has %d networks (%s)", len(networks), strings.Join(networks[:min(len(networks), maxCandidates)], ", ")),
			"name one: the path of its .onnx, or register it with 'hoodwink models add NAME --weights FILE'")
	}
	s := source{name: filepath.Base(folder), dir: folder, open: openFile, namesIn: o.SearchPath()}
	if abs, err := filepath.Abs(folder); err == nil {
		s.name = filepath.Base(abs)
	}
	for _, im := range importers {
		if weights == "" && im.definition == "" && definition != "" {
			continue
		}
		s.weights, s.definition = weights, definition
		if names := byExt[im.weights]; weights == "" {
			if len(names) == 0 {
				continue
			}
			if len(names) > 1 {
				return fail(fmt.Sprintf("the folder has %d files *%s (%s)", len(names), im.weights, strings.Join(names, ", ")),
					"register the one that is meant: hoodwink models add NAME --weights FILE")
			}
			s.weights = filepath.Join(folder, names[0])
		} else if !strings.EqualFold(filepath.Ext(weights), im.weights) {
			continue
		}
		if im.definition != "" && definition == "" {
			name, err := pickDefinition(byExt[im.definition])
			if err != nil {
				return fail(fmt.Sprintf("the folder has %v to go with %s", err, filepath.Base(s.weights)), "")
			}
			s.definition = filepath.Join(folder, name)
		}
		for _, name := range labelNames {
			if s.labels == "" {
				s.labels = firstFile(filepath.Join(folder, name))
			}
		}
		s.guessLabels = s.labels == ""
		return s, nil
	}
	if weights != "" {
		return fail(fmt.Sprintf("%s is of unknown kind", weights), "weights are "+weightKinds())
	}
	return fail("the folder has no weights", "weights are "+weightKinds()+", the former beside their definition")
}

// labelNames are the files of a folder that may have class names, best first.
var labelNames = []string{imagenetLabels.Name, "labels.txt", "labels.json", "labels.csv", "labels.tsv",
	"imagenet_class_index.json", "class_index.json", "class_to_idx.json", "idx_to_class.json", "id2label.json"}

// pickDefinition chooses among the definitions of a folder: the only one, or the one for use and
// not for training. Solvers are no definitions.
func pickDefinition(names []string) (string, error) {
	called := func(part string) (list []string) {
		for _, n := range names {
			if strings.Contains(strings.ToLower(n), part) {
				list = append(list, n)
			}
		}
		return list
	}
	for _, n := range names {
		if strings.EqualFold(n, "deploy.prototxt") {
			return n, nil
		}
	}
	rest := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return strings.Contains(strings.ToLower(n), "solver") })
	for _, list := range [][]string{names, rest, called("deploy"), called("train_val")} {
		if len(list) == 1 {
			return list[0], nil
		}
	}
	if len(names) == 0 {
		return "", errors.New("no *.prototxt")
	}
	return "", fmt.Errorf("%d *.prototxt (%s), none called deploy.prototxt,", len(names), strings.Join(names, ", "))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// firstFile returns the first of the paths that is a file, or "".
func firstFile(paths ...string) string {
	for _, p := range paths {
		if isFile(p) {
			return p
		}
	}
	return ""
}

// openFile is os.Open as an opener of a source.
func openFile(path string) (fs.File, error) { return os.Open(path) }

// plain strips the operation from an error of os, whose path the caller names.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
