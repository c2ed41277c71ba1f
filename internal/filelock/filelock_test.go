package filelock

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTry: one at a time has the lock, and closing the file gives it back.
func TestTry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	try := func(f *os.File, want bool) {
		t.Helper()
		if got, err := Try(f); err != nil || got != want {
			t.Fatalf("locked: %v, %v, want %v", got, err, want)
		}
	}
	first, second := open(), open()
	try(first, true)
	try(second, false)
	first.Close()
	try(second, true)
}
