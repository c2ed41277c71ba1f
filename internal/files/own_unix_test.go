//go:build !windows

package files

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOwnPipe: nobody waits for the other end of a pipe.
func TestOwnPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	if _, err := ReadOwn(path, 1); !errors.Is(err, ErrNotOwn) {
		t.Errorf("got %v", err)
	}
	f, err := ReplaceOwn(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
