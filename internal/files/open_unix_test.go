//go:build !windows

package files

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestOpen opens regular files and what leads to them, and refuses everything else without waiting.
func TestOpen(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	put := func(path, text string) string {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(dir, "file"), "inside")
	secret := put(filepath.Join(out, "secret"), "secret")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	link("file", "near")
	link(secret, "far")
	link(out, "farfolder")
	link("../"+filepath.Base(out)+"/secret", "relative")
	link("/dev/zero", "zero")
	link("pipe", "tube")
	const outside = "escapes from its folder"
	for _, c := range []struct{ name, open, openIn string }{ // content, or words of the error
		{"file", "inside", "inside"},
		{"near", "inside", "inside"},
		{"sub/../file", "inside", "inside"},
		{"far", "secret", outside},
		{"farfolder/secret", "secret", outside},
		{"relative", "secret", outside},
		{"../x", "no such file", outside},
		{"zero", "it is a device", outside},
		{"pipe", "it is a pipe", "it is a pipe"},
		{"tube", "it is a pipe", "it is a pipe"},
		{"sub", "it is a folder", "it is a folder"},
		{"none", "no such file", "no such file"},
	} {
		look := func(what, want string, f *os.File, err error) {
			got := ""
			if err == nil {
				b, _ := io.ReadAll(f)
				got = string(b)
				f.Close()
			} else {
				got = err.Error()
			}
			if !strings.Contains(got, want) {
				t.Errorf("%s of %s: %q, want %q", what, c.name, got, want)
			}
		}
		f, err := Open(filepath.Join(dir, filepath.FromSlash(c.name)))
		look("Open", c.open, f, err)
		f, err = OpenGiven(filepath.Join(dir, filepath.FromSlash(c.name)))
		look("OpenGiven", c.open, f, err)
		f, err = OpenIn(dir, filepath.FromSlash(c.name))
		look("OpenIn", c.openIn, f, err)
	}
	if f, err := OpenIn(filepath.Join(dir, "none"), "x"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("OpenIn of a folder that is missing: %v, %v", f, err)
	}
}
