package preprocess

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFullDisk writes into a file system of 16 kB, or where none may be mounted, under
// a limit of 16 kB on the size of files. Nothing may be left, and an old file must survive.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	want := syscall.ENOSPC
	if err := syscall.Mount("hoodwink", dir, "tmpfs", 0, "size=16k"); err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
	} else {
		t.Logf("no tmpfs can be mounted here (%v): trying a limit on the size of files", err)
		want = syscall.EFBIG
		var old syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 16 << 10, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)
			signal.Reset(syscall.SIGXFSZ)
		})
	}
	path := filepath.Join(dir, "out.png")
	large := random(1, 1, 3, 200, 200) // about 120 kB
	err := WritePNG(path, large, nil)
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	checkError(t, err, "out.png: cannot be written: "+want.Error(), "")
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files left", len(left))
	}
	if err := WritePNG(path, picture(2, 2, 1), nil); err != nil {
		t.Fatal(err)
	}
	if err := WritePNG(path, large, nil); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if at(read(t, path), 0, 0) != [3]float32{1, 1, 1} {
		t.Error("the old picture was damaged")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files in the folder, want the old one", len(left))
	}
}
