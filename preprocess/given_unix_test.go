//go:build !windows

package preprocess

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hoodwink/tensor"
)

// TestReadFileGiven reads what a shell passes as a path, such as /dev/fd/63, and refuses pipes and
// devices at other paths without waiting.
func TestReadFileGiven(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(pipe, Limits{})
	checkError(t, err, "cannot be opened: it is a pipe, not a regular file", "")
	zero := filepath.Join(dir, "zero.png")
	if err := os.Symlink("/dev/zero", zero); err != nil {
		t.Fatal(err)
	}
	_, err = ReadFile(zero, Limits{})
	checkError(t, err, "cannot be opened: it is a device, not a regular file", "")
	_, err = ReadFile(dir, Limits{})
	checkError(t, err, "is a directory, not a picture", "")

	var file bytes.Buffer
	if err := EncodePNG(&file, tensor.New(1, 3, 4, 5), nil); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.Write(file.Bytes())
		w.Close()
	}()
	pic, err := ReadFile(fmt.Sprintf("/dev/fd/%d", r.Fd()), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if h, w := pic.Size(); h != 4 || w != 5 {
		t.Errorf("a picture of %d x %d", w, h)
	}
}
