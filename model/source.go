package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

// A Source is a model's files before they are read, with what is known of them. [Find] and
// [FolderSource] make one, and what they leave open the caller may say.
type Source struct {
	Name, Dir                   string // of the model that is loaded
	Definition, Weights, Labels string // paths for Open; "" where there is none

	Open    func(path string) (fs.File, error) // nil means files on disk
	Spec    preprocess.Spec                    // how pictures become input; what it leaves zero is assumed
	Output  string                             // the one of several outputs that is meant; "" to choose
	Outputs Outputs                            // what the files' results are; "" if nothing says it

	Hash  string   // SHA-256 that the model must have, as Model.Hash; "" for any
	Black []Answer // what it must make of a black picture, for [Model.Black]; nil if nothing is known

	MeanImage string // path of a mean image to subtract pixel by pixel, or ""

	ImageNet    bool     // the classes are ImageNet's
	GuessLabels bool     // use names from around the folder if their number fits
	NamesIn     []string // folders in which ImageNet's names may be, besides the model's and the one above

	Accept func(*nn.Network) error // asked before the network runs; may be nil

	// Context ends Load when it is done; nil means never.
	Context context.Context

	// Memory is how many bytes each session of the model may take, as nn.SessionOptions.Limit.
	Memory int64

	given []string // paths that the user has named: links in them are followed
}

// BuiltIn is what Dir says of models that are part of the program.
const BuiltIn = "(built in)"

// Find returns the model at a path: a folder with a hoodwink.yaml, with an .onnx, or with a
// .prototxt and a .caffemodel; or an .onnx file, which the contract beside it describes if
// that names it.
func Find(path string) (Source, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		if contract := filepath.Join(path, ContractName); files.Is(contract) {
			return ReadContract(contract, nil)
		}
		return FolderSource(path, "", "", "")
	case err == nil && alone(path):
		return fileSource(path, info)
	case err == nil:
		return Source{}, &Error{Model: path, Msg: "this is a file", Advice: "name the folder it is in, or register it with 'hoodwink models add'"}
	case errors.Is(err, fs.ErrNotExist):
		return Source{}, &Error{Model: path, Msg: "there is no such file or folder"}
	}
	return Source{}, &Error{Model: path, Err: files.Cause(err)}
}

// HoldsModel reports whether there is a model in a folder: a contract or networks.
func HoldsModel(folder string) bool {
	if files.Is(filepath.Join(folder, ContractName)) {
		return true
	}
	entries, _ := os.ReadDir(folder) // not a folder: nothing in it
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return isWeights(e.Name()) && !e.IsDir() })
}

// fileSource returns the source of a model of one file. The contract beside it applies if it names
// that file or none.
func fileSource(path string, info fs.FileInfo) (Source, error) {
	dir, stem := filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if c := filepath.Join(dir, ContractName); files.Is(c) {
		s, err := readContract(c, nil)
		if err != nil {
			return s, err
		}
		if s.Weights == "" {
			return s.completed(path, stem)
		}
		if named, err := os.Stat(s.Weights); err == nil && os.SameFile(named, info) {
			return s.completed("", folderName(dir))
		}
	}
	s, err := FolderSource(dir, "", path, "")
	s.Name = stem
	return s, err
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

// FolderSource is the network in a folder without a contract: one weights file with its
// definition if the format has one, and perhaps class names as synset_words.txt, labels.txt
// or such. Definition, weights and labels, if not "", say which files are meant, in that folder
// or elsewhere; labels may be "imagenet", for the names of its 1000 classes. Folder may be
// an .onnx file, or "" for that of weights.
func FolderSource(folder, definition, weights, labels string) (Source, error) {
	if weights == "" && alone(folder) && files.Is(folder) {
		folder, weights = "", folder
	}
	if folder == "" {
		folder = filepath.Dir(weights)
	}
	fail := func(msg, advice string) (Source, error) {
		return Source{}, &Error{Model: folder, Msg: msg, Advice: advice}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Source{}, &Error{Model: folder, Err: files.Cause(err)}
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
	s := Source{Name: folderName(folder), Dir: folder, given: []string{definition, weights, labels}}
	for _, im := range importers {
		if weights == "" && im.definition == "" && definition != "" {
			continue
		}
		s.Weights, s.Definition = weights, definition
		if names := byExt[im.weights]; weights == "" {
			if len(names) == 0 {
				continue
			}
			if len(names) > 1 {
				return fail(fmt.Sprintf("the folder has %d files *%s (%s)", len(names), im.weights, strings.Join(names, ", ")),
					"register the one that is meant: hoodwink models add NAME --weights FILE")
			}
			s.Weights = filepath.Join(folder, names[0])
		} else if !strings.EqualFold(filepath.Ext(weights), im.weights) {
			continue
		}
		if im.definition != "" && definition == "" {
			name, err := pickDefinition(byExt[im.definition])
			if err != nil {
				return fail(fmt.Sprintf("the folder has %v to go with %s", err, filepath.Base(s.Weights)), "")
			}
			s.Definition = filepath.Join(folder, name)
		}
		s.nameLabels(labels)
		return s, nil
	}
	if weights != "" {
		return fail(fmt.Sprintf("%s is of unknown kind", weights), "weights are "+weightKinds())
	}
	return fail("the folder has no weights", "weights are "+weightKinds()+", the former beside their definition")
}

// folderName is what a model is called that only its folder names.
func folderName(folder string) string {
	if abs, err := filepath.Abs(folder); err == nil {
		folder = abs
	}
	return filepath.Base(folder)
}

// nameLabels says where class names are: in a file, "imagenet" for its classes, or "" for what
// the folder has.
func (s *Source) nameLabels(labels string) {
	switch {
	case labels == imagenetPreset && !files.Is(labels):
		s.ImageNet = true
		return
	case labels != "":
		s.Labels = labels
		return
	}
	for _, name := range labelNames {
		if s.Labels == "" {
			s.Labels = files.First(filepath.Join(s.Dir, name))
		}
	}
	s.GuessLabels = s.Labels == ""
}

// labelNames are the files of a folder that may have class names, best first.
var labelNames = []string{ImageNetNames, "labels.txt", "labels.json", "labels.csv", "labels.tsv",
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
