package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOut: a folder with something in it is refused before anything is built, and stays as it is.
func TestOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r := release{version: "1", out: dir}
	if err := r.run([]string{"linux/amd64"}, false); err == nil || !strings.Contains(err.Error(), "empty folder") {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d files, error %v", len(entries), err)
	}
}

// TestSums: one line for each file, in the order of names, as sha256sum -c reads them.
func TestSums(t *testing.T) {
	r := release{out: t.TempDir()}
	for _, name := range []string{"b.zip", "a.tar.gz"} {
		if err := os.WriteFile(filepath.Join(r.out, name), []byte("abc"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.sums(); err != nil {
		t.Fatal(err)
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of FIPS 180-2
	got, err := os.ReadFile(filepath.Join(r.out, "SHA256SUMS"))
	if want := abc + "  a.tar.gz\n" + abc + "  b.zip\n"; err != nil || string(got) != want {
		t.Errorf("sums %q, error %v; want %q", got, err, want)
	}
}

// TestSourceTime: the time that packagers set counts, and a wrong one is an error.
func TestSourceTime(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	if got, err := sourceTime(); err != nil || got.Unix() != 86400 {
		t.Errorf("%v, error %v", got, err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := sourceTime(); err == nil {
		t.Error("yesterday is a time")
	}
}
