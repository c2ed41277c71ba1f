package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"time"

	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
)

// TestWriteLasts: content reaches the disk before it gets its name, and the name afterwards.
func TestWriteLasts(t *testing.T) {
	var got []string
	real := disk
	defer func() { disk = real }()
	disk.sync = func(f *os.File) error { got = append(got, "sync file"); return real.sync(f) }
	disk.rename = func(from, to string) error {
		if info, err := os.Stat(from); err != nil || info.Size() != 3 {
			t.Errorf("renamed before all was written: %v, %v", info, err)
		}
		got = append(got, "rename")
		return real.rename(from, to)
	}
	disk.syncFolder = func(string) { got = append(got, "sync folder") }
	dir := t.TempDir()
	put := func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }
	want := []string{"sync file", "rename", "sync folder"}
	for name, write := range map[string]func(string, func(io.Writer) error) error{"Write": Write, "WritePrivate": WritePrivate} {
		if got = nil; write(filepath.Join(dir, name), put) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got = nil; Place(filepath.Join(dir, "Write"), filepath.Join(dir, "placed")) != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Place of a file: %v, want %v", got, want)
	}
	inner := filepath.Join(dir, "folder")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	disk.rename = real.rename
	if err := Write(filepath.Join(inner, "a"), put); err != nil {
		t.Fatal(err)
	}
	got = nil
	if err := Place(inner, filepath.Join(dir, "moved")); err != nil || !reflect.DeepEqual(got, []string{"sync folder", "sync file", "sync folder"}) {
		t.Errorf("Place of a folder: %v, %v", got, err)
	}
}

// TestWritePrivate: only the owner may read it, whatever was there before.
func TestWritePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes like these: not tried")
	}
	dir := t.TempDir()
	other, path := filepath.Join(dir, "other"), filepath.Join(dir, "private")
	for _, before := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(path, nil, 0o666) },
		func() error { return os.Symlink(other, path) },
	} {
		os.Remove(path)
		if err := before(); err != nil {
			t.Fatal(err)
		}
		if err := WritePrivate(path, func(w io.Writer) error { _, err := w.Write([]byte("x")); return err }); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if files.Is(other) {
		t.Error("the link was followed")
	}
}

// TestInstall: what was prepared takes its place as if it had been written there, and the error of
// a place that cannot be is that of Write.
func TestInstall(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	prepared := func() string {
		path, remove, err := Folder(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(remove)
		file := filepath.Join(path, "a")
		if err := os.WriteFile(file, []byte("new"), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	path, target := filepath.Join(dir, "a"), filepath.Join(elsewhere, "a")
	for _, before := range []func() error{
		func() error { return nil }, func() error { return os.WriteFile(path, []byte("old"), 0o640) },
		func() error { os.WriteFile(target, []byte("old"), 0o640); return os.Symlink(target, path) },
	} {
		os.Remove(path)
		if err := before(); err != nil {
			t.Skipf("no links here: %v", err)
		}
		old, _ := os.Stat(path)
		link, _ := os.Lstat(path)
		if err := Install(prepared(), path); err != nil {
			t.Error(err)
			continue
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
			t.Errorf("it holds %q, %v", b, err)
		}
		if info, err := os.Stat(path); old != nil && (err != nil || info.Mode() != old.Mode()) {
			t.Errorf("%v became %v", old.Mode(), info.Mode())
		}
		if now, err := os.Lstat(path); link != nil && (err != nil || now.Mode().Type() != link.Mode().Type()) {
			t.Errorf("%v became %v", link.Mode(), now.Mode())
		}
	}
	if err := Install(prepared(), elsewhere); err == nil {
		t.Error("a folder was replaced")
	}
}

// TestSweep: leftovers go, and nothing else: not what a living process holds, not what only looks alike.
func TestSweep(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	put := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone := []string{put(".hoodwink-0123abcd"), put(".hoodwink-81")}
	folder := filepath.Join(dir, ".hoodwink-77777777")
	folders := []string{folder}
	if runtime.GOOS != "windows" { // where a lock made by the sweep is too fresh for the sweep
		folders = append(folders, filepath.Join(dir, ".hoodwink-66666666")) // whose lock is gone
	}
	for _, f := range folders {
		if err := os.MkdirAll(filepath.Join(f, "deep"), 0o755); err != nil {
			t.Fatal(err)
		}
		put(filepath.Join(filepath.Base(f), "deep", "file"))
	}
	put(filepath.Join(filepath.Base(folder), asideLock))
	gone = append(gone, folders...)
	stay := []string{put(".hoodwink-"), put(".hoodwink-0123abcd.png"), put("hoodwink-0123abcd"), put(".hoodwink-xyz")}
	for _, path := range []string{gone[0], gone[1], filepath.Join(folder, asideLock)} {
		if old := time.Now().Add(-time.Hour); os.Chtimes(path, old, old) != nil {
			t.Fatal(path)
		}
	}
	held, err := create(dir, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer filelock.Discard(held)
	path, remove, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	stay = append(stay, held.Name(), path)
	target := filepath.Join(elsewhere, "target")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if link := filepath.Join(dir, ".hoodwink-99999999"); os.Symlink(target, link) == nil {
		stay = append(stay, target)
	}
	Sweep(dir)
	for _, p := range gone {
		if _, err := os.Lstat(p); err == nil {
			t.Errorf("%s is still there", p)
		}
	}
	for _, p := range stay {
		if _, err := os.Lstat(p); err != nil {
			t.Error(err)
		}
	}
	remove()
	if _, err := os.Lstat(path); err == nil {
		t.Errorf("%s is still there", path)
	}
}

// TestWriteWhileOthersSweep: a sweep never takes what is being written.
func TestWriteWhileOthersSweep(t *testing.T) {
	dir := t.TempDir()
	stop := make(chan struct{})
	var sweeper, writers sync.WaitGroup
	sweeper.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				Sweep(dir)
			}
		}
	})
	for i := range 3 {
		writers.Go(func() {
			for n := range 40 {
				path := filepath.Join(dir, fmt.Sprintf("%d-%d", i, n))
				if err := Write(path, func(w io.Writer) error { _, err := io.WriteString(w, path); return err }); err != nil {
					t.Error(err)
				}
				if b, err := os.ReadFile(path); err != nil || string(b) != path {
					t.Errorf("%s holds %q, %v", path, b, err)
				}
				aside, remove, err := Folder(dir)
				if err != nil {
					t.Error(err)
					continue
				}
				if err := os.WriteFile(filepath.Join(aside, "a"), nil, 0o644); err != nil {
					t.Error(err)
				}
				remove()
			}
		})
	}
	writers.Wait()
	close(stop)
	sweeper.Wait()
	if left, _ := os.ReadDir(dir); len(left) != 120 {
		t.Errorf("%d files, want the 120 written", len(left))
	}
}
