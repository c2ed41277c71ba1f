package model

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Register loads the model, runs it once, and writes a contract into dir that names it, with
// its hash and its answer for a black picture. Its own files stay where they are. Threads are
// as for [Source.Load].
func (s Source) Register(dir string, threads int) (*Model, error) {
	fail := func(err error) (*Model, error) { return nil, &Error{Model: s.Name, Err: err} }
	for _, p := range []*string{&s.Dir, &s.Definition, &s.Weights, &s.Labels} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fail(err)
		}
		if slices.Contains(s.given, *p) {
			if at, err := filepath.EvalSymlinks(abs); err == nil && p != &s.Weights { // whose name says the format
				abs = at
			}
			s.given = append(s.given, abs)
		}
		*p = abs
	}
	m, err := s.Load(threads)
	if err != nil {
		return nil, err
	}
	m.ctx = s.Context
	black, err := m.answers()
	m.ctx = nil
	if err != nil {
		return fail(err)
	}
	c := contract{Name: s.Name, Definition: relative(dir, m.files[0]), Weights: relative(dir, m.files[1]), Labels: relative(dir, m.files[2]),
		Output: m.Output, Outputs: m.Outputs, Preprocess: m.Spec, SHA256: m.Hash, Black: black}
	if m.mean != "" {
		c.MeanImage = relative(dir, m.mean)
	}
	if s.ImageNet {
		c.Labels = imagenetPreset
	}
	if !alone(s.Weights) && m.Outputs == Logits {
		c.Outputs = s.Outputs
	}
	for _, p := range []string{c.Definition, c.Weights, c.Labels, c.MeanImage} {
		if !filepath.IsAbs(p) {
			continue
		}
		if err := remember(p); err != nil {
			return nil, &Error{Model: s.Name, Err: fmt.Errorf("cannot remember that %s is yours: %w", p, err), Advice: "put the files of the network into " + dir + " and add it from there"}
		}
	}
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, &Error{Model: s.Name, Err: err, Advice: "name a models folder that can be written to with --models or HOODWINK_MODELS"}
	}
	if err := c.write(filepath.Join(dir, ContractName)); err != nil {
		if statErr != nil {
			os.Remove(dir)
		}
		return fail(err)
	}
	m.Dir = dir
	return m, nil
}

// relative returns path as a contract in dir writes it: relative and with slashes if
// it is inside dir, else absolute.
func relative(dir, path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if rel, ok := inside(dir, path); ok {
		return filepath.ToSlash(rel)
	}
	return path
}
