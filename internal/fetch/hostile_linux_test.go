package fetch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hoodwink/internal/files"
	"hoodwink/internal/testnet"
)

// TestPullOntoAFullDisk: a disk that fills up while the file comes.
func TestPullOntoAFullDisk(t *testing.T) {
	l := newLibrary(t, 100_000)
	l.shelf(t)
	old := freeSpace
	t.Cleanup(func() { freeSpace = old })
	freeSpace = func(string) (int64, bool) { return 0, false }
	dir := t.TempDir()
	if err := syscall.Mount("hoodwink", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small tmpfs can be mounted here (%v): a full disk is not tried", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	err := l.pull(t.Context(), dir, nil)
	if err == nil || !noSpace(err) {
		t.Fatalf("got %v, want: no space left", err)
	}
	testnet.CheckAdvice(t, err, "free some space")
	if files.Is(filepath.Join(dir, "w.bin")) {
		t.Error("a file was made of nothing")
	}
}

// TestPipes: nobody waits for pipes where files of a download belong.
func TestPipes(t *testing.T) {
	for _, name := range []string{"w.bin.part", "w.bin.part" + validatorSuffix, "w.bin", lockName} {
		l := newLibrary(t, 1000)
		dir, path := l.shelf(t)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Skipf("no pipes here: %v", err)
		}
		err := l.pull(t.Context(), dir, nil)
		if ours := name != "w.bin" && name != lockName; ours != (err == nil) {
			t.Errorf("a pipe at %s: %v", name, err)
		} else if ours {
			l.expect(t, path)
		}
	}
}
