package model

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"hoodwink/internal/atomicfile"
	"hoodwink/preprocess"
)

// contractName is the file that makes a folder a model.
const contractName = "hoodwink.yaml"

// maxContractBytes is many times what a person would write by hand.
const maxContractBytes = 64 << 10

// contract is the content of hoodwink.yaml. Paths are relative to its folder or absolute.
//
//	name: mynet
//	definition: deploy.prototxt  # not for ONNX
//	weights: mynet.caffemodel
//	labels: classes.txt          # optional; "imagenet" for its 1000 classes
//	output: scores               # optional; which of several to use
//	outputs: logits              # optional; or "probabilities", "sigmoid", "sigmoid-logits"
//	mean_image: mean.binaryproto # optional; of Caffe's, subtracted pixel by pixel instead of the mean below
//	preprocess:
//	  preset: caffe-mean         # for the size of the network's input
//	  scale: 1                   # other keys take precedence over the preset
//
// In full, preprocess has the fields of preprocess.Spec. What Add writes also holds the model's
// hash and its answer for a black picture, which Verify checks.
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
	Black      []answer        `yaml:"black,omitempty"`  // likeliest classes of an all-black picture
}

// readContract reads the model that the contract at path describes.
func readContract(path string, o Options) (source, error) {
	dir := filepath.Dir(path)
	fail := func(err error) (source, error) {
		return source{}, &Error{Model: dir, Err: fmt.Errorf("%s: %w", path, err)}
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(plain(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxContractBytes+1))
	if err != nil {
		return fail(plain(err))
	}
	if len(data) > maxContractBytes {
		return fail(fmt.Errorf("more than %d bytes", maxContractBytes))
	}
	c, err := parseContract(data)
	if err != nil {
		return fail(err)
	}
	at := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, filepath.FromSlash(p))
	}
	s := source{name: c.Name, dir: dir, definition: at(c.Definition), weights: at(c.Weights), labels: at(c.Labels), output: c.Output, outputs: c.Outputs, meanImage: at(c.MeanImage),
		spec: c.Preprocess, sum: c.SHA256, answer: c.Black, open: openFile, added: true, namesIn: o.SearchPath()}
	if c.Labels == imagenetPreset && !isFile(s.labels) {
		s.labels, s.imagenet = "", true
	}
	return s, nil
}

// imagenetPreset stands for ImageNet's names where a labels file is wanted.
const imagenetPreset = "imagenet"

// readRegistered reads the contract of a folder in a models folder; the folder's name is the
// model's.
func readRegistered(name, path string, o Options) (source, error) {
	s, err := readContract(path, o)
	if err == nil && s.name != name {
		err = &Error{Model: name, Err: fmt.Errorf("%s: the model is called %q there", path, s.name), Advice: "the folder and the key name must agree"}
	}
	return s, err
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
	if err := validName(c.Name); err != nil {
		return c, err
	}
	if c.Weights == "" {
		return c, errors.New("the key weights is missing")
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
