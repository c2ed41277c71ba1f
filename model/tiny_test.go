package model

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

// open opens the model at a path; the names of ImageNet's classes may be in the folders.
func open(path string, namesIn ...string) (*Model, error) {
	s, err := Find(path)
	if err != nil {
		return nil, err
	}
	s.NamesIn = namesIn
	return s.Load(0)
}

// openTiny opens the tiny network.
func openTiny(t testing.TB) *Model {
	t.Helper()
	m, err := open(testnet.TinyFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// An addition is a network that gets a contract.
type addition struct {
	Name, Folder, Labels, Output string
	Spec                         preprocess.Spec
}

// add registers a network in a models folder.
func add(a addition, models string) (*Model, error) {
	s, err := FolderSource(a.Folder, "", "", a.Labels)
	if err != nil {
		return nil, err
	}
	s.Name, s.Spec, s.Output, s.NamesIn = a.Name, a.Spec, a.Output, []string{models}
	return s.Register(filepath.Join(models, a.Name), 0)
}

// unchanged holds a model against the hash and the answer that its contract records.
func unchanged(path string) error {
	s, err := Find(path)
	if err != nil {
		return err
	}
	m, err := s.Load(0)
	if err != nil {
		return err
	}
	all, err := m.Black()
	if err != nil {
		return err
	}
	if s.Hash == "" || len(s.Black) != min(answersKept, len(all)) {
		return fmt.Errorf("%d answers, hash %q", len(s.Black), s.Hash)
	}
	for i, a := range s.Black {
		if !(math.Abs(a.Prob-all[i].Prob) <= 1e-6) {
			return fmt.Errorf("class %d with %g instead of %g", a.Class, all[i].Prob, a.Prob)
		}
	}
	return nil
}

// preset is for contracts written in tests.
func preset(name string, width, height int) preprocess.Spec {
	s, err := preprocess.Preset(name, width, height)
	if err != nil {
		panic(err)
	}
	return s
}

// realModels returns the folder of real models, or skips the test.
func realModels(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HOODWINK_MODELS")
	if dir == "" {
		t.Skip("HOODWINK_MODELS is not set: it names a folder with bvlc_googlenet and squeezenet_v1.1")
	}
	return dir
}
