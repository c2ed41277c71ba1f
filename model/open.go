package model

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/internal/wording"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// Load reads the model. Threads are those of sessions that do not say it themselves; 0 means
// GOMAXPROCS.
func (s Source) Load(threads int) (*Model, error) {
	s.Name = wording.Printable(s.Name) // it may be a folder's
	m := &Model{Name: s.Name, Dir: s.Dir, files: []string{s.Definition, s.Weights, s.Labels}, threads: threads,
		memory: s.Memory, ctx: s.Context}
	got, err := s.network()
	m.Network, m.Hash, m.files, m.ends = got.net, got.hash, append(m.files, got.data...), got.ends
	s.Outputs = cmp.Or(s.Outputs, got.trained)
	m.Output, m.Notes, m.input, m.prepared = got.output, got.notes, got.input, got.prepared
	if err == nil {
		err = s.checkOutput(m.Network)
	}
	if err == nil && s.Accept != nil {
		err = s.Accept(m.Network)
	}
	if err == nil {
		err = s.stopped()
	}
	if err == nil && s.Hash != "" && m.Hash != s.Hash {
		err = &Error{Msg: fmt.Sprintf("its files have changed since it was added: SHA-256 %s, registered %s", m.Hash, s.Hash),
			Advice: "add it again under another name, or correct sha256 in " + filepath.Join(s.Dir, ContractName)}
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
		m.Notes = append(m.Notes, fmt.Sprintf("%s rounds values on the way: gradients pass straight through, as if nothing were rounded", s.Name))
	}
	if err != nil {
		var own *Error
		if errors.As(err, &own) && own.Model == "" {
			own.Model = s.Name
			return nil, own
		}
		return nil, &Error{Model: s.Name, Err: err}
	}
	m.ctx = nil
	for i, n := range m.Notes {
		m.Notes[i] = wording.Printable(n)
	}
	return m, nil
}

// stopped returns the error of the source's context, nil if that is not done.
func (s Source) stopped() error {
	if s.Context == nil {
		return nil
	}
	return s.Context.Err()
}

// openFile opens one of the source's files. What the user has not named must be in its folder.
func (s Source) openFile(path string) (fs.File, error) {
	switch {
	case s.Open != nil:
		return s.Open(path)
	case slices.Contains(s.given, path):
		return files.Open(path)
	}
	if rel, ok := inside(s.Dir, path); ok {
		return files.OpenIn(s.Dir, rel)
	}
	return files.OpenIn(filepath.Dir(path), filepath.Base(path))
}

// read returns the content of a file of at most limit bytes.
func (s Source) read(path string, limit int64) ([]byte, error) {
	f, err := s.openFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return data, nil
}

// checkOutput makes sure that the network is a classifier of pictures.
func (s Source) checkOutput(net *nn.Network) error {
	out := net.OutputShape()
	if len(out) == 0 || tensor.Size(out) != out[0] || out[0] < 1 {
		return fmt.Errorf("%s: the output has shape %v, a classifier's is one number for each class, or one for two classes", s.Weights, out)
	}
	if out[0] > MaxClasses {
		return &Error{Err: fmt.Errorf("%s: the output has shape %v: %d classes, more than the %d that are possible", s.Weights, out, out[0], MaxClasses),
			Advice: "does the network end in a classifier?"}
	}
	if in := net.InputShape(); layoutOf(in) == "" {
		return fmt.Errorf("%s: the input has shape %v, want pictures of 1 or 3 channels: (channels, height, width), or (height, width, channels)", s.Weights, in)
	}
	return nil
}

// readLabels reads the names of the classes, or numbers them.
func (s Source) readLabels(m *Model) (*Labels, error) {
	k := m.classes()
	path := s.Labels
	switch {
	case s.ImageNet:
		if path = s.imagenetNames(); path == "" {
			return nil, &Error{Msg: "there is no " + ImageNetNames + " with ImageNet's names in " + strings.Join(s.NamesIn, ", "),
				Advice: "'hoodwink models pull squeezenet' fetches it with a small network; or copy it there"}
		}
	case s.GuessLabels:
		path = files.First(filepath.Join(filepath.Dir(filepath.Clean(s.Dir)), ImageNetNames))
		if config := filepath.Join(s.Dir, "config.json"); files.Is(config) { // of a network of Hugging Face's
			if l, err := s.parseLabels(config); err == nil && l.Len() == k {
				path = config
			}
		}
		if path == "" && k == imagenetClasses {
			if path = s.imagenetNames(); path != "" {
				m.Notes = append(m.Notes, fmt.Sprintf("%s has %d classes: assuming that they are ImageNet's, as in %s", s.Name, k, path))
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
		if !s.GuessLabels {
			return nil, err
		}
	}
	m.Notes = append(m.Notes, fmt.Sprintf("no file names the classes of %s: they are numbers, 0 to %d", s.Name, k-1))
	return NoLabels(k), nil
}

// ImageNetNames is the file with the names of ImageNet's classes, as Caffe calls it.
const ImageNetNames = "synset_words.txt"

// imagenetClasses is how many they are.
const imagenetClasses = 1000

// imagenetNames returns the path of ImageNetNames: in the model's folder, the one above, or
// one of NamesIn; "" if it is nowhere.
func (s Source) imagenetNames() string {
	at := []string{filepath.Join(s.Dir, ImageNetNames), filepath.Join(filepath.Dir(filepath.Clean(s.Dir)), ImageNetNames)}
	for _, dir := range s.NamesIn {
		at = append(at, filepath.Join(dir, ImageNetNames))
	}
	return files.First(at...)
}

func (s Source) parseLabels(path string) (*Labels, error) {
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
