package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFindOnAFullCache: where the index cannot be written, a search finds the same and says once
// that nothing is remembered. An index that was cut is made again.
func TestFindOnAFullCache(t *testing.T) {
	exe := build(t)
	dir := filepath.Dir(draw(t, exe))
	find := func(cache string) (stdout, stderr string) {
		t.Helper()
		cmd := exec.Command(exe, "find", "panda", dir, "-m", "sketchbook")
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
		var out, complaints bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, complaints.String())
		}
		return out.String(), complaints.String()
	}
	cache := t.TempDir()
	want, said := find(cache)
	if want == "" || said != "" {
		t.Fatalf("it finds %q and says %q", want, said)
	}
	books, _ := filepath.Glob(filepath.Join(cache, "hoodwink", "find", "*"))
	if len(books) != 1 {
		t.Fatalf("the cache has %v", books)
	}
	for _, n := range []int64{0, 1, 500} {
		if err := os.Truncate(books[0], n); err != nil {
			t.Fatal(err)
		}
		if got, said := find(cache); got != want || said != "" {
			t.Errorf("cut to %d bytes: it finds %q and says %q", n, got, said)
		}
	}
	full := t.TempDir()
	if err := syscall.Mount("hoodwink", full, "tmpfs", 0, "size=4k"); err != nil {
		t.Skipf("no small tmpfs can be mounted here (%v): a full cache is not tried", err)
	}
	t.Cleanup(func() { syscall.Unmount(full, 0) })
	if err := os.WriteFile(filepath.Join(full, "full"), make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		got, said := find(full)
		if got != want || bytes.Count([]byte(said), []byte("cannot be remembered")) != 1 {
			t.Errorf("%s: it finds %q and says %q", what, got, said)
		}
	}
	check("full")
	if err := syscall.Mount("hoodwink", full, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Logf("a read-only cache is not tried: %v", err)
		return
	}
	check("read-only")
}
