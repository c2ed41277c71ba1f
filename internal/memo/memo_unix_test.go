//go:build !windows

package memo

import (
	"os"
	"syscall"
	"testing"
)

// TestPrivate: only the user may read the shelf and its books; where others could write, nothing
// is believed.
func TestPrivate(t *testing.T) {
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for _, c := range []struct {
		folder, file os.FileMode
		believed     bool
	}{{0o700, 0o600, true}, {0o755, 0o600, true}, {0o700, 0o644, true}, {0o777, 0o600, false}, {0o700, 0o666, false}, {0o770, 0o600, false}} {
		dir, path := shelved(t)
		if mode(dir) != 0o700 || mode(path) != 0o600 {
			t.Errorf("made with %v and %v", mode(dir), mode(path))
		}
		if os.Chmod(path, c.file) != nil || os.Chmod(dir, c.folder) != nil {
			t.Fatal("no modes here")
		}
		if a, b := knows(t, dir); a != c.believed || b != c.believed {
			t.Errorf("%v and %v: believed: %v", c.folder, c.file, a)
		}
		if !c.believed {
			mends(t, "too open", dir)
		}
		if mode(dir) != 0o700 || mode(path) != 0o600 {
			t.Errorf("%v and %v became %v and %v", c.folder, c.file, mode(dir), mode(path))
		}
	}
}

// TestPipe: nobody waits for a pipe.
func TestPipe(t *testing.T) {
	dir, path := shelved(t)
	os.Remove(path)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	mends(t, "pipe", dir)
}

// TestUnreadableBook: a book without permissions is made again.
func TestUnreadableBook(t *testing.T) {
	dir, path := shelved(t)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 { // who may read everything
		mends(t, "no permissions", dir)
	}
}
