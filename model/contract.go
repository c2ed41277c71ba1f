package model

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"hoodwink/internal/files"

	"go.yaml.in/yaml/v3"

	"hoodwink/internal/atomicfile"
	"hoodwink/preprocess"
)

// ContractName is the file that makes a folder a model's.
const ContractName = "hoodwink.yaml"

// maxContractBytes is many times what a person would write by hand.
const maxContractBytes = 64 << 10

// contract is the content of hoodwink.yaml. Paths are relative to its folder, or absolute where the
// user has given the file to Register.
//
//	name: mynet                  # default: as the folder is called
//	definition: deploy.prototxt  # not for ONNX
//	weights: mynet.caffemodel    # default: the only network in the folder, with its definition and labels
//	labels: classes.txt          # optional; "imagenet" for its 1000 classes
//	output: scores               # optional; which of several to use
//	outputs: logits              # optional; or "probabilities", "sigmoid", "sigmoid-logits"
//	mean_image: mean.binaryproto # optional; of Caffe's, subtracted pixel by pixel instead of the mean below
//	preprocess:
//	  preset: caffe-mean         # for the size of the network's input
//	  scale: 1                   # other keys take precedence over the preset
//
// In full, preprocess has the fields of preprocess.Spec. What Register writes also holds
// the model's hash and its answer for a black picture.
type contract struct {
	Name       string          `yaml:"name"`
	Definition string          `yaml:"definition,omitempty"`
	Weights    string          `yaml:"weights"`
	Labels     string          `yaml:"labels,omitempty"`
	Output     string          `yaml:"output,omitempty"`
	Outputs    Outputs         `yaml:"outputs,omitempty"`
	MeanImage  string          `yaml:"mean_image,omitempty"`
	Preprocess preprocess.Spec `yaml:"preprocess"`
	SHA256     string          `yaml:"sha256,omitempty"` // as Model.Hash
	Black      []Answer        `yaml:"black,omitempty"`  // likeliest classes of an all-black picture
}

// ReadContract returns the model that the contract at path describes. Open opens the contract,
// and later the model's files; nil means files on disk.
func ReadContract(path string, open func(path string) (fs.File, error)) (Source, error) {
	s, err := readContract(path, open)
	if err != nil {
		return s, err
	}
	return s.completed("", folderName(s.Dir))
}

// readContract is ReadContract without what the contract leaves open.
func readContract(path string, open func(path string) (fs.File, error)) (Source, error) {
	dir := filepath.Dir(path)
	fail := func(err error) (Source, error) {
		return Source{}, &Error{Model: dir, Err: fmt.Errorf("%s: %w", path, err)}
	}
	f, err := Source{Dir: dir, Open: open}.openFile(path)
	if err != nil {
		return fail(files.Cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxContractBytes+1))
	if err != nil {
		return fail(files.Cause(err))
	}
	if len(data) > maxContractBytes {
		return fail(fmt.Errorf("more than %d bytes", maxContractBytes))
	}
	c, err := parseContract(data)
	if err != nil {
		return fail(err)
	}
	s := Source{Name: c.Name, Dir: dir, Output: c.Output, Outputs: c.Outputs, Spec: c.Preprocess, Hash: c.SHA256, Black: c.Black, Open: open}
	for _, f := range []struct {
		key, name string
		at        *string
	}{{"definition", c.Definition, &s.Definition}, {"weights", c.Weights, &s.Weights}, {"labels", c.Labels, &s.Labels}, {"mean_image", c.MeanImage, &s.MeanImage}} {
		if *f.at, err = s.named(f.key, f.name); err != nil {
			return Source{}, err
		}
	}
	if c.Labels == imagenetPreset && !files.Is(s.Labels) {
		s.Labels, s.ImageNet = "", true
	}
	return s, nil
}

// completed fills in what a contract does not say: the network, which is weights or, if that is "",
// the only one in the folder, and the name.
func (s Source) completed(weights, name string) (Source, error) {
	if s.Weights == "" {
		found, err := FolderSource(s.Dir, s.Definition, weights, s.Labels)
		if err != nil {
			return s, err
		}
		s.given = append(s.given, weights)
		s.Definition, s.Weights = found.Definition, found.Weights
		if !s.ImageNet {
			s.Labels, s.GuessLabels = found.Labels, found.GuessLabels
		}
	}
	s.Name = cmp.Or(s.Name, name)
	return s, nil
}

// imagenetPreset stands for ImageNet's names where a labels file is wanted.
const imagenetPreset = "imagenet"

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)

// ValidName reports why name cannot be a model's: names are also names of folders.
func ValidName(name string) error {
	if !namePattern.MatchString(name) || !filepath.IsLocal(name) {
		return &Error{Model: name, Msg: "not a name for a model",
			Advice: "use up to 64 lower-case letters, digits, '-', '_' and '.', with a letter or digit at both ends"}
	}
	return nil
}

var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (.+) not found in type .*$`)
	sumPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// parseContract decodes a contract and checks all of it that needs no other file.
func parseContract(data []byte) (contract, error) {
	var c contract
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		var wrong *yaml.TypeError
		switch {
		case errors.As(err, &wrong):
			for i, line := range wrong.Errors {
				if m := unknownKey.FindStringSubmatch(line); m != nil {
					wrong.Errors[i] = fmt.Sprintf("line %s: unknown key %q", m[1], m[2])
				}
			}
			return c, errors.New(strings.Join(wrong.Errors, "; "))
		case err == io.EOF:
			return c, errors.New("the file is empty")
		}
		return c, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := d.Decode(new(contract)); err != io.EOF {
		return c, errors.New("more than one document in the file")
	}
	if c.Name != "" {
		if err := ValidName(c.Name); err != nil {
			return c, err
		}
	}
	if err := c.Outputs.Check(); err != nil {
		return c, err
	}
	if c.SHA256 != "" && !sumPattern.MatchString(c.SHA256) {
		return c, fmt.Errorf("sha256 is %q, want 64 lower-case hexadecimal digits", c.SHA256)
	}
	for _, a := range c.Black {
		if a.Class < 0 || !(a.Prob >= 0 && a.Prob <= 1) {
			return c, fmt.Errorf("black: class %d with probability %v", a.Class, a.Prob)
		}
	}
	return c, nil
}

// write puts the contract at path.
func (c contract) write(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if _, err := fmt.Fprintf(w, "# How hoodwink reads this model. 'hoodwink models verify %s' checks it.\n", c.Name); err != nil {
			return err
		}
		e := yaml.NewEncoder(w)
		e.SetIndent(2)
		if err := e.Encode(c); err != nil {
			return err
		}
		return e.Close()
	})
}
