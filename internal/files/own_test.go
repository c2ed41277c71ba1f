package files

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestOwn: what somebody else put at the path of a file of ours is neither read nor written.
func TestOwn(t *testing.T) {
	dir := t.TempDir()
	theirs := filepath.Join(dir, "theirs")
	if err := os.WriteFile(theirs, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(path string) error{
		"link":     func(path string) error { return os.Symlink(theirs, path) },
		"dangling": func(path string) error { return os.Symlink(filepath.Join(dir, "none"), path) },
		"name":     func(path string) error { return os.Link(theirs, path) },
		"folder":   func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		path := filepath.Join(dir, "own-"+name)
		if err := plant(path); err != nil {
			t.Logf("%s: not tried: %v", name, err)
			continue
		}
		if _, err := OpenOwn(path, os.O_CREATE|os.O_RDWR, 0o600); !errors.Is(err, ErrNotOwn) {
			t.Errorf("%s: opened with %v", name, err)
		}
		if _, err := ReadOwn(path, 100); !errors.Is(err, ErrNotOwn) {
			t.Errorf("%s: read with %v", name, err)
		}
		f, err := ReplaceOwn(path, 0o600)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := f.WriteString("ours"); err != nil {
			t.Error(err)
		}
		if !Still(f, path) {
			t.Errorf("%s: what was opened is not at the path", name)
		}
		f.Close()
		if b, err := ReadOwn(path, 4); err != nil || string(b) != "ours" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		if _, err := ReadOwn(path, 3); err == nil {
			t.Errorf("%s: read more than asked for", name)
		}
	}
	if b, err := os.ReadFile(theirs); err != nil || string(b) != "theirs" {
		t.Errorf("their file holds %q, %v", b, err)
	}
	if Is(filepath.Join(dir, "none")) {
		t.Error("a file was made through a link")
	}
}
