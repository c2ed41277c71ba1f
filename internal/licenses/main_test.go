package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNotice: NOTICE has the licence texts of all that is linked, on every system. It fails when a dependency is
// added, dropped, or changes its licence.
func TestNotice(t *testing.T) {
	want, err := notice()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("NOTICE does not fit the modules in the binary: go generate ./internal/licenses writes it")
	}
	for _, credit := range []string{
		"The FreeType Project LICENSE", "Creative Commons Attribution 4.0 International Public License", "SIL OPEN FONT LICENSE",
		"Copyright 2009 The Go Authors", "github.com/inconshreveable/mousetrap", // linked on Windows only
	} {
		if !strings.Contains(string(want), credit) {
			t.Errorf("NOTICE lacks %q", credit)
		}
	}
}

// TestLicenceMissing: a module without a text is an error, not an empty section.
func TestLicenceMissing(t *testing.T) {
	folder := t.TempDir()
	if _, err := licences("example.com/bare", folder); err == nil || !strings.Contains(err.Error(), "example.com/bare") {
		t.Errorf("a module without a licence: error %v", err)
	}
	for _, name := range []string{"UNLICENSE", "LICENCE.md", "license-mit", "README", "licenser.go", "notice.go"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("text of "+name+"\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := licences("example.com/several", folder)
	slices.Sort(texts)
	if want := []string{"text of LICENCE.md", "text of UNLICENSE", "text of license-mit"}; err != nil || !slices.Equal(texts, want) {
		t.Errorf("texts %q and error %v, want %q", texts, err, want)
	}
}
