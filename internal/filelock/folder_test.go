package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"hoodwink/internal/files"
)

// TestFolder: one writer at a time, and no lock is left in the folder.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	release, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := Folder(dir); !errors.As(err, &busy) || busy.Dir != dir || busy.Hint() == "" {
		t.Errorf("a second writer: %v", err)
	}
	release()
	again, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	again()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

// TestFolderUnderContention: locks that are removed when they are given back never have two holders.
func TestFolderUnderContention(t *testing.T) {
	dir := t.TempDir()
	var holders, turns atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for turns.Load() < 200 {
				release, err := Folder(dir)
				if errors.As(err, new(*BusyError)) {
					runtime.Gosched()
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d holders at once", n)
				}
				turns.Add(1)
				holders.Add(-1)
				release()
			}
		})
	}
	wg.Wait()
}

// TestFolderLockIsNotFollowed: a link that was put where the lock belongs does not create a file elsewhere.
func TestFolderLockIsNotFollowed(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(dir, folderLock)); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if _, err := Folder(dir); !errors.Is(err, files.ErrNotOwn) {
		t.Errorf("got %v", err)
	}
	if files.Is(elsewhere) {
		t.Error("a file was made through the link")
	}
}
