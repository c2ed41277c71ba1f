package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWriteReplacesWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	put := func(s string, fail error) error {
		return Write(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, s); err != nil {
				return err
			}
			return fail
		})
	}
	if err := put("first", nil); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := put("second", boom); !errors.Is(err, boom) {
		t.Fatalf("got error %v, want boom", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "first" {
		t.Errorf("after a failed write the file holds %q, want the earlier content", b)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files in the folder, want 1: a temporary file was left", len(entries))
	}
	if err := put("third", nil); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "third" {
		t.Errorf("file holds %q, want third", b)
	}
}

func TestWriteIntoMissingFolder(t *testing.T) {
	err := Write(filepath.Join(t.TempDir(), "no", "a"), func(io.Writer) error { return nil })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want not-exist", err)
	}
}

func TestWriteKeepsWhatPathIs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither links nor modes like these: not tried")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	put := func(path string) error {
		return Write(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err })
	}
	if err := put(link); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(target)
	if b, _ := os.ReadFile(target); err != nil || string(b) != "new" || info.Mode().Perm() != 0o640 {
		t.Errorf("through the link: %q, %v, %v", b, info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if err := put(os.DevNull); err == nil {
		t.Errorf("%s was replaced", os.DevNull)
	}
	if err := put(filepath.Join(dir, strings.Repeat("x", 250))); err != nil {
		t.Errorf("a long name: %v", err)
	}
}
