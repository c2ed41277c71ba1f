package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLeftovers: what a lab that was killed left half done is gone when the next one begins, and
// what was whole is still there.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	whole, lost, run, empty := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 32), strings.Repeat("d", 32)
	for _, name := range []string{
		"pictures/" + whole, "pictures/" + whole + ".json", "runs/" + run + "/" + runFile, "mine/notes", // stay
		"pictures/" + lost + ".json", "pictures/.hoodwink-0123abcd", "runs/" + run + "/.hoodwink-0123abcd",
		"runs/" + empty + "/" + originalFile, incomingDir + "/123/panda/model.onnx",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	var left []string
	filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() != ".lock" {
			rel, _ := filepath.Rel(dir, path)
			left = append(left, filepath.ToSlash(rel))
		}
		return err
	})
	want := []string{"mine/notes", "pictures/" + whole, "pictures/" + whole + ".json", "runs/" + run + "/" + runFile}
	if strings.Join(left, " ") != strings.Join(want, " ") {
		t.Errorf("left:\n%s\nwant:\n%s", strings.Join(left, "\n"), strings.Join(want, "\n"))
	}
}
